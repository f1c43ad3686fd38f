"""WhatsApp: which message templates may be used, what is wrong with the others, and how a number is set up."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from bot.admin.web.gate import AdminRequest, AdminRoute, get
from bot.admin.web.render import Renderer
from bot.application.campaigns.sync_platform_templates import TemplateRegistry
from bot.core.accounts.users import Permission
from bot.core.campaigns.platform_template import REQUIRED_TEMPLATES, UTILITY, PlatformTemplate, unfit
from bot.core.campaigns.status_texts import UNFIT

USES = {
    "pengingat_netralitas": "pengingat berisi jawaban topik, kepada yang tidak menulis dalam 24 jam terakhir",
    "pengingat_singkat": "pengingat dari templat sendiri, kepada yang tidak menulis dalam 24 jam terakhir",
    "jawaban_tertunda": "meminta orang menulis lagi, bila jawabannya baru siap setelah 24 jam",
}
STATUSES = {
    "APPROVED": "disetujui",
    "PENDING": "ditinjau Meta",
    "REJECTED": "ditolak",
    "PAUSED": "dijeda Meta",
    "DISABLED": "dinonaktifkan Meta",
}

CATEGORIES = {"UTILITY": "utilitas", "MARKETING": "pemasaran", "AUTHENTICATION": "autentikasi"}


@dataclass(frozen=True, kw_only=True)
class Need:
    """One template that we use, and how it stands."""

    name: str
    use: str
    problem: str | None
    """None when it may be used."""
    is_costly: bool
    """Whether Meta counts it as marketing: paid for, and capped for each person."""


@dataclass(frozen=True, kw_only=True)
class WhatsAppPages:
    """The page, with what it needs."""

    templates: TemplateRegistry
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        return [get("/whatsapp", Permission.VIEW, self._show)]

    async def _show(self, visit: AdminRequest) -> Response:
        known = tuple(await self.templates.templates())
        return self.render.page(
            visit,
            "whatsapp.html",
            needs=_needs(known),
            known=known,
            statuses=STATUSES,
            categories=CATEGORIES,
            synced_at=await self.templates.synced_at(),
        )


def _needs(known: tuple[PlatformTemplate, ...]) -> Sequence[Need]:
    needs = []
    for wanted in REQUIRED_TEMPLATES:
        why = unfit(wanted, known)
        found = next((each for each in known if (each.name, each.language) == (wanted.name, wanted.language)), None)
        needs.append(
            Need(
                name=wanted.name,
                use=USES[wanted.name],
                problem=UNFIT[why] if why is not None else None,
                is_costly=found is not None and found.category != UTILITY,
            )
        )
    return needs
