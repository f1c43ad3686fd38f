"""Jobs at intervals: write the log of the hours that ended, delete what has outlived its purpose."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.application.ports import Clock
from bot.workers.supervision import progress, report_trouble

logger = logging.getLogger(__name__)

PURGE_SECONDS = 15 * 60.0
"""Conversations live 24 hours (`bot.storage.store`) and the log is an hour behind; fifteen minutes more at most."""
FIRST_RETRY_SECONDS = 5.0
"""After a failure; twice as long after each further one in a row, up to the interval itself."""


@dataclass(frozen=True, kw_only=True)
class PeriodicTask:
    """One thing to do again and again."""

    name: str
    run: Callable[[datetime], Awaitable[int]]
    """Takes the present, returns how many rows it touched."""


async def purge_for_ever(jobs: Sequence[PeriodicTask], clock: Clock) -> None:
    """Do every job now and at intervals; a failure is logged, keeps no other job back, and is soon tried again."""
    retry = FIRST_RETRY_SECONDS
    failed: Sequence[PeriodicTask] = ()
    next_round = 0.0
    while True:
        present = asyncio.get_running_loop().time()
        is_round = present >= next_round
        next_round = present + PURGE_SECONDS if is_round else next_round
        failed = [job for job in (jobs if is_round else failed) if not await _run(job, clock.now())]
        if failed:
            report_trouble(failed[0].name)
        else:
            progress()
        left = max(next_round - asyncio.get_running_loop().time(), 0.0)
        await asyncio.sleep(min(retry, left) if failed else left)
        retry = min(retry * 2, PURGE_SECONDS) if failed else FIRST_RETRY_SECONDS


async def _run(job: PeriodicTask, now: datetime) -> bool:
    """Do a job; says whether it was done."""
    try:
        touched = await job.run(now)
    except Exception as error:  # the top of a job
        logger.error("a job failed", extra={"job": job.name, "error": type(error).__name__})
        return False
    if touched:
        logger.info("a job is done", extra={"job": job.name, "count": touched})
    return True
