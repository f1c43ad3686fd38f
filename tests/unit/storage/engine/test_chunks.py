"""Work on many rows beside replies: how much at once, and how long a rest."""

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.storage.engine.chunks import (
    CHUNK_ROWS,
    FIRST_ROWS,
    MAX_STEP_SECONDS,
    MIN_ROWS,
    PAUSE_SECONDS,
    in_chunks,
    rows_of_next,
)


@dataclass(kw_only=True)
class Table:
    """Rows that take so long each to be worked on."""

    left: int
    seconds: float = 0.0
    asked: list[int] = field(default_factory=list)
    spans: list[tuple[float, float]] = field(default_factory=list)

    async def step(self, rows: int) -> int:
        began = asyncio.get_running_loop().time()
        self.asked.append(rows)
        done = min(rows, self.left)
        self.left -= done
        await asyncio.sleep(self.seconds * done)
        self.spans.append((began, asyncio.get_running_loop().time()))
        return done


@pytest.mark.parametrize("rows", [0, 1, CHUNK_ROWS - 1, CHUNK_ROWS, CHUNK_ROWS + 1, 5 * CHUNK_ROWS])
async def test_every_row_is_worked_on_once(rows: int) -> None:
    table = Table(left=rows)
    assert await in_chunks(table.step) == rows
    assert table.left == 0


async def test_a_slow_step_is_followed_by_a_smaller_one_and_a_rest_as_long() -> None:
    table = Table(left=50, seconds=0.005)
    await in_chunks(table.step)
    assert table.asked[:2] == [FIRST_ROWS, FIRST_ROWS // 2]
    for (began, ended), (following, _) in zip(table.spans, table.spans[1:], strict=False):
        assert following - ended >= max(PAUSE_SECONDS, ended - began) * 0.9


@pytest.mark.parametrize(
    ("rows", "took", "following"),
    [
        (100, MAX_STEP_SECONDS + 0.001, 50),
        (MIN_ROWS, 10.0, MIN_ROWS),
        (50, 0.0, 100),
        (100, 0.0, 100),
        (40, MAX_STEP_SECONDS * 0.75, 40),
    ],
)
def test_the_time_that_a_step_took_decides_how_large_the_next_one_is(rows: int, took: float, following: int) -> None:
    assert rows_of_next(rows, took) == following
