"""The day that decides which law is in force, which stage runs and which answer may be sent."""

from datetime import UTC, date, datetime, timedelta, timezone

JAKARTA = timezone(timedelta(hours=7), "WIB")
"""The clock of the capital, where laws are dated."""


def legal_day(moment: datetime) -> date:
    """Return the day of a moment by the clock it stands in, which is the agency's; one in UTC is read in Jakarta's.

    Moments that come from a database stand in UTC: their own date is the day before until seven in the morning.

    Raises:
        ValueError: for a moment without a zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone has no legal day")
    return (moment.astimezone(JAKARTA) if moment.tzinfo is UTC else moment).date()
