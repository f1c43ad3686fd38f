"""Work beside other work, ended with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

CANCEL_SECONDS = 2.0


@asynccontextmanager
async def background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do something beside what is done here, and end it with that."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        await cancelled(task)


async def cancelled(task: asyncio.Task[None]) -> None:
    """Cancel until it is done: a library that swallows one cancellation must not keep the process alive."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_SECONDS)
    with contextlib.suppress(asyncio.CancelledError):
        await task
