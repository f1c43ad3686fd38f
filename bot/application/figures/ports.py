"""What the pages of figures need from outside: counts of questions from the daily roll-ups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bot.application.figures.publish_figures import DayCount
from bot.core.dialogue.decision import DecisionKind
from bot.core.figures.trends import DateRange
from bot.core.vocabulary import Channel, Stage


@dataclass(frozen=True, kw_only=True)
class CountFilter:
    """Which questions are counted."""

    span: DateRange
    channel: Channel | None = None
    """None: every channel."""
    stage: Stage | None = None
    """The stage that held when it was asked; None: every stage and none."""
    topic: str | None = None
    """None: every topic, and questions without one."""


@dataclass(frozen=True, kw_only=True)
class TopicCount:
    """Questions of one kind."""

    topic: str
    """Empty for questions without a topic: clarified, not known, greetings."""
    decision: DecisionKind
    asked: int
    measures: Mapping[str, int]
    """Of them, how many counted for each measure, by its name."""


@dataclass(frozen=True, kw_only=True)
class CountOfDay:
    """Questions of one day with one decision."""

    day: date
    decision: DecisionKind
    asked: int


@dataclass(frozen=True, kw_only=True)
class FeedbackCount:
    """What people said of the answers of a topic."""

    topic: str
    helpful: int
    unhelpful: int


class QuestionCounts(Protocol):
    """The roll-ups; they are as new as the last hour that has ended."""

    async def by_topic(self, sieve: CountFilter) -> Sequence[TopicCount]:
        """Return the counts by topic and decision, in no order."""

    async def by_day(self, sieve: CountFilter) -> Sequence[CountOfDay]:
        """Return the counts by day and decision, over all topics."""

    async def by_topic_and_day(self, sieve: CountFilter) -> Sequence[DayCount]:
        """Return the counts by topic and day, in no order; questions without a topic are left out."""

    async def votes(self, span: DateRange) -> Sequence[FeedbackCount]:
        """Return the feedback by topic; it is counted over all channels and stages."""
