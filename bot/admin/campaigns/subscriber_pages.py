"""Agencies with the links their staff subscribe by, and how many people subscribed, told without telling on anybody."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from bot.admin.campaigns.bot_links import BotLinks
from bot.admin.web import campaign_labels
from bot.admin.web.gate import AdminRequest, AdminRoute, get, post
from bot.admin.web.render import Renderer, done
from bot.application.campaigns.manage_campaigns import ManageCampaigns
from bot.core.accounts.users import Permission
from bot.core.campaigns.consent import Agency, TimeZone
from bot.core.errors import InvalidInputError
from bot.core.figures.disclosure import MIN_CELL, publish_people


@dataclass(frozen=True, kw_only=True)
class SubscriberPages:
    """The pages, with what they need."""

    manage: ManageCampaigns
    links: BotLinks
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        return [
            get("/instansi", Permission.REVIEW_CAMPAIGNS, self._agencies),
            post("/instansi", Permission.BROADCAST, self._save),
            get("/pelanggan", Permission.REVIEW_CAMPAIGNS, self._subscribers),
        ]

    async def _agencies(self, visit: AdminRequest) -> Response:
        return await self._agency_page(visit, 200, await self._wanted(visit), None)

    async def _wanted(self, visit: AdminRequest) -> Agency:
        """Return the agency that the address names, to be changed, or an empty one."""
        present = (await self.manage.agencies(visit.user)).get(visit.asked("ubah"))
        return present or Agency(code="", name="", region="", zone=TimeZone.WIB)

    async def _save(self, visit: AdminRequest) -> Response:
        zone = TimeZone(visit.value("zone")) if visit.value("zone") in set(TimeZone) else TimeZone.WIB
        wanted = Agency(
            code=visit.value("code").lower()[:60],
            name=" ".join(visit.value("name").split())[:100],
            region=" ".join(visit.value("region").split())[:100],
            zone=zone,
        )
        try:
            await self.manage.save_agency(visit.user, wanted)
        except InvalidInputError as error:
            return await self._agency_page(visit, 400, wanted, str(error))
        return done(visit, "/instansi", "instansi-simpan")

    async def _agency_page(self, visit: AdminRequest, status: int, wanted: Agency, error: str | None) -> Response:
        found = await self.manage.agencies(visit.user)
        links = {code: self.links.subscribe(code) for code in found}
        pictures = {code: self.links.picture(link) for code, link in links.items() if link}
        return self.render.page(
            visit,
            "agencies.html",
            status,
            agencies=found.values(),
            links=links,
            pictures=pictures,
            wanted=wanted,
            is_known=wanted.code in found,
            may_change=visit.user.may(Permission.BROADCAST) and visit.user.agency is None,
            error=error,
            zones=list(TimeZone),
        )

    async def _subscribers(self, visit: AdminRequest) -> Response:
        counts = await self.manage.opt_in_counts(visit.user)
        agencies = {code: each.name for code, each in (await self.manage.agencies(visit.user)).items()}
        total, tables = publish_people({column: _of_column(counts, column) for column in campaign_labels.COLUMNS})
        return self.render.page(
            visit,
            "subscribers.html",
            tables=tables,
            total=total,
            agencies=agencies,
            smallest=MIN_CELL,
            cw=campaign_labels,
        )


def _of_column(counts: Mapping[tuple[str, str], int], column: str) -> Mapping[str, int]:
    """Return how many people have each value of one column."""
    return {value or "-": people for (name, value), people in counts.items() if name == column}
