"""How an answer looks on each channel, before it is published."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from bot.core.guidance.entry import GuidanceEntry, Topic
from bot.core.replies.answer import (
    answer_reply,
    exception_reply,
    explanation_reply,
    legal_basis_reply,
    sanction_reply,
    variant_reply,
)
from bot.core.replies.reply import Paragraph, Reply, Style, joined
from bot.core.replies.whatsapp_layout import marked, messages_of

TelegramMessages = Callable[[Reply], Sequence[str]]
"""The messages of a reply in Telegram's HTML, every text escaped."""


@dataclass(frozen=True, kw_only=True)
class WhatsAppMessage:
    """One message as WhatsApp takes it."""

    text: str
    """As sent, with WhatsApp's own marks for bold and italic."""
    shown: Markup
    """As a phone shows it."""
    buttons: Sequence[str]
    is_list: bool
    """Whether the buttons are rows of a list."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One reply on three channels."""

    title: str
    web: Reply
    telegram: Sequence[Markup]
    whatsapp: Sequence[WhatsAppMessage]


def previews(topic: Topic, entry: GuidanceEntry, telegram: TelegramMessages) -> list[Preview]:
    """Return the first answer, its further parts, and every variant."""
    replies = [
        ("Jawaban pertama", answer_reply(topic, entry, {})),
        ("Penjelasan", explanation_reply(topic, entry, ())),
        ("Sanksi", sanction_reply(topic, entry)),
        ("Dasar hukum", legal_basis_reply(topic, entry)),
        ("Pengecualian", exception_reply(topic, entry)),
        *((f"Keadaan khusus: {each.label}", variant_reply(topic, entry, each)) for each in entry.variants),
    ]
    return [preview_of(title, reply, telegram) for title, reply in replies]


def preview_of(title: str, reply: Reply, telegram: TelegramMessages) -> Preview:
    """Return one reply as each channel shows it."""
    return Preview(
        title=title,
        web=reply,
        # Escaped where it was made, so that only our own tags are left.
        telegram=[Markup(message) for message in telegram(reply)],  # noqa: S704
        whatsapp=whatsapp_messages(reply),
    )


def whatsapp_messages(reply: Reply) -> list[WhatsAppMessage]:
    """Return the messages of a reply as WhatsApp gets them."""
    return [
        WhatsAppMessage(
            text=message.text,
            shown=Markup(joined(message.paragraphs, _shown)),  # noqa: S704 (escaped in `_shown`)
            buttons=[button.label for button in message.buttons],
            is_list=message.is_list,
        )
        for message in messages_of(reply)
    ]


def _shown(paragraph: Paragraph) -> str:
    match paragraph.style:
        case Style.HEADING:
            return str(Markup("<b>{}</b>").format(paragraph.lines[0]))
        case Style.NOTE:
            return str(Markup("<i>{}</i>").format(paragraph.lines[0]))
        case _:
            return str(escape(marked(paragraph)))
