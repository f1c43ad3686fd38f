"""Tables of this room, as SQLAlchemy sees them; the migrations make the same."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Float,
    Integer,
    LargeBinary,
    String,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.application.messaging.ports import WorkKind
from bot.core.messaging.dead_letters import Reason
from bot.core.vocabulary import Channel
from bot.storage.engine.base import _UNORDERED, Base, Day, Digest, Identifier, Words, by_value


class RateRow(Base):
    """When the next message of one source is due; the key is a keyed hash that changes every day."""

    __tablename__ = "rate"

    key: Mapped[Digest] = mapped_column(primary_key=True)
    due_at: Mapped[float] = mapped_column(Float)
    """Seconds since 1970; the theoretical arrival time of the generic cell rate algorithm."""
    set_at: Mapped[float | None] = mapped_column(Float)
    """The present when that was written: when it lies ahead, the clock went back and `due_at` says nothing."""


class WorkRow(Base):
    """Work waiting on one conversation; whoever holds its lease does it, alone and in order."""

    __tablename__ = "work"

    kind: Mapped[WorkKind] = mapped_column(by_value(WorkKind, "kind"), primary_key=True)
    key: Mapped[Digest] = mapped_column(primary_key=True)
    """The conversation's keyed hash."""
    due_at: Mapped[float] = mapped_column(Float, index=True)
    """Seconds since 1970."""
    generation: Mapped[int]
    """Grows with every piece of work added, so that a worker that saw none left does not remove the row."""
    owner: Mapped[Identifier | None]
    leased_until: Mapped[float] = mapped_column(Float)
    channel: Mapped[Identifier | None]
    """Whose workers take it; None for what waited when this column came."""
    set_at: Mapped[float | None] = mapped_column(Float)
    """The present when `due_at` was written: when it lies ahead, the clock went back and `due_at` says nothing."""


class InboxRow(Base):
    """One update; when it is done only its id is left, to drop repeats."""

    __tablename__ = "inbox"

    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"), primary_key=True)
    update_id: Mapped[Identifier] = mapped_column(primary_key=True)
    """The channel's own; text, since not every channel counts."""
    work_key: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    position: Mapped[int | None] = mapped_column(BigInteger)
    """The order within a conversation."""
    arrived_at: Mapped[float | None] = mapped_column(Float)
    """Seconds since 1970; None once done, as everything but the id."""
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed."""
    attempts: Mapped[int | None]
    """How often handling it failed; None for never, and once done."""


class OutboxRow(Base):
    """One message owed to a conversation; deleted when it is sent or cannot be.

    What the platform took and tells more of later stays some minutes longer, in case it failed.
    """

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"))
    work_key: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    attempts: Mapped[int]
    """Sendings so far."""
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed: where to, and what."""
    begun: Mapped[int] = mapped_column(server_default="0")
    """Of the sendings, how many may have arrived; counted before one begins."""
    failed: Mapped[int] = mapped_column(server_default="0")
    """How often the platform told of a failure after it had taken it."""
    is_reopening: Mapped[bool] = mapped_column(Boolean, server_default=false())
    """Whether it has to go as the template that asks the person to write again."""
    owed_at: Mapped[float] = mapped_column(Float, server_default="0")
    """Seconds since 1970."""
    accepted_at: Mapped[float | None] = mapped_column(Float, index=True)
    """When the platform took it, in seconds since 1970; None while it is owed."""


class ServiceWindowRow(Base):
    """Until when free text may go to somebody; deleted when it has ended."""

    __tablename__ = "service_window"

    key: Mapped[Digest] = mapped_column(primary_key=True)
    """The conversation's keyed hash."""
    open_until: Mapped[float] = mapped_column(Float, index=True)
    """Seconds since 1970."""


class DeadLetterRow(Base):
    """One update that nothing could be made of: its form only, without text and without a person."""

    __tablename__ = "dead_letter"
    __table_args__ = _UNORDERED

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random."""
    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"))
    day: Mapped[Day] = mapped_column(index=True)
    reason: Mapped[Reason] = mapped_column(by_value(Reason, "reason"))
    kind: Mapped[Identifier]
    """Such as `message.text`, of the names that the platform documents."""
    keys: Mapped[Words]
    """Its documented names, with blanks between."""
    length: Mapped[int]
    """Bytes."""
    error: Mapped[str | None] = mapped_column(String(200))
    """The type of the error that ended it."""


class HeartbeatRow(Base):
    """One row that is written again and again, to see whether the database takes what is written."""

    __tablename__ = "heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1."""
    written_at: Mapped[float] = mapped_column(Float)
    """Seconds since 1970."""
