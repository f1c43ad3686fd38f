"""Frequent questions: topics by how often they are asked, one topic, and the file to keep."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from starlette.responses import Response

from bot.admin.figures.chart_views import HIDDEN, course_view, published_view
from bot.admin.figures.charts import spark
from bot.admin.figures.periods import Period, periods_on, picked
from bot.admin.web.csv_export import csv_file
from bot.admin.web.gate import AdminRequest, AdminRoute, get
from bot.admin.web.render import Renderer
from bot.application.curation.edit_drafts import GuidanceStore
from bot.application.figures.ports import CountFilter
from bot.application.figures.read_figures import FigureSources, TopicFigures, read_course, read_topic, read_topics
from bot.core.accounts.users import Permission
from bot.core.figures.measures import MEASURES
from bot.core.figures.trends import QuestionOutcome
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import GuidanceEntry, Topic
from bot.core.legal_day import legal_day
from bot.core.vocabulary import Channel, Stage

TOPIC_OUTCOMES = {QuestionOutcome.ANSWERED: "Dijawab", QuestionOutcome.NOT_KNOWN: "Ditahan"}
"""A question that was clarified or not known has no topic."""
MIN_VOTES = 5
"""Before a topic is sorted by its rating."""


def _rating(each: TopicFigures) -> float:
    """Return the share of yes, the worst first; topics with few votes come last."""
    votes = each.votes
    if votes is None or votes.helpful + votes.unhelpful < MIN_VOTES:
        return 2.0
    return votes.helpful / (votes.helpful + votes.unhelpful)


ORDERS: Mapping[str, str] = {
    "banyak": "paling banyak ditanyakan",
    "naik": "paling naik",
    "nilai": "penilaian terendah",
    "pilihan": "paling sering lewat pilihan",
}
_KEYS: Mapping[str, Callable[[TopicFigures], float]] = {
    "banyak": lambda each: -each.asked,
    "naik": lambda each: each.before - each.asked,
    "nilai": _rating,
    "pilihan": lambda each: -each.chosen / max(each.answered, 1),
}
Kind = TypeVar("Kind", bound=StrEnum)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One topic in the list."""

    topic: Topic
    figures: TopicFigures
    points: str
    """Of its small line."""


@dataclass(frozen=True, kw_only=True)
class Picked:
    """What the address asks for."""

    period: Period
    group: str
    words: str
    channel: Channel | None
    stage: Stage | None
    order: str

    @property
    def sieve(self) -> CountFilter:
        """Return what is counted."""
        return CountFilter(span=self.period.span, channel=self.channel, stage=self.stage)


@dataclass(frozen=True, kw_only=True)
class QuestionPages:
    """The pages, with what they need."""

    store: GuidanceStore
    figures: FigureSources
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        see = Permission.VIEW
        return [
            get("/pertanyaan", see, self._list),
            get("/pertanyaan/unduh", see, self._file),
            get("/pertanyaan/topik/{topic}", see, self._topic),
        ]

    async def _list(self, visit: AdminRequest) -> Response:
        book, periods, wanted = await self._read(visit)
        is_exact = visit.user.may(Permission.SEE_COUNTS)
        shown = await (self._exact(book, wanted) if is_exact else self._published(visit, book, wanted))
        return self.render.page(
            visit,
            "questions.html",
            200,
            measures=MEASURES,
            wanted=wanted,
            periods=periods,
            groups=book.groups,
            channels=list(Channel),
            stages=list(Stage),
            orders=ORDERS,
            **shown,
        )

    async def _exact(self, book: GuidanceBook, wanted: Picked) -> dict[str, object]:
        found = {each.topic: each for each in await read_topics(self.figures.counts, wanted.sieve)}
        topics = [topic for topic in book.topics.values() if _fits(topic, wanted)]
        asked = [(topic, found[topic.id]) for topic in topics if topic.id in found]
        asked.sort(key=lambda pair: (_KEYS[wanted.order](pair[1]), -pair[1].asked, pair[0].id))
        return {
            "published": None,
            "lines": [Line(topic=topic, figures=each, points=spark(each.trend)) for topic, each in asked],
            "quiet": [topic for topic in topics if topic.id not in found],
            "course": course_view(await read_course(self.figures.counts, wanted.sieve)),
            "asked": sum(each.asked for each in found.values()),
        }

    async def _published(self, visit: AdminRequest, book: GuidanceBook, wanted: Picked) -> dict[str, object]:
        view = await published_view(self.figures, book, legal_day(visit.now), wanted.period.weeks)
        rows = [row for row in view.rows if _is_shown(book, row[0], wanted)]
        told = [row for row in rows if any(row[2])]
        return {"published": view, "rows": told, "hidden": [row for row in rows if row not in told], "quiet": []}

    async def _topic(self, visit: AdminRequest) -> Response:
        book, periods, wanted = await self._read(visit)
        topic = book.topics.get(visit.path("topic"))
        if topic is None:
            return self.render.problem(visit, 404, "Topik itu tidak ada.")
        today = legal_day(visit.now)
        standing = book.answer_on(topic.id, today)
        if visit.user.may(Permission.SEE_COUNTS):
            shown = await self._exact_topic(topic.id, wanted)
        else:
            view = await published_view(self.figures, book, today, wanted.period.weeks, topic.id)
            shown = {"topic_figures": None, "course": view.course}
        return self.render.page(
            visit,
            "question.html",
            200,
            measures=MEASURES,
            topic=topic,
            entry=book.entries.get(topic.id),
            withheld=None if isinstance(standing, GuidanceEntry) else standing,
            wordings=await self.figures.wordings(topic.id),
            periods=periods,
            period=wanted.period,
            **shown,
        )

    async def _exact_topic(self, topic: str, wanted: Picked) -> dict[str, object]:
        counts, span = self.figures.counts, wanted.period.span
        figures, all_asked = await read_topic(counts, span, topic)
        course = await read_course(counts, CountFilter(span=span, topic=topic))
        return {
            "topic_figures": figures,
            "all_asked": all_asked,
            "course": course_view(course, TOPIC_OUTCOMES),
        }

    async def _file(self, visit: AdminRequest) -> Response:
        """Return the figures that anybody may see, whoever asks: a file goes on to others."""
        book, _, wanted = await self._read(visit)
        view = await published_view(self.figures, book, legal_day(visit.now), wanted.period.weeks)
        head = ["topik", "judul", "kelompok", *(f"minggu {week}" for week in view.weeks), "jumlah"]
        rows: list[Sequence[str | int]] = [head]
        for topic, title, figures in view.rows:
            group = book.groups.get(book.topics[topic].group, "") if topic in book.topics else ""
            cells = [HIDDEN if figure is None else figure for figure in figures]
            rows.append([topic if topic in book.topics else "", title, group, *cells])
        return csv_file(rows, f"sinetral-pertanyaan-{view.first}-sampai-{view.last}.csv")

    async def _read(self, visit: AdminRequest) -> tuple[GuidanceBook, Sequence[Period], Picked]:
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            calendar = await unit.desk.stage_periods()
        periods = periods_on(legal_day(visit.now), calendar)
        order = visit.asked("urut")
        wanted = Picked(
            period=picked(periods, visit.asked("masa")),
            group=visit.asked("kelompok"),
            words=visit.asked("cari")[:100],
            channel=_one_of(Channel, visit.asked("kanal")),
            stage=_one_of(Stage, visit.asked("tahapan")),
            order=order if order in ORDERS else next(iter(ORDERS)),
        )
        return book, periods, wanted


def _fits(topic: Topic, wanted: Picked) -> bool:
    return wanted.group in ("", topic.group) and wanted.words.lower() in f"{topic.title} {topic.label}".lower()


def _is_shown(book: GuidanceBook, row: str, wanted: Picked) -> bool:
    """Say whether a row of published figures is asked for; rows without a topic only when nothing is."""
    if row in book.topics:
        return _fits(book.topics[row], wanted)
    return not (wanted.group or wanted.words)


def _one_of(kinds: type[Kind], written: str) -> Kind | None:
    return kinds(written) if written in {kind.value for kind in kinds} else None
