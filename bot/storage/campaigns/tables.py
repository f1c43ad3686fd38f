"""The tables of reminders; no person is in them but as the keyed hash of their opt-in, which holds the address."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.campaigns.campaign import CampaignStatus
from bot.core.campaigns.delivery import DeliveryStatus, UnknownDeliveryPolicy
from bot.core.campaigns.reminder_template import TemplateState
from bot.core.vocabulary import Channel
from bot.storage.engine.base import _UNORDERED, Base, Day, Digest, Identifier, Moment, Words, by_value


class CampaignRow(Base):
    """One campaign, and the run that is under way or was the last."""

    __tablename__ = "campaign"

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    name: Mapped[Identifier]
    status: Mapped[CampaignStatus] = mapped_column(by_value(CampaignStatus, "status"), index=True)
    topic_id: Mapped[Identifier]
    """Empty where it carries a template."""
    template_id: Mapped[Identifier | None]
    agency: Mapped[Identifier | None]
    """The code of the agency whose campaign it is; None: of all."""
    editors: Mapped[list[str] | None] = mapped_column(JSON)
    guidance_version: Mapped[int | None]
    message: Mapped[Words | None]
    """JSON of the reply as it was approved."""
    segment: Mapped[Words]
    """JSON."""
    schedule: Mapped[Words]
    valid_hours: Mapped[int]
    in_doubt: Mapped[UnknownDeliveryPolicy] = mapped_column(by_value(UnknownDeliveryPolicy, "in_doubt"))
    weekly_limit: Mapped[int]
    created_by: Mapped[Identifier]
    submitted_by: Mapped[Identifier | None]
    approved_by: Mapped[Identifier | None]
    created_at: Mapped[Moment]
    next_run: Mapped[float | None] = mapped_column(Float)
    """Seconds since 1970, as every time below."""
    run: Mapped[int]
    deadline: Mapped[float] = mapped_column(Float)
    """Of the run: after it, what waits is dropped."""
    cursor: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """The opt-in up to which the run's recipients are collected; None: all of them are."""
    missed: Mapped[int]
    note: Mapped[Words | None]


class ChunkRow(Base):
    """Some hundred recipients of one run, of one channel and time zone; whoever holds its lease sends to them."""

    __tablename__ = "chunk"
    __table_args__ = (
        Index(
            "ix_chunk_open", "campaign_id", "id", sqlite_where=text("is_done = 0"), postgresql_where=text("NOT is_done")
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    campaign_id: Mapped[Identifier] = mapped_column(ForeignKey("campaign.id"))
    run: Mapped[int]
    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"))
    zone: Mapped[Identifier]
    not_before: Mapped[float] = mapped_column(Float)
    """By the calendar's clock."""
    owner: Mapped[Identifier | None]
    leased_until: Mapped[float] = mapped_column(Float)
    """By the clock of the database."""
    is_done: Mapped[bool] = mapped_column(Boolean)


class DeliveryRow(Base):
    """One message to one person; what became of it."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "ix_delivery_suspect",
            "chunk_id",
            sqlite_where=text("suspect IS NOT NULL"),
            postgresql_where=text("suspect IS NOT NULL"),
        ),
        # Whoever erases everything, or gets another number, must not make the database read every delivery.
        Index("ix_delivery_key", "key"),
        _UNORDERED,
    )

    chunk_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("chunk.id"), primary_key=True)
    key: Mapped[Digest] = mapped_column(primary_key=True)
    """Of the opt-in; the address is there alone."""
    status: Mapped[DeliveryStatus] = mapped_column(by_value(DeliveryStatus, "status"))
    attempts: Mapped[int]
    doubts: Mapped[int]
    reason: Mapped[Identifier | None]
    number: Mapped[int | None]
    """Of the present attempt, which its ticket names; None before the first, and of the only one of an earlier release.
    It grows whenever the message is marked or given back, so that what is said of an earlier attempt is told apart."""
    not_before: Mapped[float | None] = mapped_column(Float)
    """While it waits: by the calendar's clock."""
    suspect: Mapped[Identifier | None]
    """A refusal without a reason that lies with the person, until somebody else got through: which way it came
    (`suspicions`)."""


class DeliveryCountRow(Base):
    """What became of the messages of a run whose rows were deleted; without any person."""

    __tablename__ = "delivery_count"

    campaign_id: Mapped[Identifier] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    run: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(by_value(Channel, "channel"), primary_key=True)
    status: Mapped[DeliveryStatus] = mapped_column(by_value(DeliveryStatus, "status"), primary_key=True)
    reason: Mapped[Identifier] = mapped_column(primary_key=True)
    """Empty where there is none."""
    messages: Mapped[int]


class TemplateRow(Base):
    """One text that campaigns may carry, with the law behind it."""

    __tablename__ = "reminder_template"

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random."""
    title: Mapped[Identifier]
    words: Mapped[Words]
    citations: Mapped[list[list[str]]] = mapped_column(JSON)
    """Instrument and article of each."""
    state: Mapped[TemplateState] = mapped_column(by_value(TemplateState, "state"))
    authors: Mapped[list[str]]
    agency: Mapped[Identifier | None]
    edition: Mapped[int]
    approved_by: Mapped[Identifier | None]
    checked_on: Mapped[Day | None]
    review_by: Mapped[Day | None]
    note: Mapped[Words | None]


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
    """How often it refused since they last wrote (`bot.core.campaigns.consent.can_be_reached`); None is once."""
    week: Mapped[int | None]
    """The week of the last reminder (`bot.core.campaigns.consent.week_of`), and how many it had."""
    week_count: Mapped[int | None]
    written_to_at: Mapped[float | None] = mapped_column(Float, index=True)
    """When they were last written to outside their window, where the platform counts such people; since 1970."""


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
