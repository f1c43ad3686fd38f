"""What was deleted leaves SQLite's write-ahead file too, which otherwise keeps old pages until chance overwrites them.

Deleted rows are zeroed in the database itself (`secure_delete`); the pages as they were before stand in the write-ahead
file for as long as nobody shortens it.

Source: sqlite.org/pragma.html, wal_checkpoint and secure_delete; sqlite.org/wal.html, "Avoiding Excessively Large WAL
Files".
"""

import asyncio

from bot.storage.engine.database import Database
from bot.storage.engine.engine import BUSY_SECONDS
from bot.storage.engine.sqlite_driver import Connection

PATIENCE_MS = 50
"""How long the last step waits for readers; whoever writes waits as long. Most readings take less."""
MAX_TRIES = 20
PAUSE_SECONDS = 0.25


async def empty_write_ahead(store: Database, tries: int = MAX_TRIES) -> int:
    """Move everything from the write-ahead file into the database and cut the file to nothing.

    Args:
        tries: how often readers may be in the way.

    Returns:
        How many pages were moved; 0 also where readers were in the way every time: then the next round tries again.
    """
    if not store.is_a_file:
        return 0
    for _ in range(tries):
        async with store.driver() as driver:
            # The long part waits for nobody and lets everybody else work; what is left for the last step is little.
            _, pages = await _checkpoint(driver, "PASSIVE")
            is_busy, _ = await _checkpoint(driver, "TRUNCATE")
        if not is_busy:
            return pages
        await asyncio.sleep(PAUSE_SECONDS)
    return 0


async def _checkpoint(driver: Connection, mode: str) -> tuple[bool, int]:
    """Say whether somebody was in the way, and how many pages were moved."""
    await driver.run(f"PRAGMA busy_timeout = {PATIENCE_MS}", (), many=False)
    try:
        _, [(is_busy, _pages, moved)] = await driver.run(f"PRAGMA wal_checkpoint({mode})", (), many=False)
    finally:
        await driver.run(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}", (), many=False)
    return bool(is_busy), max(int(moved), 0)
