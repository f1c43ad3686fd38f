"""Which question of a message with several is answered, and how the others are offered."""

from datetime import datetime

import pytest

from bot.core.dialogue.conversation import ORDINAL_ENTITY
from bot.core.dialogue.decision import Decision, DecisionKind
from bot.core.guidance.book import GuidanceBook
from bot.core.replies import texts
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from tests.fakes.interpreter import parsed
from tests.unit.core.dialogue.policy_talk import (
    FOLLOW,
    LIKE,
    PARTY_EVENT,
    POSTING,
    PRESSURE,
    Talk,
    withholding,
    words_of,
)

LIKE_AND_EVENT = ((LIKE, 0.9, 0.0), (PARTY_EVENT, 0.85, 0.1))


@pytest.fixture
def talk(book: GuidanceBook, now: datetime) -> Talk:
    return Talk(book, now)


def unsure(talk: Talk, *asking: tuple[str, float, float]) -> Decision:
    """Hear a message that as a whole is sure of nothing."""
    return talk.hears(parsed((PARTY_EVENT, 0.45), (LIKE, 0.4), asking=asking))


def first_button(decision: Decision) -> str:
    return decision.reply.buttons[0].payload


def test_the_first_question_is_answered_and_the_other_offered(talk: Talk, book: GuidanceBook) -> None:
    decision = unsure(talk, *LIKE_AND_EVENT)
    assert (decision.kind, decision.topic, decision.options) == (DecisionKind.ANSWER, LIKE, ())
    assert first_button(decision) == encode(ButtonAction(act=ActionKind.TOPIC, target=PARTY_EVENT))
    assert texts.ALSO_ASKED_ONE.format(titles=book.topics[PARTY_EVENT].title) in words_of(decision)


def test_what_the_whole_message_surely_is_about_is_answered_first(talk: Talk) -> None:
    decision = talk.hears(parsed((PARTY_EVENT, 0.9), asking=LIKE_AND_EVENT))
    assert decision.topic == PARTY_EVENT
    assert first_button(decision) == encode(ButtonAction(act=ActionKind.TOPIC, target=LIKE))


def test_three_questions_offer_two(talk: Talk, book: GuidanceBook) -> None:
    decision = unsure(talk, *LIKE_AND_EVENT, (POSTING, 0.9, 0.0))
    titles = texts.AND.join(book.topics[topic].title for topic in (PARTY_EVENT, POSTING))
    assert texts.ALSO_ASKED.format(titles=titles) in words_of(decision)
    assert talk.conversation.options == (PARTY_EVENT, POSTING)


@pytest.mark.parametrize(
    "other",
    [(PARTY_EVENT, 0.79, 0.0), (PARTY_EVENT, 0.9, 0.5), ("sapa", 0.9, 0.0), (LIKE, 0.9, 0.0)],
    ids=["unsure", "out of scope", "no topic", "the same topic"],
)
def test_one_sure_question_is_no_reason_to_answer(talk: Talk, other: tuple[str, float, float]) -> None:
    assert unsure(talk, (LIKE, 0.9, 0.0), other).kind == DecisionKind.CLARIFY


def test_a_message_that_as_a_whole_is_none_of_ours_is_not_answered(talk: Talk) -> None:
    heard = parsed(("di_luar_cakupan", 0.9), out_of_scope=0.9, asking=LIKE_AND_EVENT)
    assert talk.hears(heard).kind == DecisionKind.FALLBACK


def test_pressure_comes_before_either_question(talk: Talk) -> None:
    heard = parsed((PRESSURE, 0.6), entities={"tekanan_atasan": "ya"}, asking=LIKE_AND_EVENT)
    assert talk.hears(heard).topic == PRESSURE


def test_an_answer_withheld_is_not_offered(book: GuidanceBook, now: datetime) -> None:
    talk = Talk(withholding(book, PARTY_EVENT), now)
    decision = unsure(talk, *LIKE_AND_EVENT)
    assert (decision.topic, talk.conversation.options) == (LIKE, ())


def test_yes_gives_the_other_answer(talk: Talk) -> None:
    unsure(talk, *LIKE_AND_EVENT)
    assert talk.asks("ya").topic == PARTY_EVENT


def test_the_other_question_stands_while_further_choices_are_looked_at(talk: Talk) -> None:
    unsure(talk, *LIKE_AND_EVENT)
    talk.presses(ActionKind.MORE, LIKE)
    assert talk.asks("ya").topic == PARTY_EVENT


def test_no_leaves_it_at_that(talk: Talk) -> None:
    unsure(talk, *LIKE_AND_EVENT)
    decision = talk.asks("tidak")
    assert (decision.kind, decision.feedback) == (DecisionKind.SMALLTALK, None)
    assert texts.READY in words_of(decision)


def test_not_that_offers_the_other_question_first(talk: Talk) -> None:
    unsure(talk, *LIKE_AND_EVENT, (FOLLOW, 0.9, 0.0))
    assert talk.asks("bukan_itu").options[:2] == (PARTY_EVENT, FOLLOW)


@pytest.mark.parametrize(("ordinal", "topic"), [("1", LIKE), ("2", PARTY_EVENT), ("3", POSTING)])
def test_the_questions_are_counted_as_they_were_asked(talk: Talk, ordinal: str, topic: str) -> None:
    unsure(talk, *LIKE_AND_EVENT, (POSTING, 0.9, 0.0))
    assert talk.asks("pilih_opsi", said={ORDINAL_ENTITY: ordinal}).topic == topic
