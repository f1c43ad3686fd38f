"""One allowance a person on the chat platforms: above it one sentence, then silence, and nothing is understood."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from bot.application.messaging.handle_update import HandleUpdate
from bot.application.messaging.limit_people import GROUP_PER_MINUTE, OBEYED_BURST, LimitPeople
from bot.application.messaging.ports import Claim, IncomingMessage, Messenger, Queues, StoredUpdate, WorkKind
from bot.application.messaging.rate_limiter import PERSON_BURST, RateLimit, RecentMessages, person_allowance
from bot.core.dialogue.conversation import Conversation, Press
from bot.core.guidance.book import GuidanceBook
from bot.core.privacy.person_names import NameLexicon
from bot.core.replies import texts
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.replies.reply import Reply, as_text
from bot.core.vocabulary import Channel
from bot.storage.privacy.word_lists import read_lexicon
from tests.fakes.claimed_unit import FakeQueues
from tests.fakes.clock import FakeClock
from tests.fakes.interpreter import FakeInterpreter, parsed
from tests.fakes.store import FakeStore
from tests.unit.core.dialogue.policy_talk import LIKE, PARTY_EVENT

ME = "orang-1"
PER_MINUTE = 20
STOP = encode(ButtonAction(act=ActionKind.STOP))


@dataclass
class PlainMessenger:
    """A channel whose updates are JSON objects with what `Inbound` holds."""

    channel = Channel.TELEGRAM
    acknowledged: int = 0

    def parse_update(self, payload: bytes) -> IncomingMessage:
        """Make sense of an update."""
        found: dict[str, Any] = json.loads(payload)
        heard = Press(payload=found["press"]) if "press" in found else found["say"]
        return IncomingMessage(
            person=found.get("person", ME),
            heard=heard,
            is_private_chat=not found.get("group"),
            address=b"{}",
            about_message=found.get("under"),
        )

    def render(self, reply: Reply, inbound: IncomingMessage) -> Sequence[bytes]:
        """Return one message."""
        return [json.dumps({"text": as_text(reply)}).encode()]

    async def acknowledge(self, payload: bytes) -> None:
        """Count."""
        self.acknowledged += 1

    async def show_typing(self, inbound: IncomingMessage) -> None:
        """Do nothing."""


@dataclass
class Platform:
    """One person's chat, through the use case that the workers call."""

    store: FakeStore
    clock: FakeClock
    nlu: FakeInterpreter
    queues: FakeQueues
    messenger: PlainMessenger
    limit: LimitPeople | None = field(default_factory=lambda: LimitPeople(per_minute=PER_MINUTE))
    number: int = 0
    lexicon: NameLexicon | None = None

    async def does(self, **update: object) -> list[str]:
        """Handle one update; returns what is said to it."""
        self.number += 1
        handle = HandleUpdate(
            interpreter=self.nlu,
            queues=cast(Queues, self.queues),
            clock=self.clock,
            messengers={Channel.TELEGRAM: cast(Messenger, self.messenger)},
            pace=self.limit,
            lexicon=self.lexicon,
        )
        person = str(update.get("person", ME))
        claim = Claim(kind=WorkKind.INBOX, key=person.encode(), owner="a", generation=1)
        stored = StoredUpdate(channel=Channel.TELEGRAM, update_id=str(self.number), payload=json.dumps(update).encode())
        before = len(self.queues.owed)
        await handle(claim, stored)
        assert self.queues.finished[-1] == str(self.number)
        return [json.loads(each)["text"] for each in self.queues.owed[before:]]

    async def says(self, words: str, **update: object) -> list[str]:
        """Handle one text."""
        return await self.does(say=words, **update)

    async def presses(self, payload: str, **update: object) -> list[str]:
        """Handle one press."""
        return await self.does(press=payload, **update)

    def wait(self, seconds: float) -> None:
        """Let time pass for the database and the program."""
        self.queues.at += seconds
        self.clock.at += timedelta(seconds=seconds)


def different(number: int) -> str:
    """Return a question with an answer of its own, so that nothing looks like a loop."""
    return f"tanya {chr(97 + number % 26)}{chr(97 + number // 26)}"


@pytest.fixture
def platform(book: GuidanceBook, now: datetime) -> Platform:
    topics = list(book.topics)
    parses = {different(number): parsed((topics[number % len(topics)], 0.95)) for number in range(120)}
    store = FakeStore(book)
    return Platform(store, FakeClock(now), FakeInterpreter(parses=parses), FakeQueues(store), PlainMessenger())


async def test_sixty_messages_at_once_get_ten_answers_and_one_sentence(platform: Platform) -> None:
    said = [each for number in range(60) for each in await platform.says(different(number))]
    assert (len(said), said[-1]) == (PERSON_BURST + 1, texts.SLOW_DOWN)
    assert said.count(texts.SLOW_DOWN) == 1
    assert len(platform.nlu.asked) == PERSON_BURST, "a flood costs no understanding"
    assert len(platform.store.log) == PERSON_BURST
    assert len(platform.queues.finished) == 60


async def test_a_question_whose_words_are_kept_counts_once(platform: Platform) -> None:
    platform.lexicon = read_lexicon(())
    asked = [different(number) + (" besok" if number % 2 else "") for number in range(PERSON_BURST + 2)]
    said = [each for words in asked for each in await platform.says(words)]
    assert (len(said), said.count(texts.SLOW_DOWN), said[-1]) == (PERSON_BURST + 1, 1, texts.SLOW_DOWN)
    kept = [row.unanswered for row in platform.store.log]
    assert kept == [words if words.endswith("besok") else None for words in asked[:PERSON_BURST]]


async def test_what_another_process_counted_counts_too(platform: Platform) -> None:
    for number in range(PERSON_BURST):
        platform.limit = LimitPeople(per_minute=PER_MINUTE)
        assert await platform.says(different(number)) != [texts.SLOW_DOWN]
    platform.limit = LimitPeople(per_minute=PER_MINUTE)
    assert await platform.says(different(11)) == [texts.SLOW_DOWN]
    platform.limit = LimitPeople(per_minute=PER_MINUTE)
    assert await platform.says(different(12)) == []


async def test_another_exceedance_is_told_again_after_a_quiet_minute(platform: Platform) -> None:
    async def flood() -> int:
        platform.limit = LimitPeople(per_minute=PER_MINUTE)
        return [each for number in range(30) for each in await platform.says(different(number))].count(texts.SLOW_DOWN)

    assert await flood() == 1
    platform.wait(40)
    assert await flood() == 0, "the minute had not gone by"
    platform.wait(40)
    assert await flood() == 0, "nor a minute since the flood before"
    platform.wait(61)
    assert await flood() == 1


async def test_presses_count_and_another_person_does_not(platform: Platform, book: GuidanceBook) -> None:
    topics = list(book.topics)
    for number in range(PERSON_BURST):
        assert len(await platform.presses(f"t:{topics[number]}")) == 1
    assert await platform.presses(f"t:{topics[20]}") == [texts.SLOW_DOWN]
    assert await platform.says(different(1)) == []
    assert await platform.says(different(1), person="orang-2") not in ([], [texts.SLOW_DOWN])


@pytest.mark.parametrize("control", ["/hapus", "/berhenti", "stop", "Berhenti.", "UNSUBSCRIBE", STOP])
async def test_stop_and_erase_are_obeyed_whatever_the_limit(platform: Platform, control: str) -> None:
    for number in range(40):
        await platform.says(different(number))
    platform.store.opt_ins.add((Channel.TELEGRAM, ME))
    said = await (platform.presses(control) if control == STOP else platform.says(control))
    assert said[-1].startswith((texts.STOPPED, texts.ERASED))
    if control == "/hapus":
        assert platform.store.erased == 1
    else:
        assert platform.store.opt_ins == set()


@pytest.mark.parametrize("control", ["/hapus", "/berhenti"])
async def test_a_flood_of_stops_is_obeyed_and_soon_not_confirmed_any_more(platform: Platform, control: str) -> None:
    said = 0
    for _ in range(40):
        platform.store.opt_ins.add((Channel.TELEGRAM, ME))
        said += len(await platform.says(control))
        assert control == "/hapus" or platform.store.opt_ins == set()
    assert said <= OBEYED_BURST
    assert control == "/berhenti" or platform.store.erased == 40


async def test_a_group_may_bring_what_telegram_lets_into_it(platform: Platform) -> None:
    said = [each for number in range(40) for each in await platform.says(different(number), person="-100", group=True)]
    assert (len(said), said.count(texts.SLOW_DOWN)) == (GROUP_PER_MINUTE + 1, 1)


async def test_without_a_limit_everything_is_answered(platform: Platform) -> None:
    platform.limit = None
    assert len([each for number in range(40) for each in await platform.says(different(number))]) == 40


# Presses


async def test_five_impatient_presses_of_one_button_get_one_reply(platform: Platform) -> None:
    said = [len(await platform.presses(f"t:{LIKE}", under="7")) for _ in range(5)]
    assert said == [1, 0, 0, 0, 0]
    assert (len(platform.store.log), platform.messenger.acknowledged) == (1, 5)


async def test_the_same_button_pressed_later_or_elsewhere_or_after_something_else_is_another_press(
    platform: Platform,
) -> None:
    assert len(await platform.presses(f"t:{LIKE}", under="7")) == 1
    assert len(await platform.presses(f"t:{LIKE}", under="9")) == 1
    assert len(await platform.presses(f"t:{PARTY_EVENT}", under="9")) == 1
    assert len(await platform.presses(f"t:{LIKE}", under="9")) == 1
    assert len(await platform.says(different(1))) == 1
    assert len(await platform.presses(f"t:{LIKE}", under="9")) == 1
    platform.wait(11)
    assert len(await platform.presses(f"t:{LIKE}", under="9")) == 1


async def test_stop_pressed_again_is_done_again_and_said_once(platform: Platform) -> None:
    assert len(await platform.presses(STOP, under="7")) == 1
    platform.store.opt_ins.add((Channel.TELEGRAM, ME))
    assert await platform.presses(STOP, under="7") == []
    assert platform.store.opt_ins == set()


async def test_nothing_that_was_pressed_or_said_stands_in_the_state(platform: Platform) -> None:
    await platform.says(different(1))
    await platform.presses(f"t:{LIKE}", under="pesan-7")
    [(conversation, _)] = platform.store.conversations.values()
    assert isinstance(conversation, Conversation)
    assert different(1) not in repr(conversation)
    assert "pesan-7" not in repr(conversation)


# The counts of one process


def test_one_process_refuses_only_what_the_database_would_refuse_too() -> None:
    allowance = person_allowance(Channel.TELEGRAM, ME, 20)
    recent = RecentMessages()
    for _ in range(PERSON_BURST):
        assert not recent.is_too_much(b"a", 0.0, allowance)
        recent.count(b"a", 0.0, allowance)
    assert recent.is_too_much(b"a", 2.9, allowance)
    assert not recent.is_too_much(b"a", 3.1, allowance)
    assert not recent.is_too_much(b"b", 0.0, allowance)


def test_what_the_database_refused_is_refused_until_its_time() -> None:
    allowance = RateLimit(source="a", per_minute=20, burst=10)
    recent = RecentMessages()
    recent.refuse(b"a", 100.0, 1.5, allowance)
    assert recent.is_too_much(b"a", 101.4, allowance)
    assert not recent.is_too_much(b"a", 101.6, allowance)


def test_only_so_many_are_remembered() -> None:
    allowance = RateLimit(source="a", per_minute=1, burst=1)
    recent = RecentMessages(most=2)
    for name in (b"a", b"b", b"c"):
        recent.count(name, 0.0, allowance)
    assert [recent.is_too_much(name, 0.0, allowance) for name in (b"a", b"b", b"c")] == [False, True, True]
