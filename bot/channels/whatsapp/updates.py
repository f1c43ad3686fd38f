"""A stored update becomes what a person said."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.application.messaging.ports import IncomingMessage, Moved
from bot.channels.json_fields import part, words
from bot.channels.whatsapp.content import SENTENCES, SILENT, WORDS, shape_of
from bot.channels.whatsapp.user_ids import IdKind, identities
from bot.core.dialogue.conversation import Command, Press
from bot.core.dialogue.repeats import Origin, mark_of
from bot.core.messaging.dead_letters import Shape
from bot.core.privacy.text_folding import fold
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.vocabulary import Unreadable

WINDOW = timedelta(hours=24)
"""Free text may go for so long after each message of a person (`docs/limits.md`)."""
NUMBER_CHANGES = frozenset({"user_changed_number", "customer_changed_number", "user_changed_user_id"})
"""Of a system message: who was known by its ids is known by others now.

Source: Cloud API, system messages webhook (read 2026-12-01).
"""
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
WORDED = {"text": "body", "order": "text"}
"""Where a type keeps what was written; the others have a caption."""
KNOWN = (*sorted(WORDS), *SENTENCES)
"""Types of message, by which one that does not say its type is told."""


def read(payload: bytes) -> IncomingMessage | Moved | None:
    """Make sense of a stored update; None when nothing is to be said."""
    stored = json.loads(payload)
    if stored.get("stop"):
        return _inbound(stored, Press(payload=encode(ButtonAction(act=ActionKind.STOP))), is_answered=False)
    message = part(stored, "message")
    if words(message, "type") == "system":
        return _moved(stored, part(message, "system"))
    original = message
    is_edit = words(message, "type") == "edit"
    if is_edit:
        message = part(part(message, "edit"), "message")
    heard = _heard(message)
    if heard is None or (is_edit and (isinstance(heard, Unreadable) or not heard)):
        # An edit brings news by its words alone.
        return None
    inbound = _inbound(stored, heard, origin=_origin(stored, original, message, heard))
    return replace(inbound, about_message=_about_message(message))


def addressee(payload: bytes) -> IncomingMessage | None:
    """Return who sent an update that cannot be handled, None for what the platform says by itself."""
    stored = json.loads(payload)
    message = part(stored, "message")
    is_theirs = bool(message) and words(message, "type") not in SILENT
    return _inbound(stored, Unreadable.UNSUPPORTED) if is_theirs else None


def shape(payload: bytes) -> Shape:
    """Describe a stored update."""
    try:
        stored = json.loads(payload)
    except (ValueError, RecursionError):
        return shape_of(None)
    return shape_of(stored.get("message") if isinstance(stored, Mapping) else None)


def _moved(stored: Mapping[str, Any], told: Mapping[str, Any]) -> Moved | None:
    """Take a change of number for the end of every former id: only a new consent makes reminders follow.

    A business-scoped id changes with the number, so a consent under it ends as well, unless it is said to be the same.
    """
    if words(told, "type") not in NUMBER_CHANGES:
        return None
    former = identities(told.get("previous_user_id"), told.get("customer"))
    known = [stored["person"], *([stored["former"]] if "former" in stored else []), *(each.person for each in former)]
    present = [each.person for each in identities(told.get("user_id"), told.get("wa_id") or told.get("new_wa_id"))]
    formers = tuple(dict.fromkeys(each for each in known if each not in present))
    if not words(told, "user_id"):
        # The new id is not told; should it be the old one after all, its person is told under that.
        present += [each for each in known if each.startswith(IdKind.BSUID)]
    return Moved(formers=formers, persons=tuple(dict.fromkeys(present)))


def message_id(payload: bytes) -> str | None:
    """Return the platform's id of a message, None for other updates."""
    found = json.loads(payload).get("id")
    return found if isinstance(found, str) else None


def _origin(
    stored: Mapping[str, Any], sent: Mapping[str, Any], message: Mapping[str, Any], heard: str | Press | Unreadable
) -> Origin | None:
    """Tell which message something belongs to; a press or reaction is an act of its own."""
    if not isinstance(heard, str) or words(message, "type") in {"reaction", "request_welcome"}:
        return None
    is_edit = sent is not message
    id_ = part(sent, "edit").get("original_message_id") if is_edit else stored.get("id")
    said = mark_of(heard) if not isinstance(heard, Unreadable) else None
    sentence = SENTENCES.get(words(message, "type") or "")
    return Origin(name=mark_of("message", id_), words=said, sentence=sentence, is_edit=is_edit)


def _inbound(
    stored: Mapping[str, Any],
    heard: str | Press | Unreadable,
    *,
    is_answered: bool = True,
    origin: Origin | None = None,
) -> IncomingMessage:
    until = datetime.fromtimestamp(stored["at"], UTC) + WINDOW
    address = {"person": stored["person"], "until": until.timestamp(), "id": stored.get("id")}
    return IncomingMessage(
        person=stored["person"],
        heard=heard,
        is_private_chat=True,
        address=json.dumps(address).encode(),
        open_until=until if is_answered else None,
        former=stored.get("former"),
        is_answered=is_answered,
        origin=origin,
    )


def _heard(message: Mapping[str, Any]) -> str | Press | Unreadable | None:
    kind = words(message, "type") or next((each for each in KNOWN if each in message), "unknown")
    if kind in SILENT:
        return None
    context = part(message, "context")
    if context.get("forwarded") is True or context.get("frequently_forwarded") is True:
        return Unreadable.FORWARDED
    if kind == "reaction":
        # A thumb under an answer is a vote; any other reaction asks for nothing.
        emoji = words(part(message, "reaction"), "emoji") or ""
        return next((thumb for thumb in THUMBS if thumb in emoji), None)
    if kind == "request_welcome":
        return f"/{Command.START.value}"
    pressed = _pressed(message)
    if pressed is not None:
        return Press(payload=pressed)
    said = words(part(message, kind), WORDED.get(kind, "caption"))
    if said:
        return _worded(said)
    return Unreadable.EMPTY if kind == "text" and said == "" else SENTENCES.get(kind, Unreadable.UNSUPPORTED)


def _about_message(message: Mapping[str, Any]) -> str | None:
    """Return the id of the message that one reacts to, answers, or has its button pressed under."""
    return words(part(message, "reaction"), "message_id") or words(part(message, "context"), "id")


def _pressed(message: Mapping[str, Any]) -> str | None:
    """Return what a button or row was made with; a template's own button holds it elsewhere."""
    interactive = part(message, "interactive")
    for place, name in (
        (part(interactive, "button_reply"), "id"),
        (part(interactive, "list_reply"), "id"),
        (part(message, "button"), "payload"),
    ):
        found = place.get(name)
        if isinstance(found, str):
            return found
    return None


def _worded(said: str) -> str | Press:
    plain = " ".join(fold(said).lower().split()).strip(" .!")
    invitation = _INVITATION.match(plain)
    if invitation is not None:
        return Press(payload=encode(ButtonAction(act=ActionKind.SUBSCRIBE, target=invitation.group(1))))
    return KEYWORDS.get(plain, said)
