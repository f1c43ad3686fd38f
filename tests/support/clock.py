"""A clock for the whole application that stands still until moved."""

from datetime import datetime, timedelta

from bot.bootstrap.services import SystemClock
from tests.support.database import JAKARTA


class StillClock(SystemClock):
    """Stands still until moved."""

    def __init__(self, at: datetime) -> None:
        """Take the time."""
        super().__init__(JAKARTA)
        self.at = at.astimezone(JAKARTA)

    def now(self) -> datetime:
        """Return the set time."""
        return self.at

    def forward(self, **span: float) -> None:
        """Move on, by what `timedelta` takes."""
        self.at += timedelta(**span)
