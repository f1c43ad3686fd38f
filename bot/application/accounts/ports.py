"""What the administrators' use cases need from outside: accounts, audit trail, passwords and codes."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.application.ports import Unit
from bot.core.accounts.audit_trail import ChainedEvent, Event
from bot.core.accounts.login_limits import FailureKind, FailureSum
from bot.core.accounts.permissions import Handling
from bot.core.accounts.sessions import Session, SessionStage
from bot.core.accounts.users import Role, User


class PasswordHasher(Protocol):
    """Slow hashes of passwords; few at once, since each takes memory."""

    async def hash(self, password: str) -> str:
        """Return what may be stored."""

    async def problem(self, password: str, user_name: str, *about: str) -> str | None:
        """Say in Indonesian why a new password may not be used, None when it may.

        Args:
            about: the user's full name and agency, whose words others try first.
        """

    async def is_right(self, password: str, stored: str | None) -> bool:
        """Say whether it is the password; as slow for None, which stands for a user that does not exist."""


class TotpService(Protocol):
    """Time-based one-time codes (RFC 6238)."""

    def new_secret(self) -> str:
        """Make a secret, as it is typed into an app."""

    def step(self, secret: str, code: str, now: datetime) -> int | None:
        """Return the time step that the code is right for, one step of clock drift allowed; None when it is wrong."""

    def address(self, secret: str, user_name: str) -> str:
        """Return what the QR code holds."""


class Accounts(Protocol):
    """Users and sessions within a transaction."""

    async def users(self) -> Sequence[User]:
        """Return every user by name."""

    async def user(self, name: str) -> User | None:
        """Return a user by name, and let nobody else change it until the end."""

    async def add(self, name: str, full_name: str, roles: frozenset[Role], agency: str | None, hashed: str) -> User:
        """Add a user whose password somebody else knows.

        Raises:
            InvalidInputError: when the name is taken.
        """

    async def agency_names(self) -> Mapping[str, str]:
        """Return the names of the agencies that a user may belong to, by code."""

    async def change(self, user: User) -> None:
        """Keep full name, roles, agency, and whether the user is disabled."""

    async def password_hash(self, name: str) -> str | None:
        """Return the stored hash, None for a user that does not exist."""

    async def set_password(self, user: User, hashed: str, must_change: bool) -> None:
        """Keep a new password; after one that somebody else knows, a second factor is set up anew too."""

    async def secret(self, user: User) -> tuple[str, int] | None:
        """Return the second factor's secret and the last step used, None when none is set up."""

    async def set_secret(self, user: User, secret: str | None, step: int) -> None:
        """Keep a second factor and the step used last.

        None takes it away: at the next login it is set up anew, and the password is changed.
        """

    async def use_step(self, user: User, step: int) -> None:
        """Remember that the code of a step was used."""

    async def count_failure(self, name: str, kind: FailureKind, now: datetime) -> None:
        """Count a login that failed; an empty name stands for all that nobody has."""

    async def take_failures(self, before: datetime, name: str | None = None) -> Sequence[FailureSum]:
        """Return what was counted in hours that began before a moment, of one name when one is given, and forget it."""

    async def begin_session(self, session_id: str, user: User, stage: SessionStage, now: datetime) -> None:
        """Keep a session; only a hash of its id is stored."""

    async def session(self, session_id: str) -> Session | None:
        """Return a session, ended or not."""

    async def touch_session(self, session_id: str, now: datetime) -> None:
        """Remember that it was used."""

    async def enrol_secret(self, session_id: str, secret: str | None) -> str | None:
        """Keep the secret being set up with the session, when one is given; give the one that is kept."""

    async def end_session(self, session_id: str) -> None:
        """Forget a session."""

    async def end_sessions_of(self, user: User) -> None:
        """Forget every session of a user."""

    async def purge_sessions(self, now: datetime) -> int:
        """Forget the sessions that have ended; returns how many."""


class AuditTrail(Protocol):
    """The append-only record within a transaction."""

    async def add(self, event: Event, now: datetime) -> None:
        """Append an event."""

    async def page(self, before: int | None, size: int, agency: str | None) -> Sequence[ChainedEvent]:
        """Return events, newest first, those below a number; of one agency when one is given."""

    async def handlings(self, name: str) -> Sequence[Handling]:
        """Return what others did to an account, the oldest first; `by` is `SYSTEM` for a command on the server."""


class AdminUnit(Protocol):
    """One transaction over everything that administrators touch."""

    @property
    def accounts(self) -> Accounts:
        """Return users and sessions."""

    @property
    def audit(self) -> AuditTrail:
        """Return the audit trail."""

    @property
    def bot(self) -> Unit:
        """Return what the bot itself works with."""


class AdminStore(Protocol):
    """Where it is kept."""

    def unit(self) -> AbstractAsyncContextManager[AdminUnit]:
        """Begin a transaction."""
