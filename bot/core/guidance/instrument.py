"""Regulations, circulars and rulings, and when they are in force."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class InstrumentStatus(StrEnum):
    """What has become of a regulation."""

    IN_FORCE = "berlaku"
    AMENDED = "diubah"
    REVOKED = "dicabut"
    LAPSED = "berakhir"
    """Made for a past election or period."""


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One regulation, circular or ruling."""

    code: str
    """Short name, as citations show it; unique."""
    title: str
    number: str | None
    dated: str | None
    """ISO date, or only the year where no more is known."""
    status: InstrumentStatus
    in_force_from: date | None
    in_force_to: date | None
    amended_by: tuple[str, ...]
    replaced_by: str | None
    source: str
    note: str | None

    def is_in_force(self, on: date) -> bool:
        """Say whether it may carry an answer on this day; amended ones may."""
        if self.in_force_from is not None and on < self.in_force_from:
            return False
        if self.in_force_to is not None:
            return on <= self.in_force_to
        return self.status in (InstrumentStatus.IN_FORCE, InstrumentStatus.AMENDED)
