"""Figures for the pages: exact for the curators' circle, published ones for everybody else."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.application.figures.ports import CountFilter, CountOfDay, FeedbackCount, QuestionCounts, TopicCount
from bot.application.figures.service_health import ServiceHealth
from bot.core.dialogue.decision import DecisionKind
from bot.core.figures.disclosure import PublishedTable
from bot.core.figures.measures import UNDERSTOOD_AT_ONCE, of_measure
from bot.core.figures.trends import OUTCOMES, DateRange, QuestionOutcome, RisingTopic, per_slice, rising

MAX_TOPICS = 8
"""In the list of the overview."""
MAX_RISING = 5


@dataclass(frozen=True, kw_only=True)
class FigureSources:
    """Where the pages of figures read."""

    counts: QuestionCounts
    published: Callable[[date, int], Awaitable[PublishedTable]]
    """Given today and a number of weeks: topic by whole week, as anybody may see it."""
    wordings: Callable[[str], Awaitable[Sequence[str]]]
    """Returns labelled examples of a topic, none for a topic without them."""
    health: Callable[[], Awaitable[ServiceHealth]]


@dataclass(frozen=True, kw_only=True)
class TimeSeries:
    """Questions over a period."""

    slices: Sequence[DateRange]
    series: Mapping[QuestionOutcome, Sequence[int]]
    """Questions a slice."""
    beside: int
    """Greetings, thanks and requests for opinions: no questions."""

    @property
    def totals(self) -> Mapping[QuestionOutcome, int]:
        """Return the questions of the whole period."""
        return {outcome: sum(values) for outcome, values in self.series.items()}

    @property
    def asked(self) -> int:
        """Return all questions."""
        return sum(self.totals.values())


@dataclass(frozen=True, kw_only=True)
class TopicFigures:
    """One topic in a period."""

    topic: str
    asked: int
    answered: int
    measures: Mapping[str, int]
    """Of the answered, how many counted for each measure, by its name."""
    before: int
    """Asked in as many days, right before."""
    votes: FeedbackCount | None = None
    trend: Sequence[int] = ()
    """Questions a slice of the period."""

    @property
    def chosen(self) -> int:
        """Return how many answers came by a button, a choice or a further question."""
        return self.answered - of_measure(self.measures, UNDERSTOOD_AT_ONCE)

    @property
    def withheld(self) -> int:
        """Return how many were understood and got no answer, since it was withheld."""
        return self.asked - self.answered


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What the first page shows of questions."""

    span: DateRange
    course: TimeSeries
    before: int
    """Questions in as many days, right before."""
    topics: Sequence[TopicFigures]
    """Asked most, first; at most `MAX_TOPICS`."""
    rising: Sequence[RisingTopic]
    votes: Sequence[FeedbackCount]
    """Of topics with any; those with the most no first."""


async def read_overview(counts: QuestionCounts, span: DateRange) -> Overview:
    """Read what the overview shows."""
    sieve, sieve_before = CountFilter(span=span), CountFilter(span=span.before)
    earlier = _asked_by_topic(await counts.by_topic(sieve_before))
    before = sum(_questions(await counts.by_day(sieve_before)).values())
    topics = _topic_figures(await counts.by_topic(sieve), earlier)
    votes = sorted(await counts.votes(span), key=lambda each: (-each.unhelpful, -each.helpful, each.topic))
    return Overview(
        span=span,
        course=_course(span, await counts.by_day(sieve)),
        before=before,
        topics=topics[:MAX_TOPICS],
        rising=rising({each.topic: each.asked for each in topics}, earlier)[:MAX_RISING],
        votes=votes,
    )


async def read_course(counts: QuestionCounts, sieve: CountFilter) -> TimeSeries:
    """Read questions over a period."""
    return _course(sieve.span, await counts.by_day(sieve))


async def read_topics(counts: QuestionCounts, sieve: CountFilter) -> Sequence[TopicFigures]:
    """Read every topic that was asked in a period, asked most first, with its trend and its feedback."""
    earlier = await counts.by_topic(CountFilter(span=sieve.span.before, channel=sieve.channel, stage=sieve.stage))
    votes = {each.topic: each for each in await counts.votes(sieve.span)}
    by_topic: dict[str, list[tuple[date, int]]] = {}
    for each in await counts.by_topic_and_day(sieve):
        by_topic.setdefault(each.topic, []).append((each.day, each.asked))
    slices = sieve.span.slices()
    found = _topic_figures(await counts.by_topic(sieve), _asked_by_topic(earlier))
    return [
        replace(each, votes=votes.get(each.topic), trend=per_slice(slices, by_topic.get(each.topic, [])))
        for each in found
    ]


async def read_topic(counts: QuestionCounts, span: DateRange, topic: str) -> tuple[TopicFigures, int]:
    """Read one topic in a period, without its trend, and how many questions all topics had."""
    figures = _topic_figures(
        await counts.by_topic(CountFilter(span=span)),
        _asked_by_topic(await counts.by_topic(CountFilter(span=span.before, topic=topic))),
    )
    votes = {each.topic: each for each in await counts.votes(span)}
    none = TopicFigures(topic=topic, asked=0, answered=0, measures={}, before=0)
    found = next((each for each in figures if each.topic == topic), none)
    return replace(found, votes=votes.get(topic)), sum(each.asked for each in figures)


def _course(span: DateRange, found: Sequence[CountOfDay]) -> TimeSeries:
    slices = span.slices()
    return TimeSeries(
        slices=slices,
        series={
            outcome: per_slice(slices, [(e.day, e.asked) for e in found if OUTCOMES.get(e.decision) is outcome])
            for outcome in QuestionOutcome
        },
        beside=sum(each.asked for each in found if each.decision not in OUTCOMES),
    )


def _questions(found: Sequence[CountOfDay]) -> Mapping[QuestionOutcome, int]:
    totals = dict.fromkeys(QuestionOutcome, 0)
    for each in found:
        if each.decision in OUTCOMES:
            totals[OUTCOMES[each.decision]] += each.asked
    return totals


def _asked_by_topic(found: Sequence[TopicCount]) -> Mapping[str, int]:
    asked: dict[str, int] = {}
    for each in found:
        if each.topic:
            asked[each.topic] = asked.get(each.topic, 0) + each.asked
    return asked


def _topic_figures(found: Sequence[TopicCount], before: Mapping[str, int]) -> list[TopicFigures]:
    answers = {each.topic: each for each in found if each.decision is DecisionKind.ANSWER}
    figures = [
        TopicFigures(
            topic=topic,
            asked=asked,
            answered=answers[topic].asked if topic in answers else 0,
            measures=answers[topic].measures if topic in answers else {},
            before=before.get(topic, 0),
        )
        for topic, asked in _asked_by_topic(found).items()
    ]
    return sorted(figures, key=lambda each: (-each.asked, each.topic))
