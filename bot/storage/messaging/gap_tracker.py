"""How long an update waits for one before it that is still on its way."""

from dataclasses import dataclass

from bot.core.vocabulary import Channel

GAP_SECONDS = 4.0
"""For a missing one: the platform delivers concurrently and tries again with back-off when we were away."""
FIRST_SECONDS = 0.5
"""Where nothing before is done, as for the first updates ever or after a long silence: so long without another."""
LOOK_AGAIN_SECONDS = 0.1
"""A missing update usually comes at once."""
MAX_BETWEEN_LOOKS = 2 * LOOK_AGAIN_SECONDS
"""What counts at most between two looks at any update: while the process or the database stood still, nothing came."""
MAX_WAITING = 10_000
"""Updates remembered; those that another process took over are forgotten at last."""


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    since: float
    """How long the process had lived when this was looked at first."""


class GapTracker:
    """Counts the waiting of one process, in time that the process lived through."""

    def __init__(self) -> None:
        """Begin with nothing waiting."""
        self._lived = 0.0
        """Seconds, as looks at any update show them; one update alone is looked at too seldom where many wait."""
        self._looked_at: float | None = None
        self._last_arrival = 0.0
        self._waiting: dict[tuple[Channel, int], _Waiting] = {}

    @property
    def remembered(self) -> int:
        """How many updates are waiting, as far as is known."""
        return len(self._waiting)

    def record_arrivals(self, count: int) -> None:
        """Updates were taken in."""
        if count:
            self._last_arrival = self._lived

    def seconds_to_wait(self, channel: Channel, position: int, now: float, *, is_first: bool) -> float:
        """Return the seconds until the next look, 0.0 when the update has waited long enough.

        Args:
            now: seconds of one clock, any.
            is_first: nothing before it is done, and nothing known to be missing.
        """
        self._live(now)
        waiting = self._waiting.setdefault((channel, position), _Waiting(since=self._lived))
        left = GAP_SECONDS - (self._lived - waiting.since)
        if is_first:
            left = min(left, FIRST_SECONDS - (self._lived - max(waiting.since, self._last_arrival)))
        if left <= 0:
            self.forget(channel, position)
            return 0.0
        if len(self._waiting) > MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
        return min(left, LOOK_AGAIN_SECONDS)

    def forget(self, channel: Channel, position: int) -> None:
        """The update waits no more."""
        self._waiting.pop((channel, position), None)

    def _live(self, now: float) -> None:
        if self._looked_at is not None:
            self._lived += min(max(now - self._looked_at, 0.0), MAX_BETWEEN_LOOKS)
        self._looked_at = now
