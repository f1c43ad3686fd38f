"""Tables of this room, as SQLAlchemy sees them; the migrations make the same."""

from sqlalchemy.orm import Mapped, mapped_column

from bot.core.privacy.retention import PrivacyEvent
from bot.storage.engine.base import _UNORDERED, Base, Day, Identifier, by_value


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
