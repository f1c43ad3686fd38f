"""Replies within WhatsApp's limits, whatever they hold; every answer of the seed among them."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.whatsapp.payloads import addressed, message_json, template_json
from bot.core.campaigns.platform_template import REMINDER
from bot.core.campaigns.reminder import reminder
from bot.core.campaigns.reminder_forms import parameters_of
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import GuidanceEntry
from bot.core.replies import answer, canned, texts
from bot.core.replies.reply import Button, Paragraph, Reply, Style, as_text, text
from bot.core.replies.whatsapp_layout import MAX_BUTTONS, MAX_ROWS, messages_of
from tests.fakes.whatsapp.graph_api import RECORDED
from tests.fakes.whatsapp.rules import check_message

pytestmark = pytest.mark.whatsapp
TEMPLATES = {(each.name, each.language): each for each in RECORDED}
words = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=400).filter(str.strip)
paragraphs = st.builds(
    lambda style, lines: Paragraph(style=style, lines=tuple(lines[:1] if style is not Style.LIST else lines)),
    st.sampled_from(Style),
    st.lists(words, min_size=1, max_size=6),
)
buttons = st.builds(Button, label=st.text(max_size=40), payload=st.text("abcdefgh:_0123", min_size=1, max_size=64))
replies = st.builds(
    lambda told, shown: Reply(paragraphs=tuple(told), buttons=tuple(shown)),
    st.lists(paragraphs, min_size=1, max_size=8),
    st.lists(buttons, max_size=25),
)


def accepted(reply: Reply) -> list[str]:
    """Let the strict server's rules read every message of a reply; returns the payloads that can be chosen."""
    chosen: list[str] = []
    for message in messages_of(reply):
        body = addressed(message_json(message), {"to": "628"})
        check_message(body, TEMPLATES)
        chosen += [button.payload for button in message.buttons]
    return chosen


@given(replies)
def test_no_reply_breaks_a_limit(reply: Reply) -> None:
    accepted(reply)


@given(replies)
def test_no_word_is_lost(reply: Reply) -> None:
    told = "".join(
        "".join(line.split()) for message in messages_of(reply) for p in message.paragraphs for line in p.lines
    )
    for paragraph in reply.paragraphs:
        for line in paragraph.lines:
            assert "".join(line.split()) in told


@given(replies)
def test_no_choice_is_lost_outside_an_answer(reply: Reply) -> None:
    assert accepted(reply) == list(dict.fromkeys(button.payload for button in reply.buttons))


def test_every_part_of_every_answer_can_be_sent(book: GuidanceBook) -> None:
    for topic in book.topics.values():
        entry = book.entries[topic.id]
        related = tuple(book.topics[each] for each in topic.related)
        parts = [
            answer.answer_reply(topic, entry, {}),
            answer.explanation_reply(topic, entry, related),
            answer.sanction_reply(topic, entry),
            answer.legal_basis_reply(topic, entry),
            answer.exception_reply(topic, entry),
            answer.more_reply(topic, entry),
            *(answer.variant_reply(topic, entry, variant) for variant in entry.variants),
        ]
        for part in parts:
            accepted(part)


def test_an_answer_offers_sanction_basis_and_the_way_to_everything_else(book: GuidanceBook) -> None:
    topic = book.topics["hadir_acara_parpol"]
    *_, last = messages_of(answer.answer_reply(topic, book.entries[topic.id], {}))
    assert [each.label for each in last.buttons] == [texts.BUTTON_SANCTION, texts.BUTTON_LEGAL_BASIS, texts.BUTTON_MORE]
    [more] = messages_of(answer.more_reply(topic, book.entries[topic.id]))
    labels = [each.label for each in more.buttons]
    assert more.is_list
    assert labels[:2] == [texts.BUTTON_HELPFUL, texts.BUTTON_UNHELPFUL]
    assert {texts.BUTTON_EXPLAIN, texts.BUTTON_EXCEPTION} <= set(labels)


def test_three_topics_are_buttons_and_who_means_none_is_told_what_to_write(book: GuidanceBook) -> None:
    topics = tuple(book.topics.values())[:3]
    [message] = messages_of(canned.options(texts.CLARIFY, topics))
    assert not message.is_list
    assert [each.label for each in message.buttons] == [topic.label for topic in topics]
    assert texts.WHATSAPP_NONE in message.text


def test_the_topic_menu_is_a_list(book: GuidanceBook) -> None:
    [message] = messages_of(canned.menu(book))
    assert message.is_list
    assert len(message.buttons) == len(book.groups)


def test_more_choices_than_a_list_holds_follow_in_another(book: GuidanceBook, now: datetime) -> None:
    for group in book.groups:
        reply = canned.group_menu(book, group, now.date())
        messages = messages_of(reply)
        shown = [each.payload for message in messages for each in message.buttons]
        assert shown == [each.payload for each in reply.buttons]
        assert all(len(message.buttons) <= MAX_ROWS for message in messages)


def test_a_long_answer_is_few_messages(book: GuidanceBook) -> None:
    for topic in book.topics.values():
        reply = answer.answer_reply(topic, book.entries[topic.id], {})
        most = 1 if len(as_text(reply)) < 900 else 2
        assert len(messages_of(reply)) <= most


@pytest.mark.parametrize("label", ["", "   ", "😀" * 20, "sama", "sama\nsama"])
def test_titles_are_told_apart(label: str) -> None:
    shown = tuple(Button(label=label, payload=f"p{number}") for number in range(MAX_BUTTONS))
    assert accepted(Reply(paragraphs=(text("pilih"),), buttons=shown)) == ["p0", "p1", "p2"]


def test_every_reminder_fits_its_template(book: GuidanceBook) -> None:
    for topic in book.topics.values():
        entry = book.entries[topic.id]
        assert isinstance(entry, GuidanceEntry)
        reply = reminder(topic, entry)
        payloads = [button.payload for button in reply.buttons]
        template = template_json(REMINDER.name, REMINDER.language, parameters_of(reply), payloads)
        check_message(addressed(template, {"recipient": "ID.1"}), TEMPLATES)
        title, told, basis = parameters_of(reply)
        assert topic.title.startswith(title.rstrip("…")[:30])
        assert told
        assert basis != texts.TEMPLATE_NO_BASIS
        assert json.dumps(template)
