"""The migrations make what the models describe."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import TypeVar

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage.engine.engine import make_engine
from bot.storage.engine.migrate import MIGRATIONS, alembic_config, upgrade
from bot.storage.schema import METADATA
from tests.support.database import execute, rows

Value = TypeVar("Value")
Checks = dict[str, set[tuple[str | None, str]]]


@pytest.fixture(
    params=[
        pytest.param("empty_sqlite", id="sqlite"),
        pytest.param("empty_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
def address(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database of each kind."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def empty(address: str) -> AsyncIterator[AsyncEngine]:
    """Return the engine of an empty database."""
    engine = make_engine(address)
    yield engine
    await engine.dispose()


def test_there_is_one_head_and_the_head_file_names_it() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    written = Path(MIGRATIONS, "head.txt").read_text(encoding="utf-8").strip()
    assert ScriptDirectory.from_config(config).get_heads() == [written]


async def test_an_empty_database_gets_every_table(empty: AsyncEngine) -> None:
    await upgrade(empty)
    assert await _with(empty, _tables) == {*METADATA.tables, "alembic_version"}


async def test_the_models_equal_the_migrations(empty: AsyncEngine) -> None:
    await upgrade(empty)
    assert await _with(empty, _differences) == []


async def test_the_checks_of_the_models_equal_those_of_the_migrations(empty: AsyncEngine) -> None:
    await upgrade(empty)
    migrated = await _with(empty, _checks)
    await _with(empty, _downgrade)
    await _with(empty, METADATA.create_all)
    assert migrated == await _with(empty, _checks)
    assert migrated["query_log"] != set()


async def test_on_sqlite_the_models_and_the_migrations_keep_no_row_order_in_the_same_tables(
    empty_sqlite: str,
) -> None:
    engine = make_engine(empty_sqlite)
    await upgrade(engine)
    unordered = await rows(engine, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr = 1")
    await engine.dispose()
    models = [name for name, table in METADATA.tables.items() if not table.dialect_options["sqlite"]["with_rowid"]]
    assert {name for (name,) in unordered} == set(models)


async def test_downgrading_to_the_beginning_leaves_no_table(empty: AsyncEngine) -> None:
    await upgrade(empty)
    await _with(empty, _downgrade)
    assert await _with(empty, _tables) == {"alembic_version"}


async def test_upgrading_again_changes_nothing(empty: AsyncEngine) -> None:
    await upgrade(empty)
    await execute(empty, "INSERT INTO topic_group (id, title, position) VALUES ('dasar', 'Dasar', 0)")
    await upgrade(empty)
    assert await rows(empty, "SELECT id, title, position FROM topic_group") == [("dasar", "Dasar", 0)]
    assert await _with(empty, _differences) == []


@pytest.mark.full
def test_processes_that_upgrade_an_empty_postgresql_at_once_all_succeed(empty_postgres: str) -> None:
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(4)
    processes = [context.Process(target=_upgrade_together, args=(empty_postgres, together)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]


def _upgrade_together(address: str, together: Barrier) -> None:
    together.wait(timeout=60)
    asyncio.run(_upgrade(address))


async def _upgrade(address: str) -> None:
    engine = make_engine(address)
    await upgrade(engine)
    await engine.dispose()


async def _with(engine: AsyncEngine, look: Callable[[Connection], Value]) -> Value:
    async with engine.begin() as connection:
        return await connection.run_sync(look)


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, METADATA))


def _checks(connection: Connection) -> Checks:
    inspector = inspect(connection)
    return {
        table: {(check["name"], check["sqltext"]) for check in inspector.get_check_constraints(table)}
        for table in METADATA.tables
    }


def _downgrade(connection: Connection) -> None:
    command.downgrade(alembic_config(connection), "base")


async def test_what_became_of_messages_outlives_the_new_status(empty: AsyncEngine) -> None:
    await _with(empty, lambda connection: command.upgrade(alembic_config(connection), "0009"))
    await execute(
        empty,
        "INSERT INTO campaign (id, name, status, topic_id, segment, schedule, valid_hours, in_doubt, weekly_limit,"
        " created_by, created_at, run, deadline, missed) VALUES ('k', 'k', 'done', 't', '{}', 'sekarang', 1, 'hold', 3,"
        " 'ani', '2026-12-01 00:00:00', 1, 0, 0)",
    )
    await execute(
        empty,
        "INSERT INTO chunk (id, campaign_id, run, channel, zone, not_before, leased_until, is_done)"
        " VALUES (1, 'k', 1, 'telegram', 'WIB', 0, 0, true)",
    )
    await execute(
        empty,
        "INSERT INTO delivery (chunk_id, key, status, attempts, doubts, reason) VALUES (1, :key, 'late', 0, 0, 'x')",
        key=bytes(32),
    )
    await execute(empty, "INSERT INTO delivery_count VALUES ('k', 1, 'telegram', 'sent', '', 7)")
    await upgrade(empty)
    kept = await rows(empty, "SELECT chunk_id, status, reason, number, suspect FROM delivery")
    assert kept == [(1, "late", "x", None, None)]
    await execute(empty, "UPDATE delivery SET status = 'not_meant'")
    await execute(empty, "UPDATE delivery_count SET status = 'not_meant'")
    assert await rows(empty, "SELECT messages FROM delivery_count") == [(7,)]


async def test_an_empty_agency_becomes_national_by_name_and_a_typed_one_its_code(empty: AsyncEngine) -> None:
    await _with(empty, lambda connection: command.upgrade(alembic_config(connection), "0013"))
    for code, name in [("bkd-jabar", "BKD Jawa Barat"), ("kota-a", "BKPSDM"), ("kota-b", "BKPSDM")]:
        await execute(
            empty, "INSERT INTO agency (code, name, region, zone) VALUES (:c, :n, 'Jabar', 'WIB')", c=code, n=name
        )
    typed = {"a": None, "b": "bkd-jabar", "c": " BKD  jawa barat", "d": "BKD-JABAR", "e": "tidak ada", "f": "BKPSDM"}
    for id_, agency in typed.items():
        await execute(
            empty,
            'INSERT INTO "user" (id, name, full_name, roles, agency, is_disabled, password_hash, must_change_password,'
            " last_step, failures) VALUES (:i, :i, 'x', '[]', :a, false, 'x', false, 0, 0)",
            i=id_,
            a=agency,
        )
    await upgrade(empty)
    kept = await rows(empty, 'SELECT id, agency, is_national FROM "user" ORDER BY id')
    assert [(id_, agency, bool(wide)) for id_, agency, wide in kept] == [
        ("a", None, True),
        ("b", "bkd-jabar", False),
        ("c", "bkd-jabar", False),
        ("d", "bkd-jabar", False),
        ("e", "tidak ada", False),
        ("f", "BKPSDM", False),
    ]
