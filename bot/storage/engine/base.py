"""Every table, as SQLAlchemy sees it; the migrations make the same."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, TypeAlias, Unpack

from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    Enum,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine import Dialect, Row
from sqlalchemy.orm import DeclarativeBase, mapped_column

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
        """Return an aware moment."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Identifier = Annotated[str, mapped_column(String(200))]

Words = Annotated[str, mapped_column(Text)]

Moment = Annotated[datetime, mapped_column(UtcMoment)]

Day = Annotated[date, mapped_column(Date)]

Digest = Annotated[bytes, mapped_column(LargeBinary(32))]


def by_value(values: type[StrEnum], name: str) -> Enum:
    """Return the column type that stores an enum by its value, with a named check."""
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


# Rows in the order of a random key: the order of arrival is not kept anywhere in the table.
_UNORDERED = {"sqlite_with_rowid": False}
