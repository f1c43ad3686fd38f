"""No source, no answer: what a change of one instrument withholds, and what it leaves alone."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.guidance.load_seed import problems
from bot.core.dialogue.decision import Decision, DecisionKind
from bot.core.guidance.book import GuidanceBook, WithheldReason
from bot.core.guidance.entry import CitationRole
from bot.core.vocabulary import Channel
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.clock import FakeClock
from tests.integration.conftest import Conversing
from tests.support.database import execute

INSTRUMENT = "PP 94/2021"
"""In force, and the basis of many answers but not of all."""
TOPIC = "tim_sukses"
"""Stands on it among others."""
ALONE = "Putusan MK 135/PUU-XXII/2024"
"""The basis of one answer only."""
PAST = "SE MenPANRB 18/2023"
"""Out of force, and mentioned by many answers as background."""

REVOKE = "UPDATE instrument SET status = 'dicabut' WHERE code = :code"


async def test_every_answer_of_the_seed_may_be_sent(conversing: Conversing, book: GuidanceBook) -> None:
    assert await _kinds(conversing, book) == dict.fromkeys(book.topics, DecisionKind.ANSWER)


async def test_the_bot_falls_back_on_exactly_the_topics_that_stand_on_a_revoked_basis(
    conversing: Conversing, engine: AsyncEngine, book: GuidanceBook
) -> None:
    await execute(engine, REVOKE, code=INSTRUMENT)
    assert await _fallen_back(conversing, book) == _standing_on(book, INSTRUMENT)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        (INSTRUMENT, REVOKE),
        (ALONE, REVOKE),
        (INSTRUMENT, "UPDATE instrument SET status = 'berakhir' WHERE code = :code"),
        (INSTRUMENT, "UPDATE instrument SET in_force_to = '2026-11-23' WHERE code = :code"),
        (INSTRUMENT, "UPDATE instrument SET in_force_from = '2026-11-25' WHERE code = :code"),
    ],
    ids=["revoked", "revoked, basis of one", "lapsed", "ended yesterday", "begins tomorrow"],
)
async def test_a_basis_out_of_force_withholds_exactly_the_answers_that_stand_on_it(
    conversing: Conversing, engine: AsyncEngine, book: GuidanceBook, code: str, change: str
) -> None:
    await execute(engine, change, code=code)
    affected = _standing_on(book, code)
    assert affected != set()
    assert await _withheld(conversing) == affected


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE instrument SET status = 'diubah' WHERE code = :code",
        "UPDATE instrument SET in_force_to = '2026-11-24' WHERE code = :code",
        "UPDATE instrument SET in_force_from = '2026-11-24' WHERE code = :code",
    ],
    ids=["amended", "ends today", "begins today"],
)
async def test_a_basis_amended_or_in_force_on_the_day_withholds_nothing(
    conversing: Conversing, engine: AsyncEngine, change: str
) -> None:
    await execute(engine, change, code=INSTRUMENT)
    assert await _withheld(conversing) == set()


async def test_a_background_out_of_force_withholds_nothing(
    conversing: Conversing, engine: AsyncEngine, book: GuidanceBook
) -> None:
    await execute(engine, REVOKE, code=PAST)
    assert _mentioning(book, PAST) != set()
    assert await _withheld(conversing) == set()


async def test_an_answer_that_only_mentions_a_revoked_instrument_is_still_given(
    conversing: Conversing, engine: AsyncEngine, book: GuidanceBook
) -> None:
    await execute(
        engine,
        "UPDATE guidance_citation SET role = 'background' WHERE instrument_code = :code"
        " AND guidance_id = (SELECT id FROM guidance WHERE topic_id = :topic)",
        code=INSTRUMENT,
        topic=TOPIC,
    )
    await execute(engine, REVOKE, code=INSTRUMENT)
    assert TOPIC in _standing_on(book, INSTRUMENT)
    assert await _withheld(conversing) == _standing_on(book, INSTRUMENT) - {TOPIC}
    assert (await conversing.about(TOPIC)).kind == DecisionKind.ANSWER


async def test_an_answer_left_with_background_only_is_withheld(conversing: Conversing, engine: AsyncEngine) -> None:
    await execute(
        engine,
        "UPDATE guidance_citation SET role = 'background'"
        " WHERE guidance_id = (SELECT id FROM guidance WHERE topic_id = :topic)",
        topic=TOPIC,
    )
    assert await _withheld(conversing) == {TOPIC}


async def test_a_withheld_answer_is_a_fallback_that_names_its_topic_and_shows_none_of_it(
    conversing: Conversing, engine: AsyncEngine, book: GuidanceBook
) -> None:
    await execute(engine, REVOKE, code=INSTRUMENT)
    decision = await conversing.about(TOPIC)
    said = [line for paragraph in decision.reply.paragraphs for line in paragraph.lines]
    assert (decision.kind, decision.topic, decision.aspect) == (DecisionKind.FALLBACK, TOPIC, None)
    assert (decision.citations, decision.version) == ((), None)
    assert any("sedang kami tahan" in line and book.topics[TOPIC].title in line for line in said)
    assert book.entries[TOPIC].short not in said


async def test_no_button_reaches_a_withheld_answer(conversing: Conversing, engine: AsyncEngine) -> None:
    await execute(engine, REVOKE, code=INSTRUMENT)
    decisions = [await conversing.handle.on_press(Channel.WEB, "orang", f"{act}:{TOPIC}") for act in "tpsdkv"]
    told = {(decision.kind, decision.topic, decision.citations) for decision in decisions}
    assert told == {(DecisionKind.FALLBACK, TOPIC, ())}


async def test_no_follow_up_reaches_an_answer_withheld_meanwhile(conversing: Conversing, engine: AsyncEngine) -> None:
    follow_ups = ["tanya_sanksi", "tanya_dasar_hukum", "tanya_pengecualian", "ganti_konteks"]
    before = [(await conversing.about(TOPIC, person=follow_up)).kind for follow_up in follow_ups]
    await execute(engine, REVOKE, code=INSTRUMENT)
    await execute(engine, "UPDATE guidance_revision SET number = number + 1")
    decisions = [await conversing.about(follow_up, person=follow_up) for follow_up in follow_ups]
    told = {(decision.kind, decision.topic, decision.citations) for decision in decisions}
    assert (set(before), told) == ({DecisionKind.ANSWER}, {(DecisionKind.FALLBACK, TOPIC, ())})


async def test_on_its_review_day_an_answer_is_given_and_the_day_after_all_are_withheld(
    conversing: Conversing, book: GuidanceBook
) -> None:
    reviews = {entry.review_by for entry in book.entries.values()}
    clock = FakeClock(
        at=conversing.clock.at.replace(year=min(reviews).year, month=min(reviews).month, day=min(reviews).day)
    )
    later = Conversing(store=conversing.store, clock=clock)
    assert await _withheld(later) == set()
    clock.at += timedelta(days=1 + (max(reviews) - min(reviews)).days)
    assert await _fallen_back(later, book) == set(book.topics)


async def test_curators_learn_which_answers_are_withheld_and_why(
    store: DatabaseStore, engine: AsyncEngine, book: GuidanceBook, now: datetime
) -> None:
    await execute(engine, REVOKE, code=ALONE)
    async with store.unit() as unit:
        found = problems(await unit.guidance(), now.date())
    told = [(standing.topic, standing.reason, standing.detail) for standing in found]
    assert told == [(topic, WithheldReason.BASIS_NOT_IN_FORCE, ALONE) for topic in _standing_on(book, ALONE)]


def _standing_on(book: GuidanceBook, code: str) -> set[str]:
    return _citing(book, code, CitationRole.BASIS)


def _mentioning(book: GuidanceBook, code: str) -> set[str]:
    return _citing(book, code, CitationRole.BACKGROUND)


def _citing(book: GuidanceBook, code: str, role: CitationRole) -> set[str]:
    entries = book.entries.values()
    return {e.topic for e in entries if any(c.instrument == code and c.role is role for c in e.citations)}


async def _withheld(conversing: Conversing) -> set[str]:
    """Return the topics that may not be answered on the bot's day."""
    async with conversing.store.unit() as unit:
        return {standing.topic for standing in problems(await unit.guidance(), conversing.clock.at.date())}


async def _decisions(conversing: Conversing, book: GuidanceBook) -> Mapping[str, Decision]:
    """Ask about every topic, each in a conversation of its own."""
    return {topic: await conversing.about(topic, f"soal {topic}", person=topic) for topic in book.topics}


async def _kinds(conversing: Conversing, book: GuidanceBook) -> Mapping[str, DecisionKind]:
    return {topic: decision.kind for topic, decision in (await _decisions(conversing, book)).items()}


async def _fallen_back(conversing: Conversing, book: GuidanceBook) -> set[str]:
    """Return the topics whose question the bot falls back on; the rest must be answers."""
    decisions = await _decisions(conversing, book)
    assert {decision.topic for decision in decisions.values()} == set(book.topics)
    assert {decision.kind for decision in decisions.values()} <= {DecisionKind.ANSWER, DecisionKind.FALLBACK}
    return {topic for topic, decision in decisions.items() if decision.kind is DecisionKind.FALLBACK}
