"""A clock that stands where it was set."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class FakeClock:
    """Stands still until moved."""

    at: datetime

    def now(self) -> datetime:
        """Return the set time."""
        return self.at
