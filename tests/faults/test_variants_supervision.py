"""Parts that die, hang or are refused: they come back by themselves, and `/health` says so meanwhile.

Each test breaks one running bot, so each has a bot of its own.
"""

import itertools
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from bot.storage.engine.key_ring import keys_from_file
from tests.fakes.spoiling_proxy import Way
from tests.faults.load import HealthWatch, Load
from tests.faults.nlu_stub import own_python, question
from tests.faults.world import World, add_person, end, titles, wait_for, world
from tests.support.bot_process import ROOT, Bot, free_port

pytestmark = [pytest.mark.full, pytest.mark.faults, pytest.mark.timeout(600)]

TOPIC = "foto_bersama_calon"
ANSWER_SECONDS = 60.0
TRUTH_SECONDS = 90.0
"""Until `/health` says that a channel is refused: a poll may be under way for half a minute."""
ONLY_FULL = pytest.mark.skipif(os.environ.get("SINETRAL_FAULTS") != "full", reason="long; SINETRAL_FAULTS=full")
_numbers = itertools.count(1)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[World]:
    """Return a bot of this test alone, which polls."""
    with world(tmp_path / "bot") as running:
        yield running


def asked(made: World) -> int:
    """Let somebody new ask on Telegram."""
    chat = add_person(made, 7_000_000 + next(_numbers))[0]
    made.telegram.say(chat, question(TOPIC))
    return chat


def answers(made: World, chat: int, seconds: float = ANSWER_SECONDS) -> bool:
    """Say whether the answer came."""
    title = titles()[TOPIC]
    return bool(wait_for(lambda: any(title in each.text for each in made.telegram.sent(chat)), seconds))


def health(made: World) -> int:
    """Return what `/health` says now; 0 when it says nothing within three seconds."""
    try:
        with urllib.request.urlopen(f"{made.bot.url}/health", timeout=3) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


@contextmanager
def writing(made: World) -> Iterator[sqlite3.Connection]:
    """Return a connection that writes beside the bot."""
    file = made.address.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as connection:
        yield connection


# Being deaf


@pytest.mark.telegram
@pytest.mark.parametrize("table", ["inbox", "work", "outbox", "conversation", "rate"])
def test_a_table_that_is_away_for_some_seconds_ends_nothing(made: World, table: str) -> None:
    assert answers(made, asked(made))
    with writing(made) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        chat = asked(made)
        time.sleep(4)
        connection.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
    later = asked(made)
    assert answers(made, later)
    assert answers(made, chat)


@pytest.mark.telegram
@pytest.mark.parametrize("seconds", [12, 35])
def test_a_database_that_is_locked_ends_nothing(made: World, seconds: int) -> None:
    with writing(made) as connection:
        connection.execute("BEGIN IMMEDIATE")
        chat = asked(made)
        time.sleep(seconds)
        connection.execute("ROLLBACK")
    assert answers(made, chat)
    assert answers(made, asked(made))


@pytest.mark.telegram
@pytest.mark.parametrize(
    "way",
    [
        *(Way.OK_ALONE, Way.LIST, Way.NULL, Way.HTML, Way.EMPTY_OBJECT, Way.NO_CONTENT, Way.GZIP_BOMB, Way.BAD_GZIP),
        *(Way.REDIRECT, Way.ERROR_OBJECT, Way.HALF_JSON, Way.CHUNKED_HTML, Way.NOT_OK),
    ],
)
def test_an_unreadable_answer_to_a_poll_ends_nothing(made: World, way: Way) -> None:
    made.telegram_proxy.spoil(way, path="getUpdates", left=2)
    chat = asked(made)
    assert answers(made, chat)
    assert made.is_alive()


@pytest.mark.telegram
@pytest.mark.parametrize("status", [401, 404, 409])
def test_a_channel_that_is_refused_for_long_shows_in_health(made: World, status: int) -> None:
    words = "Conflict: terminated by other getUpdates request" if status == 409 else ""
    made.telegram.fail("getUpdates", status, times=None, description=words)
    asked(made)
    assert wait_for(lambda: health(made) != 200, TRUTH_SECONDS, pause=1)
    made.telegram.clear_faults()
    assert wait_for(lambda: health(made) == 200, TRUTH_SECONDS, pause=1)


@pytest.mark.telegram
@pytest.mark.parametrize("times", [1, 2])
def test_a_webhook_that_somebody_else_sets_is_taken_down(made: World, times: int) -> None:
    for _ in range(times):
        body = json.dumps({"url": "https://contoh.example/lain"}).encode()
        address = f"{made.telegram.base_url}{made.telegram.token}/setWebhook"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10):
            pass
        assert answers(made, asked(made))
    assert "url" not in made.telegram.webhook


# The NLU


@contextmanager
def with_own_nlu(folder: Path) -> Iterator[tuple[Bot, Path]]:
    """Run a bot that owns its NLU, which is the stub; returns it and its folder of models."""
    folder.mkdir(parents=True)
    models = folder / "models"
    models.mkdir()
    (models / "nlu-0000000000000000.tar.gz").write_bytes(b"model")
    extra = {"SINETRAL_NLU_PYTHON": str(own_python(folder)), "SINETRAL_MODEL_FOLDER": str(models)}
    bot = Bot(folder, port=free_port(), nlu_port=free_port(), extra=extra)
    bot.start()
    try:
        yield bot, models
    finally:
        end(bot)


def stub_pid(bot: Bot) -> int:
    """Return the process of the NLU that the bot owns, 0 when there is none."""
    assert bot.process is not None
    children = Path(f"/proc/{bot.process.pid}/task/{bot.process.pid}/children").read_text().split()
    return next((child for child in map(int, children) if b"nlu_stub" in _command(child)), 0)


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@pytest.mark.nlu
@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM])
def test_an_nlu_that_hangs_or_dies_is_replaced(tmp_path: Path, number: signal.Signals) -> None:
    with with_own_nlu(tmp_path / "bot") as (bot, _):
        first = stub_pid(bot)
        os.kill(first, number)
        try:
            assert wait_for(lambda: stub_pid(bot) not in {0, first} and bot.health()[0] == 200, 90, pause=0.5)
        finally:
            with suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)


@pytest.mark.nlu
@pytest.mark.parametrize("trouble", ["no model", "no interpreter", "ends at once"])
def test_a_start_of_the_nlu_that_fails_is_tried_again(tmp_path: Path, trouble: str) -> None:
    with with_own_nlu(tmp_path / "bot") as (bot, models):
        script = bot.folder / "nlu-python"
        good = script.read_text()
        away = models.with_name("away")
        match trouble:
            case "no model":
                shutil.move(models, away)
                models.mkdir()
            case "no interpreter":
                script.rename(script.with_name("away"))
            case _:
                script.write_text("#!/bin/sh\nexit 3\n")
        os.kill(stub_pid(bot), signal.SIGKILL)
        assert wait_for(lambda: bot.health()[0] == 503, 20)
        time.sleep(5)
        match trouble:
            case "no model":
                models.rmdir()
                shutil.move(away, models)
            case "no interpreter":
                script.with_name("away").rename(script)
            case _:
                script.write_text(good)
        assert wait_for(lambda: bot.health()[0] == 200, 90, pause=0.5)


@pytest.mark.nlu
@pytest.mark.parametrize("mode", ["500", "html", "hang"])
def test_an_outage_of_the_nlu_leaves_a_line_at_each_edge(made: World, mode: str) -> None:
    before = len(made.logged().splitlines())
    made.stub.mode(mode)
    for _ in range(6):
        asked(made)
    time.sleep(12)
    during = made.logged().splitlines()[before:]
    made.stub.mode("ok")
    assert answers(made, asked(made))
    time.sleep(2)
    said = made.logged().splitlines()[before:]
    assert 1 <= len(during) <= 6, during
    assert len(said) > len(during)


# Stopping


@pytest.mark.parametrize(
    "path",
    ["/chat", "/whatsapp/webhook", "/admin/masuk", "/telegram/webhook"],
    ids=["web", "whatsapp", "admin", "telegram"],
)
@pytest.mark.parametrize("sent", [6, 0], ids=["half a body", "no body"])
def test_a_client_that_never_ends_its_request_keeps_nothing_from_stopping(tmp_path: Path, path: str, sent: int) -> None:
    with world(tmp_path / "bot", webhook=True) as made:
        with socket.create_connection(("127.0.0.1", made.bot.port), timeout=10) as client:
            head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n"
            client.sendall(head.encode() + b"text=a"[:sent])
            time.sleep(0.5)
            assert made.bot.process is not None
            made.bot.process.send_signal(signal.SIGTERM)
            started = time.monotonic()
            assert wait_for(lambda: not made.is_alive(), 30), "it does not end"
        assert time.monotonic() - started <= 20


@pytest.mark.parametrize("path", ["/chat", "/whatsapp/webhook", "/admin/masuk"])
def test_a_body_that_does_not_come_is_not_waited_for(made: World, path: str) -> None:
    with socket.create_connection(("127.0.0.1", made.bot.port), timeout=30) as client:
        client.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\ntext=a".encode())
        told = client.recv(1024)
    assert told.startswith(b"HTTP/1.1 408") or told == b""


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_a_clean_stop_amid_sends_repeats_nothing(made: World, channel: str) -> None:
    load = Load(world=made, people=40, channels=(channel,))
    load.ask(0)
    load.wait(ANSWER_SECONDS)
    made.telegram.hang("sendMessage", 0.4, times=None)
    made.graph.latency = 0.4
    for number in range(1, 40):
        load.ask(number)
    wait_for(lambda: load.reckon().answered >= 8, ANSWER_SECONDS)
    assert made.bot.stop() == 0
    made.bot.start()
    load.wait(120)
    found = load.reckon()
    assert (found.lost, found.doubled) == (0, 0)


# Health and the page


@pytest.mark.parametrize("seconds", [12, 20])
def test_health_answers_at_once_though_the_database_is_locked(made: World, seconds: int) -> None:
    with writing(made) as connection, HealthWatch(made) as watch:
        connection.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        time.sleep(seconds)
        connection.execute("ROLLBACK")
        ended = time.monotonic()
        time.sleep(8)
        assert watch.slowest() < 2.5
        assert watch.seconds_until_told(began, ended) is not None
        assert watch.seconds_until_well_before(ended, float("inf")) is not None


def test_a_page_that_cannot_be_made_says_so_in_the_peoples_language(made: World) -> None:
    with writing(made) as connection:
        connection.execute("ALTER TABLE conversation RENAME TO conversation_away")
        try:
            status, body = post_chat(made, "bolehkah saya hadir?")
        finally:
            connection.execute("ALTER TABLE conversation_away RENAME TO conversation")
    assert status == 503
    assert "Internal Server Error" not in body
    assert "maaf" in body.lower()


def post_chat(made: World, text: str) -> tuple[int, str]:
    """Ask on the web page; returns status and body."""
    request = urllib.request.Request(f"{made.bot.url}/chat", f"text={text.replace(' ', '+')}".encode())
    request.add_header("Content-Type", "application/x-www-form-urlencoded")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


# Moments that no rule can have set

AHEAD: dict[str, str] = {
    "the pace of the sender": "UPDATE rate SET due_at = due_at + 3600",
    "the pace of the sender, days": "UPDATE rate SET due_at = due_at + 200000",
    "a lease that somebody left": "UPDATE work SET owner = 'x', leased_until = {now} + 3600",
    "the next look": "UPDATE work SET due_at = {now} + 3600",
}


@pytest.mark.telegram
@pytest.mark.parametrize("name", AHEAD)
def test_a_moment_far_ahead_silences_nobody(made: World, name: str) -> None:
    assert answers(made, asked(made))
    made.telegram.hang("sendMessage", 3, times=1)
    waiting = asked(made)
    wait_for(lambda: made.telegram.faults_used, ANSWER_SECONDS)
    made.bot.stop(signal.SIGKILL)
    with writing(made) as connection:
        connection.execute(AHEAD[name].format(now=time.time()))
    made.bot.start()
    assert answers(made, asked(made), 90)
    assert answers(made, waiting, 90)


# What cannot be read of what is stored


@pytest.mark.parametrize("state", ["x'00'", "x''", "substr(state, 1, 20)", "randomblob(300)"])
def test_a_stored_state_that_cannot_be_read_is_a_fresh_conversation(made: World, state: str) -> None:
    chat = asked(made)
    assert answers(made, chat)
    with writing(made) as connection:
        connection.execute(f"UPDATE conversation SET state = {state}")
    before = len(made.telegram.sent(chat))
    for words in (question("tim_sukses"), "/hapus"):
        made.telegram.say(chat, words)
    assert wait_for(lambda: len(made.telegram.sent(chat)) >= before + 2, ANSWER_SECONDS)
    assert post_chat(made, "/privasi")[0] == 200


@pytest.mark.parametrize("table", ["outbox", "inbox"])
@pytest.mark.parametrize("payload", ["x'00'", "randomblob(200)"])
def test_what_waits_and_cannot_be_opened_holds_nothing_up(made: World, table: str, payload: str) -> None:
    assert answers(made, asked(made))
    made.telegram.hang("sendMessage", 20, times=None)
    made.stub.mode("hang" if table == "inbox" else "ok")
    chat = asked(made)
    wait_for(lambda: made.waiting()[table], ANSWER_SECONDS)
    time.sleep(0.5)
    made.bot.stop(signal.SIGKILL)
    made.stub.stop()
    made.stub.start()
    made.telegram.clear_faults()
    with writing(made) as connection:
        connection.execute(f"UPDATE {table} SET payload = {payload} WHERE payload IS NOT NULL")
    made.bot.start()
    made.telegram.say(chat, question("tim_sukses"))
    title = titles()["tim_sukses"]
    assert wait_for(lambda: any(title in each.text for each in made.telegram.sent(chat)), 90)
    assert wait_for(lambda: not any(made.waiting().values()), 90)


# Keys


def waits(made: World) -> int:
    """Let somebody's reply wait, and kill the bot."""
    made.telegram.hang("sendMessage", 30, times=None)
    chat = asked(made)
    wait_for(lambda: made.waiting()["outbox"], ANSWER_SECONDS)
    made.bot.stop(signal.SIGKILL)
    made.telegram.clear_faults()
    return chat


def starts(made: World) -> tuple[int | None, str]:
    """Start without waiting for it to be well; returns the exit code, None while it runs, and what it said."""
    before = len(made.bot.log.read_bytes())
    with made.bot.log.open("ab") as output:
        made.bot.process = subprocess.Popen(
            made.bot.serving, cwd=ROOT, env=made.bot.environment, stdout=output, stderr=output
        )
    process = made.bot.process
    wait_for(lambda: process.poll() is not None or health(made) == 200, 60)
    return process.poll(), made.bot.log.read_bytes()[before:].decode()


def put(key: Path, content: bytes) -> None:
    """Write a key file as its owner's alone, whether or not it is there."""
    key.touch(mode=0o600)
    key.write_bytes(content)


def other_key(key: Path) -> None:
    """Put another key that is as good in its place."""
    other = key.with_name("other.key")
    keys_from_file(other)
    put(key, other.read_bytes())
    other.unlink()


KEYS: dict[str, Callable[[Path], object]] = {
    "no key": lambda key: key.unlink(),
    "an empty file": lambda key: put(key, b""),
    "another key": other_key,
}


@pytest.mark.parametrize("name", KEYS)
def test_a_database_sealed_with_another_key_is_refused_and_nothing_is_lost(made: World, name: str) -> None:
    assert answers(made, asked(made))
    chat = waits(made)
    key = made.bot.folder / "keys" / "master.key"
    good = key.read_bytes()
    KEYS[name](key)
    code, said = starts(made)
    if code is None:
        end(made.bot)
    put(key, good)
    made.bot.start()
    arrived = answers(made, chat, 90)
    assert (code not in {None, 0}, arrived) == (True, True)
    assert "Traceback" not in said


# Background jobs


@pytest.mark.parametrize("rows", [1_200, pytest.param(8_000, marks=ONLY_FULL)])
def test_writing_the_log_of_an_hour_keeps_nobody_waiting(made: World, rows: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: post_chat(made, question(TOPIC))[0], range(rows)))
    assert set(told) == {200}
    idle = sorted(_seconds(made) for _ in range(20))[-1]
    made.bot.stop()
    with writing(made) as connection:
        connection.execute("UPDATE log_spool SET hour = strftime('%Y-%m-%d %H:%M:%S.000000', hour, '-3 hours')")
    made.bot.start()
    slowest, until = 0.0, time.monotonic() + 120
    while time.monotonic() < until and (_spooled(made) > rows // 2 or not slowest):
        slowest = max(slowest, _seconds(made))
    assert _spooled(made) <= rows // 2, "it was never written up"
    assert slowest <= idle + 0.7


def _spooled(made: World) -> int:
    """Count the questions that wait for their hour to end."""
    return int(made.ask_sql("SELECT count(*) FROM log_spool")[0][0])


def _seconds(made: World) -> float:
    """Ask once on the page; returns how long it took."""
    started = time.monotonic()
    post_chat(made, question(TOPIC))
    return time.monotonic() - started
