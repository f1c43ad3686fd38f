"""One call of the Bot API over aiohttp, its answer read in one place; for replies and reminders.

Without python-telegram-bot between: its objects cost as much as the request itself, and it wants more of an answer
than its `ok`.
"""

import aiohttp

from bot.channels.telegram.codes import attempt_of
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.http_client import NO_COMPRESSION, read_bounded

READ_SECONDS = 8.0
CONNECT_SECONDS = 5.0
MAX_SECONDS = 12.0
"""Of a whole call, however slowly its answer drips: less than the lease of a conversation, so that nobody else sends
the same meanwhile."""
CONNECTIONS = 320
"""More than replies and reminders have under way at once: waiting for a connection would count into the limit above."""
MAX_ANSWER = 1024 * 1024
"""Bytes: an answer holds the message that was sent, some twenty thousand."""
HEADERS = {"Content-Type": "application/json"}


class TelegramSender:
    """Calls methods of one bot."""

    def __init__(self, address: str) -> None:
        """Take the bot's address, token included."""
        self._address = address
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, parameters: bytes) -> SendResult:
        """Call a method with its parameters as JSON; what cannot be told for sure is unknown."""
        try:
            async with self._opened().post(
                f"{self._address}/{method}", data=parameters, headers=HEADERS, allow_redirects=False
            ) as answer:
                return attempt_of(answer.status, await read_bounded(answer, MAX_ANSWER))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return SendResult(outcome=SendOutcome.NO_CONNECTION, trouble=Trouble.PLATFORM, reason="no_connection")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Whatever broke after the connection stood: it may have been carried out.
            return SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.PLATFORM, reason=type(error).__name__)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                headers=NO_COMPRESSION,
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=MAX_SECONDS, sock_read=READ_SECONDS, sock_connect=CONNECT_SECONDS),
            )
        return self._session
