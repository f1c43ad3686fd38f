"""What a pressed button, a command, or a message without words leads to."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from bot.core.dialogue.conversation import ORDINAL_ENTITY, Command, Conversation, Press, Search, Thumb
from bot.core.dialogue.decision import ConfidenceBand, Decision, DecisionKind, Feedback
from bot.core.guidance.book import GuidanceBook
from bot.core.replies import canned, texts
from bot.core.replies.payload import ActionKind
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Aspect, Slot, Stage, Unreadable
from tests.fakes.interpreter import parsed
from tests.unit.core.dialogue.policy_talk import (
    CAMPAIGN_EVENT,
    FOLLOW,
    LIKE,
    PARTY_EVENT,
    POSTING,
    Talk,
    edited,
    headline,
    labels,
    variant_label,
    withholding,
    without_answer,
    words_of,
)

TOPIC_ACTS = [
    ActionKind.TOPIC,
    ActionKind.EXPLAIN,
    ActionKind.SANCTION,
    ActionKind.LEGAL_BASIS,
    ActionKind.EXCEPTION,
    ActionKind.VARIANT,
]


@pytest.fixture
def talk(book: GuidanceBook, now: datetime) -> Talk:
    return Talk(book, now)


# Buttons on a topic


@pytest.mark.parametrize(
    ("act", "aspect", "first"),
    [
        (ActionKind.TOPIC, Aspect.ANSWER, texts.VERDICTS),
        (ActionKind.EXPLAIN, Aspect.ANSWER, texts.EXPLANATION),
        (ActionKind.SANCTION, Aspect.SANCTION, texts.SANCTION),
        (ActionKind.LEGAL_BASIS, Aspect.LEGAL_BASIS, texts.BUTTON_LEGAL_BASIS),
        (ActionKind.EXCEPTION, Aspect.EXCEPTION, texts.EXCEPTIONS),
        (ActionKind.VARIANT, Aspect.VARIANT, texts.VERDICTS),
    ],
)
def test_a_button_gives_its_part_of_its_own_topic(
    talk: Talk, book: GuidanceBook, act: ActionKind, aspect: Aspect, first: str | dict[object, str]
) -> None:
    talk.asks(PARTY_EVENT)
    decision = talk.presses(act, LIKE)
    expected = first if isinstance(first, str) else first[book.entries[LIKE].verdict]
    assert (decision.kind, decision.topic, decision.aspect) == (DecisionKind.ANSWER, LIKE, aspect)
    assert headline(decision)[:2] == [expected, book.topics[LIKE].title]


@pytest.mark.parametrize("act", TOPIC_ACTS)
def test_a_button_cites_what_the_answer_cites_and_asks_no_nlu(talk: Talk, book: GuidanceBook, act: ActionKind) -> None:
    decision = talk.presses(act, LIKE)
    entry = book.entries[LIKE]
    actual = (decision.citations, decision.version, decision.intent, decision.confidence, decision.band)
    assert actual == ((*entry.bases(), *entry.backgrounds()), entry.version, None, 0.0, ConfidenceBand.NOT_ASKED)


@pytest.mark.parametrize("act", TOPIC_ACTS)
def test_follow_ups_go_on_from_the_topic_of_the_button(talk: Talk, act: ActionKind) -> None:
    talk.asks(PARTY_EVENT)
    talk.presses(act, LIKE)
    assert talk.asks("tanya_sanksi").topic == LIKE


def test_an_explanation_holds_the_curators_explanation(talk: Talk, book: GuidanceBook) -> None:
    assert book.entries[LIKE].explanation in words_of(talk.presses(ActionKind.EXPLAIN, LIKE))


def test_an_explanation_leads_to_related_topics_that_can_be_answered(talk: Talk, book: GuidanceBook) -> None:
    related = book.topics[LIKE].related
    talk.book = withholding(book, related[0])
    offered = labels(talk.presses(ActionKind.EXPLAIN, LIKE))
    found = [topic for topic in related if book.topics[topic].label in offered]
    assert found == list(related[1:])


@pytest.mark.parametrize("number", [0, 1])
def test_a_variant_button_gives_the_variant_at_its_place(talk: Talk, book: GuidanceBook, number: int) -> None:
    decision = talk.presses(ActionKind.VARIANT, LIKE, number)
    assert headline(decision)[2:] == [book.entries[LIKE].variants[number].label]


@pytest.mark.parametrize("act", TOPIC_ACTS)
def test_a_button_of_an_answer_withheld_since_is_withheld(talk: Talk, book: GuidanceBook, act: ActionKind) -> None:
    talk.book = withholding(book, LIKE)
    decision = talk.presses(act, LIKE)
    assert (decision.kind, decision.topic, decision.aspect, decision.citations) == (
        DecisionKind.FALLBACK,
        LIKE,
        None,
        (),
    )


@pytest.mark.parametrize("act", TOPIC_ACTS)
def test_a_button_keeps_what_lasts_and_drops_the_rest_on_another_topic(talk: Talk, act: ActionKind) -> None:
    talk.asks(PARTY_EVENT, said={Slot.ROLE: "pns", Slot.FAMILY: "pasangan"})
    assert talk.presses(act, LIKE).conversation == Conversation(topic=LIKE, version=1, slots={Slot.ROLE: "pns"})


@pytest.mark.parametrize("act", TOPIC_ACTS)
def test_a_button_on_the_same_topic_keeps_everything_said(talk: Talk, act: ActionKind) -> None:
    talk.asks(LIKE, said={Slot.ROLE: "pns", Slot.FAMILY: "pasangan"})
    assert talk.presses(act, LIKE).conversation.slots == {Slot.ROLE: "pns", Slot.FAMILY: "pasangan"}


def test_a_topic_button_answers_for_the_role_said_before(talk: Talk, book: GuidanceBook) -> None:
    talk.asks(LIKE, said={Slot.ROLE: "pppk"})
    assert headline(talk.presses(ActionKind.TOPIC, PARTY_EVENT))[2:] == [variant_label(book, PARTY_EVENT, peran="pppk")]


def test_a_topic_button_answers_for_the_calendar_s_stage(talk: Talk, book: GuidanceBook) -> None:
    talk.stage = Stage.CAMPAIGN
    assert headline(talk.presses(ActionKind.TOPIC, LIKE))[2:] == [variant_label(book, LIKE, tahapan=Stage.CAMPAIGN)]


def test_pressing_an_option_answers_it_and_forgets_the_options(talk: Talk) -> None:
    talk.hears(parsed((LIKE, 0.4), (FOLLOW, 0.3)))
    assert talk.presses(ActionKind.TOPIC, FOLLOW).conversation == Conversation(topic=FOLLOW, version=1)


def test_pressing_an_option_keeps_everything_said_in_the_question(talk: Talk, book: GuidanceBook) -> None:
    said = {Slot.FAMILY: "pasangan", Slot.MEDIUM: "media_sosial"}
    talk.hears(parsed((CAMPAIGN_EVENT, 0.4), (LIKE, 0.3), entities={slot.value: said[slot] for slot in said}))
    decision = talk.presses(ActionKind.TOPIC, CAMPAIGN_EVENT)
    assert decision.conversation.slots == said
    assert headline(decision)[2:] == [variant_label(book, CAMPAIGN_EVENT, hubungan_keluarga="pasangan")]


def test_pressing_what_was_not_offered_keeps_only_what_lasts(talk: Talk) -> None:
    talk.hears(parsed((CAMPAIGN_EVENT, 0.4), (LIKE, 0.3), entities={Slot.ROLE: "pns", Slot.FAMILY: "pasangan"}))
    assert talk.presses(ActionKind.TOPIC, PARTY_EVENT).conversation.slots == {Slot.ROLE: "pns"}


def test_every_button_of_every_answer_leads_somewhere(book: GuidanceBook, now: datetime) -> None:
    lost = [
        (topic, button.label)
        for topic in book.topics
        for button in Talk(book, now).asks(topic).reply.buttons
        if Talk(book, now).hears(Press(payload=button.payload)).kind is DecisionKind.FALLBACK
    ]
    assert lost == []


# Stale buttons


@pytest.mark.parametrize("payload", ["", "?", "t:topik_lama", "v:topik_lama:0", "v:like_komentar_share:satu", "t"])
def test_a_button_that_no_longer_stands_for_anything_says_so(talk: Talk, payload: str) -> None:
    talk.asks(LIKE)
    before = talk.conversation
    decision = talk.hears(Press(payload=payload))
    assert (decision.kind, decision.topic, headline(decision)) == (DecisionKind.FALLBACK, None, [texts.STALE_BUTTON])
    assert decision.conversation == before


@pytest.mark.parametrize("number", [1, 2])
def test_a_variant_taken_back_since_leads_to_the_answer(talk: Talk, book: GuidanceBook, number: int) -> None:
    talk.book = edited(book, LIKE, variants=book.entries[LIKE].variants[:1])
    decision = talk.presses(ActionKind.VARIANT, LIKE, number)
    assert (decision.kind, decision.topic, decision.aspect) == (DecisionKind.ANSWER, LIKE, Aspect.ANSWER)


# Menus


def _of_the_group(book: GuidanceBook, group: str) -> list[str]:
    return [topic.label for topic in book.topics.values() if topic.group == group]


def test_the_menu_offers_every_group_in_order(talk: Talk, book: GuidanceBook) -> None:
    decision = talk.presses(ActionKind.MENU)
    assert (decision.kind, labels(decision)) == (DecisionKind.SMALLTALK, list(book.groups.values()))


def test_a_group_offers_its_topics_and_the_way_back(talk: Talk, book: GuidanceBook) -> None:
    decision = talk.presses(ActionKind.GROUP, "medsos")
    assert (decision.kind, labels(decision)) == (
        DecisionKind.SMALLTALK,
        [*_of_the_group(book, "medsos"), texts.BUTTON_MENU],
    )


def test_a_group_leaves_out_what_cannot_be_answered_today(talk: Talk, book: GuidanceBook) -> None:
    talk.book = without_answer(withholding(book, LIKE), POSTING)
    gone = {book.topics[LIKE].label, book.topics[POSTING].label}
    expected = [label for label in _of_the_group(book, "medsos") if label not in gone]
    assert labels(talk.presses(ActionKind.GROUP, "medsos")) == [*expected, texts.BUTTON_MENU]


def test_a_group_with_nothing_to_answer_says_so(talk: Talk, book: GuidanceBook) -> None:
    talk.book = withholding(book, *book.topics)
    decision = talk.presses(ActionKind.GROUP, "medsos")
    assert (words_of(decision).split("\n\n")[1:], labels(decision)) == ([texts.EMPTY_GROUP], [texts.BUTTON_MENU])


def test_a_search_offers_the_topics_found(talk: Talk, book: GuidanceBook) -> None:
    decision = talk.hears(Search(words=book.topics[LIKE].title))
    assert (decision.kind, headline(decision)) == (DecisionKind.SMALLTALK, [texts.FOUND_TITLE])
    assert labels(decision) == [book.topics[LIKE].label, texts.BUTTON_MENU]


def test_a_search_leaves_out_what_cannot_be_answered_today(talk: Talk, book: GuidanceBook) -> None:
    talk.book = withholding(book, LIKE)
    decision = talk.hears(Search(words=book.topics[LIKE].title))
    assert decision.reply == canned.menu_hint(texts.FOUND_NONE)


def test_a_search_leaves_the_topic_talked_about(talk: Talk) -> None:
    talk.asks(LIKE)
    talk.hears(Search(words="foto"))
    assert talk.asks("tanya_sanksi").topic == LIKE


@pytest.mark.parametrize("group", ["kelompok_lama", ""])
def test_a_group_that_is_gone_leads_to_the_menu(talk: Talk, group: str) -> None:
    decision = talk.presses(ActionKind.GROUP, group)
    assert (decision.kind, decision.reply) == (DecisionKind.SMALLTALK, canned.menu(talk.book))


@pytest.mark.parametrize(
    ("act", "subject"), [(ActionKind.MENU, ""), (ActionKind.GROUP, "medsos"), (ActionKind.PRIVACY, "")]
)
def test_looking_around_leaves_the_topic_talked_about(talk: Talk, act: ActionKind, subject: str) -> None:
    talk.asks(LIKE)
    talk.presses(act, subject)
    assert talk.asks("tanya_sanksi").topic == LIKE


def test_the_privacy_button_says_what_is_kept(talk: Talk, book: GuidanceBook) -> None:
    decision = talk.presses(ActionKind.PRIVACY)
    assert (decision.kind, decision.reply) == (DecisionKind.SMALLTALK, canned.privacy(book))


def test_none_of_these_leads_to_the_menu_and_forgets_the_options(talk: Talk) -> None:
    talk.hears(parsed((LIKE, 0.4), (FOLLOW, 0.3)))
    decision = talk.presses(ActionKind.NONE_OF_THESE)
    assert (decision.kind, decision.reply) == (DecisionKind.FALLBACK, canned.menu_hint(texts.NOT_THAT_MENU))
    assert decision.conversation == Conversation()


def test_none_of_these_pressed_late_forgets_what_was_next_likely(talk: Talk) -> None:
    talk.hears(parsed((LIKE, 0.9), (FOLLOW, 0.05)))
    assert talk.presses(ActionKind.NONE_OF_THESE).conversation == Conversation(topic=LIKE, version=1)


OFFERS_NOTHING: dict[str, Callable[[Talk], Decision]] = {
    "menu": lambda talk: talk.presses(ActionKind.MENU),
    "group": lambda talk: talk.presses(ActionKind.GROUP, "medsos"),
    "privacy": lambda talk: talk.presses(ActionKind.PRIVACY),
    "garbage": lambda talk: talk.hears(Press(payload="t:topik_lama")),
    "command": lambda talk: talk.hears(Command.HELP),
    "search": lambda talk: talk.hears(Search(words="foto")),
    "feedback": lambda talk: talk.presses(ActionKind.HELPFUL, LIKE, 1),
    "thumb": lambda talk: talk.hears(Thumb.UP),
    "small talk": lambda talk: talk.asks("terima_kasih"),
    "opinion": lambda talk: talk.asks("minta_opini"),
    "out of scope": lambda talk: talk.asks("di_luar_cakupan"),
    "unknown": lambda talk: talk.asks(LIKE, 0.1),
}


@pytest.mark.parametrize("turn", list(OFFERS_NOTHING.values()), ids=list(OFFERS_NOTHING))
def test_options_stand_for_one_turn_only(talk: Talk, turn: Callable[[Talk], Decision]) -> None:
    talk.asks(PARTY_EVENT)
    talk.hears(parsed((LIKE, 0.4), (FOLLOW, 0.3)))
    assert replace(turn(talk).conversation, votes=()) == Conversation(topic=PARTY_EVENT, version=1)


@pytest.mark.parametrize("why", list(Unreadable))
def test_what_was_not_heard_at_all_leaves_the_options_standing(talk: Talk, why: Unreadable) -> None:
    talk.hears(parsed((LIKE, 0.4), (FOLLOW, 0.3)))
    talk.hears(why)
    assert talk.conversation == Conversation(options=(LIKE, FOLLOW))
    assert talk.asks("pilih_opsi", said={ORDINAL_ENTITY: "2"}).topic == FOLLOW


# Feedback


@pytest.mark.parametrize(
    ("act", "helpful", "thanks"),
    [(ActionKind.HELPFUL, True, texts.FEEDBACK_UP), (ActionKind.UNHELPFUL, False, texts.FEEDBACK_DOWN)],
)
def test_a_feedback_button_counts_for_its_own_topic_and_version(
    talk: Talk, book: GuidanceBook, act: ActionKind, helpful: bool, thanks: str
) -> None:
    talk.book = edited(book, LIKE, version=3)
    talk.asks(PARTY_EVENT)
    decision = talk.presses(act, LIKE, 3)
    assert decision.feedback == Feedback(topic=LIKE, version=3, helpful=helpful)
    assert (decision.kind, headline(decision)) == (DecisionKind.SMALLTALK, [thanks])


@pytest.mark.parametrize("act", [ActionKind.HELPFUL, ActionKind.UNHELPFUL])
def test_the_feedback_button_of_an_older_answer_counts_for_the_version_it_was_shown_with(
    talk: Talk, book: GuidanceBook, act: ActionKind
) -> None:
    label = {ActionKind.HELPFUL: texts.BUTTON_HELPFUL, ActionKind.UNHELPFUL: texts.BUTTON_UNHELPFUL}[act]
    talk.book = edited(book, LIKE, version=2)
    payload = next(button.payload for button in talk.asks(LIKE).reply.buttons if button.label == label)
    talk.book = edited(book, LIKE, version=3)
    talk.asks(LIKE)
    expected = Feedback(topic=LIKE, version=2, helpful=act is ActionKind.HELPFUL)
    assert talk.hears(Press(payload=payload)).feedback == expected


@pytest.mark.parametrize("payload", ["y:like_komentar_share", "y:like_komentar_share:0", "y:like_komentar_share:4"])
def test_feedback_on_a_version_that_never_was_is_thanked_for_and_counts_for_none(
    talk: Talk, book: GuidanceBook, payload: str
) -> None:
    talk.book = edited(book, LIKE, version=3)
    talk.asks(LIKE)
    decision = talk.hears(Press(payload=payload))
    assert (decision.kind, headline(decision), decision.feedback) == (DecisionKind.SMALLTALK, [texts.FEEDBACK_UP], None)


def test_feedback_on_a_topic_that_is_gone_counts_for_none(talk: Talk) -> None:
    decision = talk.presses(ActionKind.HELPFUL, "topik_lama", 1)
    assert (decision.kind, decision.feedback) == (DecisionKind.SMALLTALK, None)


def test_only_feedback_is_counted_as_feedback(talk: Talk) -> None:
    talk.asks(LIKE)
    pressed = [talk.presses(act, LIKE) for act in ActionKind if act not in (ActionKind.HELPFUL, ActionKind.UNHELPFUL)]
    assert [decision.feedback for decision in pressed] == [None] * len(pressed)


# Commands and what cannot be read


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (Command.START, canned.greeting()),
        (Command.HELP, canned.help_text()),
        (Command.ERASE, canned.erased()),
        (Command.STOP, canned.unsubscribed()),
    ],
)
def test_a_command_has_its_fixed_reply(talk: Talk, command: Command, reply: Reply) -> None:
    decision = talk.hears(command)
    assert (decision.kind, decision.reply) == (DecisionKind.SMALLTALK, reply)


def test_the_topics_command_shows_the_menu(talk: Talk) -> None:
    assert talk.hears(Command.TOPICS).reply == canned.menu(talk.book)


@pytest.mark.privacy
def test_erasing_leaves_nothing_to_remember_and_asks_for_deletion(talk: Talk) -> None:
    talk.asks(LIKE, said={Slot.ROLE: "pppk"})
    decision = talk.hears(Command.ERASE)
    assert (decision.erase, decision.conversation) == (True, Conversation())


def _everything_but_erasing(talk: Talk) -> list[Decision]:
    commands = [talk.hears(command) for command in Command if command is not Command.ERASE]
    return [*commands, *(talk.presses(act, LIKE) for act in ActionKind), talk.asks(LIKE), talk.asks("sapa")]


def test_nothing_but_the_erase_command_deletes_anything(talk: Talk) -> None:
    decisions = _everything_but_erasing(talk)
    assert [decision.erase for decision in decisions] == [False] * len(decisions)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (Unreadable.EMPTY, texts.EMPTY),
        (Unreadable.NO_WORDS, texts.NO_WORDS),
        (Unreadable.TOO_LONG, texts.TOO_LONG),
        (Unreadable.VOICE, texts.VOICE),
        (Unreadable.PICTURE, texts.PICTURE),
        (Unreadable.STICKER, texts.STICKER),
        (Unreadable.FORWARDED, texts.FORWARDED),
        (Unreadable.EDITED, texts.EDITED),
        (Unreadable.UNSUPPORTED, texts.UNSUPPORTED),
        (Unreadable.NLU_DOWN, texts.NLU_DOWN),
    ],
)
def test_what_cannot_be_read_gets_an_honest_reason_and_the_menu(talk: Talk, why: Unreadable, said: str) -> None:
    decision = talk.hears(why)
    assert (decision.kind, words_of(decision), labels(decision)) == (DecisionKind.FALLBACK, said, [texts.BUTTON_MENU])
    assert (decision.intent, decision.band, decision.topic) == (None, ConfidenceBand.NOT_ASKED, None)


def test_with_the_nlu_down_the_topic_is_kept_and_buttons_still_answer(talk: Talk) -> None:
    talk.asks(LIKE)
    talk.hears(Unreadable.NLU_DOWN)
    assert talk.conversation.topic == LIKE
    assert talk.presses(ActionKind.SANCTION, LIKE).aspect == Aspect.SANCTION
