"""`sinetral run` whose clock stands elsewhere, for reminders at night: `python -m` this module."""

import asyncio
import os

from bot.bootstrap.server import serve
from bot.settings import Settings
from tests.integration.campaigns.engine.worker import ShiftedClock


async def run() -> None:
    settings = Settings.from_env(os.environ)
    await serve(settings, ShiftedClock(settings, float(os.environ["CLOCK_SHIFT"])))


if __name__ == "__main__":
    asyncio.run(run())
