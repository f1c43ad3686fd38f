"""One process that only sends reminders: `python -m` this module, settings as of `sinetral run`.

Its calendar stands at another hour, so that the tests also run at night.
"""

import asyncio
import os
import signal
from datetime import datetime, timedelta

from bot.bootstrap.campaigns import send_reminders
from bot.bootstrap.services import SystemClock, open_services
from bot.operations.logs import configure_logging
from bot.settings import Settings


class ShiftedClock(SystemClock):
    """The present, some seconds off."""

    def __init__(self, settings: Settings, seconds: float) -> None:
        super().__init__(settings.timezone)
        self._shift = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self._shift


async def work() -> None:
    configure_logging()
    settings = Settings.from_env(os.environ)
    async with open_services(settings) as parts:
        clock = ShiftedClock(settings, float(os.environ["CLOCK_SHIFT"]))
        task = asyncio.create_task(send_reminders(settings, parts.store, clock))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()


if __name__ == "__main__":
    asyncio.run(work())
