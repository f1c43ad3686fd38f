"""Tables of the administrators' web."""

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Integer,
    LargeBinary,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.accounts.sessions import SessionStage
from bot.storage.engine.base import Base, Digest, Identifier, Moment, Words, by_value


class UserRow(Base):
    """One person who may log in."""

    __tablename__ = "user"

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random."""
    name: Mapped[Identifier] = mapped_column(unique=True)
    full_name: Mapped[Identifier]
    roles: Mapped[list[str]]
    agency: Mapped[Identifier | None]
    """A code of the list."""
    is_national: Mapped[bool] = mapped_column(server_default=false())
    """Chosen by name; without it and without an agency a user reaches nothing."""
    is_disabled: Mapped[bool]
    password_hash: Mapped[Words]
    must_change_password: Mapped[bool]
    must_renew_factor: Mapped[bool] = mapped_column(server_default=false())
    """Whether the login was reset since the second factor was set up."""
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the second factor; sealed."""
    last_step: Mapped[int] = mapped_column(BigInteger)
    """The time step of the code used last, so that no code works twice."""
    failures: Mapped[int]
    """Read no more; a later migration removes it and the next one."""
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
    subject: Mapped[Identifier] = mapped_column(index=True)
    detail: Mapped[Words]
    hash: Mapped[Digest]


class AuditHeadRow(Base):
    """One row: number and hash of the last event, sealed with the key that is not in the database."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class LoginFailureRow(Base):
    """Failed logins of one hour and name that the audit trail does not hold yet."""

    __tablename__ = "login_failure"

    name: Mapped[Identifier] = mapped_column(primary_key=True)
    """A user's name; empty for all names that nobody has: what was typed is kept nowhere."""
    hour: Mapped[Moment] = mapped_column(primary_key=True)
    kind: Mapped[Identifier] = mapped_column(primary_key=True)
    times: Mapped[int]


class AgencyRow(Base):
    """One agency that people may subscribe under; its code is in the links it gives to its staff."""

    __tablename__ = "agency"

    code: Mapped[Identifier] = mapped_column(primary_key=True)
    name: Mapped[Identifier]
    region: Mapped[Identifier]
    zone: Mapped[Identifier]
