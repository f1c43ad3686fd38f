"""What becomes of one reminder to one person: pure, and final states are final."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.send_outcome import Attempt, Outcome

MOST_ATTEMPTS = 8
"""Sendings that surely did not arrive, before we give a message up."""
CRASH = "crash"
"""Why a message is in doubt whose sender vanished."""
MOST_DOUBTS = 3
"""Sendings that may have arrived; nobody is sent one message more often than this."""


class InDoubt(StrEnum):
    """What is done with a message that may or may not have arrived; chosen for each campaign."""

    RESEND = "resend"
    HOLD = "hold"
    """It is kept for a person to decide; nobody gets it twice."""


class DeliveryStatus(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENDING = "sending"
    """Marked before it leaves: after a crash it may or may not have arrived."""
    SENT = "sent"
    """The platform took it."""
    DELIVERED = "delivered"
    """It reached the device; only some platforms tell."""
    READ = "read"
    UNREACHABLE = "unreachable"
    """The person blocked the bot, left, or is not known."""
    REFUSED = "refused"
    """The platform will never take this message."""
    FAILED = "failed"
    """Given up after repeated errors."""
    IN_DOUBT = "in_doubt"
    """Held for a person."""
    WITHDRAWN = "withdrawn"
    """The person opted out before it left."""
    CAPPED = "capped"
    """The person has had their reminders of this week."""
    LATE = "late"
    """It would have come too late to be of use."""


_S = DeliveryStatus
_TOLD = (_S.SENT, _S.DELIVERED, _S.READ)
"""What a platform's receipts say."""
TRANSITIONS: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    # A receipt may overtake the record of its own sending, and settles what a crash left in doubt.
    _S.WAITING: frozenset({_S.SENDING, _S.WITHDRAWN, _S.CAPPED, _S.LATE, _S.UNREACHABLE, *_TOLD}),
    _S.SENDING: frozenset({_S.WAITING, _S.UNREACHABLE, _S.REFUSED, _S.FAILED, _S.IN_DOUBT, _S.WITHDRAWN, *_TOLD}),
    _S.SENT: frozenset({_S.DELIVERED, _S.READ, _S.FAILED, _S.UNREACHABLE, _S.REFUSED, _S.WITHDRAWN}),
    _S.DELIVERED: frozenset({_S.READ}),
    # A person decides: send again, or believe that it arrived.
    _S.IN_DOUBT: frozenset({_S.WAITING, _S.FAILED, _S.UNREACHABLE, _S.REFUSED, _S.WITHDRAWN, *_TOLD}),
    _S.READ: frozenset(),
    _S.UNREACHABLE: frozenset(),
    _S.REFUSED: frozenset(),
    _S.FAILED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.CAPPED: frozenset(),
    _S.LATE: frozenset(),
}
OPEN = frozenset({_S.WAITING, _S.SENDING})
"""The engine still has to do with these."""


def may_become(old: DeliveryStatus, new: DeliveryStatus) -> bool:
    """Say whether a change is one of the listed; an event that repeats or comes too late changes nothing."""
    return new in TRANSITIONS[old]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """How far one message has come."""

    status: DeliveryStatus
    attempts: int = 0
    """Sendings that did not arrive."""
    doubts: int = 0
    """Sendings that may have arrived."""
    reason: str | None = None


def after_attempt(delivery: Delivery, attempt: Attempt, mode: InDoubt) -> Delivery:
    """Give what a message becomes by an attempt; it was `SENDING`, else nothing changes."""
    if delivery.status is not DeliveryStatus.SENDING:
        return delivery
    match attempt.outcome:
        case Outcome.ACCEPTED:
            return replace(delivery, status=DeliveryStatus.SENT, reason=None)
        case Outcome.UNREACHABLE:
            return replace(delivery, status=DeliveryStatus.UNREACHABLE, reason=attempt.reason)
        case Outcome.REFUSED:
            return replace(delivery, status=DeliveryStatus.REFUSED, reason=attempt.reason)
        case Outcome.WITHDRAWN:
            return replace(delivery, status=DeliveryStatus.WITHDRAWN, reason=attempt.reason)
        case Outcome.RATE_LIMITED | Outcome.NO_CONNECTION | Outcome.HELD:
            return replace(delivery, status=DeliveryStatus.WAITING)
        case Outcome.NOT_TAKEN:
            attempts = delivery.attempts + 1
            status = DeliveryStatus.FAILED if attempts >= MOST_ATTEMPTS else DeliveryStatus.WAITING
            return replace(delivery, status=status, attempts=attempts, reason=attempt.reason)
        case Outcome.UNKNOWN:
            return _doubted(delivery, mode, attempt.reason)


def after_crash(delivery: Delivery, mode: InDoubt) -> Delivery:
    """Give what a message becomes whose sender vanished; one that was not marked is untouched."""
    if delivery.status is not DeliveryStatus.SENDING:
        return delivery
    return _doubted(delivery, mode, CRASH)


def _doubted(delivery: Delivery, mode: InDoubt, reason: str | None) -> Delivery:
    doubts = delivery.doubts + 1
    is_held = mode is InDoubt.HOLD or doubts >= MOST_DOUBTS
    status = DeliveryStatus.IN_DOUBT if is_held else DeliveryStatus.WAITING
    return replace(delivery, status=status, doubts=doubts, reason=reason)
