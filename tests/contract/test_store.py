"""What every store does, fake or real."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.dialogue.conversation import Conversation, Pressed
from bot.core.dialogue.decision import ConfidenceBand, DecisionKind, Feedback
from bot.core.dialogue.loop_guard import Exchange, LoopState
from bot.core.dialogue.votes import ShownAnswer, Vote
from bot.core.figures.query_log import LogRow
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.vocabulary import Channel, Pending, Slot, Stage
from tests.contract.stores import StoreCase

NOW = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
PERSON = "orang-1"

TALKED = Conversation(
    topic="tim_sukses",
    version=3,
    options=("saksi_parpol", "hadir_kampanye"),
    alternatives=("grup_chat_politik",),
    slots={Slot.ROLE: "pppk", Slot.STAGE: "masa_tenang"},
    pending=(Pending.REPLY_LOST,),
    votes=(Vote(topic="tim_sukses", version=3, helpful=False, day=NOW.date()),),
    shown=(ShownAnswer(message="0123456789ab", topic="tim_sukses", version=3),),
    loop=LoopState(
        exchanges=(
            Exchange(words="0123456789ab", reply="ba9876543210", minute=29_000_000, is_unanswered=True, is_idle=True),
        ),
        quiet_at=29_000_000,
    ),
    pressed=Pressed(button="0123456789ab", second=1_790_000_000),
)
LOGGED = LogRow(
    hour=NOW.replace(minute=0),
    day=NOW.date(),
    channel=Channel.WEB,
    topic="tim_sukses",
    decision=DecisionKind.ANSWER,
    band=ConfidenceBand.ANSWER,
    stage=None,
    model="fake-model",
    guidance_version=1,
    feedback=Feedback(topic="tim_sukses", version=1, helpful=True),
)


@dataclass(frozen=True, kw_only=True)
class Rate:
    """One source's rate: four a minute, three at once."""

    case: StoreCase
    source: str = "web seseorang"
    interval: float = 15.0
    burst: int = 3

    async def waits(self, *offsets: float) -> list[float]:
        """Send one message at each offset in seconds from now; give what each was told to wait."""
        return [await self._wait(NOW + timedelta(seconds=offset)) for offset in offsets]

    async def _wait(self, at: datetime) -> float:
        async with self.case.store.unit() as unit:
            return await unit.acquire_token(self.source, at, self.interval, self.burst)


@dataclass(frozen=True, kw_only=True)
class Thread:
    """One person's thread on one channel."""

    case: StoreCase
    channel: Channel = Channel.WEB
    person: str = PERSON

    async def save(self, conversation: Conversation, at: datetime = NOW) -> None:
        """Remember."""
        async with self.case.store.unit() as unit:
            await unit.save_conversation(self.channel, self.person, conversation, at)

    async def load(self, at: datetime = NOW) -> Conversation:
        """Recall."""
        async with self.case.store.unit() as unit:
            return await unit.load_conversation(self.channel, self.person, at)

    async def erase(self) -> None:
        """Forget."""
        async with self.case.store.unit() as unit:
            await unit.erase_conversation(self.channel, self.person)


# Conversations


async def test_an_unknown_conversation_is_fresh(case: StoreCase) -> None:
    assert await Thread(case=case).load() == Conversation()


@pytest.mark.parametrize("conversation", [TALKED, Conversation()], ids=["full", "fresh"])
async def test_a_conversation_comes_back_as_it_was_saved(case: StoreCase, conversation: Conversation) -> None:
    thread = Thread(case=case)
    await thread.save(conversation)
    assert await thread.load() == conversation


async def test_saving_again_replaces_what_was_remembered(case: StoreCase) -> None:
    thread = Thread(case=case)
    later = Conversation(topic="hak_pilih")
    await thread.save(TALKED)
    await thread.save(later)
    assert await thread.load() == later


async def test_a_conversation_is_remembered_until_24_hours_after_it_was_saved(case: StoreCase) -> None:
    thread = Thread(case=case)
    await thread.save(TALKED)
    assert await thread.load(NOW + DAY - SECOND) == TALKED
    assert await thread.load(NOW + DAY) == Conversation()


@pytest.mark.parametrize(("saved_in", "loaded_in"), [("Asia/Jayapura", "UTC"), ("UTC", "Asia/Jayapura")])
async def test_the_24_hours_are_judged_by_the_instant_whatever_the_zones(
    case: StoreCase, saved_in: str, loaded_in: str
) -> None:
    thread, zone = Thread(case=case), ZoneInfo(loaded_in)
    await thread.save(TALKED, NOW.astimezone(ZoneInfo(saved_in)))
    assert await thread.load((NOW + DAY - SECOND).astimezone(zone)) == TALKED
    assert await thread.load((NOW + DAY).astimezone(zone)) == Conversation()


async def test_each_turn_begins_the_24_hours_again(case: StoreCase) -> None:
    thread = Thread(case=case)
    await thread.save(TALKED)
    await thread.save(TALKED, NOW + DAY - SECOND)
    assert await thread.load(NOW + 2 * DAY - 2 * SECOND) == TALKED


async def test_an_erased_conversation_is_fresh(case: StoreCase) -> None:
    thread = Thread(case=case)
    await thread.save(TALKED)
    await thread.erase()
    assert await thread.load() == Conversation()


async def test_erasing_what_is_not_there_does_nothing(case: StoreCase) -> None:
    other = Thread(case=case, person="orang-2")
    await other.save(TALKED)
    await Thread(case=case).erase()
    assert await other.load() == TALKED


@pytest.mark.parametrize(
    ("channel", "person"),
    [(Channel.WEB, "orang-2"), (Channel.TERMINAL, PERSON)],
    ids=["another person", "another channel"],
)
async def test_threads_of_others_are_apart(case: StoreCase, channel: Channel, person: str) -> None:
    thread, other = Thread(case=case), Thread(case=case, channel=channel, person=person)
    await thread.save(TALKED)
    assert await other.load() == Conversation()
    await other.save(Conversation(topic="hak_pilih"))
    await other.erase()
    assert await thread.load() == TALKED


# Units


async def test_a_unit_sees_what_it_wrote(case: StoreCase) -> None:
    async with case.store.unit() as unit:
        await unit.save_conversation(Channel.WEB, PERSON, TALKED, NOW)
        assert await unit.load_conversation(Channel.WEB, PERSON, NOW) == TALKED


async def test_a_failed_unit_leaves_nothing(case: StoreCase) -> None:
    with pytest.raises(RuntimeError, match="afterwards"):
        await _write_everything_and_fail(case)
    assert await Thread(case=case).load() == Conversation()
    assert await case.log_size() == 0
    assert await Rate(case=case, burst=1).waits(0) == [0.0]


async def test_a_failed_unit_leaves_what_was_there_before(case: StoreCase) -> None:
    thread = Thread(case=case)
    await thread.save(TALKED)
    with pytest.raises(RuntimeError, match="afterwards"):
        await _erase_and_fail(case)
    assert await thread.load() == TALKED


@pytest.mark.parametrize("feedback", [None, LOGGED.feedback], ids=["without feedback", "with feedback"])
async def test_every_logged_question_is_one_row(case: StoreCase, feedback: Feedback | None) -> None:
    async with case.store.unit() as unit:
        await unit.add_log_row(replace(LOGGED, feedback=feedback))
        await unit.add_log_row(LOGGED)
    assert await case.log_size() == 2


async def _write_everything_and_fail(case: StoreCase) -> None:
    async with case.store.unit() as unit:
        await unit.save_conversation(Channel.WEB, PERSON, TALKED, NOW)
        await unit.add_log_row(LOGGED)
        await unit.acquire_token(Rate(case=case).source, NOW, 15.0, 1)
        raise RuntimeError("afterwards")


async def _erase_and_fail(case: StoreCase) -> None:
    async with case.store.unit() as unit:
        await unit.erase_conversation(Channel.WEB, PERSON)
        raise RuntimeError("afterwards")


# Rates


async def test_a_burst_passes_at_once_and_the_next_waits_one_interval(case: StoreCase) -> None:
    assert await Rate(case=case).waits(0, 0, 0, 0) == [0.0, 0.0, 0.0, 15.0]


async def test_after_a_burst_one_message_passes_an_interval(case: StoreCase) -> None:
    waits = await Rate(case=case).waits(0, 0, 0, 14, 15, 15, 30, 31)
    assert waits == [0.0, 0.0, 0.0, 1.0, 0.0, 15.0, 0.0, 14.0]


async def test_a_steady_rate_is_never_held_up(case: StoreCase) -> None:
    assert await Rate(case=case, burst=1).waits(0, 15, 30, 45, 60) == [0.0] * 5


async def test_a_refused_message_is_not_counted(case: StoreCase) -> None:
    assert await Rate(case=case, burst=1).waits(0, 1, 2, 3, 15) == [0.0, 14.0, 13.0, 12.0, 0.0]


async def test_a_rest_gives_the_whole_burst_back_and_no_more(case: StoreCase) -> None:
    assert await Rate(case=case).waits(0, 0, 0, 3600, 3600, 3600, 3600) == [0.0] * 6 + [15.0]


async def test_sources_are_counted_apart(case: StoreCase) -> None:
    one, other = Rate(case=case, burst=1), Rate(case=case, burst=1, source="web orang lain")
    assert await one.waits(0, 0) == [0.0, 15.0]
    assert await other.waits(0) == [0.0]


async def test_messages_of_a_known_source_at_the_same_moment_are_all_counted(case: StoreCase) -> None:
    rate = Rate(case=case)
    await rate.waits(-3600)
    waits = await asyncio.gather(*(rate.waits(0) for _ in range(6)))
    assert sorted(wait for (wait,) in waits) == [0.0] * 3 + [15.0] * 3


# Guidance and calendar


async def test_what_is_published_is_given_whole_and_in_menu_order(case: StoreCase, book: GuidanceBook) -> None:
    async with case.store.unit() as unit:
        given = await unit.guidance()
    assert given == book
    assert list(given.topics) == list(book.topics)
    assert list(given.groups) == list(book.groups)


async def test_an_empty_calendar_has_no_stages(case: StoreCase) -> None:
    async with case.store.unit() as unit:
        assert await unit.stage_periods() == ()


async def test_stages_come_earliest_first_whatever_the_order_they_were_set_in(case: StoreCase) -> None:
    campaign = _period(Stage.CAMPAIGN, date(2031, 1, 1), date(2031, 3, 1))
    quiet = _period(Stage.QUIET_PERIOD, date(2031, 3, 2), date(2031, 3, 4))
    other = replace(campaign, election="Pilkada 2030", starts_on=date(2030, 9, 1), ends_on=date(2030, 11, 1))
    await case.set_periods([quiet, campaign, other])
    async with case.store.unit() as unit:
        assert await unit.stage_periods() == (other, campaign, quiet)


def _period(stage: Stage, first: date, last: date) -> StagePeriod:
    return StagePeriod(election="Pilkada 2031", stage=stage, starts_on=first, ends_on=last)


async def test_a_mark_stands_for_the_words_of_one_conversation_only(case: StoreCase) -> None:
    async with case.store.unit() as unit:
        mark = unit.mark(Channel.TELEGRAM, PERSON, "boleh like?")
        assert mark == unit.mark(Channel.TELEGRAM, PERSON, "boleh like?")
        others = {
            unit.mark(Channel.TELEGRAM, PERSON, "boleh foto?"),
            unit.mark(Channel.TELEGRAM, "orang-2", "boleh like?"),
            unit.mark(Channel.WHATSAPP, PERSON, "boleh like?"),
        }
        assert len(others - {mark}) == 3
        assert unit.mark(Channel.TELEGRAM, PERSON, "\ud800")
