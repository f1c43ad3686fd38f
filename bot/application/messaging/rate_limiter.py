"""Let a message in, or say how long its source must wait."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.application.ports import Clock, Store
from bot.core.messaging.network_source import SITE_SHARE, site_of, source_of
from bot.core.vocabulary import Channel


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """How much one source may send."""

    source: str
    """Names the source; it is kept only as a keyed hash that changes every day."""
    per_minute: int
    burst: int
    """How many may come at once."""


def address_allowances(kind: str, address: str, per_minute: int, burst: int) -> list[RateLimit]:
    """Return what may come from a network address: of whom it stands for, and of the larger network around it.

    Args:
        kind: what is counted, such as "login".
    """
    allowances = [RateLimit(source=f"{kind} {source_of(address)}", per_minute=per_minute, burst=burst)]
    site = site_of(address)
    if site is not None:
        source = f"{kind} {site}"
        allowances.append(RateLimit(source=source, per_minute=per_minute * SITE_SHARE, burst=burst * SITE_SHARE))
    return allowances


PERSON_BURST = 10
"""Messages of one person that may come at once at least; half a minute's where that is more."""
MAX_NOTED = 10_000


def person_allowance(channel: Channel, person: str, per_minute: int) -> RateLimit:
    """Return what one person may send, by one setting on every channel."""
    burst = max(PERSON_BURST, per_minute // 2)
    return RateLimit(source=f"{channel.value} {person}", per_minute=per_minute, burst=burst)


class RecentMessages:
    """Knows without the database who surely sent too much: what this process counted itself.

    The database counts for all processes and decides; whom this refuses, it would refuse too.
    """

    def __init__(self, most: int = MAX_NOTED) -> None:
        """Begin with nothing; the longest unheard of is forgotten when there are more sources than so many."""
        self._most = most
        self._due: OrderedDict[bytes, float] = OrderedDict()

    def is_too_much(self, source: bytes, now: float, allowance: RateLimit) -> bool:
        """Say whether one more message is above the allowance; nothing is counted."""
        interval = 60.0 / allowance.per_minute
        # A moment farther ahead than the rule can have set it is not believed.
        due = min(self._due.get(source, now), now + interval * allowance.burst)
        return due + interval - interval * allowance.burst > now

    def count(self, source: bytes, now: float, allowance: RateLimit) -> None:
        """Count one message that was let in."""
        self._set(source, max(self._due.get(source, now), now) + 60.0 / allowance.per_minute)

    def refuse(self, source: bytes, now: float, wait: float, allowance: RateLimit) -> None:
        """Refuse everything of a source for so many seconds, as the database said."""
        interval = 60.0 / allowance.per_minute
        self._set(source, now + wait - interval + interval * allowance.burst)

    def _set(self, source: bytes, due: float) -> None:
        self._due[source] = due
        self._due.move_to_end(source)
        if len(self._due) > self._most:
            self._due.popitem(last=False)


@dataclass(frozen=True, kw_only=True)
class RateLimiter:
    """Counts messages of sources against their allowances."""

    store: Store
    clock: Clock

    async def acquire(self, allowances: Sequence[RateLimit]) -> float:
        """Return 0.0 when all allow one more message, else the seconds to wait."""
        now = self.clock.now()
        try:
            async with self.store.unit() as unit:
                waits = [await unit.acquire_token(a.source, now, 60.0 / a.per_minute, a.burst) for a in allowances]
                if max(waits, default=0.0) > 0:
                    # What is refused counts for no source: one hasty browser must not lock out its whole office.
                    raise _RefusedError(max(waits))
        except _RefusedError as refused:
            return refused.wait
        return 0.0


class _RefusedError(Exception):
    """Ends the unit without keeping anything."""

    def __init__(self, wait: float) -> None:
        super().__init__()
        self.wait = wait
