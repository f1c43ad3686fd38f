"""Sessions of the administrators' web: when one ends, and what a login still needs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.accounts.users import User

SESSION_IDLE = timedelta(minutes=30)

SESSION_LIFE = timedelta(hours=12)

CODE_SECONDS = 30
"""One step of a time-based code (RFC 6238)."""


class SessionStage(StrEnum):
    """How far a login has come."""

    CODE = "code"
    """The password was right; the code is missing."""
    ENROL = "enrol"
    """The password was right; a second factor must be set up."""
    NEW_PASSWORD = "new_password"  # noqa: S105
    """Everything was right; the password must be changed before anything else."""
    OPEN = "open"


@dataclass(frozen=True, kw_only=True)
class Session:
    """One login of one browser."""

    user: User
    stage: SessionStage
    began_at: datetime
    seen_at: datetime

    def has_ended(self, now: datetime) -> bool:
        """Say whether it was idle for too long or has lasted too long."""
        return now - self.seen_at >= SESSION_IDLE or now - self.began_at >= SESSION_LIFE


def stage_after_password(user: User) -> SessionStage:
    """Return what a login needs after the right password."""
    if user.has_second_factor:
        return SessionStage.CODE
    if user.needs_second_factor:
        return SessionStage.ENROL
    return stage_after_factor(user)


def stage_after_code(user: User) -> SessionStage:
    """Return what a login needs after the right code; after a reset, a code of the former factor is not enough."""
    return SessionStage.ENROL if user.must_renew_factor else stage_after_factor(user)


def stage_after_factor(user: User) -> SessionStage:
    """Return what a login needs once the second factor is proved and stays."""
    return SessionStage.NEW_PASSWORD if user.must_change_password else SessionStage.OPEN


def step_of(now: datetime) -> int:
    """Return the number of the time step that a code belongs to."""
    return int(now.timestamp()) // CODE_SECONDS
