"""Every table, as SQLAlchemy sees it; the migrations make the same."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, TypeAlias, Unpack

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Enum,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.engine import Dialect, Row
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from bot.application.dead_letters import Reason
from bot.application.queues import WorkKind
from bot.core.conversation import Channel, Stage
from bot.core.decision import Band, Kind
from bot.core.guidance import Certainty, CitationRole, InstrumentStatus, SanctionKind, Verdict
from bot.core.privacy import PrivacyEvent

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcMoment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC: SQLite keeps no time zone, and would compare the clocks of two zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring a moment to UTC."""
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give an aware moment."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Identifier = Annotated[str, mapped_column(String(200))]
Words = Annotated[str, mapped_column(Text)]
Moment = Annotated[datetime, mapped_column(UtcMoment)]
Day = Annotated[date, mapped_column(Date)]
Digest = Annotated[bytes, mapped_column(LargeBinary(32))]


class PointKind(StrEnum):
    """Which list of an answer a line belongs to."""

    INSTEAD = "instead"
    INTERPRETATION = "interpretation"
    ADVICE = "advice"


def by_value(values: type[StrEnum], name: str) -> Enum:
    """Give the column type that stores an enum by its value, with a named check."""
    return Enum(
        values,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=40,
        values_callable=lambda kinds: [kind.value for kind in kinds],
    )


AnyRow: TypeAlias = Row[Unpack[tuple[Any, ...]]]
"""What a statement gave, whose columns a function names."""


class Base(DeclarativeBase):
    """The metadata with its naming convention."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {list[str]: JSON, dict[str, Any]: JSON}


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

    points: Mapped[list["PointRow"]] = relationship(order_by="PointRow.position", cascade="all, delete-orphan")
    sanctions: Mapped[list["SanctionRow"]] = relationship(cascade="all, delete-orphan")
    variants: Mapped[list["VariantRow"]] = relationship(order_by="VariantRow.position", cascade="all, delete-orphan")
    citations: Mapped[list["CitationRow"]] = relationship(order_by="CitationRow.position", cascade="all, delete-orphan")


class PointRow(Base):
    """One line of a list in an answer."""

    __tablename__ = "guidance_point"

    guidance_id: Mapped[int] = mapped_column(ForeignKey("guidance.id"), primary_key=True)
    kind: Mapped[PointKind] = mapped_column(by_value(PointKind, "kind"), primary_key=True)
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


class ConversationRow(Base):
    """What is remembered of one thread; the key is a keyed hash and the state is sealed."""

    __tablename__ = "conversation"

    key: Mapped[Digest] = mapped_column(primary_key=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[Moment] = mapped_column(index=True)


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


# Rows in the order of a random key: the order of arrival is not kept anywhere in the table.
_UNORDERED = {"sqlite_with_rowid": False}


class LogSpoolRow(Base):
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
    decision: Mapped[Kind] = mapped_column(by_value(Kind, "decision"))
    band: Mapped[Band] = mapped_column(by_value(Band, "band"))
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
    decision: Mapped[Kind] = mapped_column(by_value(Kind, "decision"), primary_key=True)
    stage: Mapped[Identifier] = mapped_column(primary_key=True)
    """Empty when no election ran."""
    asked: Mapped[int]
    at_once: Mapped[int] = mapped_column(server_default="0")
    """Of them, how many were understood from their words alone, without a button or a choice."""


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


class OptInRow(Base):
    """One person's consent to reminders; never joined to the log."""

    __tablename__ = "opt_in"

    key: Mapped[Digest] = mapped_column(primary_key=True)
    """The conversation's keyed hash."""
    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"))
    address: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed: the channel's own id of the person."""
    opted_in_at: Mapped[Moment]
    text_version: Mapped[Identifier]
    """Which consent text was shown."""
    method: Mapped[Identifier | None]
    """How it was given: a command, a button, an agency's link."""
    agency: Mapped[Identifier | None]
    """The agency's code, where the person named one."""
    region: Mapped[Identifier | None]
    role: Mapped[Identifier | None]
    zone: Mapped[Identifier | None]
    """WIB, WITA or WIT; None is WIB."""
    stages: Mapped[Identifier | None]
    """What they want to be reminded of, each between commas; None is everything."""
    unreachable_since: Mapped[Moment | None]
    """Since when the platform refuses to reach them."""
    unreachable_times: Mapped[int | None]
    """How often it refused since they last wrote (`bot.core.campaign.can_be_reached`); None is once."""
    week: Mapped[int | None]
    """The week of the last reminder (`bot.core.campaign.week_of`), and how many it had."""
    week_count: Mapped[int | None]
    written_to_at: Mapped[float | None] = mapped_column(Float, index=True)
    """When they were last written to outside their window, where the platform counts such people; since 1970."""


class ServiceWindowRow(Base):
    """Until when free text may go to somebody; deleted when it has ended."""

    __tablename__ = "service_window"

    key: Mapped[Digest] = mapped_column(primary_key=True)
    """The conversation's keyed hash."""
    open_until: Mapped[float] = mapped_column(Float, index=True)
    """Seconds since 1970."""


class MessageTemplateRow(Base):
    """One message template as the platform last told it."""

    __tablename__ = "message_template"

    name: Mapped[Identifier] = mapped_column(primary_key=True)
    language: Mapped[Identifier] = mapped_column(primary_key=True)
    category: Mapped[Identifier]
    status: Mapped[Identifier]
    body: Mapped[Words]
    parameters: Mapped[int]
    """How many the body has."""
    buttons: Mapped[list[str]]
    """Labels of its quick replies, in order."""
    synced_at: Mapped[Moment]


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


class PrivacyEventRow(Base):
    """What was done for people's rights, and by the purges; without identity."""

    __tablename__ = "privacy_event"
    __table_args__ = _UNORDERED

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random."""
    day: Mapped[Day] = mapped_column(index=True)
    kind: Mapped[PrivacyEvent] = mapped_column(by_value(PrivacyEvent, "kind"))
    rows: Mapped[int]
    """How many rows it touched."""


class HeartbeatRow(Base):
    """One row that is written again and again, to see whether the database takes what is written."""

    __tablename__ = "heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1."""
    written_at: Mapped[float] = mapped_column(Float)
    """Seconds since 1970."""


class KeyCheckRow(Base):
    """A known value under the current key: whoever cannot open it has the key file of another database."""

    __tablename__ = "key_check"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
