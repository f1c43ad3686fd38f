"""The statements about conversations, made once."""

from functools import cache

from sqlalchemy import (
    bindparam,
    select,
)
from sqlalchemy.dialects import sqlite

from bot.storage.dialogue.tables import ConversationRow
from bot.storage.engine.statements import insert_for, table_of

_CONVERSATION = table_of(ConversationRow)

CONVERSATIONS = select(_CONVERSATION.c.key, _CONVERSATION.c.state).where(
    _CONVERSATION.c.key.in_(bindparam("of_keys", expanding=True)), _CONVERSATION.c.expires_at > bindparam("of_moment")
)


@cache
def save_conversation(dialect: str) -> sqlite.Insert:
    """Remember a conversation in place of what was remembered."""
    insert = insert_for(dialect, _CONVERSATION)
    changed = {"state": insert.excluded.state, "expires_at": insert.excluded.expires_at}
    return insert.on_conflict_do_update(index_elements=["key"], set_=changed)
