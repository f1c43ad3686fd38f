"""Tables of this room, as SQLAlchemy sees them; the migrations make the same."""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ForeignKey,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.core.guidance.entry import Certainty, CitationRole, SanctionKind, Verdict
from bot.core.guidance.instrument import InstrumentStatus
from bot.core.vocabulary import Stage
from bot.storage.engine.base import Base, Day, Identifier, Moment, Words, by_value


class GuidanceItemKind(StrEnum):
    """Which list of an answer a line belongs to."""

    INSTEAD = "instead"
    INTERPRETATION = "interpretation"
    ADVICE = "advice"


class InstrumentRow(Base):
    """One regulation, circular or ruling."""

    __tablename__ = "instrument"

    code: Mapped[Identifier] = mapped_column(primary_key=True)
    title: Mapped[Words]
    number: Mapped[Identifier | None]
    dated: Mapped[Identifier | None]
    status: Mapped[InstrumentStatus] = mapped_column(by_value(InstrumentStatus, "status"))
    in_force_from: Mapped[Day | None]
    in_force_to: Mapped[Day | None]
    amended_by: Mapped[list[str]]
    replaced_by: Mapped[Identifier | None]
    source: Mapped[Words]
    note: Mapped[Words | None]


class TopicGroupRow(Base):
    """One heading of the topic menu."""

    __tablename__ = "topic_group"

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    title: Mapped[Identifier]
    position: Mapped[int]


class TopicRow(Base):
    """One thing that people ask about."""

    __tablename__ = "topic"

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    group_id: Mapped[Identifier] = mapped_column(ForeignKey("topic_group.id"))
    title: Mapped[Identifier]
    label: Mapped[Identifier]
    description: Mapped[Identifier]
    keywords: Mapped[list[str]]
    related: Mapped[list[str]]
    position: Mapped[int]


class GuidanceRow(Base):
    """One published version of one answer; the highest version is the one that is given."""

    __tablename__ = "guidance"
    __table_args__ = (UniqueConstraint("topic_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[Identifier] = mapped_column(ForeignKey("topic.id"))
    version: Mapped[int]
    verdict: Mapped[Verdict] = mapped_column(by_value(Verdict, "verdict"))
    certainty: Mapped[Certainty] = mapped_column(by_value(Certainty, "certainty"))
    short: Mapped[Words]
    explanation: Mapped[Words]
    exceptions: Mapped[Words]
    checked_on: Mapped[Day]
    review_by: Mapped[Day]
    published_at: Mapped[Moment]

    points: Mapped[list["GuidanceItemRow"]] = relationship(
        order_by="GuidanceItemRow.position", cascade="all, delete-orphan"
    )
    sanctions: Mapped[list["SanctionRow"]] = relationship(cascade="all, delete-orphan")
    variants: Mapped[list["VariantRow"]] = relationship(order_by="VariantRow.position", cascade="all, delete-orphan")
    citations: Mapped[list["CitationRow"]] = relationship(order_by="CitationRow.position", cascade="all, delete-orphan")


class GuidanceItemRow(Base):
    """One line of a list in an answer."""

    __tablename__ = "guidance_point"

    guidance_id: Mapped[int] = mapped_column(ForeignKey("guidance.id"), primary_key=True)
    kind: Mapped[GuidanceItemKind] = mapped_column(by_value(GuidanceItemKind, "kind"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[Words]


class SanctionRow(Base):
    """The sanctions of one kind."""

    __tablename__ = "guidance_sanction"

    guidance_id: Mapped[int] = mapped_column(ForeignKey("guidance.id"), primary_key=True)
    kind: Mapped[SanctionKind] = mapped_column(by_value(SanctionKind, "kind"), primary_key=True)
    words: Mapped[Words]


class VariantRow(Base):
    """What an answer says for a narrower situation."""

    __tablename__ = "guidance_variant"

    guidance_id: Mapped[int] = mapped_column(ForeignKey("guidance.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    condition: Mapped[dict[str, Any]]
    """Slot to the list of its values."""
    label: Mapped[Identifier]
    verdict: Mapped[Verdict] = mapped_column(by_value(Verdict, "verdict"))
    words: Mapped[Words]


class CitationRow(Base):
    """One place in one instrument that an answer cites."""

    __tablename__ = "guidance_citation"

    guidance_id: Mapped[int] = mapped_column(ForeignKey("guidance.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    instrument_code: Mapped[Identifier] = mapped_column(ForeignKey("instrument.code"), index=True)
    article: Mapped[Identifier]
    says: Mapped[Words]
    role: Mapped[CitationRole] = mapped_column(by_value(CitationRole, "role"))


class GuidanceRevisionRow(Base):
    """One row; its number grows with every change to guidance, so that processes know when to read again."""

    __tablename__ = "guidance_revision"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]


class StagePeriodRow(Base):
    """One stage of one election."""

    __tablename__ = "stage_period"

    election: Mapped[Identifier] = mapped_column(primary_key=True)
    stage: Mapped[Stage] = mapped_column(by_value(Stage, "stage"), primary_key=True)
    starts_on: Mapped[Day]
    ends_on: Mapped[Day]
