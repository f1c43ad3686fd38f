"""The first page: what waits for whoever is logged in."""

from dataclasses import dataclass

from starlette.responses import Response

from bot.admin.pages import Page, Visit, get
from bot.admin.render import Renderer
from bot.application.edit_drafts import GuidanceStore
from bot.core.accounts import Permission
from bot.core.drafts import DraftState
from bot.core.reviews import reviews_on


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
    render: Renderer

    def pages(self) -> list[Page]:
        """Give the routes."""
        return [get("", Permission.VIEW, self._home)]

    async def _home(self, visit: Visit) -> Response:
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            periods = await unit.desk.stage_periods()
            drafts = await unit.drafts.open_drafts()
        found = reviews_on(book, periods, visit.now.date())
        name = visit.user.name
        waiting = [draft for draft in drafts if draft.state is DraftState.SUBMITTED]
        if visit.user.may(Permission.PUBLISH):
            waiting = [draft for draft in waiting if name not in draft.authors]
        given_back = [draft for draft in drafts if draft.state is DraftState.WRITING and name in draft.authors]
        tiles = [
            Tile(number=len(found.withheld), label="jawaban sedang ditahan", path="/tinjau"),
            Tile(number=len(found.soon), label="jatuh tempo dalam 30 hari", path="/tinjau"),
            Tile(number=len(found.before_next_stage), label="sebelum tahapan berikutnya selesai", path="/tinjau"),
            Tile(number=len(waiting), label="draf menunggu ditinjau", path="/draf"),
            Tile(number=len(given_back), label="draf Anda yang belum diajukan", path="/draf"),
        ]
        return self.render.page(visit, "home.html", tiles=[tile for tile in tiles if tile.number])
