"""The use case that every channel calls: understand, decide, remember, count."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.application.dialogue.handle_message import HandleMessage, interpret
from bot.core.dialogue.conversation import Command, Conversation, Parse, Search, Thumb
from bot.core.dialogue.decision import ConfidenceBand, DecisionKind, Feedback
from bot.core.figures.measures import UNDERSTOOD_AT_ONCE
from bot.core.figures.query_log import LogRow
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.privacy.person_names import NameLexicon
from bot.core.replies import texts
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.vocabulary import Aspect, Channel, Pending, Slot, Stage, Unreadable
from bot.storage.privacy.word_lists import read_lexicon
from tests.fakes.clock import FakeClock
from tests.fakes.interpreter import FakeInterpreter, parsed
from tests.fakes.store import FakeStore, FakeUnit
from tests.unit.core.dialogue.policy_talk import LIKE, PARTY_EVENT, headline, variant_label, words_of

ME = "orang-1"
OTHER = "orang-2"
QUESTION = "boleh like?"
SANCTION = "sanksinya?"
PARSES = {
    QUESTION: parsed((LIKE, 0.9), entities={Slot.ROLE: "pppk"}),
    SANCTION: parsed(("tanya_sanksi", 0.9)),
    "ke acara partai?": parsed((PARTY_EVENT, 0.9)),
}


@dataclass
class House:
    """The use case with its fakes at hand."""

    store: FakeStore
    clock: FakeClock
    nlu: FakeInterpreter = field(default_factory=lambda: FakeInterpreter(parses=dict(PARSES)))

    @property
    def handle(self) -> HandleMessage:
        return HandleMessage(interpreter=self.nlu, store=self.store, clock=self.clock)

    @property
    def remembered(self) -> dict[tuple[Channel, str], Conversation]:
        return {key: conversation for key, (conversation, _) in self.store.conversations.items()}


@pytest.fixture
def house(book: GuidanceBook, now: datetime) -> House:
    return House(FakeStore(book), FakeClock(now))


# One message


async def test_a_question_is_answered_remembered_and_counted(house: House, now: datetime) -> None:
    decision = await house.handle.on_text(Channel.WEB, ME, QUESTION)
    assert (decision.kind, decision.topic) == (DecisionKind.ANSWER, LIKE)
    assert house.remembered == {(Channel.WEB, ME): Conversation(topic=LIKE, version=1, slots={Slot.ROLE: "pppk"})}
    assert house.store.log == [
        LogRow(
            hour=now.replace(minute=0),
            day=now.date(),
            channel=Channel.WEB,
            topic=LIKE,
            decision=DecisionKind.ANSWER,
            band=ConfidenceBand.ANSWER,
            stage=None,
            model="fake-model",
            guidance_version=1,
            feedback=None,
            measures=frozenset({UNDERSTOOD_AT_ONCE}),
        )
    ]


async def test_what_is_pending_is_told_before_the_next_answer_and_only_once(house: House, now: datetime) -> None:
    pending = (Pending.REPLY_LOST, Pending.NUMBER_CHANGED)
    house.store.conversations[Channel.WEB, ME] = (Conversation(topic=LIKE, pending=pending), now + timedelta(hours=1))
    first = await house.handle.on_text(Channel.WEB, ME, QUESTION)
    second = await house.handle.on_text(Channel.WEB, ME, QUESTION)
    assert [each.lines[0] for each in first.reply.paragraphs[:2]] == [texts.REPLY_LOST, texts.NUMBER_CHANGED]
    assert first.reply.paragraphs[2:] == second.reply.paragraphs


async def test_the_next_message_follows_up(house: House) -> None:
    await house.handle.on_text(Channel.WEB, ME, QUESTION)
    decision = await house.handle.on_text(Channel.WEB, ME, SANCTION)
    assert (decision.topic, decision.aspect) == (LIKE, Aspect.SANCTION)


@pytest.mark.parametrize(("channel", "person"), [(Channel.WEB, OTHER), (Channel.TERMINAL, ME)])
async def test_conversations_of_others_and_of_other_channels_are_not_mine(
    house: House, channel: Channel, person: str
) -> None:
    await house.handle.on_text(Channel.WEB, ME, QUESTION)
    assert (await house.handle.on_text(channel, person, SANCTION)).topic == "sanksi_etik_disiplin"


@pytest.mark.parametrize(("hours", "topic"), [(23, LIKE), (25, "sanksi_etik_disiplin")])
async def test_a_conversation_is_remembered_for_a_day_from_the_clock(house: House, hours: int, topic: str) -> None:
    await house.handle.on_text(Channel.WEB, ME, QUESTION)
    house.clock.at += timedelta(hours=hours)
    assert (await house.handle.on_text(Channel.WEB, ME, SANCTION)).topic == topic


async def test_a_button_is_handled_without_the_nlu_and_counted_without_a_model(house: House) -> None:
    payload = encode(ButtonAction(act=ActionKind.SANCTION, target=LIKE))
    decision = await house.handle.on_press(Channel.WEB, ME, payload)
    assert (decision.topic, decision.aspect, house.nlu.asked) == (LIKE, Aspect.SANCTION, [])
    assert [(row.topic, row.model, row.band) for row in house.store.log] == [(LIKE, None, ConfidenceBand.NOT_ASKED)]


async def test_a_button_follows_up_on_what_was_asked(house: House) -> None:
    await house.handle.on_text(Channel.WEB, ME, QUESTION)
    await house.handle.on_press(Channel.WEB, ME, encode(ButtonAction(act=ActionKind.TOPIC, target=PARTY_EVENT)))
    expected = {(Channel.WEB, ME): Conversation(topic=PARTY_EVENT, version=1, slots={Slot.ROLE: "pppk"})}
    assert house.remembered == expected


async def test_feedback_is_counted_with_the_version_given(house: House) -> None:
    await house.handle.on_text(Channel.WEB, ME, QUESTION)
    await house.handle.on_text(Channel.WEB, ME, "👍")
    assert house.store.log[-1].feedback == Feedback(topic=LIKE, version=1, helpful=True)


async def test_what_is_published_now_is_what_is_answered(house: House, book: GuidanceBook) -> None:
    house.store.book = GuidanceBook(topics=book.topics, entries={}, instruments=book.instruments, groups=book.groups)
    decision = await house.handle.on_text(Channel.WEB, ME, QUESTION)
    assert (decision.kind, decision.topic) == (DecisionKind.FALLBACK, LIKE)


# The calendar


def _campaign_on(day: date) -> tuple[StagePeriod, ...]:
    return (StagePeriod(election="Pilkada", stage=Stage.CAMPAIGN, starts_on=day, ends_on=day),)


@pytest.mark.parametrize(("day", "is_campaign"), [(date(2026, 11, 24), False), (date(2026, 11, 25), True)])
async def test_the_stage_is_that_of_the_day_in_the_clock_s_own_zone(
    house: House, book: GuidanceBook, day: date, is_campaign: bool
) -> None:
    house.store.periods = _campaign_on(day)
    house.clock.at = datetime(2026, 11, 24, 18, 0, tzinfo=UTC).astimezone(ZoneInfo("Asia/Jakarta"))
    decision = await house.handle.on_text(Channel.WEB, ME, QUESTION)
    assert headline(decision)[2:] == ([variant_label(book, LIKE, tahapan="kampanye")] if is_campaign else [])


# The NLU


async def test_with_the_nlu_down_the_person_is_told_and_the_topic_is_kept(house: House) -> None:
    await house.handle.on_text(Channel.WEB, ME, QUESTION)
    house.nlu.is_down = True
    decision = await house.handle.on_text(Channel.WEB, ME, SANCTION)
    assert (decision.kind, words_of(decision)) == (DecisionKind.FALLBACK, texts.NLU_DOWN)
    assert house.remembered[(Channel.WEB, ME)].topic == LIKE
    assert [(row.decision, row.model, row.band) for row in house.store.log[1:]] == [
        (DecisionKind.FALLBACK, None, ConfidenceBand.NOT_ASKED)
    ]


@pytest.mark.parametrize(
    ("utterance", "heard"),
    [
        ("", Unreadable.EMPTY),
        ("😀", Unreadable.NO_WORDS),
        ("a" * 4_097, Unreadable.TOO_LONG),
        ("👎", Thumb.DOWN),
        ("/topik", Command.TOPICS),
        ("/topik foto", Search(words="foto")),
    ],
    ids=["empty", "emoji", "too long", "thumb", "command", "search"],
)
async def test_what_has_nothing_to_interpret_does_not_reach_the_nlu(
    utterance: str, heard: Unreadable | Thumb | Command | Search
) -> None:
    nlu = FakeInterpreter(is_down=True)
    assert (await interpret(nlu, utterance), nlu.asked) == (heard, [])


async def test_the_nlu_gets_the_text_trimmed() -> None:
    nlu = FakeInterpreter(parses=PARSES)
    assert (await interpret(nlu, f"  {QUESTION}\n"), nlu.asked) == (PARSES[QUESTION], [QUESTION])


# Forgetting


@pytest.mark.privacy
async def test_the_erase_command_leaves_nothing_behind_but_a_count(house: House) -> None:
    await house.handle.on_text(Channel.WEB, ME, QUESTION)
    await house.handle.on_text(Channel.WEB, OTHER, QUESTION)
    await house.handle.on_text(Channel.WEB, ME, "/hapus")
    assert list(house.remembered) == [(Channel.WEB, OTHER)]
    assert [(row.topic, row.decision) for row in house.store.log[2:]] == [(None, DecisionKind.SMALLTALK)]


@pytest.mark.privacy
async def test_forgetting_erases_one_conversation_and_counts_nothing(house: House) -> None:
    for channel, person in ((Channel.WEB, ME), (Channel.TERMINAL, ME), (Channel.WEB, OTHER)):
        await house.handle.on_text(channel, person, QUESTION)
    await house.handle.forget(Channel.WEB, ME)
    assert list(house.remembered) == [(Channel.TERMINAL, ME), (Channel.WEB, OTHER)]
    assert len(house.store.log) == 3


async def test_forgetting_what_was_never_remembered_is_no_error(house: House) -> None:
    await house.handle.forget(Channel.WEB, ME)
    assert house.remembered == {}


# One transaction


class FullLogUnit(FakeUnit):
    """A transaction whose log takes no more rows."""

    async def add_log_row(self, row: LogRow) -> None:
        raise OSError("the disk is full")


@dataclass
class FullLogStore(FakeStore):
    """A store whose log takes no more rows."""

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[FakeUnit]:
        async with super().unit():
            yield FullLogUnit(self)


async def test_what_cannot_be_counted_is_not_remembered_either(book: GuidanceBook, now: datetime) -> None:
    house = House(FullLogStore(book), FakeClock(now))
    with pytest.raises(OSError, match="full"):
        await house.handle.on_text(Channel.WEB, ME, QUESTION)
    assert house.remembered == {}


@dataclass
class WatchedStore(FakeStore):
    """Knows how many of its transactions are open."""

    open_units: int = 0

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[FakeUnit]:
        self.open_units += 1
        try:
            async with super().unit() as unit:
                yield unit
        finally:
            self.open_units -= 1


@dataclass
class WatchingInterpreter(FakeInterpreter):
    """Notes how many transactions were open when it was asked."""

    store: WatchedStore | None = None
    seen: list[int] = field(default_factory=list)

    async def parse(self, text: str) -> Parse:
        assert self.store is not None
        self.seen.append(self.store.open_units)
        return await super().parse(text)


async def test_no_transaction_is_open_while_the_nlu_is_asked(book: GuidanceBook, now: datetime) -> None:
    store = WatchedStore(book)
    nlu = WatchingInterpreter(parses=PARSES, store=store)
    await House(store, FakeClock(now), nlu).handle.on_text(Channel.WEB, ME, QUESTION)
    assert nlu.seen == [0]


@dataclass
class Masks:
    """A use case that notes how many transactions were open whenever it masked something."""

    store: WatchedStore
    handle: HandleMessage
    open_at: list[int]


@pytest.fixture
def masks(book: GuidanceBook, now: datetime) -> Masks:
    store, open_at = WatchedStore(book), list[int]()

    class Kinds(dict[str, int]):
        def get(self, word: str, default: int = 0) -> int:  # type: ignore[override]  # as the lexicon asks
            open_at.append(store.open_units)
            return super().get(word, default)

    lexicon: NameLexicon = read_lexicon(())
    lexicon = replace(lexicon, kinds=Kinds(lexicon.kinds))
    nlu = FakeInterpreter(parses=PARSES | {"terima kasih, kurang jelas sih": parsed(("umpan_balik_negatif", 0.9))})
    return Masks(store, HandleMessage(interpreter=nlu, store=store, clock=FakeClock(now), lexicon=lexicon), open_at)


async def test_a_text_is_masked_while_no_transaction_is_open_and_kept_once(masks: Masks) -> None:
    decision = await masks.handle.on_text(Channel.WEB, ME, "harga beras naik kata pak Budi")
    assert decision.kind is DecisionKind.FALLBACK
    assert set(masks.open_at) == {0}
    assert [row.unanswered for row in masks.store.log] == ["harga beras naik kata pak [NAMA]"]


async def test_words_beside_feedback_are_masked_while_no_transaction_is_open(masks: Masks) -> None:
    await masks.handle.on_text(Channel.WEB, ME, QUESTION)
    await masks.handle.on_text(Channel.WEB, ME, "terima kasih, kurang jelas sih")
    assert set(masks.open_at) == {0}
    feedback = [row.feedback for row in masks.store.log if row.feedback is not None]
    assert [each.comment for each in feedback] == ["terima kasih, kurang jelas sih"]


async def test_what_is_not_kept_is_not_masked(masks: Masks) -> None:
    for said in (QUESTION, SANCTION, "ke acara partai?", "/topik", "👍"):
        await masks.handle.on_text(Channel.WEB, ME, said)
    assert masks.open_at == []
    assert [row.unanswered for row in masks.store.log] == [None] * 5


async def test_a_turn_that_is_begun_again_is_remembered_as_one(masks: Masks) -> None:
    await masks.handle.on_text(Channel.WEB, ME, "harga beras naik")
    await masks.handle.on_text(Channel.WEB, ME, "cuaca besok bagaimana")
    assert len(masks.store.log) == 2
    assert list(masks.store.conversations) == [(Channel.WEB, ME)]
