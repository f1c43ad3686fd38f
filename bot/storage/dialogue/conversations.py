"""Conversations in the database: sealed, and forgotten a day after the last turn."""

import json
import logging
from datetime import datetime, timedelta

from sqlalchemy import delete

from bot.core.dialogue.conversation import Conversation
from bot.core.vocabulary import Channel, Pending, Slot
from bot.storage.dialogue import statements
from bot.storage.dialogue.conversation_rows import memory_from_json, memory_to_json
from bot.storage.dialogue.tables import ConversationRow
from bot.storage.engine.database import Database, Repository, lock

logger = logging.getLogger(__name__)

CONVERSATION_LIFE = timedelta(hours=24)
"""How long a conversation is remembered after its last turn (`docs/privacy.md`)."""


def seal_conversation(store: Database, conversation: Conversation, key: bytes) -> bytes:
    """Encrypt what is remembered, bound to its row."""
    state = {
        "topic": conversation.topic,
        "version": conversation.version,
        "options": conversation.options,
        "alternatives": conversation.alternatives,
        "slots": {slot.value: value for slot, value in conversation.slots.items()},
        "pending": [each.value for each in conversation.pending],
        "heard": conversation.heard,
        **memory_to_json(conversation),
    }
    return store.seal_bytes(json.dumps(state).encode(), key)


def open_conversation(store: Database, sealed: bytes, key: bytes) -> Conversation:
    """Decrypt what is remembered; a fresh conversation when it cannot be read any more.

    The key may be another one, or another release may have written what this one does not know.
    """
    plain = store.open_bytes(sealed, key)
    if plain is None:
        return Conversation()
    try:
        return _conversation_from_json(plain)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("a stored conversation could not be read", extra={"error": type(error).__name__})
        return Conversation()


def _conversation_from_json(plain: bytes) -> Conversation:
    state = json.loads(plain)
    return Conversation(
        topic=state["topic"],
        version=state.get("version"),
        options=tuple(state["options"]),
        alternatives=tuple(state["alternatives"]),
        slots={Slot(slot): value for slot, value in state["slots"].items()},
        pending=tuple(Pending(each) for each in state.get("pending", ())),
        heard=tuple(map(str, state.get("heard", ()))),
        **memory_from_json(state),
    )


class Conversations(Repository):
    """What is remembered of conversations."""

    async def load_conversation(self, channel: Channel, person: str, now: datetime) -> Conversation:
        """Return what is remembered and not expired, and lock it."""
        keys = self._store.keys_of(channel, person)
        await lock(self.session, keys[0])
        wanted = {"of_keys": keys, "of_moment": now}
        found = await self.session.execute(statements.CONVERSATIONS, wanted)
        # After a rotation the older row still opens; what was saved since then is the newer one.
        row = min(found, key=lambda each: keys.index(each.key), default=None)
        return open_conversation(self._store, row.state, row.key) if row else Conversation()

    async def save_conversation(self, channel: Channel, person: str, conversation: Conversation, now: datetime) -> None:
        """Remember a conversation for 24 hours."""
        key = self._store.key_of(channel, person)
        row = {
            "key": key,
            "state": seal_conversation(self._store, conversation, key),
            "expires_at": now + CONVERSATION_LIFE,
        }
        await self.session.execute(statements.save_conversation(self.session.get_bind().dialect.name), row)

    async def erase_conversation(self, channel: Channel, person: str) -> None:
        """Forget a conversation."""
        key = self._store.key_of(channel, person)
        await self.session.execute(delete(ConversationRow).where(ConversationRow.key == key))

    def mark(self, channel: Channel, person: str, words: str) -> str:
        """Return a keyed hash of words."""
        return self._store.mark(channel, person, words)
