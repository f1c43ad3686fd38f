"""Two machines never talk for ever; a person is not taken for one."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

import pytest

from bot.core.dialogue.loop_guard import MAX_EXCHANGES, Exchange, LoopState, Spoken, judge, without_numbers
from bot.core.guidance.book import GuidanceBook
from bot.core.replies import texts
from bot.core.vocabulary import Pending
from tests.fakes.claimed_unit import FakeQueues
from tests.fakes.clock import FakeClock
from tests.fakes.interpreter import FakeInterpreter, parsed
from tests.fakes.store import FakeStore
from tests.unit.application.messaging.test_limit_people import PlainMessenger, Platform
from tests.unit.core.dialogue.policy_talk import FOLLOW, LIKE, PARTY_EVENT, POSTING

AWAY = "Terima kasih telah menghubungi kami. Pesan Anda akan dibalas pada jam kerja."
LONG = 40
"""Messages of a machine; what is said to them must end long before."""
MAX_SAID = 4
"""Replies to a machine that repeats itself, the sentence among them."""


@pytest.fixture
def platform(book: GuidanceBook, now: datetime) -> Platform:
    store = FakeStore(book)
    parses = {
        "soal like": parsed((LIKE, 0.95)),
        "soal ikut akun": parsed((FOLLOW, 0.95)),
        "soal acara": parsed((PARTY_EVENT, 0.95)),
        "soal status": parsed((POSTING, 0.95)),
        "sanksinya?": parsed(("tanya_sanksi", 0.95)),
        "makasih": parsed(("terima_kasih", 0.95)),
        "halo": parsed(("sapa", 0.95)),
    }
    return Platform(
        store, FakeClock(now), FakeInterpreter(parses=parses), FakeQueues(store), PlainMessenger(), limit=None
    )


async def talk(platform: Platform, words: Iterable[str], seconds: float = 5.0) -> list[list[str]]:
    """Say one thing after the other; returns what was said to each."""
    said = []
    for each in words:
        said.append(await platform.says(each))
        platform.wait(seconds)
    return said


def count(said: list[list[str]]) -> int:
    return len([each for some in said for each in some])


# Machines


async def test_an_away_message_is_answered_twice_then_one_sentence_then_nothing(platform: Platform) -> None:
    said = await talk(platform, [AWAY] * LONG)
    assert [len(each) for each in said[:4]] == [1, 1, 1, 0]
    assert texts.NO_MORE_FOR_NOW in said[2][0]
    assert count(said) == 3
    assert len(platform.store.log) <= 3, "one machine must not drive the figures"


MACHINES: dict[str, Callable[[int], str]] = {
    "a counter": lambda n: f"Antrean Anda nomor {n}. Mohon tunggu.",
    "a clock": lambda n: f"Pesan diterima pukul {8 + n // 60:02}:{n % 60:02}, kami segera membalas.",
    "a ticket": lambda n: f"Tiket TKT-{n * 7919:X}A9 sudah dibuat.",
    "a date": lambda n: f"Kantor tutup sampai {1 + n % 28}/12/2026.",
    "digits of another script": lambda n: f"Antrean nomor {chr(0x660 + n % 10)}",
    "capitals and marks": lambda n: AWAY.upper() + "!" * (n % 3) if n % 2 else AWAY,
    "other words each time": lambda n: " ".join(chr(97 + (n * k) % 26) * 4 for k in (1, 3, 5)),
    "three texts in turn": lambda n: ("Mohon tunggu.", "Kami sedang istirahat.", "Hubungi kantor kami.")[n % 3],
    "emoji": lambda n: "😀" * (n % 5 + 1),
    "a courtesy": lambda n: ("makasih", "halo")[n % 2],
}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=list(MACHINES))
async def test_a_machine_that_varies_its_words_is_noticed(platform: Platform, machine: Callable[[int], str]) -> None:
    said = await talk(platform, [machine(number) for number in range(LONG)])
    assert count(said) <= MAX_SAID + 2
    assert [texts.NO_MORE_FOR_NOW in each for some in said for each in some].count(True) == 1


async def test_a_machine_whose_words_have_an_answer_is_noticed_by_its_one_reply(platform: Platform) -> None:
    for number in range(LONG):
        platform.nlu.parses[f"{chr(97 + number % 26)} kutipan"] = parsed((LIKE, 0.95))
    said = await talk(platform, [f"{chr(97 + number % 26)} kutipan" for number in range(LONG)])
    assert count(said) == 4


async def test_two_answers_in_turn_are_noticed(platform: Platform) -> None:
    said = await talk(platform, itertools.islice(itertools.cycle(["soal like", "soal acara"]), 3 * LONG))
    assert count(said) <= 12


async def test_a_machine_that_breaks_its_own_silence_is_noticed(platform: Platform) -> None:
    said = await talk(platform, [AWAY, AWAY, AWAY, "soal like"] * LONG)
    assert count(said) <= MAX_EXCHANGES


async def test_three_answers_in_turn_are_noticed(platform: Platform) -> None:
    said = await talk(platform, itertools.islice(itertools.cycle(["soal like", "soal acara", "soal status"]), 90))
    assert count(said) <= MAX_EXCHANGES


@pytest.mark.parametrize("minutes", [1, 4, 11, 61])
async def test_a_slow_machine_is_noticed_too(platform: Platform, minutes: int) -> None:
    said = await talk(platform, [AWAY] * 100, minutes * 60.0)
    assert count(said) <= 6


async def test_a_slow_machine_with_other_words_each_time_is_noticed_too(platform: Platform) -> None:
    said = await talk(platform, [MACHINES["other words each time"](number) for number in range(100)], 11 * 60.0)
    assert count(said) <= 12


async def test_signs_in_a_row_are_answered_like_words(platform: Platform) -> None:
    said = await talk(platform, ["👋🏽 "] * LONG)
    assert count(said) == 3


async def test_the_silence_lasts_as_long_as_the_machine_goes_on(platform: Platform) -> None:
    assert count(await talk(platform, [AWAY] * 3)) == 3
    assert count(await talk(platform, [AWAY] * 20, 4 * 60.0)) == 0


# People


async def test_something_else_is_answered_at_once(platform: Platform) -> None:
    await talk(platform, [AWAY] * 10)
    said = await talk(platform, ["soal like", AWAY, AWAY])
    assert [len(each) for each in said] == [1, 1, 1]
    assert texts.NO_MORE_FOR_NOW not in said[2][0]


async def test_a_button_is_answered_at_once_and_ends_the_silence(platform: Platform) -> None:
    await talk(platform, [AWAY] * 10)
    assert len(await platform.presses("m")) == 1
    assert len(await platform.says(AWAY)) == 1


async def test_after_some_minutes_the_same_words_are_answered_again(platform: Platform) -> None:
    await talk(platform, [AWAY] * 4)
    platform.wait(15 * 60)
    assert len(await platform.says(AWAY)) == 1


async def test_the_same_question_twice_is_answered_twice(platform: Platform) -> None:
    said = await talk(platform, ["soal like", "soal like"])
    assert said[0] == said[1]


async def test_the_same_follow_up_to_other_topics_is_answered_each_time(platform: Platform) -> None:
    topics = ["soal like", "soal acara", "soal status", "soal ikut akun"]
    said = await talk(platform, [each for topic in topics for each in (topic, "sanksinya?")])
    assert [len(each) for each in said] == [1] * 8
    assert not any(texts.NO_MORE_FOR_NOW in each for some in said for each in some)


async def test_courtesies_between_questions_are_no_loop(platform: Platform) -> None:
    topics = ["soal like", "soal acara", "soal status", "soal ikut akun"]
    said = await talk(platform, [each for topic in topics for each in (topic, "makasih")])
    assert not any(texts.NO_MORE_FOR_NOW in each for some in said for each in some)


async def test_three_questions_that_nobody_can_answer_are_each_told_so(platform: Platform) -> None:
    said = await talk(platform, ["cuaca besok", "resep rendang", "skor bola"])
    assert [texts.UNKNOWN in each[0] for each in said] == [True] * 3


async def test_numbers_chosen_one_after_the_other_are_no_loop(platform: Platform) -> None:
    for number, topic in enumerate([LIKE, PARTY_EVENT, POSTING, FOLLOW], start=1):
        platform.nlu.parses[str(number)] = parsed((topic, 0.95))
    said = await talk(platform, ["1", "2", "3", "4"])
    assert not any(texts.NO_MORE_FOR_NOW in each for some in said for each in some)


async def test_many_questions_while_the_nlu_is_down_are_each_told_so(platform: Platform) -> None:
    platform.nlu.is_down = True
    said = await talk(platform, ["soal like", "soal acara", "soal status", "soal ikut akun", "halo", "makasih"])
    assert [texts.NLU_DOWN in each[0] for each in said] == [True] * 6


async def test_a_group_is_no_one_person(platform: Platform) -> None:
    said = [await platform.says("soal like", group=True, person="-100") for _ in range(8)]
    assert [len(each) for each in said] == [1] * 8


async def test_what_is_pending_waits_for_something_that_is_said(platform: Platform) -> None:
    await talk(platform, [AWAY] * 5)
    [key] = platform.store.conversations
    kept, until = platform.store.conversations[key]
    platform.store.conversations[key] = (replace(kept, pending=(Pending.REPLY_LOST,)), until)
    assert await platform.says(AWAY) == []
    [told] = await platform.says("soal like")
    assert told.startswith(texts.REPLY_LOST)


# The words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Antrean nomor 17", "antrean nomor 18"),
        ("pukul 08:31", "pukul 8.45"),
        ("tiket A7F-001 dibuat", "Tiket B99-2 dibuat!"),
        ("nomor ٣", "nomor 4"),
    ],
)
def test_numbers_make_no_difference_beside_words(one: str, other: str) -> None:
    assert without_numbers(one) == without_numbers(other)


@pytest.mark.parametrize(("one", "other"), [("1", "2"), ("👍", "👎"), ("soal like", "soal foto")])
def test_what_means_something_else_is_told_apart(one: str, other: str) -> None:
    assert without_numbers(one) != without_numbers(other)


def test_what_lies_in_the_future_is_not_recent() -> None:
    def exchange(minute: int) -> Exchange:
        return Exchange(words="a", reply="b", minute=minute, is_unanswered=False, is_idle=False)

    state = LoopState(exchanges=(exchange(10_000), exchange(10_001)))
    assert judge(state, exchange(5))[0] is Spoken.SAY


def test_no_more_than_so_many_exchanges_are_remembered() -> None:
    state = LoopState()
    for number in range(100):
        one = Exchange(words=str(number), reply=str(number), minute=number, is_unanswered=False, is_idle=False)
        _, state = judge(state, one)
    assert len(state.exchanges) == MAX_EXCHANGES
