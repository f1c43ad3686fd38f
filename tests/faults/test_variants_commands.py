"""Two of one command at once on one database: both end in words, and nothing is there twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.commands import Shell
from tests.support.database import new_postgres, seeded

pytestmark = [pytest.mark.faults, pytest.mark.full]

AT_ONCE = 3
CALENDAR = ("calendar", "set", "Pilkada Uji", "masa_tenang=2031-01-05..2031-01-07", "kampanye=2030-11-01..2031-01-04")


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    """Return commands on a database without a schema."""
    if request.param == "sqlite":
        yield Shell(folder=tmp_path, address=f"sqlite:///{tmp_path / 'sinetral.db'}")
        return
    for address in new_postgres("template0"):
        yield Shell(folder=tmp_path, address=address)


@pytest.fixture(params=["sqlite", "postgres"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    """Return commands on a database with the seed."""
    with seeded(request.param, tmp_path) as address:
        yield Shell(folder=tmp_path, address=address)


def at_once(shell: Shell, *commands: tuple[str, ...]) -> list[tuple[int, str]]:
    """Run commands at the same time; returns exit codes and what they said."""
    running = [shell.begin(*words) for words in commands]
    ended = []
    for process in running:
        out, err = process.communicate(timeout=240)
        ended.append((process.returncode, (out + err).decode()))
    return ended


def test_guidance_is_loaded_once_by_any_number_of_loaders(empty: Shell) -> None:
    ended = at_once(empty, *[("guidance", "load")] * AT_ONCE)
    assert [code for code, _ in ended] == [0] * AT_ONCE, ended
    assert not any("Traceback" in said for _, said in ended)
    assert empty.run("guidance", "check").returncode == 0


def test_the_schema_is_made_once_by_any_number_of_upgraders(empty: Shell) -> None:
    ended = at_once(empty, *[("database", "upgrade")] * AT_ONCE)
    assert [code for code, _ in ended] == [0] * AT_ONCE, ended


def test_upgrading_and_loading_at_once_both_end_in_words(empty: Shell) -> None:
    ended = at_once(empty, ("database", "upgrade"), ("guidance", "load"), ("guidance", "check"))
    assert not any("Traceback" in said for _, said in ended), ended
    assert ended[1][0] == 0


def test_one_election_set_by_many_at_once_stands_there_once(filled: Shell) -> None:
    ended = at_once(filled, *[CALENDAR] * AT_ONCE)
    assert not any("Traceback" in said for _, said in ended), ended
    shown = filled.run("calendar", "show").stdout.decode()
    assert shown.count("Pilkada Uji") == 2


def test_setting_and_removing_an_election_at_once_ends_in_words(filled: Shell) -> None:
    assert filled.run(*CALENDAR).returncode == 0
    ended = at_once(filled, CALENDAR, ("calendar", "remove", "Pilkada Uji"), ("calendar", "show"))
    assert not any("Traceback" in said for _, said in ended), ended


def test_loading_again_while_loading_again_changes_nothing(filled: Shell) -> None:
    ended = at_once(filled, *[("guidance", "load")] * AT_ONCE)
    assert [code for code, _ in ended] == [0] * AT_ONCE, ended


def test_keys_rotated_by_two_at_once_leave_a_key_that_opens(filled: Shell) -> None:
    assert filled.run("privacy", "report").returncode == 0
    ended = at_once(filled, ("keys", "rotate"), ("keys", "rotate"))
    assert not any("Traceback" in said for _, said in ended), ended
    assert filled.run("privacy", "report").returncode == 0
