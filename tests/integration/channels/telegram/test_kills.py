"""A thousand updates while the bot is killed again and again: none lost, none out of order, few repeated."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.telegram.bot_api import FakeBotApi
from tests.fakes.telegram.types import NO_LIMITS, Order
from tests.integration.channels.telegram.process import running, telegram_bot
from tests.support.bot_process import Bot
from tests.support.database import new_postgres

pytestmark = [pytest.mark.telegram, pytest.mark.full, pytest.mark.faults, pytest.mark.timeout(600)]

CHATS = 40
UPDATES = 1_000
KILLS = 5
REDELIVERED = 0.1
SETTLED_SECONDS = 240
AT_ONCE = 20
"""Updates under way together; within them the order of arrival is random."""
# Each text has an answer whose first line tells which it was; two in a row are never the same.
QUESTIONS = {
    "boleh ga sih aku dateng ke acara partai?": "Menghadiri acara partai politik",
    "boleh foto bareng calon gubernur?": "Foto bersama calon",
    "lobi2 partai cari rekom boleh gak sih buat pns": "Mendekati partai",
    "/topik": "Daftar topik",
    "/privasi": "Privasi Anda",
}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_or_out_of_order_over_five_kills(
    database: str, bot: Bot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    with _address(database) as address, FakeBotApi(limits=NO_LIMITS) as api:
        own = telegram_bot(tmp_path, bot, api, webhook=True, database=address)
        expected = _conversation(api, random.Random(seed), own)
    given = {chat: [_which(each.text) for each in api.sent(chat)] for chat in expected}
    repeats = sum(len(given[chat]) - len(expected[chat]) for chat in expected)
    with capsys.disabled():
        print(f"\n{database}: seed {seed}, {UPDATES} updates, {KILLS} kills, {repeats} replies repeated")
    assert {chat: _without_repeats(answers) for chat, answers in given.items()} == expected
    assert 0 <= repeats <= KILLS * 8 * 2


@pytest.mark.parametrize(("after", "most"), [(False, 1), (True, 2)], ids=["before the send", "after the send"])
def test_a_reply_in_flight_when_killed_is_sent_and_repeated_once_at_most(
    after: bool, most: int, bot: Bot, tmp_path: Path
) -> None:
    with FakeBotApi() as api:
        own = telegram_bot(tmp_path, bot, api)
        chat = api.add_private(6_100_000)
        with running(own):
            api.wait_until(lambda: api.calls_of("getUpdates"), timeout=20)
            api.hang("sendMessage", 30, times=1, after=after)
            api.say(chat, "/privasi")
            api.wait_until(lambda: api.faults_used == 1, timeout=20)
            time.sleep(0.3)
            own.stop(signal.SIGKILL)
            own.start()
            api.wait_until(lambda: len(api.sent(chat)) >= most, timeout=40)
            api.say(chat, "/topik")
            api.wait_until(lambda: "Daftar topik" in api.sent(chat)[-1].text, timeout=20)
    assert [_which(each.text) for each in api.sent(chat)] == ["Privasi Anda"] * most + ["Daftar topik"]


@contextmanager
def _address(database: str) -> Iterator[str]:
    """Return the address of an empty database; "" for the bot's own SQLite file."""
    if database == "sqlite":
        yield ""
    else:
        yield from new_postgres("template0")


def _conversation(api: FakeBotApi, chance: random.Random, own: Bot) -> dict[int, list[str]]:
    """Let forty people ask while the bot is killed; returns what each must have been answered, in order."""
    chats = [api.add_private(6_000_000 + number) for number in range(CHATS)]
    expected: dict[int, list[str]] = {chat: [] for chat in chats}
    api.deliver(Order.SHUFFLED, copies=2, share=REDELIVERED, seed=chance.randrange(2**31))
    kill_at = sorted(chance.sample(range(20, UPDATES - 20), KILLS))
    with running(own):
        api.wait_until(lambda: api.calls_of("setWebhook"), timeout=20)
        for number in range(UPDATES):
            chat = chance.choice(chats)
            text = chance.choice([each for each in QUESTIONS if QUESTIONS[each] != (expected[chat] or [""])[-1]])
            api.say(chat, text)
            expected[chat].append(QUESTIONS[text])
            if number % AT_ONCE == AT_ONCE - 1:
                time.sleep(chance.uniform(0.1, 0.4))
            if number in kill_at:
                own.stop(signal.SIGKILL)
                own.start()
        total = sum(map(len, expected.values()))
        try:
            api.wait_until(lambda: _is_settled(api, expected, total), timeout=SETTLED_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{len(api.sent())} of {total} replies; {_differences(api, expected)}") from error
        time.sleep(2)
    return expected


def _is_settled(api: FakeBotApi, expected: dict[int, list[str]], total: int) -> bool:
    if len(api.sent()) < total:
        return False
    return all(
        len(_without_repeats([_which(s.text) for s in api.sent(chat)])) >= len(expected[chat]) for chat in expected
    )


def _differences(api: FakeBotApi, expected: dict[int, list[str]]) -> list[str]:
    """Say where an answer went another way: the chat, at which reply, what was due around it and what came."""
    found = []
    for chat, due in expected.items():
        given = _without_repeats([_which(each.text) for each in api.sent(chat)])
        if given != due:
            same = [came == wanted for came, wanted in zip(given, due, strict=False)]
            at = same.index(False) if False in same else len(same)
            around = slice(max(at - 1, 0), at + 3)
            found.append(f"{chat}: {len(given)} of {len(due)}, at {at} due {due[around]}, came {given[around]}")
    return found


def _which(text: str) -> str:
    first = text.split("\n", maxsplit=1)[0]
    return next((name for name in QUESTIONS.values() if name in first), first)


def _without_repeats(answers: list[str]) -> list[str]:
    return [each for number, each in enumerate(answers) if number == 0 or each != answers[number - 1]]
