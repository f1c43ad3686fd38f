"""Indonesia's national holidays; the dates of moons are estimates until the government names them."""

from collections.abc import Collection, Iterable
from datetime import date

import holidays


def national_holidays(years: Iterable[int]) -> Collection[date]:
    """Return the holidays of some years."""
    return frozenset(holidays.country_holidays("ID", years=years))
