"""The whole service as people run it: starts, survives its NLU, keeps nothing, stops."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.bot_process import Bot, free_port

pytestmark = [pytest.mark.full, pytest.mark.faults]
HONEST_SECONDS = 3.0
"""A person is told within three seconds that the NLU is down (issue: the first answer)."""
QUESTION = "boleh ga sih aku dateng ke acara partai?"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Return a bot that these tests may hurt."""
    running = Bot(tmp_path_factory.mktemp("own"))
    running.start()
    yield running
    running.stop()


def wait_for_nlu(bot: Bot) -> None:
    until = time.monotonic() + 60
    while bot.health()[0] != 200:
        assert time.monotonic() < until, "the NLU did not come back"
        time.sleep(0.2)


def wait_for_outage(bot: Bot) -> None:
    """Wait until /health tells what happened; it looks every two seconds."""
    until = time.monotonic() + 10
    while bot.health()[0] == 200:
        assert time.monotonic() < until, "/health did not tell"
        time.sleep(0.1)


def test_a_killed_nlu_is_told_honestly_and_comes_back(own: Bot) -> None:
    assert "Menghadiri acara partai" in own.say(QUESTION)[0]
    os.kill(own.nlu_pid(), signal.SIGKILL)
    text, _, seconds = own.say(QUESTION)
    assert "sedang tidak menyala" in text
    assert seconds < HONEST_SECONDS
    wait_for_outage(own)
    wait_for_nlu(own)
    assert "Menghadiri acara partai" in own.say(QUESTION)[0]


def test_a_frozen_nlu_is_told_honestly_in_time(own: Bot) -> None:
    wait_for_nlu(own)
    frozen = own.nlu_pid()
    os.kill(frozen, signal.SIGSTOP)
    try:
        text, _, seconds = own.say(QUESTION)
    finally:
        os.kill(frozen, signal.SIGCONT)
    assert "sedang tidak menyala" in text
    assert seconds < HONEST_SECONDS
    assert "Menghadiri acara partai" in own.say(QUESTION)[0]


@pytest.mark.privacy
def test_no_asked_text_stands_in_any_file(own: Bot) -> None:
    wait_for_nlu(own)
    asked = ["boleh ga sih kucingku zebra ikut partai", "atasan zulkifarnain minta dukung paslon", "zzqx tidak jelas"]
    cookie = ""
    for text in asked:
        _, cookie, _ = own.say(text, cookie)
    assert own.command("ask", asked[0]).returncode == 0
    with sqlite3.connect(own.folder / "sinetral.db") as database:
        assert database.execute("pragma wal_checkpoint").fetchone() is not None
    database.close()
    written = own.written().lower()
    assert b"query_log" in written
    for word in (b"kucing", b"zebra", b"zulkifarnain", b"zzqx", cookie.split("=")[1].lower().encode()):
        assert word not in written, word


def test_sigterm_stops_the_bot_and_its_nlu(tmp_path: Path) -> None:
    bot = Bot(tmp_path)
    bot.start()
    nlu = bot.nlu_pid()
    assert bot.stop(signal.SIGTERM) == 0
    assert not Path(f"/proc/{nlu}").exists()


def test_a_killed_bot_takes_its_nlu_along(tmp_path: Path) -> None:
    bot = Bot(tmp_path)
    bot.start()
    nlu = bot.nlu_pid()
    bot.stop(signal.SIGKILL)
    until = time.monotonic() + 10
    while Path(f"/proc/{nlu}/exe").exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not Path(f"/proc/{nlu}/exe").exists()


def test_a_taken_port_is_one_clear_error(own: Bot) -> None:
    second = Bot(own.folder, port=own.port, nlu_port=free_port())
    done = second.command("run")
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert "SINETRAL_PORT" in done.stderr.decode()
