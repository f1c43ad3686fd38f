"""Who opted in to reminders, on which terms, and when nobody is disturbed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from enum import StrEnum

from bot.core.vocabulary import Channel, Stage

QUIET_FROM = time(20)

QUIET_UNTIL = time(7)
"""No reminder comes at night, by the person's own clock."""


class TimeZone(StrEnum):
    """The three time zones of Indonesia; none has summer time."""

    WIB = "WIB"
    WITA = "WITA"
    WIT = "WIT"

    @property
    def offset(self) -> timezone:
        """The clock of the zone."""
        return timezone(timedelta(hours=_HOURS[self]))


_HOURS = {TimeZone.WIB: 7, TimeZone.WITA: 8, TimeZone.WIT: 9}


def can_be_reached(channel: Channel, refusals: int) -> bool:
    """Decide whether a person may be written to who was found unreachable so often since they last wrote."""
    return refusals < MAX_UNREACHABLE.get(channel, 1)


@dataclass(frozen=True, kw_only=True)
class Agency:
    """One agency that people may subscribe under."""

    code: str
    """In its links; a-z, 0-9, - and _."""
    name: str
    region: str
    zone: TimeZone


@dataclass(frozen=True, kw_only=True)
class ReminderPreferences:
    """A person's consent to reminders, its proof, and what they chose."""

    method: str
    """How consent was given: `link` of an agency, or `button`."""
    text_version: str
    """Which text was agreed to."""
    agency: str | None = None
    region: str | None = None
    role: str | None = None
    zone: TimeZone = TimeZone.WIB
    stages: frozenset[Stage] = frozenset(Stage)


def quiet_until(zone: TimeZone, now: datetime) -> datetime | None:
    """Return when the quiet hours of a zone end, None when there are none now."""
    local = now.astimezone(zone.offset)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return datetime.combine(day, QUIET_UNTIL, zone.offset)


def week_of(now: datetime) -> int:
    """Number the week that a moment lies in, Monday to Sunday by the clock of Jakarta."""
    return (now.astimezone(TimeZone.WIB.offset).date().toordinal() - 1) // 7


MAX_UNREACHABLE: Mapping[Channel, int] = {Channel.WHATSAPP: 2}
"""So many refusals of a platform say for good that a person cannot be reached; one where none is named.

WhatsApp's 131026 has causes that pass: terms of use that are not accepted yet, an old app
(Cloud API, error codes).
"""
