"""Telegram's updates become our values here, and nowhere else."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from telegram import Chat, ChatMemberUpdated, Message, MessageEntity, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.application.queues import Inbound, InboundUpdate, Reachability
from bot.core.choice import Act, Choice, decode, encode
from bot.core.conversation import Channel, Press, Unreadable
from bot.core.votes import Answered

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
SUBSCRIBE_LINK = "langganan"
TRIAL_LINK = "uji"
GROUP_LINK = "grup"
"""The way from a group to the private chat; it asks for nothing."""
_DEEP_LINK = re.compile(r"^/start(?:@\w+)?\s+([A-Za-z0-9_-]{1,64})$")


@dataclass(frozen=True, kw_only=True)
class Myself:
    """Who the bot is on Telegram."""

    id: int
    username: str


def to_inbound_update(update: Mapping[str, Any]) -> InboundUpdate | None:
    """Give what the inbox stores, None for an update of no conversation; nothing but the ids is looked at."""
    update_id = update.get("update_id")
    person = _chat_id(update)
    if not isinstance(update_id, int) or isinstance(update_id, bool) or not 0 <= update_id < 2**62 or person is None:
        return None
    return InboundUpdate(
        channel=Channel.TELEGRAM,
        update_id=str(update_id),
        position=update_id,
        person=str(person),
        payload=json.dumps(update).encode(),
    )


def read(payload: bytes, myself: Myself) -> Inbound | Reachability | None:
    """Make sense of a stored update; None when nothing is to be said."""
    update = Update.de_json(json.loads(payload), None)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member)
    if update.callback_query is not None:
        query = update.callback_query
        chat = query.message.chat if query.message else None
        if chat is None or chat.type != ChatType.PRIVATE:
            return None
        pressed = _inbound(chat, Press(payload=query.data or ""), None)
        return replace(pressed, about_message=str(query.message.message_id) if query.message else None)
    if update.edited_message is not None:
        edited = update.edited_message
        return _inbound(edited.chat, Unreadable.EDITED, edited) if edited.chat.type == ChatType.PRIVATE else None
    message = update.message
    if message is None:
        return None
    if message.chat.type == ChatType.PRIVATE:
        heard = _heard(message)
        return _under(message, _inbound(message.chat, heard, None)) if heard is not None else None
    return _read_group(message, myself)


def query_id(payload: bytes) -> str | None:
    """Give the id of a pressed button's query, None for other updates."""
    query = json.loads(payload).get("callback_query")
    return str(query["id"]) if isinstance(query, dict) and "id" in query else None


def _membership(changed: ChatMemberUpdated) -> Reachability | None:
    """Give whether a person can still be written to; in groups nobody subscribes."""
    if changed.chat.type != ChatType.PRIVATE:
        return None
    is_reachable = changed.new_chat_member.status not in {ChatMemberStatus.BANNED, ChatMemberStatus.LEFT}
    return Reachability(person=str(changed.chat.id), is_reachable=is_reachable)


def _read_group(message: Message, myself: Myself) -> Inbound | None:
    """Answer only who names the bot or replies to it."""
    text = message.text or message.caption or ""
    mention = f"@{myself.username}"
    replied = message.reply_to_message
    to_me = replied is not None and replied.from_user is not None and replied.from_user.id == myself.id
    if not to_me and not _mentions(message, mention, myself.id):
        return None
    bare = re.sub(re.escape(mention), " ", text, flags=re.IGNORECASE).strip()
    heard = bare if bare else Unreadable.EMPTY
    return _inbound(message.chat, heard if not message.forward_origin else Unreadable.FORWARDED, message)


def _mentions(message: Message, mention: str, my_id: int) -> bool:
    found = {**message.parse_entities(), **message.parse_caption_entities()}
    for entity, words in found.items():
        if entity.type == MessageEntity.TEXT_MENTION and entity.user is not None and entity.user.id == my_id:
            return True
        names_me = words.lower().endswith(mention.lower())
        if entity.type in (MessageEntity.MENTION, MessageEntity.BOT_COMMAND) and names_me:
            return True
    return False


def _heard(message: Message) -> str | Press | Unreadable | None:
    """Give what a private message says; None for what Telegram itself announces."""
    if message.forward_origin is not None:
        return Unreadable.FORWARDED
    words = message.text or message.caption
    if words:
        link = _DEEP_LINK.match(words)
        if link is None or link.group(1) == GROUP_LINK:
            return words
        return Press(payload=_linked(link.group(1)))
    kinds = (
        (Unreadable.STICKER, (message.sticker,)),
        (Unreadable.VOICE, (message.voice, message.audio, message.video_note)),
        (Unreadable.PICTURE, (message.photo, message.document, message.video, message.animation)),
        (Unreadable.UNSUPPORTED, (message.contact, message.location, message.venue, message.poll, message.dice)),
    )
    return next((kind for kind, parts in kinds if any(parts)), None)


def _under(message: Message, inbound: Inbound) -> Inbound:
    """Add what a message is a reply to; the buttons under an answer of ours tell which one it is."""
    replied = message.reply_to_message
    if replied is None:
        return inbound
    rows = replied.reply_markup.inline_keyboard if replied.reply_markup is not None else ()
    choices = [decode(button.callback_data) for row in rows for button in row if isinstance(button.callback_data, str)]
    votes = [each for each in choices if each is not None and each.act in (Act.HELPFUL, Act.UNHELPFUL)]
    about = Answered(topic=votes[0].subject, version=votes[0].number) if votes else None
    return replace(inbound, about=about, about_message=str(replied.message_id))


def _linked(payload: str) -> str:
    """Give what a deep link stands for: an agency's invitation, a reminder to test, or a topic."""
    invitation, _, agency = payload.partition("_")
    if invitation == SUBSCRIBE_LINK:
        return encode(Choice(act=Act.SUBSCRIBE, subject=agency.lower()))
    if invitation == TRIAL_LINK:
        return encode(Choice(act=Act.TRIAL, subject=agency.lower()))
    return encode(Choice(act=Act.TOPIC, subject=payload))


def _inbound(chat: Chat, heard: str | Press | Unreadable, group_message: Message | None) -> Inbound:
    is_private = chat.type == ChatType.PRIVATE
    address: dict[str, object] = {"chat_id": chat.id}
    if not is_private and group_message is not None:
        address["reply_to"] = group_message.message_id
        address["thread"] = group_message.message_thread_id if group_message.is_topic_message else None
    return Inbound(person=str(chat.id), heard=heard, keeps_state=is_private, address=json.dumps(address).encode())


def _chat_id(update: Mapping[str, Any]) -> int | None:
    places = (
        ("message", "chat"),
        ("edited_message", "chat"),
        ("my_chat_member", "chat"),
        ("callback_query", "message", "chat"),
        ("callback_query", "from"),
    )
    for place in places:
        found: Any = update
        for step in place:
            found = found.get(step) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping) and isinstance(found.get("id"), int):
            chat_id: int = found["id"]
            return chat_id
    return None
