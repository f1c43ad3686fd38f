"""Work on many rows in short transactions: no reply waits long for a job beside it."""

import asyncio
from collections.abc import Awaitable, Callable

CHUNK_ROWS = 100
"""Rows of one transaction at most."""
FIRST_ROWS = 20
"""Of the first transaction, before it is known how long one takes."""
MIN_ROWS = 5
"""Of one transaction on a machine that is slow or busy; the work comes to an end all the same."""
MAX_STEP_SECONDS = 0.04
"""After a transaction that took longer the next one is half as large, after one of half as long twice as large."""
PAUSE_SECONDS = 0.01
"""Between two transactions at least, in which others take their turn; else as long as the transaction took."""


async def in_chunks(step: Callable[[int], Awaitable[int]]) -> int:
    """Do a step again and again while it touches as many rows as it may; returns how many it touched in all.

    Half of the time at most belongs to the job, and few rows to a step that takes long: how fast a machine is, and what
    else it does at this hour, is known by trying alone.

    Args:
        step: one transaction; takes how many rows it may touch, and returns how many it did.
    """
    touched, rows = 0, FIRST_ROWS
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        latest = await step(rows)
        took = loop.time() - began
        touched += latest
        if latest < rows:
            return touched
        rows = rows_of_next(rows, took)
        await asyncio.sleep(max(PAUSE_SECONDS, took))


def rows_of_next(rows: int, took: float) -> int:
    """Return how many rows the next transaction may touch, after one that took so many seconds."""
    if took > MAX_STEP_SECONDS:
        return max(MIN_ROWS, rows // 2)
    return min(CHUNK_ROWS, rows * 2) if took < MAX_STEP_SECONDS / 2 else rows
