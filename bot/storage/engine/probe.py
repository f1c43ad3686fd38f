"""Whether the database takes what is written, tried with a row of its own and within a second."""

import asyncio
import os
import sqlite3
import time
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.storage.engine.errors import Cause, cause_of

BUSY_SECONDS = 0.5
"""How long another writer is waited for; longer than any transaction of ours."""
PROBE_SECONDS = 3.0
LEAST_FREE_BYTES = 512 * 1024
"""Beside a SQLite file: with less the next answers cannot be kept, whatever one small row says."""
BEAT = "INSERT INTO heartbeat (id, written_at) VALUES (1, {at}) ON CONFLICT (id) DO UPDATE SET written_at = {at}"


class DatabaseProbe:
    """Writes and commits one row, on a connection of its own: no pool and no queue of writers stands before it."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Take the engine whose database is tried."""
        self._url: URL = engine.url

    async def trouble(self) -> str | None:
        """Write; return why nothing can be written, in one word, or None."""
        if self._url.get_backend_name() == "sqlite":
            if not self._url.database or self._url.database == ":memory:":
                return None
            return await asyncio.to_thread(_try_sqlite, self._url.database)
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._try_postgres()
        except TimeoutError:
            return Cause.UNREACHABLE.value
        except Exception as error:
            # Whatever the driver raises: the answer is that nothing was written.
            return (cause_of(error) or Cause.OTHER).value
        return None

    async def _try_postgres(self) -> None:
        engine = create_async_engine(self._url, poolclass=NullPool)
        try:
            async with engine.begin() as connection:
                for limit in ("lock_timeout", "statement_timeout"):
                    await connection.execute(text(f"SET LOCAL {limit} = {round(BUSY_SECONDS * 1000)}"))
                await connection.execute(text(BEAT.format(at=":at")), {"at": time.time()})
        finally:
            await engine.dispose()


def _try_sqlite(file: str) -> str | None:
    try:
        connection = sqlite3.connect(f"{Path(file).absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)
        try:
            # Nothing of this row need last, so the disk is not waited for.
            connection.execute("PRAGMA synchronous = OFF")
            with connection:
                connection.execute(BEAT.format(at="?1"), (time.time(),))
        finally:
            connection.close()
        space = os.statvfs(Path(file).parent)
    except (sqlite3.Error, OSError) as error:
        return (cause_of(error) or Cause.OTHER).value
    return Cause.FULL.value if space.f_bavail * space.f_frsize < LEAST_FREE_BYTES else None
