"""What becomes of one reminder to one person: pure, and final states are final."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.core.messaging.send_outcome import CROWDED_GROWTH, MAX_REST_SECONDS, SendOutcome, SendResult, is_held

MAX_ATTEMPTS = 8
"""Sendings that surely did not arrive, before we give a message up."""
CRASH = "crash"
"""Why a message is in doubt whose sender vanished."""
MAX_DOUBTS = 3
"""Sendings that may have arrived; nobody is sent one message more often than this."""
MAX_UNEXPLAINED = 5
"""Refusals in a row without a reason that lies with the person, after which they count for the campaign."""
GROWTH = 2.0
MAX_BACKOFF_SECONDS = 60.0


class UnknownDeliveryPolicy(StrEnum):
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
    NOT_MEANT = "not_meant"
    """The person changed their choice before it left, and is not in the campaign's segment any more."""


_S = DeliveryStatus
_TOLD = (_S.SENT, _S.DELIVERED, _S.READ)
"""What a platform's receipts say."""
TRANSITIONS: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    # A receipt may overtake the record of its own sending, and settles what a crash left in doubt.
    _S.WAITING: frozenset(
        {_S.SENDING, _S.WITHDRAWN, _S.CAPPED, _S.LATE, _S.NOT_MEANT, _S.UNREACHABLE, _S.REFUSED, *_TOLD}
    ),
    _S.SENDING: frozenset({_S.WAITING, _S.UNREACHABLE, _S.REFUSED, _S.FAILED, _S.IN_DOUBT, _S.WITHDRAWN, *_TOLD}),
    # A platform may take back later what it took: it waits again, or is refused.
    _S.SENT: frozenset({_S.WAITING, _S.DELIVERED, _S.READ, _S.FAILED, _S.UNREACHABLE, _S.REFUSED, _S.WITHDRAWN}),
    _S.DELIVERED: frozenset({_S.READ}),
    # A person decides: send again, or believe that it arrived.
    _S.IN_DOUBT: frozenset({_S.WAITING, _S.FAILED, _S.UNREACHABLE, _S.REFUSED, _S.WITHDRAWN, *_TOLD}),
    _S.READ: frozenset(),
    _S.UNREACHABLE: frozenset(),
    # A refusal without a reason is given back when it turns out that everybody is refused.
    _S.REFUSED: frozenset({_S.WAITING}),
    _S.FAILED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.CAPPED: frozenset(),
    _S.LATE: frozenset(),
    _S.NOT_MEANT: frozenset(),
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
    not_before: datetime | None = None
    """While it waits: when it may be tried again, in whole seconds; None at once."""
    number: int = 0
    """Of its last attempt when it was read; 0: it was never marked, so it did not count for the person's week."""


def after_attempt(delivery: Delivery, attempt: SendResult, mode: UnknownDeliveryPolicy) -> Delivery:
    """Decide what a message becomes by an attempt; it was `SENDING`, else nothing changes."""
    if delivery.status is not DeliveryStatus.SENDING:
        return delivery
    if is_held(attempt):
        return replace(delivery, status=DeliveryStatus.WAITING, reason=attempt.reason)
    match attempt.outcome:
        case SendOutcome.ACCEPTED:
            return replace(delivery, status=DeliveryStatus.SENT, reason=None)
        case SendOutcome.UNREACHABLE:
            return replace(delivery, status=DeliveryStatus.UNREACHABLE, reason=attempt.reason)
        case SendOutcome.REFUSED:
            return replace(delivery, status=DeliveryStatus.REFUSED, reason=attempt.reason)
        case SendOutcome.WITHDRAWN:
            return replace(delivery, status=DeliveryStatus.WITHDRAWN, reason=attempt.reason)
        case SendOutcome.RATE_LIMITED | SendOutcome.NO_CONNECTION | SendOutcome.HELD:
            return replace(delivery, status=DeliveryStatus.WAITING)
        case SendOutcome.NOT_TAKEN:
            attempts = delivery.attempts + 1
            status = DeliveryStatus.FAILED if attempts >= MAX_ATTEMPTS else DeliveryStatus.WAITING
            return replace(delivery, status=status, attempts=attempts, reason=attempt.reason)
        case SendOutcome.UNKNOWN:
            return _doubted(delivery, mode, attempt.reason)


def after_failure(delivery: Delivery, attempt: SendResult, *, may_wait: bool) -> Delivery:
    """Decide what a message becomes of which the platform says later that it failed; it is not sent then.

    Args:
        attempt: what the platform's code means; the same meaning as in an answer.
        may_wait: whether there is time left to send it again.
    """
    match attempt.outcome:
        case SendOutcome.ACCEPTED:
            return delivery
        case SendOutcome.WITHDRAWN:
            became = replace(delivery, status=DeliveryStatus.WITHDRAWN, reason=attempt.reason)
        case _ if is_held(attempt):
            status = DeliveryStatus.WAITING if may_wait else DeliveryStatus.FAILED
            became = replace(delivery, status=status, reason=attempt.reason)
        case SendOutcome.UNREACHABLE:
            became = replace(delivery, status=DeliveryStatus.UNREACHABLE, reason=attempt.reason)
        case SendOutcome.REFUSED:
            became = replace(delivery, status=DeliveryStatus.REFUSED, reason=attempt.reason)
        case _:
            attempts = delivery.attempts + 1
            is_over = attempts >= MAX_ATTEMPTS or not may_wait
            status = DeliveryStatus.FAILED if is_over else DeliveryStatus.WAITING
            became = replace(delivery, status=status, attempts=attempts, reason=attempt.reason)
    return became if may_become(delivery.status, became.status) else delivery


def rest_seconds(attempt: SendResult, tries: int) -> float:
    """Return for how long a message rests after an attempt; it grows with each.

    Args:
        tries: attempts and doubts so far, this one included; 0 where it does not count.
    """
    if attempt.retry_after is not None and not attempt.is_sender_wide:
        return attempt.retry_after
    if tries == 0:
        return 0.0
    growth, longest = (CROWDED_GROWTH, MAX_REST_SECONDS) if attempt.is_crowded else (GROWTH, MAX_BACKOFF_SECONDS)
    return min(growth ** (tries - 1), longest)


def after_crash(delivery: Delivery, mode: UnknownDeliveryPolicy) -> Delivery:
    """Return what a message becomes whose sender vanished; one that was not marked is untouched."""
    if delivery.status is not DeliveryStatus.SENDING:
        return delivery
    return _doubted(delivery, mode, CRASH)


def _doubted(delivery: Delivery, mode: UnknownDeliveryPolicy, reason: str | None) -> Delivery:
    doubts = delivery.doubts + 1
    is_held = mode is UnknownDeliveryPolicy.HOLD or doubts >= MAX_DOUBTS
    status = DeliveryStatus.IN_DOUBT if is_held else DeliveryStatus.WAITING
    return replace(delivery, status=status, doubts=doubts, reason=reason)
