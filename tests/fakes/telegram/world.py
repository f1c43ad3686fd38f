"""Chats, people and messages as Telegram keeps them."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.fakes.telegram.types import ApiError, Json, Refused, Sent, bad_request, sent_from


@dataclass(kw_only=True)
class Chat:
    """One private chat or group."""

    id: int
    json: Json
    members: list[int] = field(default_factory=list)
    threads: frozenset[int] = frozenset()
    is_started: bool = True
    is_blocked: bool = False  # by the person; of a group: the bot was thrown out
    is_deactivated: bool = False
    migrated_to: int | None = None
    messages: dict[int, Json] = field(default_factory=dict)
    last_id: int = 0

    @property
    def is_group(self) -> bool:
        """Say whether several people are in it."""
        return bool(self.json["type"] != "private")


@dataclass(kw_only=True)
class Query:
    """A pressed button that waits for an answer."""

    chat_id: int
    at: float
    is_answered: bool = False


class World:
    """Everything that outlives a call."""

    def __init__(self, bot_id: int, username: str, *, query_life: float) -> None:
        self.bot: Json = {"id": bot_id, "is_bot": True, "first_name": "SiNetral (uji)", "username": username}
        self.query_life = query_life
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, Json] = {}
        self.queries: dict[str, Query] = {}
        self.sent: list[Sent] = []
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}

    def chat(self, chat_id: int) -> Chat:
        """Return a chat that the test made."""
        assert chat_id in self.chats, f"the test knows no chat {chat_id}"
        return self.chats[chat_id]

    def user(self, user_id: int, *, first_name: str = "Anggota", **more: str) -> Json:
        """Return a person, made on first sight."""
        made = {"id": user_id, "is_bot": False, "first_name": first_name, "language_code": "id"} | more
        return self.users.setdefault(user_id, made)

    def known(self, chat_id: object) -> Chat:
        """Find the chat that a call names.

        Raises:
            ApiError: nobody has that number, or the group moved.
        """
        if isinstance(chat_id, int) and chat_id in self.chats:
            chat = self.chats[chat_id]
            if chat.migrated_to is not None:
                text = "Bad Request: group chat was upgraded to a supergroup chat"
                raise ApiError(400, text, kind=Refused.UNREACHABLE, migrate_to=chat.migrated_to)
            return chat
        if isinstance(chat_id, int) and chat_id in self.users:
            raise forbidden("bot can't initiate conversation with a user")
        raise ApiError(400, "Bad Request: chat not found", kind=Refused.UNREACHABLE)

    def reachable(self, chat_id: object) -> Chat:
        """Find a chat that the bot may write to now.

        Raises:
            ApiError: unknown chat, or a person who does not want the bot.
        """
        chat = self.known(chat_id)
        if chat.is_deactivated:
            raise forbidden("user is deactivated")
        if chat.is_blocked:
            raise forbidden(
                f"bot was kicked from the {chat.json['type']} chat" if chat.is_group else "bot was blocked by the user"
            )
        if not chat.is_started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat

    def add_message(self, chat: Chat, sender: Json, content: Json) -> Json:
        """Keep a new message under the chat's next number."""
        chat.last_id += 1
        head: Json = {"message_id": chat.last_id, "from": sender, "chat": chat.json, "date": int(time.time())}
        message = head | content
        chat.messages[chat.last_id] = message
        if sender is self.bot:
            self.sent.append(sent_from(message, time.monotonic()))
        return message

    def own_message(self, chat: Chat, message_id: int, deed: str) -> Json:
        """Find one of the bot's own messages.

        Raises:
            ApiError: there is none of that number, or it is somebody else's.
        """
        message = chat.messages.get(message_id)
        if message is None:
            raise bad_request(f"message to {deed} not found")
        if message["from"]["id"] != self.bot["id"]:
            raise bad_request(f"message can't be {deed}ed")
        return message

    def shown(self, chat_id: int) -> list[Sent]:
        """List the bot's messages as they stand: edited ones changed, deleted ones gone."""
        messages: Iterable[Json] = self.chat(chat_id).messages.values()
        return [sent_from(one, 0.0) for one in messages if one["from"]["id"] == self.bot["id"]]


def forbidden(reason: str) -> ApiError:
    """Make the answer for somebody who cannot be written to."""
    return ApiError(403, f"Forbidden: {reason}", kind=Refused.UNREACHABLE)


def quoted(message: Json) -> Json:
    """Return a message as it stands inside another: one level deep only."""
    return {key: value for key, value in message.items() if key != "reply_to_message"}
