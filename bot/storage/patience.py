"""How long an update waits for one before it that is still on its way."""

from dataclasses import dataclass

from bot.core.conversation import Channel

GAP_SECONDS = 4.0
"""For a missing one: the platform delivers concurrently and tries again with back-off when we were away
(`platform-limits.md`)."""
FIRST_SECONDS = 0.5
"""Where nothing before is done, as for the first updates ever or after a long silence: so long without another."""
LOOK_AGAIN_SECONDS = 0.1
"""A missing update usually comes at once."""
MOST_AT_A_LOOK = 2 * LOOK_AGAIN_SECONDS
"""What a look counts at most: while the process or the database stood still, nothing could come in."""
MOST_WAITING = 10_000
"""Updates remembered; those that another process took over are forgotten at last."""


@dataclass(kw_only=True)
class _Waited:
    looked_at: float
    arrivals: int
    """How many had come in by then."""
    in_all: float = 0.0
    in_silence: float = 0.0
    """Seconds since the latest arrival."""


class Patience:
    """Counts the waiting of one process."""

    def __init__(self) -> None:
        """Begin with nothing waiting."""
        self._arrivals = 0
        self._waiting: dict[tuple[Channel, int], _Waited] = {}

    @property
    def remembered(self) -> int:
        """How many updates are waiting, as far as is known."""
        return len(self._waiting)

    def note_arrivals(self, count: int) -> None:
        """Updates were taken in."""
        self._arrivals += count

    def look(self, channel: Channel, position: int, now: float, *, is_first: bool) -> float:
        """Give the seconds until the next look, 0.0 when the update has waited long enough.

        Args:
            now: seconds of one clock, any.
            is_first: nothing before it is done, and nothing known to be missing.
        """
        key = channel, position
        waited = self._waiting.setdefault(key, _Waited(looked_at=now, arrivals=self._arrivals))
        lived = min(max(now - waited.looked_at, 0.0), MOST_AT_A_LOOK)
        waited.in_all += lived
        waited.in_silence = waited.in_silence + lived if waited.arrivals == self._arrivals else 0.0
        waited.looked_at, waited.arrivals = now, self._arrivals
        left = GAP_SECONDS - waited.in_all
        if is_first:
            left = min(left, FIRST_SECONDS - waited.in_silence)
        if left <= 0:
            self.forget(channel, position)
            return 0.0
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        return min(left, LOOK_AGAIN_SECONDS)

    def forget(self, channel: Channel, position: int) -> None:
        """The update waits no more."""
        self._waiting.pop((channel, position), None)
