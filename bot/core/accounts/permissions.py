"""Who may do what, and how far it reaches: one table, asked by every use case in its first line; pure.

What everybody is told is for people whose reach is national. An agency's people look after that agency's reminders and
users, whatever roles they hold.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from bot.core.accounts.audit_trail import SYSTEM
from bot.core.accounts.users import Permission, User
from bot.core.errors import InvalidInputError

HOLD = timedelta(hours=24)
"""How long somebody whom another person made, changed or reset decides about nothing, unless a second administrator
confirms the account: long enough that the holder and the other administrators see it."""


TOLD_FOR = timedelta(days=7)
"""How long somebody sees what others did to their account: they may be away for some days."""


class Reach(StrEnum):
    """Whom a deed concerns."""

    NATIONAL = "national"
    """Everybody who asks."""
    AGENCY = "agency"
    """An agency; of which one is decided beside what it is done to."""


class Deed(StrEnum):
    """Something that a use case does for a user."""

    WRITE_DRAFTS = "write_drafts"
    RETURN_DRAFTS = "return_drafts"
    PUBLISH_DRAFTS = "publish_drafts"
    CHANGE_INSTRUMENTS = "change_instruments"
    REVIVE_INSTRUMENTS = "revive_instruments"
    SET_CALENDAR = "set_calendar"
    LABEL_QUESTIONS = "label_questions"
    SAVE_AGENCIES = "save_agencies"
    SEE_REMINDERS = "see_reminders"
    WRITE_REMINDERS = "write_reminders"
    DECIDE_REMINDERS = "decide_reminders"
    RUN_REMINDERS = "run_reminders"
    MANAGE_USERS = "manage_users"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a deed takes."""

    permissions: frozenset[Permission]
    """One of them is enough."""
    reach: Reach


def _rule(reach: Reach, *permissions: Permission) -> Rule:
    return Rule(permissions=frozenset(permissions), reach=reach)


RULES: Mapping[Deed, Rule] = {
    Deed.WRITE_DRAFTS: _rule(Reach.NATIONAL, Permission.EDIT_GUIDANCE),
    Deed.RETURN_DRAFTS: _rule(Reach.NATIONAL, Permission.EDIT_GUIDANCE, Permission.PUBLISH),
    Deed.PUBLISH_DRAFTS: _rule(Reach.NATIONAL, Permission.PUBLISH),
    Deed.CHANGE_INSTRUMENTS: _rule(Reach.NATIONAL, Permission.EDIT_GUIDANCE, Permission.PUBLISH),
    Deed.REVIVE_INSTRUMENTS: _rule(Reach.NATIONAL, Permission.PUBLISH),
    Deed.SET_CALENDAR: _rule(Reach.NATIONAL, Permission.EDIT_GUIDANCE),
    Deed.LABEL_QUESTIONS: _rule(Reach.NATIONAL, Permission.EDIT_GUIDANCE),
    Deed.SAVE_AGENCIES: _rule(Reach.NATIONAL, Permission.BROADCAST),
    Deed.SEE_REMINDERS: _rule(Reach.AGENCY, Permission.REVIEW_CAMPAIGNS),
    Deed.WRITE_REMINDERS: _rule(Reach.AGENCY, Permission.BROADCAST),
    Deed.DECIDE_REMINDERS: _rule(Reach.AGENCY, Permission.REVIEW_CAMPAIGNS),
    Deed.RUN_REMINDERS: _rule(Reach.AGENCY, Permission.BROADCAST),
    Deed.MANAGE_USERS: _rule(Reach.AGENCY, Permission.MANAGE_USERS),
}
HELD = (
    "Akun Anda baru dibuat, diubah, atau disetel ulang. Anda bisa memutuskan setelah admin lain menyetujui akun Anda,"
    " atau 24 jam sesudahnya."
)
NO_ROLE = "Peran Anda tidak mencakup tindakan ini."
NOT_NATIONAL = "Ini berlaku bagi semua instansi, jadi hanya untuk pengguna bercakupan nasional. Minta bantuan mereka."


def may(user: User, deed: Deed) -> bool:
    """Say whether roles and reach of a user are enough for a deed."""
    return _refusal(user, deed) is None


def require(user: User, deed: Deed) -> None:
    """Refuse whoever may not do something.

    Raises:
        InvalidInputError: saying why.
    """
    refusal = _refusal(user, deed)
    if refusal is not None:
        raise InvalidInputError(refusal)


def _refusal(user: User, deed: Deed) -> str | None:
    rule = RULES[deed]
    # The trail takes that name for commands on the server, which need no second person; an old account may have it.
    if user.name == SYSTEM or user.is_disabled or not any(user.holds(permission) for permission in rule.permissions):
        return NO_ROLE
    return NOT_NATIONAL if rule.reach is Reach.NATIONAL and user.agency is not None else None


@dataclass(frozen=True, kw_only=True)
class Handling:
    """Something that was done to an account by somebody who is not its holder."""

    by: str
    """The name of the user who did it."""
    at: datetime
    is_confirmation: bool
    """Whether it confirmed what another one had done; else the account was made, changed or reset."""
    is_beginning: bool = False
    """Whether the account was made by it."""


def unconfirmed(handlings: Sequence[Handling]) -> Sequence[Handling]:
    """Return what other users did to an account and nobody else has confirmed, the oldest first.

    A command on the server is left out: whoever owns the machine needs no second person.

    Args:
        handlings: everything that was done to the account, the oldest first.
    """
    waiting: list[Handling] = []
    for handling in handlings:
        if handling.is_confirmation:
            waiting = [done for done in waiting if done.by == handling.by]
        elif handling.by != SYSTEM:
            waiting.append(handling)
    return waiting


def held_until(handlings: Sequence[Handling]) -> datetime | None:
    """Return until when an account decides about nothing, None when nothing was done to it or that was confirmed.

    Args:
        handlings: the oldest first.
    """
    return max((done.at + HOLD for done in unconfirmed(handlings)), default=None)


def to_tell(handlings: Sequence[Handling], now: datetime) -> Sequence[Handling]:
    """Return what the holder of an account is told when they log in, the latest first.

    That is whatever nobody confirmed yet, and whatever was done in the last days; not how the account came to be, where
    a command on the server made it.

    Args:
        handlings: everything that was done to the account, the oldest first.
    """
    waiting = unconfirmed(handlings)
    made_on_server = [each for each in handlings if each.is_beginning and each.by == SYSTEM]
    done = [each for each in handlings if not each.is_confirmation and each not in made_on_server]
    return [each for each in reversed(done) if each in waiting or now - each.at < TOLD_FOR]


def hold_problem(handlings: Sequence[Handling], now: datetime) -> str | None:
    """Say in Indonesian why an account decides about nothing yet, None when it may."""
    until = held_until(handlings)
    return HELD if until is not None and now < until else None


Ties: TypeAlias = Mapping[str, Sequence[Handling]]
"""What was done to accounts, by user name, the oldest first; of everybody who is reached from the names in question."""


def controllers(name: str, ties: Ties) -> frozenset[str]:
    """Return who may be acting under a name: its holder, whoever made or reset the account, and so on from those.

    What somebody else confirmed no longer counts; the mere passing of time confirms nothing.
    """
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        present = waiting.pop()
        if present not in reached:
            reached.add(present)
            waiting.extend(done.by for done in unconfirmed(ties.get(present, ())))
    return frozenset(reached)


def second_person_problem(decider: str, authors: Collection[str], ties: Ties, now: datetime) -> str | None:
    """Say in Indonesian why somebody is no second person for what others wrote, None when they are one.

    Whoever made or reset an account may still know how to log in as its holder, so that the two are perhaps one person;
    and two accounts that a third one made or reset may both be that third one.

    Args:
        decider: the user name of who decides.
        authors: the names of those who wrote.
        ties: of the decider and the authors, with everybody they lead to.
    """
    own = ties.get(decider, ())
    held = hold_problem(own, now)
    if held is not None:
        return held
    if {done.by for done in own if not done.is_confirmation} & set(authors):
        return "Akun Anda dibuat atau disetel ulang oleh penulisnya. Keputusan harus dari orang lain."
    hands = controllers(decider, ties)
    for author in authors:
        shared = sorted(hands & controllers(author, ties))
        if shared:
            return (
                f"Akun Anda atau akun penulisnya dibuat atau disetel ulang oleh {shared[0]}, dan belum disetujui admin"
                " lain. Minta admin lain menyetujuinya di halaman Pengguna, atau pengelola server dengan"
                " `sinetral user confirm`."
            )
    return None
