"""aiosqlite with one journey to its thread for each statement, where SQLAlchemy would make four.

Every journey wakes the event loop and waits for the interpreter's lock; they were most of what a message cost.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any, Self

import aiosqlite

IS_BRIEF: ContextVar[bool] = ContextVar("IS_BRIEF", default=False)
"""Whether the statements of this transaction touch so few rows that the event loop may run them itself."""


class Connection(aiosqlite.Connection):
    """A connection whose cursors run, read and close a statement at once."""

    def __init__(self, file: str, timeout: float) -> None:
        """Connect when awaited; `timeout` are the seconds to wait for another writer."""
        # Never used by two threads at once: whoever runs a statement waits for its end.
        connect = partial(sqlite3.connect, file, timeout=timeout, check_same_thread=False)
        super().__init__(connect, iter_chunk_size=64)
        # As SQLAlchemy does: a forgotten connection keeps no process alive.
        self._thread.daemon = True

    def cursor(self) -> "Cursor":  # type: ignore[override]  # SQLAlchemy enters whatever comes back
        """Return a cursor without asking the thread."""
        return Cursor(self)

    async def rollback(self) -> None:
        """Roll back, where there is anything to roll back: the pool asks for it after every commit."""
        if self.in_transaction:
            await super().rollback()

    async def run(
        self, sql: str, parameters: Sequence[Any] | Iterable[Sequence[Any]], many: bool
    ) -> tuple[sqlite3.Cursor, list[Any]]:
        """Run a statement; returns its closed cursor, for the facts it holds, and all its rows.

        In a brief transaction that has begun nothing waits for another writer or for the disk before its end.
        """
        if IS_BRIEF.get() and self.in_transaction:
            return self._at_once(sql, parameters, many)
        result: tuple[sqlite3.Cursor, list[Any]] = await self._execute(  # type: ignore[no-untyped-call]
            self._at_once, sql, parameters, many
        )
        return result

    def _at_once(self, sql: str, parameters: Any, many: bool) -> tuple[sqlite3.Cursor, list[Any]]:
        cursor = self._conn.cursor()
        try:
            (cursor.executemany if many else cursor.execute)(sql, parameters)
            return cursor, cursor.fetchall() if cursor.description else []
        finally:
            cursor.close()


class Cursor:
    """What SQLAlchemy's `AsyncIODBAPICursor` asks of a driver, less the streaming that nobody uses here."""

    description: Any = None
    rowcount = -1
    lastrowid: int | None = None
    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        """Belong to a connection."""
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        """Nothing to open."""
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Run a statement and keep its rows."""
        return self._keep(*await self._connection.run(sql, parameters, many=False))

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Run a statement once for each set of parameters."""
        return self._keep(*await self._connection.run(sql, parameters, many=True))

    async def fetchall(self) -> list[Any]:
        """Return the rows."""
        return self._rows

    async def close(self) -> None:
        """Nothing to close: the thread did."""

    def _keep(self, ran: sqlite3.Cursor, rows: list[Any]) -> Self:
        self.description, self.rowcount, self.lastrowid, self._rows = ran.description, ran.rowcount, ran.lastrowid, rows
        return self
