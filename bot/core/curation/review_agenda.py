"""The alarm of stale law: which answers are kept back, and which will be before it matters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.core.guidance.book import GuidanceBook, WithheldAnswer
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.guidance.entry import GuidanceEntry

SOON = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Reviews:
    """What curators must look at."""

    withheld: tuple[WithheldAnswer, ...]
    """Kept back today."""
    soon: tuple[GuidanceEntry, ...]
    """Due within thirty days, the earliest first."""
    next_stage: StagePeriod | None
    """The next stage to begin, None when the calendar holds none."""
    before_next_stage: tuple[GuidanceEntry, ...]
    """Not due soon, but before the next stage has ended."""


def reviews_on(book: GuidanceBook, periods: Iterable[StagePeriod], today: date) -> Reviews:
    """Return what must be looked at on a day."""
    coming = [period for period in periods if period.starts_on > today]
    next_stage = min(coming, key=lambda period: period.starts_on, default=None)
    given = [entry for topic in book.topics if isinstance(entry := book.answer_on(topic, today), GuidanceEntry)]
    given.sort(key=lambda entry: (entry.review_by, entry.topic))
    soon = [entry for entry in given if entry.review_by <= today + SOON]
    later = [entry for entry in given if entry not in soon and next_stage and entry.review_by < next_stage.ends_on]
    withheld = [
        standing for topic in book.topics if isinstance(standing := book.answer_on(topic, today), WithheldAnswer)
    ]
    return Reviews(withheld=tuple(withheld), soon=tuple(soon), next_stage=next_stage, before_next_stage=tuple(later))
