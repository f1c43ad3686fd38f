"""Tables of this room, as SQLAlchemy sees them; the migrations make the same."""

from sqlalchemy import (
    LargeBinary,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.engine.base import Base, Digest, Moment


class ConversationRow(Base):
    """What is remembered of one thread; the key is a keyed hash and the state is sealed."""

    __tablename__ = "conversation"

    key: Mapped[Digest] = mapped_column(primary_key=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[Moment] = mapped_column(index=True)
