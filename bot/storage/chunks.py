"""Work on many rows in short transactions: no reply waits long for a job beside it."""

import asyncio
from collections.abc import Awaitable, Callable

CHUNK_ROWS = 100
"""Rows of one transaction: some tens of milliseconds on a slow machine."""
PAUSE_SECONDS = 0.01
"""Between two transactions, in which others take their turn."""


async def in_chunks(step: Callable[[], Awaitable[int]], most: int = CHUNK_ROWS) -> int:
    """Do a step again and again while it touches as many rows as it may; returns how many it touched in all.

    Args:
        step: one transaction; returns how many rows it touched, at most `most`.
    """
    touched = 0
    while True:
        latest = await step()
        touched += latest
        if latest < most:
            return touched
        await asyncio.sleep(PAUSE_SECONDS)
