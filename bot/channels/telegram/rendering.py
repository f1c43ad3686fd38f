"""Replies as Telegram messages: HTML, buttons in rows, cut to length."""

import html
import json
import re
from collections.abc import Sequence
from typing import Any

from bot.application.messaging.ports import IncomingMessage
from bot.channels.telegram.updates import GROUP_LINK, SUBSCRIBE_LINK
from bot.core.replies import texts
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.replies.reply import Button, Paragraph, Reply, Style, joined, split

MAX_TEXT = 4_000
"""Characters of plain text; Telegram takes 4,096 UTF-16 units after parsing, and emoji count twice."""
MAX_UNITS = 4_096
"""UTF-16 units of a message that is not parsed."""
LAST_OF_ONE_UNIT = 0xFFFF
MAX_ROW = 26
"""Characters of the labels of one row of two buttons, so that a phone shows them whole."""
_TAG = re.compile(r"</?[a-z]+>")
"""The tags that `as_html` writes; everything else in angle brackets is escaped there."""


def write(reply: Reply, inbound: IncomingMessage, username: str) -> Sequence[bytes]:
    """Return the messages of a reply; in a group it answers the asker's message and leads to the private chat."""
    address = json.loads(inbound.address)
    is_group = "reply_to" in address
    messages = []
    for number, piece in enumerate(split(reply, MAX_TEXT)):
        message: dict[str, Any] = {"chat_id": address["chat_id"], "text": as_html(piece.paragraphs)}
        if address.get("thread") is not None:
            message["thread"] = address["thread"]
        if is_group:
            message["reply_to"] = address["reply_to"] if number == 0 else None
        rows = _private_link(username, piece.buttons) if is_group else keyboard(piece.buttons)
        messages.append(json.dumps(message | {"keyboard": rows}).encode())
    return messages


def as_html_messages(reply: Reply) -> Sequence[str]:
    """Return the texts of a reply's messages in a private chat, for a preview."""
    return [as_html(piece.paragraphs) for piece in split(reply, MAX_TEXT)]


def as_html(paragraphs: Sequence[Paragraph]) -> str:
    """Return paragraphs as Telegram's HTML."""
    return joined(paragraphs, _paragraph)


def plain_texts(marked: str) -> Sequence[str]:
    """Return the words of one message of ours without its HTML, in pieces that Telegram takes as they are.

    Source: Bot API, `sendMessage`: 1-4096 characters, counted in UTF-16 units.
    """
    left = html.unescape(_TAG.sub("", marked)).strip()
    pieces = []
    while left:
        size = _fitting(left)
        # Better after a line, if one ends in the second half.
        line = left.rfind("\n", size // 2, size) if size < len(left) else -1
        cut = line if line > 0 else size
        pieces.append(left[:cut].strip())
        left = left[cut:].strip()
    return [piece for piece in pieces if piece]


def _fitting(text: str) -> int:
    """Return how many of the first characters fit into one message."""
    units = 0
    for count, letter in enumerate(text):
        units += 2 if ord(letter) > LAST_OF_ONE_UNIT else 1
        if units > MAX_UNITS:
            return count
    return len(text)


def _paragraph(paragraph: Paragraph) -> str:
    lines = [html.escape(line, quote=False) for line in paragraph.lines]
    match paragraph.style:
        case Style.HEADING:
            return f"<b>{lines[0]}</b>"
        case Style.NOTE:
            return f"<i>{lines[0]}</i>"
        case Style.LIST | Style.CITATION:
            return "\n".join(f"• {line}" for line in lines)
        case _:
            return "\n".join(lines)


def keyboard(buttons: Sequence[Button]) -> list[list[dict[str, str]]]:
    """Return buttons in rows that a phone shows whole."""
    rows: list[list[dict[str, str]]] = []
    for button in buttons:
        made = {"text": button.label, "callback_data": button.payload}
        fits = rows and len(rows[-1]) == 1 and len(rows[-1][0]["text"]) + len(button.label) <= MAX_ROW
        if fits:
            rows[-1].append(made)
        else:
            rows.append([made])
    return rows


def _private_link(username: str, buttons: Sequence[Button]) -> list[list[dict[str, str]]]:
    """Lead to the private chat; straight to the reminders where the reply offers them."""
    is_about_reminders = any(button.payload == encode(ButtonAction(act=ActionKind.SUBSCRIBE)) for button in buttons)
    label, start = (
        (texts.BUTTON_PRIVATE_REMINDERS, SUBSCRIBE_LINK) if is_about_reminders else (texts.BUTTON_PRIVATE, GROUP_LINK)
    )
    return [[{"text": label, "url": f"https://t.me/{username}?start={start}"}]]
