"""The value that a database's own key opens, and what it is bound to."""

from sqlalchemy import (
    LargeBinary,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.engine.base import Base

KNOWN = b"sinetral key check v1"

BINDING = b"key check"

ROW = 1


class KeyCheckRow(Base):
    """A known value under the current key: whoever cannot open it has the key file of another database."""

    __tablename__ = "key_check"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
