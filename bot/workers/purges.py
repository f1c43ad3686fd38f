"""Jobs at intervals: write the log of the hours that ended, delete what has outlived its purpose."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.application.ports import Clock

logger = logging.getLogger(__name__)

PURGE_SECONDS = 15 * 60.0
"""Conversations live 24 hours (`bot.storage.store`) and the log is an hour behind; fifteen minutes more at most."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One thing to do again and again."""

    name: str
    run: Callable[[datetime], Awaitable[int]]
    """Takes the present, gives how many rows it touched."""


async def purge_for_ever(jobs: Sequence[Job], clock: Clock) -> None:
    """Do every job now and at intervals; a failure is logged, keeps no other job back, and is tried again."""
    while True:
        for job in jobs:
            await _run(job, clock.now())
        await asyncio.sleep(PURGE_SECONDS)


async def _run(job: Job, now: datetime) -> None:
    try:
        touched = await job.run(now)
    except Exception as error:  # the top of a job
        logger.error("a job failed", extra={"job": job.name, "error": type(error).__name__})
        return
    if touched:
        logger.info("a job is done", extra={"job": job.name, "count": touched})
