"""What was asked, over time: periods and their slices, outcomes, and topics that are asked more than before."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.core.dialogue.decision import DecisionKind

MAX_DAYS_AS_DAYS = 35
"""A longer period is shown by week: more bars cannot be told apart on a phone."""
MIN_TO_RISE = 10
"""Questions in the period, before a topic may be called rising: fewer come and go by chance."""
NOISE = 2.0
"""Standard deviations of the difference of two counts (Poisson: the root of their sum) that chance may give."""
DAY = timedelta(days=1)
WEEK_DAYS = 7


class QuestionOutcome(StrEnum):
    """What a question got; greetings and requests for opinions are no questions."""

    ANSWERED = "answered"
    CLARIFIED = "clarified"
    NOT_KNOWN = "not_known"


OUTCOMES: Mapping[DecisionKind, QuestionOutcome] = {
    DecisionKind.ANSWER: QuestionOutcome.ANSWERED,
    DecisionKind.CLARIFY: QuestionOutcome.CLARIFIED,
    DecisionKind.FALLBACK: QuestionOutcome.NOT_KNOWN,
}


@dataclass(frozen=True, kw_only=True)
class DateRange:
    """Some days."""

    first: date
    last: date
    """Inclusive."""

    @property
    def days(self) -> int:
        """Return how many days."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "DateRange":
        """Return as many days, right before these."""
        return DateRange(first=self.first - self.days * DAY, last=self.first - DAY)

    @property
    def is_by_day(self) -> bool:
        """Say whether its slices are days; else they are weeks."""
        return self.days <= MAX_DAYS_AS_DAYS

    def slices(self) -> Sequence["DateRange"]:
        """Return its days, or its weeks from Monday to Sunday, cut at both ends; earliest first."""
        if self.is_by_day:
            return [
                DateRange(first=day, last=day) for day in (self.first + number * DAY for number in range(self.days))
            ]
        found = []
        first = self.first
        while first <= self.last:
            sunday = first + (WEEK_DAYS - 1 - first.weekday()) * DAY
            found.append(DateRange(first=first, last=min(sunday, self.last)))
            first = sunday + DAY
        return found


def last_days(today: date, days: int) -> DateRange:
    """Return the span of so many days that ends today."""
    return DateRange(first=today - (days - 1) * DAY, last=today)


def per_slice(slices: Sequence[DateRange], counts: Iterable[tuple[date, int]]) -> list[int]:
    """Add up counts of days by slice.

    Args:
        slices: one after the other without a gap, earliest first.
        counts: days outside the slices are left out; a day may come twice.
    """
    found = [0] * len(slices)
    place = {each.first + number * DAY: index for index, each in enumerate(slices) for number in range(each.days)}
    for day, count in counts:
        if day in place:
            found[place[day]] += count
    return found


@dataclass(frozen=True, kw_only=True)
class RisingTopic:
    """A topic that is asked more than before."""

    topic: str
    asked: int
    before: int
    """In as many days, right before."""


def rising(asked: Mapping[str, int], before: Mapping[str, int]) -> Sequence[RisingTopic]:
    """Return the topics that are asked more than before by more than chance gives, the surest first.

    Args:
        asked: questions by topic in a period.
        before: the same in the period before it; a topic that is missing was not asked.
    """
    found = [RisingTopic(topic=topic, asked=count, before=before.get(topic, 0)) for topic, count in asked.items()]
    risen = [each for each in found if each.asked >= MIN_TO_RISE and _surety(each) > NOISE]
    return sorted(risen, key=lambda each: (-_surety(each), each.topic))


def _surety(each: RisingTopic) -> float:
    return (each.asked - each.before) / math.sqrt(each.asked + each.before)


def share(part: int, whole: int) -> int:
    """Return a share in whole per cent; 0 of nothing."""
    return round(100 * part / whole) if whole else 0
