"""The registry of message templates: brought up to date from the platform, read before one is used."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.message_template import MessageTemplate


class TemplateRegistry(Protocol):
    """Where templates are kept, as the platform last told them."""

    async def templates(self) -> Sequence[MessageTemplate]:
        """Give every template, by name."""

    async def replace(self, templates: Sequence[MessageTemplate], now: datetime) -> None:
        """Keep exactly these."""

    async def synced_at(self) -> datetime | None:
        """Give when the platform was last asked, None when nothing is known."""
