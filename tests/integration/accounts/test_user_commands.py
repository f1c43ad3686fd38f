"""`sinetral user` and `sinetral audit`: secrets come from the terminal and from nowhere else."""

import asyncio
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.application.accounts.manage_users import Wanted
from bot.bootstrap.services import open_services
from bot.bootstrap.web import admin_site
from bot.core.accounts.users import Role
from bot.settings import Settings
from tests.support.admin_browser import PASSWORD
from tests.support.bot_process import ROOT, SINETRAL

pytestmark = [pytest.mark.admin, pytest.mark.full]

ADD = ("user", "add", "budi", "--full-name", "Budi", "--role", "admin", "--national")


WANTED = Wanted(full_name="Ani", roles=frozenset({Role.CURATOR}), agency=None, is_national=True)


@pytest.fixture
def environment(seeded_sqlite: str, tmp_path: Path) -> dict[str, str]:
    """Return the settings of a database of this test alone."""
    return os.environ | {
        "SINETRAL_DATABASE_URL": seeded_sqlite,
        "SINETRAL_KEY_FILE": str(tmp_path / "keys" / "master.key"),
    }


def run(environment: dict[str, str], *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a command without a terminal."""
    return subprocess.run(
        [*SINETRAL, *arguments],
        cwd=ROOT,
        env=environment,
        input=stdin,
        capture_output=True,
        start_new_session=True,
        check=False,
    )


def type_in(environment: dict[str, str], lines: list[str], *arguments: str) -> tuple[int, str]:
    """Run a command on a terminal of its own and type lines when it asks; returns exit code and what was shown."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, "-m", "bot", *arguments], environment)
    shown = ""
    while True:
        try:
            shown += os.read(terminal, 1024).decode()
        except OSError:
            break
        if lines and shown.endswith(": "):
            # The echo is off only once the prompt stands; a moment later nothing typed is shown.
            time.sleep(0.2)
            os.write(terminal, f"{lines.pop(0)}\n".encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown


def test_the_first_administrator_is_added_on_the_terminal(environment: dict[str, str]) -> None:
    code, shown = type_in(environment, [PASSWORD, PASSWORD], *ADD)
    assert (code, PASSWORD in shown) == (0, False)
    listed = run(environment, "user", "list").stdout.decode()
    assert ("budi" in listed, "admin" in listed, "nasional" in listed) == (True, True, True)
    checked = run(environment, "audit", "verify")
    assert (checked.returncode, checked.stdout.decode()) == (0, "Jejak audit utuh: 1 catatan.\n")


def test_a_password_in_a_pipe_or_a_variable_is_refused(environment: dict[str, str]) -> None:
    refused = run(environment | {"SINETRAL_PASSWORD": PASSWORD}, *ADD, stdin=f"{PASSWORD}\n{PASSWORD}\n".encode())
    assert refused.returncode == 2
    assert refused.stderr.decode().startswith("sinetral: rahasia hanya diterima di terminal")


@pytest.mark.parametrize(
    ("lines", "words"),
    [([PASSWORD, "lain"], "tidak sama"), (["pendek", "pendek"], "paling sedikit 12")],
)
def test_a_password_that_may_not_be_used_adds_nobody(environment: dict[str, str], lines: list[str], words: str) -> None:
    code, shown = type_in(environment, lines, *ADD)
    assert (code, words in shown) == (2, True)
    assert run(environment, "user", "list").stdout == b""


def test_a_user_is_disabled_enabled_and_reset(environment: dict[str, str]) -> None:
    type_in(environment, [PASSWORD, PASSWORD], *ADD)
    assert run(environment, "user", "disable", "budi").returncode == 0
    assert b"nonaktif" in run(environment, "user", "list").stdout
    assert run(environment, "user", "enable", "budi").returncode == 0
    assert run(environment, "user", "reset-totp", "budi").returncode == 0
    assert run(environment, "user", "disable", "hantu").returncode == 2
    assert run(environment, "audit", "verify").stdout == b"Jejak audit utuh: 4 catatan.\n"


def test_a_command_for_a_person_asks_for_password_and_code(environment: dict[str, str]) -> None:
    add_curator(environment)
    period = "masa_tenang=2031-01-05..2031-01-07"
    act = ("calendar", "set", "Pilkada 2031", period, "--as", "ani")
    assert type_in(environment, ["salah sama sekali", ""], *act)[0] == 2
    assert b"2031" not in run(environment, "calendar", "show").stdout
    code, shown = type_in(environment, [PASSWORD, ""], *act)
    assert (code, PASSWORD in shown) == (0, False)
    assert b"2031-01-05..2031-01-07" in run(environment, "calendar", "show").stdout
    refused = run(environment, *act, stdin=f"{PASSWORD}\n\n".encode())
    assert refused.returncode == 2


def add_curator(environment: dict[str, str]) -> None:
    """Add a curator who has changed the password already."""

    async def add() -> None:
        async with open_services(Settings.from_env(environment)) as parts:
            user = await admin_site(parts).manage_users().add(None, "ani", WANTED, PASSWORD)
            async with parts.admin_store.unit() as unit:
                hashed = await unit.accounts.password_hash("ani")
                assert hashed is not None
                await unit.accounts.set_password(user, hashed, must_change=False)

    asyncio.run(add())
