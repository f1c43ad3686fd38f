"""Let a message in, or say how long its source must wait."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.application.ports import Clock, Store


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """How much one source may send."""

    source: str
    """Names the source; it is kept only as a keyed hash that changes every day."""
    per_minute: int
    burst: int
    """How many may come at once."""


@dataclass(frozen=True, kw_only=True)
class Admit:
    """Counts messages of sources against their allowances."""

    store: Store
    clock: Clock

    async def wait(self, allowances: Sequence[Allowance]) -> float:
        """Give 0.0 when all allow one more message, else the seconds to wait."""
        now = self.clock.now()
        try:
            async with self.store.unit() as unit:
                waits = [await unit.take_slot(a.source, now, 60.0 / a.per_minute, a.burst) for a in allowances]
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
