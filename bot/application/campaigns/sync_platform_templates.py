"""Message templates: the registry that is read before one is used, and the platform it follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.campaigns.platform_template import REQUIRED_TEMPLATES, PlatformTemplate


class TemplateRegistry(Protocol):
    """Where templates are kept, as the platform last told them."""

    async def templates(self) -> Sequence[PlatformTemplate]:
        """Return every template, by name."""

    async def replace(self, templates: Sequence[PlatformTemplate], now: datetime) -> None:
        """Keep exactly these."""

    async def synced_at(self) -> datetime | None:
        """Return when the platform was last asked, None when nothing is known."""


class TemplatePlatform(Protocol):
    """Who reviews templates."""

    async def templates(self) -> Sequence[PlatformTemplate]:
        """Return every template of the account.

        Raises:
            BotError: when the platform does not tell.
        """

    async def propose(self, template: PlatformTemplate) -> str:
        """Hand one in for review; returns its status.

        Raises:
            BotError: when the platform does not take it.
        """


@dataclass(frozen=True, kw_only=True)
class SyncPlatformTemplates:
    """The use case that keeps the registry as the platform has it."""

    registry: TemplateRegistry
    platform: TemplatePlatform

    async def sync(self, now: datetime) -> int:
        """Bring the registry up to date; returns how many templates there are."""
        found = await self.platform.templates()
        await self.registry.replace(found, now)
        return len(found)

    async def propose_missing(self, now: datetime) -> list[tuple[str, str]]:
        """Hand in those of ours that the platform does not have; returns the name and status of each."""
        known = {(each.name, each.language) for each in await self.platform.templates()}
        missing = [each for each in REQUIRED_TEMPLATES if (each.name, each.language) not in known]
        handed_in = [(each.name, await self.platform.propose(each)) for each in missing]
        await self.sync(now)
        return handed_in
