"""`sinetral run` and `sinetral database upgrade`."""

import argparse

from bot.bootstrap.server import serve
from bot.bootstrap.services import open_services
from bot.settings import Settings


async def run(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Serve until stopped."""
    await serve(settings)
    return 0


async def upgrade_database(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Bring the schema up to date."""
    async with open_services(settings):
        print("Skema basis data mutakhir.")
    return 0
