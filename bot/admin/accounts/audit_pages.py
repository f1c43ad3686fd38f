"""The audit trail to read."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from bot.admin.web.gate import AdminRequest, AdminRoute, get
from bot.admin.web.render import Renderer
from bot.application.accounts.ports import AdminStore
from bot.core.accounts.audit_trail import ChainBreak
from bot.core.accounts.users import Permission

PAGE_SIZE = 50


@dataclass(frozen=True, kw_only=True)
class AuditPages:
    """The pages, with what they need."""

    store: AdminStore
    verify: Callable[[], Awaitable[tuple[int, ChainBreak | None]]]
    """Checks the whole trail."""
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        return [get("/jejak", Permission.READ_AUDIT, self._trail)]

    async def _trail(self, visit: AdminRequest) -> Response:
        below = visit.asked("sebelum")
        before = int(below) if below.isascii() and below.isdecimal() and len(below) < 16 else None
        async with self.store.unit() as unit:
            events = await unit.audit.page(before, PAGE_SIZE, visit.user.agency)
        checked = await self.verify() if visit.asked("periksa") else None
        older = events[-1].number if len(events) == PAGE_SIZE else None
        return self.render.page(visit, "audit.html", events=events, checked=checked, older=older)
