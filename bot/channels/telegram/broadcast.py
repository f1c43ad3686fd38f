"""Send one text to many on Telegram: plain JSON over aiohttp, without python-telegram-bot between.

Its objects cost as much as the request itself (`measured-facts.md` A).
"""

import json
import logging
from typing import Any

import aiohttp

from bot.application.campaigns import Addressee
from bot.channels.telegram.messages import as_html, keyboard
from bot.channels.telegram.messenger import GONE_WORDS
from bot.core.conversation import Channel
from bot.core.errors import InvalidInputError
from bot.core.reminder_forms import problems_on
from bot.core.reply import Reply
from bot.core.send_outcome import Attempt, Outcome

logger = logging.getLogger(__name__)

READ_SECONDS = 8.0
CONNECT_SECONDS = 5.0
CONNECTIONS = 128
REASONS = {"blocked": "blocked", "deactivated": "deactivated", "initiate": "never_started", "kicked": "kicked"}
"""Words of a 403's description, and what the report calls them."""


class TelegramBroadcast:
    """The real `MassSender` of Telegram."""

    channel = Channel.TELEGRAM

    def __init__(self, api: str, token: str) -> None:
        """Take the server and the bot's token."""
        self._url = f"{api}/bot{token}/sendMessage"
        self._session: aiohttp.ClientSession | None = None

    def render(self, reply: Reply) -> bytes:
        """Give the parameters but for the chat."""
        problems = problems_on(Channel.TELEGRAM, reply)
        if problems:
            raise InvalidInputError("; ".join(problems))
        message: dict[str, Any] = {
            "text": as_html(reply.paragraphs),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        if reply.buttons:
            message["reply_markup"] = {"inline_keyboard": keyboard(reply.buttons)}
        return json.dumps(message).encode()

    async def send(self, to: Addressee, message: bytes) -> Attempt:
        """Send one message; the person is a chat id."""
        body = b'{"chat_id":%d,' % int(to.person) + message[1:]
        try:
            async with self._opened().post(
                self._url, data=body, headers={"Content-Type": "application/json"}
            ) as answer:
                if answer.status == 200:
                    await answer.read()
                    return Attempt(outcome=Outcome.ACCEPTED)
                return _refused(answer.status, await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return Attempt(outcome=Outcome.NO_CONNECTION, reason="no_connection")
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            # Whatever broke after the connection stood: the message may be out.
            return Attempt(outcome=Outcome.UNKNOWN, reason=type(error).__name__)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=None, sock_read=READ_SECONDS, sock_connect=CONNECT_SECONDS),
            )
        return self._session


def _refused(status: int, body: bytes) -> Attempt:
    """Say what an answer other than 200 means (`platform-limits.md`)."""
    told = _told(body)
    description = str(told.get("description", "")).lower()
    if status == 429:
        seconds = told.get("parameters", {}).get("retry_after", 1)
        return Attempt(outcome=Outcome.RATE_LIMITED, retry_after=float(seconds), reason="429")
    if status == 403:
        reason = next((name for word, name in REASONS.items() if word in description), "forbidden")
        return Attempt(outcome=Outcome.UNREACHABLE, reason=reason)
    if status == 400 and any(words in description for words in GONE_WORDS):
        return Attempt(outcome=Outcome.UNREACHABLE, reason="not_found")
    if status in {401, 404}:
        logger.error("Telegram does not accept the token")
        return Attempt(outcome=Outcome.NO_CONNECTION, reason="token")
    if status == 503:
        return Attempt(outcome=Outcome.NOT_TAKEN, reason="503")
    if status >= 500:
        # A gateway that gave up does not know whether the server behind it went on.
        return Attempt(outcome=Outcome.UNKNOWN, reason=str(status))
    return Attempt(outcome=Outcome.REFUSED, reason=str(status))


def _told(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
