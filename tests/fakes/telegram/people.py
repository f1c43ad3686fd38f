"""What people do to the bot: write, press, send pictures, block."""

import re
import time
from collections.abc import Iterable
from itertools import count
from threading import RLock

from tests.fakes.telegram.html import utf16_length
from tests.fakes.telegram.queue import UpdateQueue
from tests.fakes.telegram.types import Incoming, Json
from tests.fakes.telegram.world import Chat, Query, World, quoted

MARKED = re.compile(r"(?P<bot_command>(?<![\w/])/[a-z0-9_]{1,32}(?:@\w{4,32})?)|(?P<mention>(?<!\w)@\w{4,32})", re.I)
FILE = {"file_id": "AgACAgUAAxkBAAI", "file_unique_id": "AQADuji"}


def found_entities(text: str) -> list[Json]:
    """Find commands and mentions as Telegram marks them."""
    return [
        {"type": found.lastgroup, "offset": utf16_length(text[: found.start()]), "length": utf16_length(found[0])}
        for found in MARKED.finditer(text)
    ]


class People:
    """The people's side of the fake; each deed queues the update that Telegram would."""

    def __init__(self, world: World, queue: UpdateQueue, lock: RLock, *, has_privacy_mode: bool) -> None:
        self.world = world
        self.updates = queue
        self._lock = lock
        self._has_privacy_mode = has_privacy_mode
        self._query_numbers = count(4_000_000_001)

    # Chats

    def add_private(
        self, chat_id: int, *, first_name: str = "Sari", language: str = "id", username: str = "", started: bool = True
    ) -> int:
        """Add a person; one who has not started the bot cannot be written to."""
        with self._lock:
            named = {"username": username} if username else {}
            self.world.users.pop(chat_id, None)
            self.world.user(chat_id, first_name=first_name, language_code=language, **named)
            json = {"id": chat_id, "type": "private", "first_name": first_name} | named
            self.world.chats[chat_id] = Chat(id=chat_id, json=json, members=[chat_id], is_started=started)
        return chat_id

    def add_group(
        self,
        chat_id: int,
        *,
        title: str = "Panitia",
        kind: str = "supergroup",
        members: Iterable[int] = (501,),
        threads: Iterable[int] = (),
    ) -> int:
        """Add a group that the bot is in; threads make it a forum."""
        assert chat_id < 0, "groups have negative numbers"
        with self._lock:
            members = list(members)
            for member in members:
                self.world.user(member)
            json = {"id": chat_id, "type": kind, "title": title} | ({"is_forum": True} if threads else {})
            self.world.chats[chat_id] = Chat(id=chat_id, json=json, members=members, threads=frozenset(threads))
        return chat_id

    # Messages

    def say(
        self,
        chat_id: int,
        text: str,
        *,
        by: int | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
        entities: list[Json] | None = None,
    ) -> Incoming:
        """Write a text; commands and mentions are marked unless entities are given."""
        marked = found_entities(text) if entities is None else entities
        content: Json = {"text": text} | ({"entities": marked} if marked else {})
        return self.post(chat_id, content, by=by, reply_to=reply_to, thread=thread)

    def press_start(self, chat_id: int, payload: str = "") -> Incoming:
        """Press Start, by a deep link where a payload is given."""
        assert re.fullmatch(r"[A-Za-z0-9_-]{0,64}", payload), "Telegram takes no such payload"
        return self.say(chat_id, f"/start {payload}".strip())

    def mention(self, chat_id: int, text: str, *, by: int | None = None, thread: int | None = None) -> Incoming:
        """Write to the bot by its name in a group."""
        return self.say(chat_id, f"@{self.world.bot['username']} {text}", by=by, thread=thread)

    def sticker(self, chat_id: int, emoji: str = "👍") -> Incoming:
        """Send a sticker."""
        sticker = FILE | {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self.post(chat_id, {"sticker": sticker | {"emoji": emoji}})

    def voice(self, chat_id: int, seconds: int = 4) -> Incoming:
        """Send a voice message."""
        return self.post(chat_id, {"voice": FILE | {"duration": seconds, "mime_type": "audio/ogg", "file_size": 9000}})

    def photo(self, chat_id: int, caption: str = "") -> Incoming:
        """Send a photo."""
        content: Json = {"photo": [FILE | {"width": 90, "height": 60}, FILE | {"width": 1280, "height": 853}]}
        return self.post(chat_id, content | ({"caption": caption} if caption else {}))

    def forward(self, chat_id: int, text: str, author: str = "Orang Lain") -> Incoming:
        """Forward somebody's message."""
        origin = {"type": "hidden_user", "sender_user_name": author, "date": int(time.time()) - 3600}
        return self.post(chat_id, {"text": text, "forward_origin": origin})

    def contact(self, chat_id: int, phone: str = "+628110000000") -> Incoming:
        """Share a contact."""
        return self.post(chat_id, {"contact": {"phone_number": phone, "first_name": "Budi"}})

    def location(self, chat_id: int, latitude: float = -6.175, longitude: float = 106.827) -> Incoming:
        """Share a place."""
        return self.post(chat_id, {"location": {"latitude": latitude, "longitude": longitude}})

    def post(
        self,
        chat_id: int,
        content: Json,
        *,
        by: int | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
    ) -> Incoming:
        """Send a message of any content."""
        with self._lock:
            chat = self.world.chat(chat_id)
            assert not chat.is_blocked, "who blocked the bot, or threw it out, cannot write to it"
            chat.is_started = True
            extra: Json = {"message_thread_id": thread, "is_topic_message": True} if thread else {}
            if reply_to is not None:
                extra["reply_to_message"] = quoted(chat.messages[reply_to])
            message = self.world.add_message(chat, self._person(chat, by), content | extra)
            update_id = self.updates.add("message", message, chat_id) if self._is_told(chat, message) else 0
            return Incoming(update_id=update_id, chat_id=chat_id, message_id=message["message_id"])

    def edit(self, chat_id: int, message_id: int, text: str) -> Incoming:
        """Change a person's earlier message."""
        with self._lock:
            chat = self.world.chat(chat_id)
            marked = found_entities(text)
            kept = {key: value for key, value in chat.messages[message_id].items() if key != "entities"}
            changed = kept | {"text": text, "edit_date": int(time.time())} | ({"entities": marked} if marked else {})
            chat.messages[message_id] = changed
            update_id = self.updates.add("edited_message", changed, chat_id) if self._is_told(chat, changed) else 0
            return Incoming(update_id=update_id, chat_id=chat_id, message_id=message_id)

    def press(
        self,
        chat_id: int,
        message_id: int,
        data: str,
        *,
        by: int | None = None,
        forged: bool = False,
        inaccessible: bool = False,
    ) -> Incoming:
        """Press a button that the message shows now.

        Args:
            forged: press one that it does not show, as an old or altered client may.
            inaccessible: the message is too old for Telegram to include.
        """
        with self._lock:
            chat = self.world.chat(chat_id)
            message = chat.messages.get(message_id, {})
            shown = [
                one.get("callback_data")
                for row in message.get("reply_markup", {}).get("inline_keyboard", [])
                for one in row
            ]
            assert forged or data in shown, f"message {message_id} has no button {data!r}, only {shown}"
            old = {"chat": chat.json, "message_id": message_id, "date": 0}
            query_id = str(next(self._query_numbers))
            self.world.queries[query_id] = Query(chat_id=chat_id, at=time.monotonic())
            content = {
                "id": query_id,
                "from": self._person(chat, by),
                "chat_instance": str(chat_id * 7919),
                "message": dict(message) if message and not inaccessible else old,
                "data": data,
            }
            update_id = self.updates.add("callback_query", content, chat_id)
            return Incoming(update_id=update_id, chat_id=chat_id, message_id=message_id, query_id=query_id)

    # Coming and going

    def block(self, chat_id: int, *, told: bool = True) -> Incoming:
        """Block the bot, or throw it out of a group; untold, the bot learns by 403."""
        return self._member(chat_id, blocked=True, told=told)

    def unblock(self, chat_id: int, *, told: bool = True) -> Incoming:
        """Take the bot back."""
        return self._member(chat_id, blocked=False, told=told)

    def deactivate(self, chat_id: int) -> None:
        """Delete the person's account."""
        with self._lock:
            self.world.chat(chat_id).is_deactivated = True

    def migrate(self, chat_id: int, new_id: int) -> Incoming:
        """Turn a group into a supergroup of another number."""
        told = self.post(chat_id, {"migrate_to_chat_id": new_id})
        old = self.world.chat(chat_id)
        self.add_group(new_id, title=old.json["title"], members=old.members)
        old.migrated_to = new_id
        return told

    def update(self, kind: str, content: Json, chat_id: int = 0) -> Incoming:
        """Queue any update."""
        with self._lock:
            return Incoming(update_id=self.updates.add(kind, content, chat_id), chat_id=chat_id)

    def _member(self, chat_id: int, *, blocked: bool, told: bool) -> Incoming:
        with self._lock:
            chat = self.world.chat(chat_id)
            now, before = ("kicked", "member") if blocked else ("member", "kicked")
            chat.is_blocked = blocked
            content = {
                "chat": chat.json,
                "from": self._person(chat, None),
                "date": int(time.time()),
                "old_chat_member": self._membership(before),
                "new_chat_member": self._membership(now),
            }
            update_id = self.updates.add("my_chat_member", content, chat_id) if told else 0
            return Incoming(update_id=update_id, chat_id=chat_id)

    def _membership(self, status: str) -> Json:
        return {"user": self.world.bot, "status": status} | ({"until_date": 0} if status == "kicked" else {})

    def _person(self, chat: Chat, by: int | None) -> Json:
        return self.world.user(chat.members[0] if by is None else by)

    def _is_told(self, chat: Chat, message: Json) -> bool:
        """Say whether Telegram shows it to the bot; in privacy mode a group's talk is kept from it."""
        if not chat.is_group or not self._has_privacy_mode or "text" not in message:
            return True
        name = f"@{self.world.bot['username']}"
        is_reply = message.get("reply_to_message", {}).get("from") == self.world.bot
        return is_reply or name in message["text"] or message["text"].startswith("/")
