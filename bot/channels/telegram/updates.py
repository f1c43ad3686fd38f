"""Telegram's updates become our values here, and nowhere else; field by field, so that one odd part hides no other."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from telegram import MessageEntity
from telegram.constants import ChatMemberStatus, ChatType

from bot.application.messaging.ports import (
    IncomingMessage,
    Moved,
    ReachabilityChanged,
    Read,
    ReceivedUpdate,
    SetAside,
    Taken,
)
from bot.channels.json_fields import number, objects, part, words
from bot.channels.telegram.content import READ_UPDATES, SENTENCES, SERVICE, SILENT_UPDATES, WORDS, shape_of
from bot.core.dialogue.conversation import Press
from bot.core.dialogue.repeats import Origin, mark_of
from bot.core.dialogue.votes import Answered
from bot.core.messaging.dead_letters import DeadLetter, Reason, Shape
from bot.core.privacy.text_folding import fold
from bot.core.replies.payload import ActionKind, ButtonAction, decode, encode
from bot.core.vocabulary import Channel, Unreadable

ALLOWED_UPDATES = list(READ_UPDATES)
SUBSCRIBE_LINK = "langganan"
TRIAL_LINK = "uji"
GROUP_LINK = "grup"
"""The way from a group to the private chat; it asks for nothing."""
_DEEP_LINK = re.compile(r"^/start(?:@\w+)?\s+([A-Za-z0-9_-]{1,64})$")
MAX_UPDATE_ID = 2**62
"""Wider ones cannot be stored; Telegram's own have 31 bits."""


@dataclass(frozen=True, kw_only=True)
class BotIdentity:
    """Who the bot is on Telegram."""

    id: int
    username: str


# Taking in: nothing but the ids is looked at.


def to_taken(update: Any) -> Taken:
    """Return what the inbox keeps of an update of any form: what is worked on, or what is set aside."""
    inbound = to_inbound_update(update)
    if inbound is not None:
        return inbound
    update_id = update_id_of(update)
    known = str(update_id) if update_id is not None else None
    if isinstance(update, Mapping) and not SILENT_UPDATES.isdisjoint(update):
        return SetAside(channel=Channel.TELEGRAM, update_id=known)
    reason = Reason.NO_CHAT if isinstance(update, Mapping) else Reason.NO_SHAPE
    length = len(_written(update) or b"")
    return SetAside(channel=Channel.TELEGRAM, update_id=known, letter=letter(reason, shape_of(update), length))


def _written(update: Any) -> bytes | None:
    """Return an update as JSON, None when it is nested too deep to be written."""
    try:
        return json.dumps(update).encode()
    except RecursionError:
        return None


def letter(reason: Reason, shape: Shape, length: int) -> DeadLetter:
    """Return what is counted of something that cannot be taken for an update."""
    return DeadLetter(channel=Channel.TELEGRAM, reason=reason, shape=shape, length=length)


def update_id_of(update: Any) -> int | None:
    """Return the id of an update, None when it has none that can be one."""
    found = number(update, "update_id") if isinstance(update, Mapping) else None
    return found if found is not None and 0 <= found < MAX_UPDATE_ID else None


def to_inbound_update(update: Any) -> ReceivedUpdate | None:
    """Return what is worked on, None for an update without an id or of no conversation."""
    update_id = update_id_of(update)
    person = _chat_id(update)
    payload = _written(update)
    if update_id is None or person is None or payload is None:
        return None
    return ReceivedUpdate(
        channel=Channel.TELEGRAM,
        update_id=str(update_id),
        position=update_id,
        person=str(person),
        payload=payload,
    )


def _chat_id(update: Any) -> int | None:
    places = (
        ("message", "chat"),
        ("edited_message", "chat"),
        ("my_chat_member", "chat"),
        ("callback_query", "message", "chat"),
        ("callback_query", "from"),
    )
    for place in places:
        found = number(part(update, *place), "id")
        if found is not None:
            return found
    return None


# Reading


def read(payload: bytes, myself: BotIdentity) -> Read:
    """Make sense of a stored update; None when nothing is to be said."""
    update = json.loads(payload)
    message = part(update, "message")
    chat_id = _chat_of(message)
    if chat_id is None:
        return _read_other(update)
    moved = _moved(message, chat_id)
    if moved is not None:
        return moved
    if _is_bot(message):
        # Two programs would answer each other for ever.
        return None
    heard = _heard_private(message) if _is_private(message) else _heard_group(message, myself)
    return _under(message, _inbound(message, chat_id, heard)) if heard is not None else None


def _read_other(update: Mapping[str, Any]) -> Read:
    """Make sense of what is no new message."""
    if changed := part(update, "my_chat_member"):
        return _membership(changed)
    if query := part(update, "callback_query"):
        return _pressed(query)
    return _edited(part(update, "edited_message"))


def addressee(payload: bytes) -> IncomingMessage | None:
    """Return the private chat that an update came from, None for a group and where no chat is named."""
    update = json.loads(payload)
    for kind in ("message", "edited_message"):
        message = part(update, kind)
        chat_id = _chat_of(message)
        if chat_id is not None and _is_private(message):
            return _inbound(message, chat_id, Unreadable.UNSUPPORTED)
    return _pressed(part(update, "callback_query"))


def shape(payload: bytes) -> Shape:
    """Describe a stored update."""
    try:
        return shape_of(json.loads(payload))
    except (ValueError, RecursionError):
        return shape_of(None)


def query_id(payload: bytes) -> str | None:
    """Return the id of a pressed button's query, None for other updates."""
    return words(part(json.loads(payload), "callback_query"), "id")


def _membership(changed: Mapping[str, Any]) -> ReachabilityChanged | None:
    """Return whether a person can still be written to; in groups nobody subscribes."""
    chat_id = _chat_of(changed)
    status = words(part(changed, "new_chat_member"), "status")
    if chat_id is None or status is None or not _is_private(changed):
        return None
    is_reachable = status not in {ChatMemberStatus.BANNED, ChatMemberStatus.LEFT}
    return ReachabilityChanged(person=str(chat_id), is_reachable=is_reachable)


def _pressed(query: Mapping[str, Any]) -> IncomingMessage | None:
    """Take a press in a private chat; a message too old to be shown still names its chat."""
    message = part(query, "message")
    chat_id = _chat_of(message)
    if chat_id is None:
        # A person's id is that of their private chat.
        message, chat_id = {"chat": part(query, "from")}, number(part(query, "from"), "id")
    if chat_id is None or not _is_private(message):
        return None
    heard = Press(payload=words(query, "data") or "")
    under = number(message, "message_id")
    pressed = _inbound(message, chat_id, heard, is_press=True)
    return replace(pressed, about_message=str(under) if under is not None else None)


def _edited(message: Mapping[str, Any]) -> IncomingMessage | None:
    """Take an edit for what it now says; without words, as of a live location that moves, it asks for nothing."""
    chat_id = _chat_of(message)
    said = _words(message)
    if chat_id is None or said is None or not _is_private(message) or _is_bot(message) or _is_forwarded(message):
        return None
    return _inbound(message, chat_id, said, is_edit=True)


def _moved(message: Mapping[str, Any], chat_id: int) -> Moved | None:
    """Take Telegram's word that a group became a supergroup, told once in each of the two."""
    to, former = number(message, "migrate_to_chat_id"), number(message, "migrate_from_chat_id")
    if to is not None:
        return Moved(formers=(str(chat_id),), persons=(str(to),), is_same=True)
    return Moved(formers=(str(former),), persons=(str(chat_id),), is_same=True) if former is not None else None


def _heard_private(message: Mapping[str, Any]) -> str | Press | Unreadable | None:
    """Return what a private message says; None for what Telegram itself announces."""
    if _is_forwarded(message):
        return Unreadable.FORWARDED
    said = _words(message)
    if said is not None:
        link = _DEEP_LINK.match(fold(said))
        if link is None or link.group(1) == GROUP_LINK:
            return said
        return Press(payload=_linked(link.group(1)))
    return _kind(message)


def _kind(message: Mapping[str, Any]) -> Unreadable | None:
    """Return the sentence for what cannot be read; None for what Telegram itself announces."""
    present = {name for name, value in message.items() if value is not None}
    for name, sentence in SENTENCES.items():
        if name in present:
            return sentence
    return None if present & SERVICE else Unreadable.UNSUPPORTED


def _heard_group(message: Mapping[str, Any], myself: BotIdentity) -> str | Unreadable | None:
    """Answer only who names the bot or replies to it."""
    mention = f"@{myself.username}"
    to_me = number(part(message, "reply_to_message", "from"), "id") == myself.id
    if not to_me and not _mentions(message, mention, myself.id):
        return None
    if _is_forwarded(message):
        return Unreadable.FORWARDED
    said = _words(message)
    if said is None:
        # Of an album the part with the caption speaks; the bot remembers no group, by which to tell the others.
        return _kind(message) if "media_group_id" not in message else None
    bare = re.sub(re.escape(mention), " ", said, flags=re.IGNORECASE).strip()
    return bare if bare else Unreadable.EMPTY


def _mentions(message: Mapping[str, Any], mention: str, my_id: int) -> bool:
    said = _words(message) or ""
    units = said.encode("utf-16-le")
    for name in ("entities", "caption_entities"):
        for entity in objects(message, name):
            kind, start, length = words(entity, "type"), number(entity, "offset"), number(entity, "length")
            if kind == MessageEntity.TEXT_MENTION and number(part(entity, "user"), "id") == my_id:
                return True
            if start is None or length is None or not 0 <= start <= start + length <= len(units) // 2:
                continue
            # Telegram counts in UTF-16 units.
            marked = units[2 * start : 2 * (start + length)].decode("utf-16-le", "replace")
            names_me = marked.lower().endswith(mention.lower())
            if kind in (MessageEntity.MENTION, MessageEntity.BOT_COMMAND) and names_me:
                return True
    is_marked = any(isinstance(message.get(name), list) for name in ("entities", "caption_entities"))
    return not is_marked and re.search(re.escape(mention) + r"\b", said, flags=re.IGNORECASE) is not None


def _words(message: Mapping[str, Any]) -> str | None:
    found = [words(message, name) for name in WORDS]
    return next((each for each in found if each), next((each for each in found if each is not None), None))


def _is_private(message: Mapping[str, Any]) -> bool:
    """Say whether a chat is one person's; when its sort cannot be read, by the sign of its id."""
    chat = part(message, "chat")
    kind = words(chat, "type")
    if kind in {ChatType.PRIVATE, ChatType.GROUP, ChatType.SUPERGROUP, ChatType.CHANNEL}:
        return kind == ChatType.PRIVATE
    chat_id = number(chat, "id")
    return chat_id is not None and chat_id > 0


def _chat_of(message: Mapping[str, Any]) -> int | None:
    return number(part(message, "chat"), "id")


def _is_bot(message: Mapping[str, Any]) -> bool:
    """Say whether a program wrote; who writes as the group itself is shown as Telegram's own bot, with the group."""
    return part(message, "from").get("is_bot") is True and not part(message, "sender_chat")


def _is_forwarded(message: Mapping[str, Any]) -> bool:
    return isinstance(message.get("forward_origin"), Mapping)


def _under(message: Mapping[str, Any], inbound: IncomingMessage) -> IncomingMessage:
    """Add what a message is a reply to; the buttons under an answer of ours tell which one it is."""
    replied = part(message, "reply_to_message")
    under = number(replied, "message_id")
    if under is None or not inbound.is_private_chat:
        return inbound
    payloads = [
        words(button, "callback_data")
        for row in _rows(part(replied, "reply_markup").get("inline_keyboard"))
        for button in row
    ]
    choices = [decode(payload) for payload in payloads if payload is not None]
    votes = [each for each in choices if each is not None and each.act in (ActionKind.HELPFUL, ActionKind.UNHELPFUL)]
    about = Answered(topic=votes[0].target, version=votes[0].number) if votes else None
    return replace(inbound, about=about, about_message=str(under))


def _rows(keyboard: object) -> list[list[Mapping[str, Any]]]:
    """Return the buttons of an inline keyboard, row by row; whatever has another form is left out."""
    rows = keyboard if isinstance(keyboard, list) else []
    return [[each for each in row if isinstance(each, Mapping)] for row in rows if isinstance(row, list)]


def _linked(payload: str) -> str:
    """Return what a deep link stands for: an agency's invitation, a reminder to test, or a topic."""
    invitation, _, agency = payload.partition("_")
    if invitation == SUBSCRIBE_LINK:
        return encode(ButtonAction(act=ActionKind.SUBSCRIBE, target=agency.lower()))
    if invitation == TRIAL_LINK:
        return encode(ButtonAction(act=ActionKind.TRIAL, target=agency.lower()))
    return encode(ButtonAction(act=ActionKind.TOPIC, target=payload))


def _inbound(
    message: Mapping[str, Any],
    chat_id: int,
    heard: str | Press | Unreadable,
    *,
    is_press: bool = False,
    is_edit: bool = False,
) -> IncomingMessage:
    is_private = _is_private(message)
    address: dict[str, object] = {"chat_id": chat_id, "thread": _thread(message, is_private=is_private)}
    if not is_private:
        address["reply_to"] = number(message, "message_id")
    return IncomingMessage(
        person=str(chat_id),
        heard=heard,
        is_private_chat=is_private,
        address=json.dumps(address).encode(),
        origin=None if is_press else _origin(message, heard, is_edit=is_edit),
    )


def _thread(message: Mapping[str, Any], *, is_private: bool) -> int | None:
    """Return the topic that an answer belongs into; in a group a thread may also be a mere chain of replies."""
    is_topic = message.get("is_topic_message")
    is_meant = is_topic is not False if is_private else is_topic is True
    return number(message, "message_thread_id") if is_meant else None


def _origin(message: Mapping[str, Any], heard: str | Press | Unreadable, *, is_edit: bool) -> Origin:
    album = message.get("media_group_id")
    is_part = isinstance(album, str | int)
    name = mark_of("album", album) if is_part else mark_of("message", number(message, "message_id"))
    said = _words(message) if not isinstance(heard, Unreadable) else None
    return Origin(name=name, words=mark_of(said) if said is not None else None, is_edit=is_edit, is_part=is_part)
