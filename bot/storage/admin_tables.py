"""Tables of the administrators' web."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.accounts import SessionStage
from bot.core.drafts import DraftState
from bot.storage.tables import Base, Day, Digest, Identifier, Moment, Words, by_value


class UserRow(Base):
    """One person who may log in."""

    __tablename__ = "user"

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random."""
    name: Mapped[Identifier] = mapped_column(unique=True)
    full_name: Mapped[Identifier]
    roles: Mapped[list[str]]
    agency: Mapped[Identifier | None]
    is_disabled: Mapped[bool]
    password_hash: Mapped[Words]
    must_change_password: Mapped[bool]
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the second factor; sealed."""
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The time step of the code used last, so that no code works twice."""
    failures: Mapped[int]
    locked_until: Mapped[Moment | None]


class SessionRow(Base):
    """One login of one browser."""

    __tablename__ = "session"

    id_hash: Mapped[Digest] = mapped_column(primary_key=True)
    user_id: Mapped[Identifier] = mapped_column(ForeignKey("user.id"), index=True)
    stage: Mapped[SessionStage] = mapped_column(by_value(SessionStage, "stage"))
    began_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of a second factor that is being set up; sealed."""


class AuditEventRow(Base):
    """One event of the audit trail; triggers refuse every change."""

    __tablename__ = "audit_event"

    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[Identifier]
    """As text: what is stored is what was hashed."""
    actor: Mapped[Identifier]
    agency: Mapped[Identifier]
    action: Mapped[Identifier]
    subject: Mapped[Identifier]
    detail: Mapped[Words]
    hash: Mapped[Digest]


class AuditHeadRow(Base):
    """One row: number and hash of the last event, sealed with the key that is not in the database."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class DraftRow(Base):
    """A coming version of an answer."""

    __tablename__ = "guidance_draft"

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random."""
    topic_id: Mapped[Identifier] = mapped_column(ForeignKey("topic.id"), index=True)
    content: Mapped[dict[str, Any]]
    """The whole answer, as `bot.storage.drafts` writes it."""
    state: Mapped[DraftState] = mapped_column(by_value(DraftState, "state"), index=True)
    authors: Mapped[list[str]]
    effective_from: Mapped[Day | None]
    summary: Mapped[Words]
    review_note: Mapped[Words]
    edition: Mapped[int]
    changed_at: Mapped[Moment]
    approver: Mapped[Identifier | None]
    published_version: Mapped[int | None]
