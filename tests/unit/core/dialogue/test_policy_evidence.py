"""Below its evidence nothing is decided: what was not understood is answered by saying so."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.dialogue.conversation import Conversation, Parse
from bot.core.dialogue.decision import ConfidenceBand, DecisionKind
from bot.core.dialogue.follow_up import is_slot_only, named_aspect
from bot.core.dialogue.policy import decide
from bot.core.guidance.book import GuidanceBook
from bot.core.replies import canned
from bot.core.vocabulary import Slot
from tests.conftest import NOW
from tests.fakes.interpreter import parsed
from tests.unit.core.dialogue.policy_talk import FOLLOW, LIKE, PARTY_EVENT, PRESSURE, Talk

INTENTS = (
    *(LIKE, FOLLOW, PARTY_EVENT, PRESSURE, "di_luar_cakupan", "minta_opini", "sapa", "terima_kasih", "bantuan", "ya"),
    *("tidak", "bukan_itu", "pilih_opsi", "tanya_sanksi", "tanya_dasar_hukum", "tanya_pengecualian", "ganti_konteks"),
    *("berhenti_langganan", "berlangganan", "umpan_balik_positif", "umpan_balik_negatif", "hubungi_manusia", "entah"),
)
ENTITIES = {
    Slot.ROLE: "pppk",
    Slot.STAGE: "kampanye",
    Slot.ELECTION: "pilkada",
    Slot.FAMILY: "pasangan",
    Slot.MEDIUM: "facebook",
    "tekanan_atasan": "diperintah",
    "urutan": "2",
}
WORDS = ("sanksi", "pasal", "kecuali", "maju", "berat", "perbuatan", "xqzt", "bl h")
JUST_BELOW = 0.199

confidences = st.floats(0.0, 1.0)
guesses = st.lists(st.tuples(st.sampled_from(INTENTS), st.floats(0.0, JUST_BELOW)), min_size=1, max_size=8)


@st.composite
def garbled(draw: st.DrawFn) -> Parse:
    """Make a parse whose likeliest intent lies below the clarify band, whatever else stands in it."""
    ranking = sorted(draw(guesses), key=lambda each: -each[1])
    kinds = draw(st.lists(st.sampled_from(sorted(ENTITIES)), max_size=3, unique=True))
    asking = draw(st.lists(st.tuples(st.sampled_from(INTENTS), confidences, confidences), max_size=1))
    return parsed(
        *ranking,
        entities={kind: ENTITIES[kind] for kind in kinds},
        out_of_scope=draw(confidences),
        words=draw(st.integers(1, 20)),
        others=tuple(draw(st.lists(st.sampled_from(WORDS), max_size=4))),
        asking=asking,
    )


conversations = st.builds(
    Conversation,
    topic=st.sampled_from([None, LIKE]),
    version=st.just(1),
    options=st.sampled_from([(), (FOLLOW,), (FOLLOW, PARTY_EVENT)]),
    alternatives=st.sampled_from([(), (PARTY_EVENT,)]),
)


@settings(max_examples=600, deadline=None)
@given(garbled(), conversations)
def test_below_the_clarify_band_nothing_is_decided_but_by_exact_words(
    book: GuidanceBook, heard: Parse, conversation: Conversation
) -> None:
    decision = decide(conversation, heard, book, None, NOW)
    topic = conversation.topic
    follows = topic is not None and (named_aspect(heard) is not None or is_slot_only(heard, topic))
    assert decision.band is ConfidenceBand.FALLBACK
    if not follows:
        assert (decision.kind, decision.reply) == (DecisionKind.FALLBACK, canned.unknown(book))
        assert not decision.withdraw
        assert decision.feedback is None


@settings(max_examples=600, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(INTENTS), confidences), min_size=1, max_size=6), confidences, conversations)
def test_a_refusal_is_as_sure_of_being_none_of_ours_as_an_answer_is_of_its_topic(
    book: GuidanceBook, guessed: list[tuple[str, float]], outside: float, conversation: Conversation
) -> None:
    total = sum(confidence for _, confidence in guessed) or 1.0
    ranking = sorted(
        ((intent, confidence / max(total, 1.0)) for intent, confidence in dict(guessed).items()),
        key=lambda each: -each[1],
    )
    heard = parsed(*ranking, out_of_scope=outside)
    decision = decide(conversation, heard, book, None, NOW)
    if decision.kind is DecisionKind.REFUSE:
        likely = dict(ranking)
        assert likely.get("minta_opini", 0.0) >= heard.bands.clarify
        assert likely["minta_opini"] + likely.get("di_luar_cakupan", 0.0) >= heard.bands.answer


@pytest.fixture
def talk(book: GuidanceBook, now: datetime) -> Talk:
    return Talk(book, now)


@pytest.mark.parametrize("confidence", [0.0, 0.08, 0.199])
def test_a_garbled_text_that_is_nearest_to_an_opinion_is_unknown(talk: Talk, confidence: float) -> None:
    assert talk.hears(parsed(("minta_opini", confidence), (LIKE, confidence / 2))).kind is DecisionKind.FALLBACK


def test_what_may_ask_for_an_opinion_or_for_a_topic_is_offered_the_topic(talk: Talk) -> None:
    decision = talk.hears(parsed(("minta_opini", 0.45), (LIKE, 0.4)))
    assert (decision.kind, decision.options) == (DecisionKind.CLARIFY, (LIKE,))


def test_an_opinion_that_is_surely_no_topic_is_refused_though_it_may_be_small_talk(talk: Talk) -> None:
    assert talk.hears(parsed(("minta_opini", 0.5), ("di_luar_cakupan", 0.4))).kind is DecisionKind.REFUSE


@pytest.mark.parametrize("confidence", [0.0, 0.05, 0.199])
def test_a_stranger_below_the_clarify_band_is_not_offered_topics(talk: Talk, confidence: float) -> None:
    heard = parsed(("di_luar_cakupan", confidence), (LIKE, confidence), out_of_scope=0.1)
    assert talk.hears(heard).kind is DecisionKind.FALLBACK


def test_a_situation_in_a_guess_below_the_clarify_band_changes_nothing(talk: Talk) -> None:
    talk.asks(LIKE)
    remembered = talk.conversation
    heard = parsed(("ganti_konteks", 0.19), (LIKE, 0.1), entities={Slot.ROLE: "pppk"}, words=4, others=("x", "y"))
    assert talk.hears(heard).kind is DecisionKind.FALLBACK
    assert talk.conversation == replace(remembered, options=())


def test_questions_that_are_each_sure_are_answered_though_the_whole_is_not(talk: Talk) -> None:
    heard = parsed((LIKE, 0.15), asking=[(LIKE, 0.9, 0.0), (FOLLOW, 0.9, 0.0)])
    assert (talk.hears(heard).kind, talk.conversation.topic) == (DecisionKind.ANSWER, LIKE)
