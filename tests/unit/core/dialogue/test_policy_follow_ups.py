"""How a turn that only makes sense after another one is understood."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from bot.core.dialogue.conversation import LAST_ORDINAL, ORDINAL_ENTITY, Conversation, Thumb
from bot.core.dialogue.decision import Decision, DecisionKind, Feedback
from bot.core.dialogue.policy import LEGAL_BASIS_TOPIC, SANCTION_TOPIC
from bot.core.guidance.book import GuidanceBook
from bot.core.replies import canned, texts
from bot.core.vocabulary import Aspect, Slot, Stage
from tests.fakes.interpreter import parsed
from tests.unit.core.dialogue.policy_talk import (
    CAMPAIGN_EVENT,
    FOLLOW,
    GROUP_CHAT,
    LIKE,
    PARTY_EVENT,
    POSTING,
    SIGNS,
    Talk,
    edited,
    headline,
    variant_label,
    withholding,
    without_topic,
    words_of,
)

ASPECTS = [
    ("tanya_sanksi", Aspect.SANCTION, texts.SANCTION),
    ("tanya_dasar_hukum", Aspect.LEGAL_BASIS, texts.BUTTON_LEGAL_BASIS),
    ("tanya_pengecualian", Aspect.EXCEPTION, texts.EXCEPTIONS),
]
SITUATION = "ganti_konteks"
FOLLOW_UPS = ["tanya_sanksi", "tanya_dasar_hukum", "tanya_pengecualian", SITUATION]
TWO_LIKELY = ((LIKE, 0.4), (FOLLOW, 0.3))


@pytest.fixture
def talk(book: GuidanceBook, now: datetime) -> Talk:
    return Talk(book, now)


# One part of the topic talked about


@pytest.mark.parametrize(("intent", "aspect", "title"), ASPECTS)
def test_a_follow_up_keeps_the_topic_and_names_the_aspect(
    talk: Talk, book: GuidanceBook, intent: str, aspect: Aspect, title: str
) -> None:
    talk.asks(LIKE)
    decision = talk.asks(intent)
    assert (decision.kind, decision.topic, decision.aspect) == (DecisionKind.ANSWER, LIKE, aspect)
    assert headline(decision) == [title, book.topics[LIKE].title]


@pytest.mark.parametrize("intent", FOLLOW_UPS)
def test_a_follow_up_cites_what_the_answer_cites(talk: Talk, book: GuidanceBook, intent: str) -> None:
    talk.asks(LIKE)
    decision = talk.asks(intent)
    entry = book.entries[LIKE]
    assert (decision.citations, decision.version) == ((*entry.bases(), *entry.backgrounds()), entry.version)


def test_follow_ups_may_follow_each_other_on_one_topic(talk: Talk) -> None:
    talk.asks(LIKE)
    assert [talk.asks(intent).topic for intent in (*FOLLOW_UPS, *FOLLOW_UPS)] == [LIKE] * 8


@pytest.mark.parametrize("confidence", [0.9, 0.5, 0.2])
def test_a_follow_up_is_followed_above_the_fallback_band(talk: Talk, confidence: float) -> None:
    talk.asks(LIKE)
    assert talk.asks("tanya_sanksi", confidence).aspect == Aspect.SANCTION


def test_a_follow_up_keeps_what_was_said_and_drops_the_options(talk: Talk) -> None:
    talk.conversation = Conversation(topic=LIKE, options=(FOLLOW,), alternatives=(POSTING,), slots={Slot.ROLE: "pns"})
    expected = Conversation(topic=LIKE, version=1, alternatives=(POSTING,), slots={Slot.ROLE: "pns"})
    assert talk.asks("tanya_sanksi").conversation == expected


@pytest.mark.parametrize(("intent", "aspect", "title"), ASPECTS)
def test_what_is_said_in_a_follow_up_is_remembered(talk: Talk, intent: str, aspect: Aspect, title: str) -> None:
    talk.asks(LIKE, said={Slot.ROLE: "pns", Slot.FAMILY: "pasangan"})
    decision = talk.asks(intent, said={Slot.ROLE: "pppk", Slot.STAGE: "kampanye"})
    assert (decision.aspect, headline(decision)[0]) == (aspect, title)
    assert decision.conversation.slots == {Slot.ROLE: "pppk", Slot.FAMILY: "pasangan", Slot.STAGE: "kampanye"}


@pytest.mark.parametrize("intent", FOLLOW_UPS)
def test_a_follow_up_on_an_answer_withheld_since_is_withheld_too(talk: Talk, book: GuidanceBook, intent: str) -> None:
    talk.asks(LIKE)
    talk.book = withholding(book, LIKE)
    decision = talk.asks(intent)
    assert (decision.kind, decision.topic, decision.aspect, decision.citations) == (
        DecisionKind.FALLBACK,
        LIKE,
        None,
        (),
    )


@pytest.mark.parametrize(
    ("intent", "topic"), [("tanya_sanksi", SANCTION_TOPIC), ("tanya_dasar_hukum", LEGAL_BASIS_TOPIC)]
)
def test_asked_out_of_the_blue_the_topic_about_that_part_answers(talk: Talk, intent: str, topic: str) -> None:
    decision = talk.asks(intent)
    assert (decision.kind, decision.topic, decision.aspect) == (DecisionKind.ANSWER, topic, Aspect.ANSWER)


def test_what_is_said_in_a_follow_up_out_of_the_blue_is_remembered_too(talk: Talk) -> None:
    assert talk.asks("tanya_sanksi", said={Slot.ROLE: "pppk"}).conversation.slots == {Slot.ROLE: "pppk"}


@pytest.mark.parametrize("intent", FOLLOW_UPS)
def test_a_follow_up_after_a_withheld_answer_is_not_answered_from_the_topic_before_it(
    talk: Talk, book: GuidanceBook, intent: str
) -> None:
    talk.book = withholding(book, LIKE)
    talk.asks(PARTY_EVENT, said={Slot.ROLE: "pns", Slot.FAMILY: "pasangan"})
    assert talk.asks(LIKE).conversation == Conversation(topic=LIKE, slots={Slot.ROLE: "pns"})
    decision = talk.asks(intent, said={Slot.ROLE: "pppk"})
    assert (decision.kind, decision.topic, decision.aspect, decision.citations) == (
        DecisionKind.FALLBACK,
        LIKE,
        None,
        (),
    )


@pytest.mark.parametrize("intent", ["tanya_pengecualian", SITUATION, "pilih_opsi"])
def test_asked_out_of_the_blue_what_needs_a_topic_is_asked_back(talk: Talk, intent: str) -> None:
    decision = talk.asks(intent)
    assert (decision.kind, decision.topic, headline(decision)) == (DecisionKind.FALLBACK, None, [texts.WHICH_TOPIC])


def test_without_the_topic_about_sanctions_the_topic_is_asked_for(talk: Talk, book: GuidanceBook) -> None:
    talk.book = without_topic(book, SANCTION_TOPIC)
    assert headline(talk.asks("tanya_sanksi")) == [texts.WHICH_TOPIC]


# Another situation


def test_another_role_gives_its_variant_of_the_same_topic(talk: Talk, book: GuidanceBook) -> None:
    talk.asks(PARTY_EVENT)
    decision = talk.asks(SITUATION, said={Slot.ROLE: "pppk"}, words=2)
    assert (decision.kind, decision.topic, decision.aspect) == (DecisionKind.ANSWER, PARTY_EVENT, Aspect.VARIANT)
    assert headline(decision)[1:] == [book.topics[PARTY_EVENT].title, variant_label(book, PARTY_EVENT, peran="pppk")]


def test_a_situation_of_many_words_is_followed_too(talk: Talk) -> None:
    talk.asks(PARTY_EVENT)
    assert talk.asks(SITUATION, said={Slot.ROLE: "pppk"}, words=20).aspect == Aspect.VARIANT


def test_a_situation_is_remembered_over_the_one_said_before(talk: Talk) -> None:
    talk.asks(PARTY_EVENT, said={Slot.ROLE: "pns", Slot.ELECTION: "pilkada"})
    decision = talk.asks(SITUATION, said={Slot.ROLE: "pppk"})
    assert decision.conversation.slots == {Slot.ROLE: "pppk", Slot.ELECTION: "pilkada"}


def test_a_situation_without_a_variant_says_so_and_gives_the_general_rule(talk: Talk, book: GuidanceBook) -> None:
    talk.asks(LIKE)
    decision = talk.asks(SITUATION, said={Slot.ROLE: "guru"})
    said = words_of(decision).split("\n\n")[1:3]
    assert (decision.aspect, said) == (Aspect.VARIANT, [texts.NO_VARIANT, book.entries[LIKE].short])


def test_what_was_just_said_must_take_part_in_the_variant(talk: Talk, book: GuidanceBook) -> None:
    talk.asks(SIGNS, said={Slot.STAGE: Stage.CAMPAIGN})
    decision = talk.asks(SITUATION, said={Slot.ROLE: "pppk"})
    assert headline(decision)[2:] == [variant_label(book, SIGNS, peran="pppk")]


def test_an_older_situation_does_not_answer_a_question_about_another(talk: Talk, book: GuidanceBook) -> None:
    talk.asks(LIKE, said={Slot.STAGE: Stage.CAMPAIGN})
    decision = talk.asks(SITUATION, said={Slot.ROLE: "guru"})
    assert headline(decision) == [texts.VERDICTS[book.entries[LIKE].verdict], book.topics[LIKE].title]


def test_the_calendar_s_stage_does_not_answer_a_question_about_a_role(talk: Talk, book: GuidanceBook) -> None:
    talk.stage = Stage.CAMPAIGN
    talk.asks(SIGNS)
    decision = talk.asks(SITUATION, said={Slot.ROLE: "pppk"})
    assert headline(decision)[2:] == [variant_label(book, SIGNS, peran="pppk")]


def test_a_stage_said_now_outranks_the_calendar_s(talk: Talk, book: GuidanceBook) -> None:
    talk.stage = Stage.CAMPAIGN
    talk.asks(LIKE)
    decision = talk.asks(SITUATION, said={Slot.STAGE: Stage.BEFORE_CANDIDATES})
    assert headline(decision)[2:] == [variant_label(book, LIKE, tahapan=Stage.BEFORE_CANDIDATES)]


def test_what_was_said_before_joins_what_is_said_now(talk: Talk, book: GuidanceBook) -> None:
    talk.asks("diskusi_pribadi", said={Slot.MEDIUM: "tatap_muka"})
    decision = talk.asks(SITUATION, said={Slot.ROLE: "sekda"})
    both = variant_label(book, "diskusi_pribadi", peran="sekda", kanal="tatap_muka")
    assert headline(decision)[2:] == [both]


# A few words that only name a situation


def _guess(words: int = 3, confidence: float = 0.5, at: int = 1) -> Callable[[Talk], Decision]:
    """Make an unsure parse of "saya PPPK" with the changed situation at this place of the ranking."""
    ranking = [(PARTY_EVENT, confidence), (FOLLOW, 0.1), (POSTING, 0.09), (GROUP_CHAT, 0.08)]
    ranking.insert(at, (SITUATION, confidence if at == 0 else ranking[at - 1][1] - 0.005))
    return lambda talk: talk.hears(parsed(*ranking, entities={Slot.ROLE: "pppk"}, words=words))


@pytest.mark.parametrize("guess", [_guess(words=5), _guess(words=1), _guess(at=2), _guess(at=0, confidence=0.1)])
def test_a_few_words_that_name_a_situation_stay_on_the_topic(talk: Talk, guess: Callable[[Talk], Decision]) -> None:
    talk.asks(PARTY_EVENT)
    decision = guess(talk)
    assert (decision.topic, decision.aspect) == (PARTY_EVENT, Aspect.VARIANT)


@pytest.mark.parametrize("guess", [_guess(words=6), _guess(at=3)], ids=["too many words", "not among the likely"])
def test_a_longer_or_farther_guess_is_asked_about(talk: Talk, guess: Callable[[Talk], Decision]) -> None:
    talk.asks(LIKE)
    assert guess(talk).kind == DecisionKind.CLARIFY


def test_a_sure_topic_is_answered_however_short_the_question(talk: Talk) -> None:
    talk.asks(LIKE)
    decision = _guess(confidence=0.85)(talk)
    assert (decision.topic, decision.aspect) == (PARTY_EVENT, Aspect.ANSWER)


def test_without_a_topic_a_few_words_are_a_question_of_their_own(talk: Talk) -> None:
    assert _guess()(talk).kind == DecisionKind.CLARIFY


def test_a_few_words_that_name_no_situation_are_a_question_of_their_own(talk: Talk) -> None:
    talk.asks(LIKE)
    decision = talk.hears(parsed((PARTY_EVENT, 0.5), (SITUATION, 0.4), words=3))
    assert decision.kind == DecisionKind.CLARIFY


def test_a_few_words_that_are_likeliest_not_ours_are_no_situation(talk: Talk) -> None:
    talk.asks(PARTY_EVENT)
    decision = talk.hears(parsed(("di_luar_cakupan", 0.5), (SITUATION, 0.4), entities={Slot.ROLE: "pppk"}, words=3))
    assert decision.kind == DecisionKind.FALLBACK


# Words that say no more than a situation or an aspect, whatever intent was guessed


@pytest.mark.parametrize(
    ("said", "others"),
    [
        ({Slot.ROLE: "sekda"}, ()),
        ({Slot.ELECTION: "pilkades"}, ()),
        ({Slot.FAMILY: "pasangan"}, ("nyalon",)),
        ({Slot.STAGE: "kampanye"}, ("ditetapkan", "calon")),
    ],
)
def test_a_bare_situation_stays_on_the_topic_even_when_another_topic_is_sure(
    talk: Talk, said: dict[str, str], others: tuple[str, ...]
) -> None:
    talk.asks(PARTY_EVENT)
    decision = talk.hears(parsed((FOLLOW, 0.99), entities=said, out_of_scope=0.9, words=4, others=others))
    assert (decision.topic, decision.aspect) == (PARTY_EVENT, Aspect.VARIANT)


@pytest.mark.parametrize(("others", "words"), [(("ikut",), 4), (("nyalon",), 4), ((), 11)])
def test_a_role_with_an_act_or_in_a_story_is_a_question_of_its_own(
    talk: Talk, others: tuple[str, ...], words: int
) -> None:
    talk.asks(PARTY_EVENT)
    decision = talk.hears(parsed((FOLLOW, 0.99), entities={Slot.ROLE: "pppk"}, words=words, others=others))
    assert (decision.topic, decision.aspect) == (FOLLOW, Aspect.ANSWER)


def test_one_more_word_that_leads_back_to_the_topic_is_a_situation_of_it(talk: Talk) -> None:
    talk.asks(PARTY_EVENT)
    decision = talk.hears(parsed((PARTY_EVENT, 0.9), entities={Slot.ROLE: "pppk"}, words=4, others=("datang",)))
    assert (decision.topic, decision.aspect) == (PARTY_EVENT, Aspect.VARIANT)


@pytest.mark.parametrize(
    ("others", "aspect"),
    [
        (("pasal", "berapa"), Aspect.LEGAL_BASIS),
        (("hukuman",), Aspect.SANCTION),
        (("kecuali",), Aspect.EXCEPTION),
    ],
)
def test_the_bare_name_of_an_aspect_is_that_of_the_topic_talked_about(
    talk: Talk, others: tuple[str, ...], aspect: Aspect
) -> None:
    talk.asks(LIKE)
    decision = talk.hears(parsed((LEGAL_BASIS_TOPIC, 0.9), words=3, others=others))
    assert (decision.topic, decision.aspect) == (LIKE, aspect)


@pytest.mark.parametrize("others", [("pasal", "mutasi"), ("pasal", "sanksi")])
def test_an_aspect_of_another_matter_is_a_question_of_its_own(talk: Talk, others: tuple[str, ...]) -> None:
    talk.asks(LIKE)
    assert talk.hears(parsed((LEGAL_BASIS_TOPIC, 0.9), words=3, others=others)).topic == LEGAL_BASIS_TOPIC


def test_out_of_the_blue_the_name_of_an_aspect_is_its_own_topic(talk: Talk) -> None:
    assert talk.hears(parsed((LEGAL_BASIS_TOPIC, 0.9), others=("pasal",))).topic == LEGAL_BASIS_TOPIC


# Picking an option


@pytest.mark.parametrize(("ordinal", "topic"), [("1", LIKE), ("2", FOLLOW), ("3", POSTING)])
def test_an_option_is_picked_by_its_number(talk: Talk, ordinal: str, topic: str) -> None:
    talk.hears(parsed(*TWO_LIKELY, (POSTING, 0.1)))
    decision = talk.asks("pilih_opsi", said={ORDINAL_ENTITY: ordinal})
    assert (decision.kind, decision.topic, decision.aspect) == (DecisionKind.ANSWER, topic, Aspect.ANSWER)
    assert decision.conversation == Conversation(topic=topic, version=1)


@pytest.mark.parametrize(
    ("ranking", "topic"), [((*TWO_LIKELY, (POSTING, 0.1)), POSTING), (TWO_LIKELY, FOLLOW), (((LIKE, 0.4),), LIKE)]
)
def test_the_last_option_is_picked_by_being_last(
    talk: Talk, ranking: tuple[tuple[str, float], ...], topic: str
) -> None:
    talk.hears(parsed(*ranking))
    decision = talk.asks("pilih_opsi", said={ORDINAL_ENTITY: LAST_ORDINAL})
    assert (decision.kind, decision.topic, decision.aspect) == (DecisionKind.ANSWER, topic, Aspect.ANSWER)


def test_a_picked_option_is_answered_for_the_situation_said_in_the_question(talk: Talk, book: GuidanceBook) -> None:
    talk.hears(parsed((CAMPAIGN_EVENT, 0.4), (LIKE, 0.3), entities={Slot.FAMILY: "pasangan"}))
    decision = talk.asks("pilih_opsi", said={ORDINAL_ENTITY: "1"})
    assert headline(decision)[2:] == [variant_label(book, CAMPAIGN_EVENT, hubungan_keluarga="pasangan")]


@pytest.mark.parametrize(
    "said", [*({ORDINAL_ENTITY: ordinal} for ordinal in ("3", "0", "-1", "²", "٢", "kedua", "")), {}]
)
def test_a_pick_that_names_no_option_is_asked_again(talk: Talk, said: dict[str, str]) -> None:
    talk.hears(parsed(*TWO_LIKELY))
    decision = talk.asks("pilih_opsi", said=said)
    assert (decision.kind, decision.options, headline(decision)) == (
        DecisionKind.CLARIFY,
        (LIKE, FOLLOW),
        [texts.WHICH_OPTION],
    )


def test_a_pick_still_works_after_it_was_asked_again(talk: Talk) -> None:
    talk.hears(parsed(*TWO_LIKELY))
    talk.asks("pilih_opsi")
    assert talk.asks("pilih_opsi", said={ORDINAL_ENTITY: "2"}).topic == FOLLOW


def test_of_two_numbers_the_first_counts(talk: Talk) -> None:
    talk.hears(parsed(*TWO_LIKELY))
    one, other = (parsed(("pilih_opsi", 0.9), entities={ORDINAL_ENTITY: number}) for number in "21")
    assert talk.hears(replace(one, entities=(*one.entities, *other.entities))).topic == FOLLOW


# Yes, no, not that


def test_yes_to_a_single_option_answers_it(talk: Talk) -> None:
    talk.asks(LIKE, 0.5)
    decision = talk.asks("ya")
    assert (decision.kind, decision.topic) == (DecisionKind.ANSWER, LIKE)


def test_yes_to_several_options_asks_which(talk: Talk) -> None:
    talk.hears(parsed(*TWO_LIKELY))
    decision = talk.asks("ya")
    assert (decision.kind, decision.options, headline(decision)) == (
        DecisionKind.CLARIFY,
        (LIKE, FOLLOW),
        [texts.WHICH_OPTION],
    )


@pytest.mark.parametrize("intent", ["ya", "tidak"])
def test_yes_or_no_out_of_the_blue_is_met_with_readiness(talk: Talk, intent: str) -> None:
    decision = talk.asks(intent)
    assert (decision.kind, headline(decision), decision.feedback) == (DecisionKind.SMALLTALK, [texts.READY], None)


@pytest.mark.parametrize("intent", ["tidak", "bukan_itu"])
def test_no_to_the_options_leads_to_the_menu_and_forgets_them(talk: Talk, intent: str) -> None:
    talk.hears(parsed(*TWO_LIKELY))
    decision = talk.asks(intent)
    assert (decision.kind, headline(decision)) == (DecisionKind.FALLBACK, [texts.NOT_THAT_MENU])
    assert decision.conversation == Conversation()


def test_not_that_offers_what_was_next_likely_then_the_menu(talk: Talk) -> None:
    talk.hears(parsed((LIKE, 0.9), (FOLLOW, 0.05), (POSTING, 0.02)))
    first = talk.asks("bukan_itu")
    assert (first.kind, first.options, headline(first)) == (DecisionKind.CLARIFY, (FOLLOW, POSTING), [texts.NOT_THAT])
    second = talk.asks("bukan_itu")
    assert (second.kind, second.options, headline(second)) == (DecisionKind.FALLBACK, (), [texts.NOT_THAT_MENU])


def test_not_that_does_not_offer_what_was_withheld_since(talk: Talk, book: GuidanceBook) -> None:
    talk.hears(parsed((LIKE, 0.9), (FOLLOW, 0.05), (POSTING, 0.02)))
    talk.book = withholding(book, FOLLOW)
    assert talk.asks("bukan_itu").options == (POSTING,)


def test_not_that_with_nothing_left_leads_to_the_menu(talk: Talk) -> None:
    talk.asks(LIKE)
    decision = talk.asks("bukan_itu")
    assert (decision.kind, headline(decision)) == (DecisionKind.FALLBACK, [texts.NOT_THAT_MENU])


def test_what_not_that_offers_can_be_picked_by_number(talk: Talk) -> None:
    talk.hears(parsed((LIKE, 0.9), (FOLLOW, 0.05), (POSTING, 0.02)))
    talk.asks("bukan_itu")
    assert talk.asks("pilih_opsi", said={ORDINAL_ENTITY: "2"}).topic == POSTING


# Feedback


@pytest.mark.parametrize(
    ("intent", "helpful", "thanks"),
    [
        ("umpan_balik_positif", True, texts.FEEDBACK_UP),
        ("ya", True, texts.FEEDBACK_UP),
        ("umpan_balik_negatif", False, texts.FEEDBACK_DOWN),
        ("tidak", False, texts.FEEDBACK_DOWN),
    ],
)
def test_feedback_is_tied_to_the_version_of_the_answer(
    talk: Talk, book: GuidanceBook, intent: str, helpful: bool, thanks: str
) -> None:
    talk.book = edited(book, LIKE, version=4)
    talk.asks(LIKE)
    decision = talk.asks(intent)
    assert (decision.kind, headline(decision)) == (DecisionKind.SMALLTALK, [thanks])
    assert decision.feedback == Feedback(topic=LIKE, version=4, helpful=helpful)


@pytest.mark.parametrize(("thumb", "helpful"), [(Thumb.UP, True), (Thumb.DOWN, False)])
def test_a_thumb_is_feedback_on_the_last_answer(talk: Talk, thumb: Thumb, helpful: bool) -> None:
    talk.asks(LIKE)
    decision = talk.hears(thumb)
    assert decision.feedback == Feedback(topic=LIKE, version=1, helpful=helpful)
    meant = "umpan_balik_positif" if helpful else "umpan_balik_negatif"
    assert (decision.intent, decision.kind) == (meant, DecisionKind.SMALLTALK)


FEEDBACK: dict[str, Callable[[Talk], Decision]] = {
    "thumb": lambda talk: talk.hears(Thumb.UP),
    "yes": lambda talk: talk.asks("ya"),
    "no": lambda talk: talk.asks("tidak"),
    "words": lambda talk: talk.asks("umpan_balik_positif"),
}


@pytest.mark.parametrize("give", list(FEEDBACK.values()), ids=list(FEEDBACK))
def test_feedback_counts_for_the_version_shown_and_not_for_one_published_since(
    talk: Talk, book: GuidanceBook, give: Callable[[Talk], Decision]
) -> None:
    talk.book = edited(book, LIKE, version=4)
    talk.asks(LIKE)
    talk.book = edited(book, LIKE, version=5)
    feedback = give(talk).feedback
    assert (feedback and feedback.topic, feedback and feedback.version) == (LIKE, 4)


def test_a_part_shown_of_a_newer_version_is_what_feedback_then_counts_for(talk: Talk, book: GuidanceBook) -> None:
    talk.asks(LIKE)
    talk.book = edited(book, LIKE, version=2)
    talk.asks("tanya_sanksi")
    assert talk.hears(Thumb.UP).feedback == Feedback(topic=LIKE, version=2, helpful=True)


def test_feedback_on_a_withheld_answer_is_thanked_for_and_counts_for_none(talk: Talk, book: GuidanceBook) -> None:
    talk.asks(PARTY_EVENT)
    talk.book = withholding(book, LIKE)
    talk.asks(LIKE)
    decision = talk.hears(Thumb.UP)
    assert (decision.feedback, decision.reply) == (None, canned.menu_hint(texts.FEEDBACK_UP))


@pytest.mark.parametrize("thumb", list(Thumb))
def test_feedback_before_any_answer_is_thanked_for_and_counts_for_none(talk: Talk, thumb: Thumb) -> None:
    decision = talk.hears(thumb)
    thanks = {Thumb.UP: texts.FEEDBACK_UP, Thumb.DOWN: texts.FEEDBACK_DOWN}[thumb]
    assert (decision.feedback, decision.reply) == (None, canned.menu_hint(thanks))


def test_feedback_keeps_the_topic_so_that_follow_ups_still_work(talk: Talk) -> None:
    talk.asks(LIKE)
    talk.hears(Thumb.UP)
    assert talk.asks("tanya_sanksi").topic == LIKE


# What is kept when the topic changes

EVERYTHING: dict[str, str] = {
    Slot.ROLE: "pppk",
    Slot.STAGE: "kampanye",
    Slot.ELECTION: "pilkada",
    Slot.FAMILY: "pasangan",
    Slot.MEDIUM: "media_sosial",
}
LASTING: dict[str, str] = {Slot.ROLE: "pppk", Slot.STAGE: "kampanye", Slot.ELECTION: "pilkada"}


def test_on_another_topic_role_stage_and_election_stay_true_and_the_rest_is_dropped(talk: Talk) -> None:
    talk.asks(LIKE, said=EVERYTHING)
    assert talk.asks(PARTY_EVENT).conversation.slots == LASTING


def test_on_the_same_topic_everything_said_stays_true(talk: Talk) -> None:
    talk.asks(LIKE, said=EVERYTHING)
    assert talk.asks(LIKE).conversation.slots == EVERYTHING


def test_what_is_said_now_replaces_what_was_said_before(talk: Talk) -> None:
    talk.asks(LIKE, said=EVERYTHING)
    decision = talk.asks(PARTY_EVENT, said={Slot.ROLE: "pns", Slot.FAMILY: "anak"})
    assert decision.conversation.slots == {**LASTING, Slot.ROLE: "pns", Slot.FAMILY: "anak"}


def test_a_kept_role_leads_to_the_variant_of_the_next_topic(talk: Talk, book: GuidanceBook) -> None:
    talk.asks(LIKE, said={Slot.ROLE: "pppk"})
    assert headline(talk.asks(PARTY_EVENT))[2:] == [variant_label(book, PARTY_EVENT, peran="pppk")]


def test_a_question_back_keeps_what_lasts_and_what_was_said_in_it(talk: Talk) -> None:
    talk.asks(POSTING, said=EVERYTHING)
    decision = talk.hears(parsed(*TWO_LIKELY, entities={Slot.FAMILY: "anak"}))
    assert decision.conversation.slots == {**LASTING, Slot.FAMILY: "anak"}
