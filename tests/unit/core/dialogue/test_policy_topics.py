"""How a question becomes an answer, a choice of topics, or an honest "I do not know"."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.dialogue.conversation import PRESSURE_ENTITY, Bands, Conversation, Parse
from bot.core.dialogue.decision import ConfidenceBand, DecisionKind
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.instrument import InstrumentStatus
from bot.core.replies import canned, texts
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.vocabulary import Aspect, Slot, Stage
from tests.fakes.interpreter import parsed
from tests.unit.core.dialogue.policy_talk import (
    FOLLOW,
    GROUP_CHAT,
    LIKE,
    PARTY_EVENT,
    POSTING,
    PRESSURE,
    Talk,
    edited,
    headline,
    labels,
    variant_label,
    withholding,
    without_answer,
    without_topic,
    words_of,
)

PRESSED = {PRESSURE_ENTITY: "disuruh atasan"}
FOUR_LIKELY = ((LIKE, 0.4), (FOLLOW, 0.3), (POSTING, 0.1), (GROUP_CHAT, 0.05))


@pytest.fixture
def talk(book: GuidanceBook, now: datetime) -> Talk:
    return Talk(book, now)


# Bands


@pytest.mark.parametrize(
    ("confidence", "kind", "band"),
    [
        (1.0, DecisionKind.ANSWER, ConfidenceBand.ANSWER),
        (0.8, DecisionKind.ANSWER, ConfidenceBand.ANSWER),
        (0.79, DecisionKind.CLARIFY, ConfidenceBand.CLARIFY),
        (0.2, DecisionKind.CLARIFY, ConfidenceBand.CLARIFY),
        (0.19, DecisionKind.FALLBACK, ConfidenceBand.FALLBACK),
        (0.0, DecisionKind.FALLBACK, ConfidenceBand.FALLBACK),
    ],
)
def test_the_model_s_bands_divide_answer_clarify_and_fallback(
    talk: Talk, confidence: float, kind: DecisionKind, band: ConfidenceBand
) -> None:
    decision = talk.asks(LIKE, confidence)
    assert (decision.kind, decision.band) == (kind, band)


def test_the_bands_are_the_parse_s_own_and_not_fixed(talk: Talk) -> None:
    parse = replace(parsed((LIKE, 0.5)), bands=Bands(answer=0.5, clarify=0.1, out_of_scope=0.5))
    assert talk.hears(parse).kind == DecisionKind.ANSWER


@pytest.mark.parametrize("confidence", [0.9, 0.5, 0.1])
def test_a_decision_reports_the_nlu_s_intent_and_confidence(talk: Talk, confidence: float) -> None:
    decision = talk.asks(LIKE, confidence)
    assert (decision.intent, decision.confidence) == (LIKE, confidence)


def test_an_answer_carries_topic_aspect_version_and_every_citation(talk: Talk, book: GuidanceBook) -> None:
    talk.book = edited(book, LIKE, version=7)
    decision = talk.asks(LIKE)
    entry = book.entries[LIKE]
    actual = (decision.topic, decision.aspect, decision.version, decision.citations, decision.options)
    assert actual == (LIKE, Aspect.ANSWER, 7, (*entry.bases(), *entry.backgrounds()), ())


def test_an_answer_gives_the_curators_words_verbatim(talk: Talk, book: GuidanceBook) -> None:
    paragraphs = [line for paragraph in talk.asks(LIKE).reply.paragraphs for line in paragraph.lines]
    assert paragraphs.count(book.entries[LIKE].short) == 1


def test_an_answer_remembers_the_topic_and_the_next_likely_ones(talk: Talk) -> None:
    decision = talk.hears(parsed((LIKE, 0.9), (FOLLOW, 0.05), ("tanya_sanksi", 0.03), (POSTING, 0.02)))
    assert decision.conversation == Conversation(topic=LIKE, version=1, alternatives=(FOLLOW, POSTING))


def test_at_most_three_alternatives_are_remembered_and_none_withheld(talk: Talk, book: GuidanceBook) -> None:
    talk.book = withholding(book, FOLLOW)
    ranking = [(LIKE, 0.9), *((topic, 0.02) for topic in (FOLLOW, POSTING, GROUP_CHAT, PARTY_EVENT, PRESSURE))]
    assert talk.hears(parsed(*ranking)).conversation.alternatives == (POSTING, GROUP_CHAT, PARTY_EVENT)


def test_a_topic_below_two_percent_is_no_alternative(talk: Talk) -> None:
    decision = talk.hears(parsed((LIKE, 0.9), (FOLLOW, 0.02), (POSTING, 0.019)))
    assert decision.conversation.alternatives == (FOLLOW,)


def test_an_answer_forgets_the_options_offered_before(talk: Talk) -> None:
    talk.hears(parsed(*FOUR_LIKELY))
    assert talk.asks(PARTY_EVENT).conversation.options == ()


# Clarify


def test_at_most_three_topics_are_offered_the_likeliest_first(talk: Talk) -> None:
    decision = talk.hears(parsed(*FOUR_LIKELY))
    assert (decision.kind, decision.options) == (DecisionKind.CLARIFY, (LIKE, FOLLOW, POSTING))


def test_only_topics_are_offered_never_conversation_intents(talk: Talk) -> None:
    decision = talk.hears(parsed((LIKE, 0.4), ("tanya_sanksi", 0.3), ("di_luar_cakupan", 0.2), (FOLLOW, 0.1)))
    assert decision.options == (LIKE, FOLLOW)


def test_only_topics_that_can_be_answered_today_are_offered(talk: Talk, book: GuidanceBook) -> None:
    talk.book = without_answer(withholding(book, LIKE), POSTING)
    assert talk.hears(parsed(*FOUR_LIKELY)).options == (FOLLOW, GROUP_CHAT)


def test_a_topic_below_two_percent_is_not_offered(talk: Talk) -> None:
    assert talk.hears(parsed((LIKE, 0.5), (FOLLOW, 0.02), (POSTING, 0.019))).options == (LIKE, FOLLOW)


def test_the_likeliest_topic_is_offered_however_small_its_share(talk: Talk) -> None:
    parse = replace(parsed((LIKE, 0.015), (FOLLOW, 0.014)), bands=Bands(answer=0.5, clarify=0.01, out_of_scope=0.5))
    assert talk.hears(parse).options == (LIKE,)


def test_with_nothing_to_offer_the_bot_does_not_know(talk: Talk, book: GuidanceBook) -> None:
    talk.book = withholding(book, LIKE)
    decision = talk.asks(LIKE, 0.5)
    assert (decision.kind, decision.reply) == (DecisionKind.FALLBACK, canned.unknown(talk.book))


@pytest.mark.parametrize(
    ("ranking", "intro"), [(((LIKE, 0.5),), texts.CLARIFY_ONE), (((LIKE, 0.4), (FOLLOW, 0.3)), texts.CLARIFY)]
)
def test_the_question_back_fits_the_number_of_options(
    talk: Talk, ranking: tuple[tuple[str, float], ...], intro: str
) -> None:
    assert headline(talk.hears(parsed(*ranking))) == [intro]


def test_each_option_is_a_button_and_so_is_none_of_them(talk: Talk, book: GuidanceBook) -> None:
    decision = talk.hears(parsed((LIKE, 0.4), (FOLLOW, 0.3)))
    assert [(button.label, button.payload) for button in decision.reply.buttons] == [
        (book.topics[LIKE].label, encode(ButtonAction(act=ActionKind.TOPIC, target=LIKE))),
        (book.topics[FOLLOW].label, encode(ButtonAction(act=ActionKind.TOPIC, target=FOLLOW))),
        (texts.BUTTON_NONE, encode(ButtonAction(act=ActionKind.NONE_OF_THESE))),
    ]


def test_options_are_numbered_and_told_apart_by_their_descriptions(talk: Talk, book: GuidanceBook) -> None:
    lines = words_of(talk.hears(parsed((LIKE, 0.4), (FOLLOW, 0.3)))).splitlines()
    expected = [f"{n}. {book.topics[t].title}: {book.topics[t].description}" for n, t in ((1, LIKE), (2, FOLLOW))]
    assert [line for line in lines if line[:1].isdigit()] == expected


def test_a_question_back_names_no_topic_and_cites_nothing(talk: Talk) -> None:
    decision = talk.asks(LIKE, 0.5)
    assert (decision.topic, decision.aspect, decision.citations, decision.version) == (None, None, (), None)


def test_a_question_back_remembers_the_options_and_the_topic_talked_about(talk: Talk) -> None:
    talk.hears(parsed((PARTY_EVENT, 0.9), (GROUP_CHAT, 0.05)))
    decision = talk.hears(parsed((LIKE, 0.4), (FOLLOW, 0.3)))
    assert decision.conversation == Conversation(topic=PARTY_EVENT, version=1, options=(LIKE, FOLLOW))


# Out of scope and unknown


def test_a_topic_however_sure_is_only_offered_where_the_question_may_be_none_of_ours(talk: Talk) -> None:
    assert talk.hears(parsed((LIKE, 0.99), out_of_scope=0.2, doubt=0.2)).options == (LIKE,)
    assert talk.hears(parsed((LIKE, 0.99), out_of_scope=0.19, doubt=0.2)).topic == LIKE


def test_a_question_out_of_scope_is_not_answered_however_sure(talk: Talk) -> None:
    decision = talk.asks("di_luar_cakupan", 0.99)
    assert (decision.kind, decision.topic, decision.options) == (DecisionKind.FALLBACK, None, ())


@pytest.mark.parametrize(
    ("score", "kind"), [(0.49, DecisionKind.ANSWER), (0.5, DecisionKind.FALLBACK), (1.0, DecisionKind.FALLBACK)]
)
def test_a_sure_topic_gives_way_to_a_score_that_says_it_is_not_ours(
    talk: Talk, score: float, kind: DecisionKind
) -> None:
    assert talk.hears(parsed((LIKE, 0.99), out_of_scope=score)).kind == kind


def test_a_sure_conversation_intent_is_ours_whatever_the_score(talk: Talk) -> None:
    assert talk.hears(parsed(("terima_kasih", 0.8), out_of_scope=0.99)).kind == DecisionKind.SMALLTALK


def test_an_unsure_conversation_intent_gives_way_to_the_score(talk: Talk) -> None:
    assert talk.hears(parsed(("terima_kasih", 0.79), out_of_scope=0.5)).kind == DecisionKind.FALLBACK


def test_an_intent_that_nobody_knows_is_a_fallback(talk: Talk) -> None:
    assert talk.asks("bukan_intent_kami").kind == DecisionKind.FALLBACK


def test_not_knowing_leaves_the_conversation_as_it_was(talk: Talk) -> None:
    talk.asks(LIKE)
    before = talk.conversation
    assert talk.asks("di_luar_cakupan").conversation == before


@pytest.mark.parametrize("intent", ["di_luar_cakupan", "hubungi_manusia"])
def test_the_agency_s_contact_is_shown_when_it_is_set(talk: Talk, book: GuidanceBook, intent: str) -> None:
    talk.book = replace(book, contact="BKPSDM lantai 2")
    assert texts.ASK_CONTACT.format(contact="BKPSDM lantai 2") in words_of(talk.asks(intent)).splitlines()


def test_no_contact_is_invented_when_none_is_set(talk: Talk) -> None:
    assert words_of(talk.asks("hubungi_manusia")) == texts.ASK_PEOPLE


# Small talk and refusal


@pytest.mark.parametrize("intent", list(canned.REPLIES))
def test_small_talk_has_a_fixed_reply_for_each_of_its_intents(talk: Talk, intent: str) -> None:
    decision = talk.asks(intent, 0.2)
    assert (decision.kind, decision.reply) == (DecisionKind.SMALLTALK, canned.REPLIES[intent])


def test_a_call_for_help_gets_the_help_text(talk: Talk) -> None:
    decision = talk.asks("bantuan")
    assert (decision.kind, decision.reply) == (DecisionKind.SMALLTALK, canned.help_text())


def test_a_question_for_an_opinion_is_refused(talk: Talk) -> None:
    decision = talk.asks("minta_opini")
    assert (decision.kind, decision.reply, decision.topic) == (DecisionKind.REFUSE, canned.refusal(), None)


def test_of_the_topics_just_offered_one_is_picked_by_its_name_or_a_paraphrase(talk: Talk) -> None:
    offered = talk.hears(parsed((LIKE, 0.4), (FOLLOW, 0.3)))
    assert offered.options == (LIKE, FOLLOW)
    decision = talk.hears(parsed((FOLLOW, 0.4), (LIKE, 0.3)))
    assert (decision.kind, decision.topic) == (DecisionKind.ANSWER, FOLLOW)


@pytest.mark.parametrize(("confidence", "kind"), [(0.2, DecisionKind.REFUSE), (0.19, DecisionKind.FALLBACK)])
def test_a_strangers_question_that_may_ask_for_an_opinion_is_refused_one(
    talk: Talk, confidence: float, kind: DecisionKind
) -> None:
    heard = parsed(("di_luar_cakupan", 0.7), ("minta_opini", confidence), out_of_scope=0.95)
    assert talk.hears(heard).kind == kind


def test_a_question_that_is_only_doubtfully_a_strangers_is_offered_topics(talk: Talk) -> None:
    decision = talk.hears(parsed(("di_luar_cakupan", 0.5), (LIKE, 0.4), out_of_scope=0.3))
    assert (decision.kind, decision.options) == (DecisionKind.CLARIFY, (LIKE,))


@pytest.mark.parametrize("intent", ["minta_opini", "sapa", "tanya_sanksi", "pilih_opsi"])
def test_a_conversation_intent_below_the_clarify_band_is_not_followed(talk: Talk, intent: str) -> None:
    talk.asks(LIKE)
    decision = talk.asks(intent, 0.19)
    assert (decision.kind, decision.topic) == (DecisionKind.FALLBACK, None)


def test_small_talk_leaves_the_conversation_as_it_was(talk: Talk) -> None:
    talk.asks(LIKE)
    before = talk.conversation
    assert talk.asks("terima_kasih").conversation == before


# Withheld answers


def _with_revoked_basis(book: GuidanceBook) -> GuidanceBook:
    code = book.entries[LIKE].bases()[0].instrument
    revoked = replace(book.instruments[code], status=InstrumentStatus.REVOKED, in_force_to=None)
    return replace(book, instruments={**book.instruments, code: revoked})


def _with_history_only(book: GuidanceBook) -> GuidanceBook:
    return edited(book, LIKE, citations=book.entries[LIKE].backgrounds())


def _past_review(book: GuidanceBook) -> GuidanceBook:
    return withholding(book, LIKE)


@pytest.mark.parametrize("spoil", [_with_revoked_basis, _with_history_only, _past_review])
def test_an_answer_without_a_standing_source_is_a_fallback_that_names_its_topic(
    talk: Talk, book: GuidanceBook, spoil: Callable[[GuidanceBook], GuidanceBook]
) -> None:
    talk.book = spoil(book)
    decision = talk.asks(LIKE)
    actual = (decision.kind, decision.topic, decision.aspect, decision.citations, decision.version, decision.options)
    assert actual == (DecisionKind.FALLBACK, LIKE, None, (), None, ())


def test_a_withheld_answer_says_so_and_where_to_ask_and_nothing_else(talk: Talk, book: GuidanceBook) -> None:
    talk.book = withholding(book, LIKE)
    said = texts.WITHHELD.format(title=book.topics[LIKE].title)
    assert words_of(talk.asks(LIKE)) == f"{said}\n\n{texts.ASK_PEOPLE}"


def test_an_answer_not_written_yet_is_told_apart_from_one_withheld(talk: Talk, book: GuidanceBook) -> None:
    talk.book = without_answer(book, LIKE)
    said = texts.NOT_WRITTEN.format(title=book.topics[LIKE].title)
    decision = talk.asks(LIKE)
    assert (decision.kind, decision.topic, headline(decision)) == (DecisionKind.FALLBACK, LIKE, [said])


@pytest.mark.parametrize(
    ("utc_hour", "kind"),
    [(16, DecisionKind.ANSWER), (17, DecisionKind.FALLBACK)],
    ids=["the last day", "after midnight"],
)
def test_the_review_day_ends_at_midnight_of_the_clock_s_own_zone(
    talk: Talk, book: GuidanceBook, utc_hour: int, kind: DecisionKind
) -> None:
    talk.book = edited(book, LIKE, review_by=date(2026, 11, 24))
    talk.now = datetime(2026, 11, 24, utc_hour, 30, tzinfo=UTC).astimezone(ZoneInfo("Asia/Jakarta"))
    assert talk.asks(LIKE).kind == kind


# Role, stage and variants


def test_a_missing_role_or_stage_never_turns_an_answer_into_a_question(book: GuidanceBook, now: datetime) -> None:
    asked = {topic: Talk(book, now).asks(topic) for topic in book.topics}
    assert {topic: (d.kind, d.options) for topic, d in asked.items()} == dict.fromkeys(
        book.topics, (DecisionKind.ANSWER, ())
    )


def test_without_a_situation_the_general_verdict_is_given_and_the_variants_are_buttons(
    book: GuidanceBook, now: datetime
) -> None:
    asked = {topic: Talk(book, now).asks(topic) for topic in book.topics}
    general = {
        topic: [texts.VERDICTS[entry.verdict], book.topics[topic].title] for topic, entry in book.entries.items()
    }
    offered = {topic: [v.label for v in entry.variants[:3]] for topic, entry in book.entries.items()}
    assert {topic: headline(d) for topic, d in asked.items()} == general
    assert {topic: [x for x in labels(d) if x in offered[topic]] for topic, d in asked.items()} == offered


@pytest.mark.parametrize(
    ("topic", "slot", "value"),
    [
        (PARTY_EVENT, Slot.ROLE, "pppk"),
        (PARTY_EVENT, Slot.ROLE, "sekda"),
        (LIKE, Slot.STAGE, "kampanye"),
        (PRESSURE, Slot.ELECTION, "pilkada"),
    ],
)
def test_a_said_situation_leads_to_its_variant(
    talk: Talk, book: GuidanceBook, topic: str, slot: Slot, value: str
) -> None:
    decision = talk.asks(topic, said={slot: value})
    assert headline(decision)[2:] == [variant_label(book, topic, **{slot: value})]


def test_a_variant_in_the_answer_leaves_the_aspect_an_answer_and_the_general_rule_in_it(
    talk: Talk, book: GuidanceBook
) -> None:
    decision = talk.asks(PARTY_EVENT, said={Slot.ROLE: "pppk"})
    assert decision.aspect == Aspect.ANSWER
    assert book.entries[PARTY_EVENT].short in words_of(decision)


@pytest.mark.parametrize("stage", [Stage.BEFORE_CANDIDATES, Stage.CAMPAIGN])
def test_the_calendar_s_stage_leads_to_its_variant(talk: Talk, book: GuidanceBook, stage: Stage) -> None:
    talk.stage = stage
    assert headline(talk.asks(LIKE))[2:] == [variant_label(book, LIKE, tahapan=stage)]


def test_a_said_stage_outranks_the_calendar_s(talk: Talk, book: GuidanceBook) -> None:
    talk.stage = Stage.CAMPAIGN
    decision = talk.asks(LIKE, said={Slot.STAGE: Stage.BEFORE_CANDIDATES})
    assert headline(decision)[2:] == [variant_label(book, LIKE, tahapan=Stage.BEFORE_CANDIDATES)]


def test_a_stage_said_before_outranks_the_calendar_s(talk: Talk, book: GuidanceBook) -> None:
    talk.stage = Stage.CAMPAIGN
    talk.asks(PARTY_EVENT, said={Slot.STAGE: Stage.BEFORE_CANDIDATES})
    assert headline(talk.asks(LIKE))[2:] == [variant_label(book, LIKE, tahapan=Stage.BEFORE_CANDIDATES)]


def test_the_calendar_s_stage_is_not_taken_for_something_said(talk: Talk) -> None:
    talk.stage = Stage.CAMPAIGN
    assert talk.asks(LIKE).conversation.slots == {}


def test_of_two_values_for_one_slot_the_first_counts(talk: Talk) -> None:
    one, other = (parsed((PARTY_EVENT, 0.9), entities={Slot.ROLE: role}) for role in ("pppk", "sekda"))
    both: Parse = replace(one, entities=(*one.entities, *other.entities))
    assert talk.hears(both).conversation.slots == {Slot.ROLE: "pppk"}


def test_what_is_no_fact_of_the_situation_is_not_remembered(talk: Talk) -> None:
    said = {"urutan": "2", "nama_orang": "Budi", Slot.ROLE: "pns"}
    assert talk.asks(PARTY_EVENT, said=said).conversation.slots == {Slot.ROLE: "pns"}


# Pressure by a superior

OF_A_CONVERSATION = [
    *("tanya_sanksi", "tanya_dasar_hukum", "tanya_pengecualian", "ganti_konteks", "pilih_opsi", "bukan_itu"),
    *("ya", "tidak", "sapa", "bantuan", "hubungi_manusia", "minta_opini", "umpan_balik_negatif", "bukan_intent_kami"),
]


@pytest.mark.parametrize("confidence", [0.9, 0.2])
@pytest.mark.parametrize("intent", OF_A_CONVERSATION)
def test_pressure_is_looked_at_before_what_else_was_meant(talk: Talk, intent: str, confidence: float) -> None:
    talk.hears(parsed((PARTY_EVENT, 0.9), (LIKE, 0.05)))
    decision = talk.asks(intent, confidence, said={**PRESSED, Slot.ROLE: "pppk"}, words=3)
    assert (decision.kind, decision.topic, decision.aspect) == (DecisionKind.ANSWER, PRESSURE, Aspect.ANSWER)
    assert headline(decision) == [texts.PRESSURE]


@pytest.mark.parametrize("intent", OF_A_CONVERSATION)
def test_pressure_in_a_guess_below_the_clarify_band_is_not_looked_at(talk: Talk, intent: str) -> None:
    assert texts.PRESSURE not in words_of(talk.asks(intent, 0.19, said=PRESSED))


@pytest.mark.parametrize(("intent", "score"), [("di_luar_cakupan", 0.0), (LIKE, 0.5)])
def test_pressure_in_a_question_out_of_scope_is_not_ours(talk: Talk, intent: str, score: float) -> None:
    decision = talk.hears(parsed((intent, 0.9), entities=PRESSED, out_of_scope=score))
    assert (decision.kind, decision.topic) == (DecisionKind.FALLBACK, None)


def test_under_pressure_a_follow_up_leads_to_the_likely_act(talk: Talk, book: GuidanceBook) -> None:
    decision = talk.hears(parsed(("tanya_sanksi", 0.6), (LIKE, 0.3), entities=PRESSED))
    assert words_of(decision).endswith(texts.ALSO_ACT.format(title=book.topics[LIKE].title))


def test_under_pressure_only_acts_that_can_be_answered_and_are_likely_are_offered(
    talk: Talk, book: GuidanceBook
) -> None:
    talk.book = without_answer(withholding(book, FOLLOW), GROUP_CHAT)
    ranking = ((LIKE, 0.5), (FOLLOW, 0.2), (GROUP_CHAT, 0.1), (PARTY_EVENT, 0.02), (POSTING, 0.019))
    assert talk.hears(parsed(*ranking, entities=PRESSED)).conversation.alternatives == (LIKE, PARTY_EVENT)


@pytest.mark.parametrize("spoil", [withholding, without_answer])
def test_under_pressure_no_button_leads_to_an_act_that_cannot_be_answered(
    talk: Talk, book: GuidanceBook, spoil: Callable[[GuidanceBook, str], GuidanceBook]
) -> None:
    talk.book = spoil(book, LIKE)
    decision = talk.asks(LIKE, said=PRESSED)
    assert (decision.topic, decision.conversation.alternatives) == (PRESSURE, ())
    assert texts.BUTTON_ACT not in labels(decision)


@pytest.mark.parametrize("confidence", [0.9, 0.2])
def test_pressure_gets_the_protected_channels_first(talk: Talk, book: GuidanceBook, confidence: float) -> None:
    decision = talk.asks(LIKE, confidence, said=PRESSED)
    assert (decision.kind, decision.topic, decision.aspect) == (DecisionKind.ANSWER, PRESSURE, Aspect.ANSWER)
    assert headline(decision) == [texts.PRESSURE]
    assert book.entries[PRESSURE].short in words_of(decision)


def test_under_pressure_the_first_button_leads_to_the_act_itself(talk: Talk, book: GuidanceBook) -> None:
    decision = talk.asks(LIKE, said=PRESSED)
    first = decision.reply.buttons[0]
    assert (first.label, first.payload) == (texts.BUTTON_ACT, encode(ButtonAction(act=ActionKind.TOPIC, target=LIKE)))
    assert words_of(decision).endswith(texts.ALSO_ACT.format(title=book.topics[LIKE].title))


def test_after_pressure_a_not_that_offers_the_act(talk: Talk) -> None:
    decision = talk.hears(parsed((LIKE, 0.5), (PRESSURE, 0.3), ("tanya_sanksi", 0.1), (FOLLOW, 0.1), entities=PRESSED))
    assert decision.conversation.alternatives == (LIKE, FOLLOW)
    assert talk.asks("bukan_itu").options == (LIKE, FOLLOW)


def test_a_question_about_the_order_itself_has_no_act_to_lead_to(talk: Talk) -> None:
    decision = talk.hears(parsed((PRESSURE, 0.9), (LIKE, 0.05), entities=PRESSED))
    assert headline(decision) == [texts.PRESSURE]
    assert texts.BUTTON_ACT not in labels(decision)


def test_without_signs_of_pressure_nothing_is_said_of_it(talk: Talk) -> None:
    assert texts.PRESSURE not in words_of(talk.asks(PRESSURE))


def test_pressure_does_not_lift_a_guess_below_the_clarify_band(talk: Talk) -> None:
    assert talk.asks(LIKE, 0.19, said=PRESSED).kind == DecisionKind.FALLBACK


def test_pressure_keeps_the_situation_that_was_said_with_it(talk: Talk, book: GuidanceBook) -> None:
    decision = talk.asks(LIKE, said={**PRESSED, Slot.ELECTION: "pilkada"})
    assert decision.conversation.slots == {Slot.ELECTION: "pilkada"}
    assert variant_label(book, PRESSURE, jenis_pemilihan="pilkada") in words_of(decision)


def test_withheld_channels_are_named_and_not_replaced_by_the_act_s_answer(talk: Talk, book: GuidanceBook) -> None:
    talk.book = withholding(book, PRESSURE)
    decision = talk.asks(LIKE, said=PRESSED)
    assert (decision.kind, decision.topic) == (DecisionKind.FALLBACK, PRESSURE)


def test_with_the_channels_withheld_an_unsure_act_is_asked_about(talk: Talk, book: GuidanceBook) -> None:
    talk.book = withholding(book, PRESSURE)
    decision = talk.hears(parsed((LIKE, 0.5), (PRESSURE, 0.3), entities=PRESSED))
    assert (decision.kind, decision.options) == (DecisionKind.CLARIFY, (LIKE,))


def test_deciding_changes_nothing_of_what_was_remembered_before(talk: Talk) -> None:
    slots = {Slot.ROLE: "pns"}
    talk.conversation = Conversation(topic=LIKE, slots=slots)
    talk.asks(PARTY_EVENT, said={Slot.ROLE: "pppk", Slot.FAMILY: "pasangan"})
    assert slots == {Slot.ROLE: "pns"}


def test_pressure_without_the_topic_about_it_is_unknown(talk: Talk, book: GuidanceBook) -> None:
    talk.book = without_topic(book, PRESSURE)
    decision = talk.asks("minta_opini", said=PRESSED)
    assert (decision.kind, decision.topic) == (DecisionKind.FALLBACK, None)
