"""The first page: what waits for whoever is logged in, what is asked, and how everything does."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from bot.admin.figures.chart_views import course_view, published_view
from bot.admin.figures.periods import Period, periods_on, picked
from bot.admin.web.gate import AdminRequest, AdminRoute, get
from bot.admin.web.health_labels import health_lines
from bot.admin.web.render import Renderer
from bot.application.curation.edit_drafts import GuidanceStore
from bot.application.figures.read_figures import MAX_TOPICS, FigureSources, read_overview
from bot.core.accounts.audit_trail import SYSTEM
from bot.core.accounts.permissions import held_until, to_tell
from bot.core.accounts.users import Permission, User
from bot.core.curation.drafts import Draft, DraftState
from bot.core.curation.review_agenda import Reviews, reviews_on
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import stage_on
from bot.core.legal_day import legal_day

MAX_VOTED = 5
"""Topics in the list of feedback."""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One number that leads somewhere."""

    number: int
    label: str
    path: str


@dataclass(frozen=True, kw_only=True)
class HomePages:
    """The page, with what it needs."""

    store: GuidanceStore
    figures: FigureSources
    waiting_reminders: Callable[[User], Awaitable[int]]
    """Counts the reminders that wait for a user to approve."""
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        return [get("", Permission.VIEW, self._home)]

    async def _home(self, visit: AdminRequest) -> Response:
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            calendar = await unit.desk.stage_periods()
            drafts = await unit.drafts.open_drafts()
            handlings = await unit.audit.handlings(visit.user.name)
        today = legal_day(visit.now)
        periods = periods_on(today, calendar)
        period = picked(periods, visit.asked("masa"))
        reviews = reviews_on(book, calendar, today)
        running = [each for each in calendar if each.holds_on(today)]
        health = await self.figures.health()
        return self.render.page(
            visit,
            "home.html",
            200,
            tiles=_tiles(reviews, drafts, visit.user, await self.waiting_reminders(visit.user)),
            book=book,
            periods=periods,
            period=period,
            today=today,
            present=stage_on(calendar, today),
            running=running,
            reviews=reviews,
            health=health,
            health_lines=health_lines(health.parts),
            server=SYSTEM,
            told=to_tell(handlings, visit.now),
            held_until=next((until for until in [held_until(handlings)] if until and until > visit.now), None),
            **await self._questions(visit, book, period),
        )

    async def _questions(self, visit: AdminRequest, book: GuidanceBook, period: Period) -> dict[str, object]:
        """Return exact figures to the curators' circle, published ones to everybody else."""
        if not visit.user.may(Permission.SEE_COUNTS):
            view = await published_view(self.figures, book, legal_day(visit.now), period.weeks)
            top = [
                (topic, title, counts[-1]) for topic, title, counts in view.rows if topic in book.topics and counts[-1]
            ]
            return {"exact": None, "published": view, "course": view.course, "top": top[:MAX_TOPICS]}
        exact = await read_overview(self.figures.counts, period.span)
        votes = [each for each in exact.votes if each.topic in book.topics]
        return {
            "exact": exact,
            "published": None,
            "course": course_view(exact.course),
            "votes": votes[:MAX_VOTED],
            "helpful": sum(each.helpful for each in votes),
            "unhelpful": sum(each.unhelpful for each in votes),
        }


def _tiles(found: Reviews, drafts: Sequence[Draft], user: User, reminders: int) -> Sequence[Tile]:
    waiting = [draft for draft in drafts if draft.state is DraftState.SUBMITTED]
    if user.may(Permission.PUBLISH):
        waiting = [draft for draft in waiting if user.name not in draft.authors]
    given_back = [draft for draft in drafts if draft.state is DraftState.WRITING and user.name in draft.authors]
    tiles = [
        Tile(number=len(found.withheld), label="jawaban sedang ditahan", path="/tinjau"),
        Tile(number=len(found.soon), label="jatuh tempo dalam 30 hari", path="/tinjau"),
        Tile(number=len(found.before_next_stage), label="sebelum tahapan berikutnya selesai", path="/tinjau"),
        Tile(number=len(waiting), label="draf menunggu ditinjau", path="/draf"),
        Tile(number=len(given_back), label="draf Anda yang belum diajukan", path="/draf"),
        Tile(number=reminders, label="pengingat menunggu persetujuan Anda", path="/pengingat?keadaan=submitted"),
    ]
    return [tile for tile in tiles if tile.number]
