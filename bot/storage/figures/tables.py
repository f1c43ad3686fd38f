"""Tables of this room, as SQLAlchemy sees them; the migrations make the same."""

from sqlalchemy import (
    LargeBinary,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.dialogue.decision import ConfidenceBand, DecisionKind
from bot.core.vocabulary import Channel
from bot.storage.engine.base import _UNORDERED, Base, Day, Identifier, Moment, Words, by_value


class PendingLogRow(Base):
    """One handled question on its way to the log; sealed until its hour has ended.

    The log itself is written for a whole hour at once, in random order: a row of it shares neither transaction nor
    place nor time with what a person's message left elsewhere.
    """

    __tablename__ = "log_spool"
    __table_args__ = _UNORDERED

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random."""
    hour: Mapped[Moment] = mapped_column(index=True)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed."""


class QueryLogRow(Base):
    """One handled question, without anything that could point to a person."""

    __tablename__ = "query_log"
    __table_args__ = _UNORDERED

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random."""
    hour: Mapped[Moment] = mapped_column(index=True)
    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"))
    topic_id: Mapped[Identifier | None]
    decision: Mapped[DecisionKind] = mapped_column(by_value(DecisionKind, "decision"))
    band: Mapped[ConfidenceBand] = mapped_column(by_value(ConfidenceBand, "band"))
    stage: Mapped[Identifier | None]
    model: Mapped[Identifier | None]
    guidance_version: Mapped[int | None]


class FeedbackRow(Base):
    """One yes or no to one version of an answer."""

    __tablename__ = "feedback"
    __table_args__ = _UNORDERED

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random."""
    hour: Mapped[Moment]
    topic_id: Mapped[Identifier]
    guidance_version: Mapped[int]
    helpful: Mapped[bool]
    comment: Mapped[Words | None]
    """Masked; deleted with the unanswered questions of its age."""


class QueryDayRow(Base):
    """How many questions of one kind a day had; what figures are made of."""

    __tablename__ = "query_day"
    __table_args__ = _UNORDERED

    day: Mapped[Day] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"), primary_key=True)
    topic_id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Empty for a question without a topic."""
    decision: Mapped[DecisionKind] = mapped_column(by_value(DecisionKind, "decision"), primary_key=True)
    stage: Mapped[Identifier] = mapped_column(primary_key=True)
    """Empty when no election ran."""
    asked: Mapped[int]
    at_once: Mapped[int] = mapped_column(server_default="0")
    """Written by earlier releases only; a later migration takes it away."""


class QueryMeasureDayRow(Base):
    """How many questions of one kind and day counted for a measure."""

    __tablename__ = "query_measure_day"
    __table_args__ = _UNORDERED

    day: Mapped[Day] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"), primary_key=True)
    topic_id: Mapped[Identifier] = mapped_column(primary_key=True)
    decision: Mapped[DecisionKind] = mapped_column(by_value(DecisionKind, "decision"), primary_key=True)
    stage: Mapped[Identifier] = mapped_column(primary_key=True)
    measure: Mapped[Identifier] = mapped_column(primary_key=True)
    asked: Mapped[int]


class FeedbackDayRow(Base):
    """How many said yes or no to the answers of one topic on a day."""

    __tablename__ = "feedback_day"
    __table_args__ = _UNORDERED

    day: Mapped[Day] = mapped_column(primary_key=True)
    topic_id: Mapped[Identifier] = mapped_column(primary_key=True)
    helpful: Mapped[bool] = mapped_column(primary_key=True)
    votes: Mapped[int]


class UnansweredRow(Base):
    """The masked text of a question that got no answer, for curators to learn from."""

    __tablename__ = "unanswered"
    __table_args__ = _UNORDERED

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random."""
    day: Mapped[Day] = mapped_column(index=True)
    """No hour: a text must not be laid beside a row of the log."""
    words: Mapped[Words]
