"""What keeps a reminder from having a form on a channel is found before it is sent."""

import json
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.bulk_sender import TelegramBulkSender
from bot.channels.whatsapp.bulk_sender import WhatsAppBulkSender
from bot.core.campaigns.platform_template import REMINDER, REMINDER_SHORT, REQUIRED_TEMPLATES
from bot.core.campaigns.reminder import reminder
from bot.core.campaigns.reminder_forms import filled, parameters_of, problems_by_channel, problems_on, template_for
from bot.core.campaigns.reminder_template import (
    MAX_WORDS,
    ReminderTemplate,
    TemplateState,
    problems_of_template,
    template_reminder,
)
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import Citation, CitationRole
from bot.core.replies.canned import STOP_BUTTON
from bot.core.replies.reply import Button, Reply, citation, heading, text
from bot.core.vocabulary import Channel
from tests.conftest import NOW
from tests.fakes.clock import FakeClock
from tests.support.database import the_seed

pytestmark = pytest.mark.broadcast

OWN = ReminderTemplate(
    id="t1",
    title="Masa tenang dimulai lusa",
    words="Mulai lusa tidak ada kampanye.\nJaga unggahan Anda!",
    citations=(Citation(instrument="uu_20_2023", article="Pasal 9 ayat (2)", says="", role=CitationRole.BASIS),),
    state=TemplateState.WRITING,
    authors=("ani",),
    agency=None,
    edition=1,
)


def broadcasts() -> dict[Channel, TelegramBulkSender | WhatsAppBulkSender]:
    nobody = FakeClock(at=NOW)
    return {
        Channel.TELEGRAM: TelegramBulkSender("http://127.0.0.1:9", "t"),
        Channel.WHATSAPP: WhatsAppBulkSender(None, None, nobody),  # type: ignore[arg-type]
    }


def test_every_answer_of_the_seed_has_a_form_on_every_channel() -> None:
    seed = the_seed()
    topics = {each.id: each for each in seed.topics}
    assert seed.entries
    for entry in seed.entries:
        reply = reminder(topics[entry.topic], entry)
        assert problems_by_channel((), reply) == {}, entry.topic
        for broadcast in broadcasts().values():
            assert broadcast.render(reply)


def test_a_reminder_in_words_of_its_own_has_a_form_on_every_channel_with_its_one_button() -> None:
    reply = template_reminder(OWN)
    assert template_for(reply) is REMINDER_SHORT
    assert problems_by_channel((), reply) == {}
    rendered = json.loads(broadcasts()[Channel.WHATSAPP].render(reply))
    assert rendered["template"]["template"]["name"] == REMINDER_SHORT.name
    buttons = [each for each in rendered["template"]["template"]["components"] if each["type"] == "button"]
    assert len(buttons) == len(REMINDER_SHORT.buttons)
    body = filled(REMINDER_SHORT, parameters_of(reply))
    assert "tidak ada kampanye. Jaga unggahan" in body
    assert "{{" not in body


def test_each_template_of_ours_has_another_text_and_as_many_parameters_as_it_says() -> None:
    assert len({each.body for each in REQUIRED_TEMPLATES}) == len(REQUIRED_TEMPLATES)
    for template in REQUIRED_TEMPLATES:
        assert sum(f"{{{{{number}}}}}" in template.body for number in range(1, 9)) == template.parameters


@pytest.mark.parametrize(
    ("reply", "channel", "why"),
    [
        (Reply(paragraphs=(text("x" * 4_097),), buttons=(STOP_BUTTON,)), Channel.TELEGRAM, "4097 huruf"),
        (Reply(paragraphs=(text("🗳" * 2_100),), buttons=(STOP_BUTTON,)), Channel.TELEGRAM, "4200 huruf"),
        (Reply(paragraphs=(text("x"),), buttons=(Button(label="a", payload="é" * 33),)), Channel.TELEGRAM, "64 bita"),
        (Reply(paragraphs=(text("x"),), buttons=(Button(label=" ", payload="a"),)), Channel.TELEGRAM, "tanpa tulisan"),
        (Reply(paragraphs=(text("x"),)), Channel.WHATSAPP, "tanpa tombol"),
        (Reply(paragraphs=(text("x"),), buttons=(STOP_BUTTON, STOP_BUTTON)), Channel.WHATSAPP, "hanya punya"),
        (
            Reply(paragraphs=(text("x"),), buttons=(replace(STOP_BUTTON, payload="p" * 129),)),
            Channel.WHATSAPP,
            "lebih dari 128",
        ),
        (Reply(paragraphs=(text("x"),), buttons=(STOP_BUTTON,)), Channel.WEB, "tidak mengirim"),
    ],
)
def test_what_has_no_form_says_why(reply: Reply, channel: Channel, why: str) -> None:
    assert any(why in told for told in problems_on(channel, reply))


words = st.text(st.sampled_from(string.ascii_letters + " .\n\t🗳é"), max_size=1_500)


@given(
    st.lists(words.map(lambda said: text(said or "x")), min_size=1, max_size=4),
    st.sampled_from([(), (STOP_BUTTON,), (Button(label="Penjelasan", payload="e:x"), STOP_BUTTON)]),
    words,
)
def test_what_is_found_beforehand_is_what_the_sender_refuses(
    paragraphs: list[object], buttons: tuple[Button, ...], title: str
) -> None:
    reply = Reply(
        paragraphs=(heading(title or "x"), *paragraphs, citation("UU 20/2023 Pasal 9")),  # type: ignore[arg-type]
        buttons=buttons,
    )
    for channel, broadcast in broadcasts().items():
        if problems_on(channel, reply):
            with pytest.raises(InvalidInputError):
                broadcast.render(reply)
        else:
            assert broadcast.render(reply)


def test_a_template_that_has_no_form_on_a_channel_has_a_problem_before_it_is_submitted() -> None:
    book = GuidanceBook(instruments={}, topics={}, entries={}, groups={})
    long = replace(OWN, words="🗳" * (MAX_WORDS - 1), title="x" * 60)
    assert not any("Telegram" in told for told in problems_of_template(OWN, book, NOW.date()))
    assert not any("WhatsApp" in told for told in problems_of_template(OWN, book, NOW.date()))
    assert any("WhatsApp" in told for told in problems_of_template(long, book, NOW.date()))


def test_a_topic_keeps_its_own_template_with_two_buttons() -> None:
    reply = Reply(paragraphs=(text("x"),), buttons=(Button(label="Penjelasan", payload="e:x"), STOP_BUTTON))
    assert template_for(reply) is REMINDER
