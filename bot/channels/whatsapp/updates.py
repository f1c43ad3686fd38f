"""A stored update becomes what a person said."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.application.queues import Inbound
from bot.core.choice import Act, Choice, encode
from bot.core.conversation import Command, Press, Unreadable

WINDOW = timedelta(hours=24)
"""Free text may go for so long after each message of a person (`platform-limits.md`)."""
KINDS = {
    "image": Unreadable.PICTURE,
    "video": Unreadable.PICTURE,
    "document": Unreadable.PICTURE,
    "audio": Unreadable.VOICE,
    "voice": Unreadable.VOICE,
    "sticker": Unreadable.STICKER,
    "edit": Unreadable.EDITED,
}
SILENT = frozenset({"system", "revoke", "ephemeral"})
"""What nobody wrote to us."""
KEYWORDS = {
    "menu": "/topik",
    "topik": "/topik",
    "daftar topik": "/topik",
    "bantuan": "/help",
    "privasi": "/privasi",
    "hapus data": "/hapus",
    "langganan": "/langganan",
}
"""Alone in a message; WhatsApp has no menu of commands."""
_INVITATION = re.compile(r"^langganan\s+([a-z0-9_-]{1,40})$")
"""What an agency's wa.me link writes for the person."""
THUMBS = ("👍", "👎")


def read(payload: bytes) -> Inbound | None:
    """Make sense of a stored update; None when nothing is to be said."""
    stored = json.loads(payload)
    if stored.get("stop"):
        return _inbound(stored, Press(payload=encode(Choice(act=Act.STOP))), is_answered=False)
    message = stored.get("message")
    heard = _heard(message) if isinstance(message, Mapping) else None
    if heard is None or not isinstance(message, Mapping):
        return None
    return replace(_inbound(stored, heard), about_message=_about_message(message))


def message_id(payload: bytes) -> str | None:
    """Give the platform's id of a message, None for other updates."""
    found = json.loads(payload).get("id")
    return found if isinstance(found, str) else None


def _inbound(stored: Mapping[str, Any], heard: str | Press | Unreadable, *, is_answered: bool = True) -> Inbound:
    until = datetime.fromtimestamp(stored["at"], UTC) + WINDOW
    address = {"person": stored["person"], "until": until.timestamp(), "id": stored.get("id")}
    return Inbound(
        person=stored["person"],
        heard=heard,
        keeps_state=True,
        address=json.dumps(address).encode(),
        open_until=until if is_answered else None,
        former=stored.get("former"),
        is_answered=is_answered,
    )


def _heard(message: Mapping[str, Any]) -> str | Press | Unreadable | None:
    kind = str(message.get("type"))
    if kind in SILENT:
        return None
    context = _part(message, "context")
    if context.get("forwarded") or context.get("frequently_forwarded"):
        return Unreadable.FORWARDED
    if kind == "reaction":
        # A thumb under an answer is a vote; any other reaction asks for nothing.
        emoji = str(_part(message, "reaction").get("emoji", ""))
        return next((thumb for thumb in THUMBS if thumb in emoji), None)
    if kind == "request_welcome":
        return f"/{Command.START.value}"
    pressed = _pressed(message)
    if pressed is not None:
        return Press(payload=pressed)
    words = _part(message, "text").get("body") if kind == "text" else _part(message, kind).get("caption")
    if isinstance(words, str) and words:
        return _worded(words)
    return KINDS.get(kind, Unreadable.EMPTY if kind == "text" else Unreadable.UNSUPPORTED)


def _about_message(message: Mapping[str, Any]) -> str | None:
    """Give the id of the message that one reacts to, answers, or has its button pressed under."""
    found = _part(message, "reaction").get("message_id") or _part(message, "context").get("id")
    return found if isinstance(found, str) else None


def _pressed(message: Mapping[str, Any]) -> str | None:
    """Give what a button or row was made with; a template's own button holds it elsewhere."""
    interactive = _part(message, "interactive")
    for place, name in (
        (_part(interactive, "button_reply"), "id"),
        (_part(interactive, "list_reply"), "id"),
        (_part(message, "button"), "payload"),
    ):
        found = place.get(name)
        if isinstance(found, str):
            return found
    return None


def _worded(words: str) -> str | Press:
    plain = " ".join(words.lower().split()).strip(" .!")
    invitation = _INVITATION.match(plain)
    if invitation is not None:
        return Press(payload=encode(Choice(act=Act.SUBSCRIBE, subject=invitation.group(1))))
    return KEYWORDS.get(plain, words)


def _part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = whole.get(name)
    return found if isinstance(found, Mapping) else {}
