"""One rate limiter for everything that is sent or taken: when a source is due next.

The generic cell rate algorithm (ITU-T I.371): of each source only the moment is kept at which it is next due. One that
lies farther ahead than any rule puts it was set by a clock that has gone back since, and counts as now. The storage
locks, reads and writes that moment; what it becomes is decided here.
"""

from dataclasses import dataclass

ROUNDING_SECONDS = 1e-6
"""Seconds since 1970 as a float are exact to some tenths of a microsecond."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """Whether one message may pass."""

    due: float
    """Seconds since 1970; when the source is next due, unchanged where the message may not pass."""
    wait: float
    """Seconds; 0.0 where it may pass."""


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """Messages that may leave one after the other."""

    first: float
    """Seconds since 1970; when the first may leave, perhaps before now."""
    count: int
    due: float
    """When the source is next due."""


def next_token(due: float | None, now: float, interval: float, burst: int) -> Token:
    """Count one message of a source.

    Args:
        due: when the source is next due, None for one that is not known.
        now: seconds since 1970.
        interval: seconds between messages at the steady rate.
        burst: messages that may come at once.
    """
    present = believed(due, now, now + interval * burst)
    wait = present + interval - interval * burst - now
    if wait > ROUNDING_SECONDS:
        return Token(due=present, wait=wait)
    return Token(due=present + interval, wait=0.0)


def believed(due: float | None, now: float, farthest: float) -> float:
    """Return when a source is due, not before now; what lies farther ahead than can be counts as now."""
    return max(due, now) if due is not None and due <= farthest + ROUNDING_SECONDS else now


def reserve(due: float, now: float, interval: float, most: int, *, credit: float, horizon: float) -> Reservation:
    """Count as many messages of a source as may leave soon.

    Args:
        due: when the source is next due.
        credit: seconds before now that still count: what a short delay of ours left unused.
        horizon: seconds ahead within which the messages leave.
    """
    first = max(due, now - credit)
    count = max(min(most, max(int((now + horizon - first) / interval), int(first <= now))), 0)
    return Reservation(first=first, count=count, due=first + count * interval)


def due_after_pause(now: float, seconds: float, interval: float, burst: int) -> float:
    """Return when a source is next due so that nothing of it leaves for so many seconds."""
    return now + seconds + interval * burst
