"""Delete what has outlived its purpose."""

import asyncio
import logging
from datetime import datetime
from typing import Protocol

from bot.application.ports import Clock

logger = logging.getLogger(__name__)

PURGE_SECONDS = 15 * 60.0
"""Conversations live 24 hours (`bot.storage.store`); a quarter of an hour more at most."""


class Purgeable(Protocol):
    """What can be purged."""

    async def purge(self, now: datetime) -> int:
        """Delete what has expired; gives how many rows went."""


class Forgetful(Protocol):
    """What remembers updates to drop repeats."""

    async def forget_old_updates(self) -> None:
        """Delete the ids that no platform repeats any more."""


async def purge_for_ever(store: Purgeable, clock: Clock, inbox: Forgetful | None = None) -> None:
    """Purge now and every quarter of an hour; a failure is logged and tried again."""
    while True:
        try:
            gone = await store.purge(clock.now())
            if inbox is not None:
                await inbox.forget_old_updates()
            if gone:
                logger.info("purged expired conversations count=%d", gone)
        except Exception as error:  # the top of a job
            logger.error("purging failed error=%s", type(error).__name__)
        await asyncio.sleep(PURGE_SECONDS)
