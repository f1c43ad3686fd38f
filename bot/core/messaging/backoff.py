"""Growing pauses after failures."""

FIRST_SECONDS = 1.0
MAX_SECONDS = 60.0
GROWTH = 2.0
MAX_DOUBLINGS = 64
"""So many tries have reached any longest pause; beyond them a power could not be computed any more."""
LEAST_SHARE = 0.75
"""Of a pause: chance takes away at most the rest, so that those who failed together do not come back together."""


def backoff(
    tries: int,
    chance: float,
    *,
    first: float = FIRST_SECONDS,
    longest: float = MAX_SECONDS,
    growth: float = GROWTH,
) -> float:
    """Return the seconds to wait before the next try.

    Args:
        tries: how many failed so far, this one included; 1 waits `first`.
        chance: 0..1, drawn by the caller; 1 waits longest.
    """
    pause = longest
    if tries < MAX_DOUBLINGS:
        pause = min(first * growth ** max(tries - 1, 0), longest)
    return pause * (LEAST_SHARE + (1.0 - LEAST_SHARE) * chance)
