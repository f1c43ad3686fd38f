"""Links that open the bot, for people to follow or to scan."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from bot.admin.web.qr import qr_picture
from bot.core.legal_day import legal_day


@dataclass(frozen=True, kw_only=True)
class BotLinks:
    """Makes links to the bot on Telegram."""

    name: Callable[[], str | None]
    """The bot's name there, None until Telegram told it."""
    test_link_token: Callable[[str, str], str]
    """Names a campaign on a day."""

    def subscribe(self, agency: str) -> str | None:
        """Return the link under which an agency's staff subscribe, None while the bot has no name."""
        return self._start(f"langganan_{agency}")

    def trial(self, campaign: str, now: datetime) -> str | None:
        """Return the link that sends oneself a reminder, today."""
        return self._start(f"uji_{self.test_link_token(campaign, legal_day(now).isoformat())}")

    def picture(self, link: str) -> Markup:
        """Draw a link to be scanned; the drawing holds nothing but squares."""
        return Markup(qr_picture(link))  # noqa: S704

    def _start(self, payload: str) -> str | None:
        name = self.name()
        return f"https://t.me/{name}?start={payload}" if name else None
