"""Engines for SQLite and PostgreSQL that behave alike."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.engine import Connection as EngineConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.core.errors import InvalidInputError, PermanentError
from bot.storage.engine.sqlite_driver import Connection

ONLY_READS = "sinetral_only_reads"
"""The option of a connection whose transaction takes no lock that writers wait for."""
BUSY_SECONDS = 5
"""How long SQLite waits for another writer."""

POOL_SECONDS = 10.0
"""How long a transaction waits for a connection of PostgreSQL."""
CONNECTION_LIMITS: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that vanished without a word is noticed in seconds, not in hours (PostgreSQL manual, libpq, 34.1.2)."""


def make_engine(address: str) -> AsyncEngine:
    """Make the engine of a database address.

    Args:
        address: `sqlite:///path` or `postgresql://...`.

    Raises:
        InvalidInputError: when it is neither.
        PermanentError: when the folder of a SQLite file cannot be made.
    """
    url = _with_driver(address)
    if url.get_backend_name() != "sqlite":
        return create_async_engine(
            url, pool_pre_ping=True, pool_timeout=POOL_SECONDS, connect_args=dict(CONNECTION_LIMITS)
        )
    if url.database and url.database != ":memory:":
        _make_folder(Path(url.database).parent)
        _try_to_open(url.database)
    file = url.database or ":memory:"
    engine = create_async_engine(url, async_creator=lambda: _connected(file))
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_immediately)
    return engine


async def _connected(file: str) -> Connection:
    connection = Connection(file, BUSY_SECONDS)
    await connection
    return connection


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PermanentError(f"folder basis data {folder} tidak bisa dibuat ({error.strerror})") from error


def _try_to_open(file: str) -> None:
    """Open the file once: aiosqlite leaves a thread behind that ends with a traceback when it cannot."""
    try:
        if not Path(file).exists():
            # Readable by its owner alone; the journal files take over the mode.
            Path(file).touch(mode=0o600)
        sqlite3.connect(file).close()
    except sqlite3.Error as error:
        raise PermanentError(f"basis data tidak bisa dibuka: {error}; periksa SINETRAL_DATABASE_URL") from error


def _with_driver(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise InvalidInputError("SINETRAL_DATABASE_URL must be sqlite:///path or postgresql://...") from error
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    driver = drivers.get(url.drivername.split("+")[0])
    if driver is None:
        raise InvalidInputError("SINETRAL_DATABASE_URL must begin with sqlite: or postgresql:")
    return url.set(drivername=driver)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # We begin transactions ourselves, so that a reader who will write takes the lock at once.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
    except Exception:
        # SQLAlchemy does not know this connection yet, so nobody else would close it.
        connection.close()
        raise
    cursor.close()


def _begin_immediately(connection: EngineConnection) -> None:
    only_reads = connection.get_execution_options().get(ONLY_READS, False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
