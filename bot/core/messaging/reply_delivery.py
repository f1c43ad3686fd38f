"""What becomes of one owed reply: pure, by one attempt to send it or by what the platform tells later.

A reply that surely did not leave is tried again for as long as its answer is of use. One that may have arrived is
repeated once at most: a sending is counted before it begins, and taken back only when it surely did not arrive, so
that a process that dies amid a sending leaves a doubt and no second chance to repeat it.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.messaging.backoff import backoff
from bot.core.messaging.send_outcome import CROWDED_GROWTH, MAX_REST_SECONDS, SendOutcome, SendResult, Trouble

MAX_OPEN_SENDINGS = 2
"""Sendings of one reply that may have arrived: the first, and one repeat."""
PATIENCE_SECONDS = 6 * 3600.0
"""How long after the question, or after the window for free text, an answer is still of use."""
MAX_READINGS = 5
"""So often a stored message that cannot be opened or read is looked at before it is put to an end."""
DEFAULT_REST_SECONDS = 1.0
"""Where a platform asks to wait and names no time."""
OURS_TO_MEND = frozenset({Trouble.OURS, Trouble.NUMBER, Trouble.ACCOUNT})
"""Troubles that refuse every reply alike, until a person has mended them."""


class Fate(StrEnum):
    """What becomes of an owed reply."""

    SENT = "sent"
    AGAIN = "again"
    """It stays owed."""
    IN_DOUBT = "in_doubt"
    """It may have arrived, was repeated as often as it may be, and counts as sent."""
    LOST = "lost"
    """It is given up; the person is told at their next message."""
    GONE = "gone"
    """The person cannot be reached: nothing is owed to them any more."""


@dataclass(frozen=True, kw_only=True)
class OwedReply:
    """How far a reply has come."""

    attempts: int
    """Sendings so far, this one included."""
    begun: int
    """Of them, how many may have arrived, this one included."""
    is_late: bool = False
    """Whether its answer is of no use any more."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is done about a reply now."""

    fate: Fate
    begun: int
    """How many sendings may have arrived, as it is known now."""
    wait: float = 0.0
    """Seconds before this conversation is worked on again."""


def after_sending(reply: OwedReply, attempt: SendResult, chance: float) -> Verdict:
    """Decide what becomes of a reply by an attempt to send it.

    Args:
        chance: 0..1, spreads what failed together.
    """
    match attempt.outcome:
        case SendOutcome.ACCEPTED:
            return Verdict(fate=Fate.SENT, begun=reply.begun)
        case SendOutcome.UNREACHABLE:
            return Verdict(fate=Fate.GONE, begun=reply.begun - 1)
        case SendOutcome.REFUSED | SendOutcome.WITHDRAWN:
            return Verdict(fate=_ended(reply.begun - 1), begun=reply.begun - 1)
        case SendOutcome.HELD if attempt.trouble not in OURS_TO_MEND:
            # The template that asks a person to write again: another way to reach them there is not.
            return Verdict(fate=_ended(reply.begun - 1), begun=reply.begun - 1)
        case SendOutcome.UNKNOWN:
            return _doubted(reply, attempt, chance)
        case SendOutcome.RATE_LIMITED | SendOutcome.NO_CONNECTION | SendOutcome.NOT_TAKEN | SendOutcome.HELD:
            begun = reply.begun - 1
            if reply.is_late:
                return Verdict(fate=_ended(begun), begun=begun)
            return Verdict(fate=Fate.AGAIN, begun=begun, wait=_rest(reply, attempt, chance))


def before_sending(begun: int) -> Fate:
    """Say whether a reply may be sent at all, by its sendings that may have arrived."""
    return Fate.AGAIN if begun < MAX_OPEN_SENDINGS else Fate.IN_DOUBT


def after_reading(readings: int, chance: float) -> Verdict:
    """Decide what becomes of a stored message that could not be opened or read, so many times by now."""
    if readings >= MAX_READINGS:
        return Verdict(fate=Fate.LOST, begun=0)
    return Verdict(fate=Fate.AGAIN, begun=0, wait=backoff(readings, chance))


def is_late(owed_at: float, until: float | None, now: float) -> bool:
    """Say whether an answer is of no use any more; all moments are seconds since 1970.

    Args:
        until: when the window for free text ends, after which a template asks the person to write again.
    """
    return now > max(owed_at, until or 0.0) + PATIENCE_SECONDS


class Later(StrEnum):
    """What is done about a reply that the platform had taken and then failed to deliver."""

    AGAIN = "again"
    """It surely did not arrive: it is sent once more, which makes no copy."""
    REOPEN = "reopen"
    """The window is closed: a template asks the person to write again."""
    LOST = "lost"


FOR_NOW = frozenset(
    {SendOutcome.RATE_LIMITED, SendOutcome.NO_CONNECTION, SendOutcome.NOT_TAKEN, SendOutcome.UNKNOWN, SendOutcome.HELD}
)
"""Failures that another try may get past."""


def after_failure(attempt: SendResult, *, failed_before: bool, is_window_closed: bool, is_reopening: bool) -> Later:
    """Decide what is done about a reply that failed after it was taken.

    Args:
        failed_before: whether it was sent anew for such a failure already.
        is_reopening: whether it went as the template that asks the person to write again.
    """
    if is_window_closed:
        return Later.LOST if is_reopening else Later.REOPEN
    is_passing = attempt.outcome in FOR_NOW and attempt.trouble is not Trouble.TEMPLATE
    return Later.AGAIN if is_passing and not failed_before else Later.LOST


def _doubted(reply: OwedReply, attempt: SendResult, chance: float) -> Verdict:
    if reply.begun >= MAX_OPEN_SENDINGS or reply.is_late:
        # Of a program that broke nobody can say that the reply is out.
        fate = Fate.LOST if attempt.trouble is Trouble.OURS else Fate.IN_DOUBT
        return Verdict(fate=fate, begun=reply.begun)
    return Verdict(fate=Fate.AGAIN, begun=reply.begun, wait=backoff(reply.attempts, chance))


def _ended(begun: int) -> Fate:
    """Return how a reply ends whose last sending surely did not arrive; an earlier one may have."""
    return Fate.IN_DOUBT if begun > 0 else Fate.LOST


def _rest(reply: OwedReply, attempt: SendResult, chance: float) -> float:
    if attempt.outcome is SendOutcome.RATE_LIMITED:
        return attempt.retry_after or DEFAULT_REST_SECONDS
    if attempt.is_crowded:
        return backoff(reply.attempts, 1.0, growth=CROWDED_GROWTH, longest=MAX_REST_SECONDS)
    return backoff(reply.attempts, chance)
