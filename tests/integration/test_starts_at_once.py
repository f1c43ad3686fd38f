"""Commands and starts at the same moment on one empty database: one does the work, the others find it done."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.bootstrap.services import load_when_empty, open_services
from bot.storage.engine.migrate import upgrade
from tests.support.bot_process import ROOT
from tests.support.database import execute, settings_for

pytestmark = [pytest.mark.faults, pytest.mark.full]


@pytest.fixture(params=["empty_sqlite", "empty_postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database of each kind."""
    return str(request.getfixturevalue(request.param))


async def _at_once(address: str, folder: Path, commands: Sequence[Sequence[str]]) -> list[tuple[int, str, str]]:
    """Run commands together; returns exit code, output and errors of each."""
    environment = os.environ | {
        "SINETRAL_DATABASE_URL": address,
        "SINETRAL_KEY_FILE": str(folder / "keys" / "master.key"),
    }

    async def run(command: Sequence[str]) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *command),
            cwd=ROOT,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    return await asyncio.gather(*(run(command) for command in commands))


async def test_of_two_loads_at_once_one_loads_and_the_other_finds_it_there(address: str, tmp_path: Path) -> None:
    done = await _at_once(address, tmp_path, [("guidance", "load")] * 2)
    assert [(code, err) for code, _, err in done] == [(0, "")] * 2
    assert sorted(out.startswith("Ditambahkan 0, ") for _, out, _ in done) == [False, True]


async def test_an_empty_database_gets_the_guidance_once(address: str, tmp_path: Path) -> None:
    settings = settings_for(address, tmp_path)
    async with open_services(settings) as one, open_services(settings) as other:
        loaded = await asyncio.gather(load_when_empty(one), load_when_empty(other))
        added = [len(report.added) for report in loaded if report is not None]
        assert sorted(added)[-1] > 100
        assert sum(added) == max(added)
        assert await load_when_empty(one) is None


async def test_a_newer_schema_is_one_line(address: str, tmp_path: Path) -> None:
    async with open_services(settings_for(address, tmp_path)) as parts:
        await upgrade(parts.engine)
        await execute(parts.engine, "UPDATE alembic_version SET version_num = '9999'")
    [(code, out, err)] = await _at_once(address, tmp_path, [("guidance", "check")])
    assert (code, out) == (2, "")
    assert err.splitlines() == [err.strip()]
    assert "rilis SiNetral yang lebih baru" in err


async def test_a_migration_that_fails_is_one_line_and_does_not_blame_the_address(address: str, tmp_path: Path) -> None:
    async with open_services(settings_for(address, tmp_path)) as parts:
        # As if somebody had made the table by hand.
        await execute(parts.engine, "UPDATE alembic_version SET version_num = '0009'")
    [(code, _, err)] = await _at_once(address, tmp_path, [("guidance", "check")])
    assert code == 2
    assert err.splitlines() == [err.strip()]
    assert "tidak bisa diperbarui" in err
    assert "SINETRAL_DATABASE_URL" not in err


async def test_a_damaged_page_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    address = f"sqlite:///{file}"
    [(code, _, _)] = await _at_once(address, tmp_path, [("guidance", "load")])
    assert code == 0
    content = bytearray(await asyncio.to_thread(file.read_bytes))
    for start in range(7 * 4096, len(content), 7 * 4096):
        content[start : start + 4096] = os.urandom(4096)
    await asyncio.to_thread(file.write_bytes, content)
    [(code, _, err)] = await _at_once(address, tmp_path, [("guidance", "check")])
    assert code == 2
    assert err.splitlines() == [err.strip()]
    assert "Traceback" not in err
    assert "cadangan" in err
