"""Requests of python-telegram-bot over aiohttp.

On two cores that client, the server and the database shared, one aiohttp client made 1,300 to 1,500 requests a second,
one httpx client 90 to 195.
"""

import asyncio
from collections.abc import Mapping

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.http_client import NO_COMPRESSION, read_bounded

READ_SECONDS = 8.0
"""Well within the lease of a conversation, so that a send that hangs does not lose it."""
CONNECT_SECONDS = 5.0
MAX_ANSWER = 32 * 1024 * 1024
"""Bytes: a hundred updates (`getUpdates` gives no more), each with a text and a quoted one of 4,096 characters and all
their entities, are some ten million."""


class AiohttpRequest(BaseRequest):
    """Sends JSON-encoded forms; files are never uploaded by this bot."""

    def __init__(self, connections: int = 64) -> None:
        """Take how many connections may be open at once."""
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds for an answer where a call names none."""
        return READ_SECONDS

    async def initialize(self) -> None:
        """Open the session."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections), headers=NO_COMPRESSION, auto_decompress=False
            )

    async def shutdown(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(  # noqa: PLR0913, PLR0917 - the signature is python-telegram-bot's
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Return status and body; raises what python-telegram-bot's callers expect."""
        data = request_data.json_parameters if request_data else {}
        read, connect = _seconds(read_timeout, READ_SECONDS), _seconds(connect_timeout, CONNECT_SECONDS)
        return await self.ask(url, data, read, connect, method=method)

    async def ask(
        self,
        url: str,
        form: Mapping[str, str],
        read_seconds: float | None,
        connect_seconds: float | None = CONNECT_SECONDS,
        *,
        method: str = "POST",
    ) -> tuple[int, bytes]:
        """Return status and body of one call as they came; no redirect is followed.

        Raises:
            TimedOut: when the answer did not come in time.
            NetworkError: when there was no connection, or it was cut.
        """
        if self._session is None:
            await self.initialize()
        assert self._session is not None
        # In all, too: an answer that comes byte by byte must not outlast the lease of a conversation.
        both = read_seconds + connect_seconds if read_seconds is not None and connect_seconds is not None else None
        timeout = aiohttp.ClientTimeout(total=both, sock_read=read_seconds, sock_connect=connect_seconds)
        try:
            async with self._session.request(
                method, url, data=form or None, timeout=timeout, allow_redirects=False
            ) as response:
                return response.status, await read_bounded(response, MAX_ANSWER)
        except (TimeoutError, asyncio.TimeoutError):
            raise TimedOut from None
        except aiohttp.ClientError as error:
            # The address holds the token, so only the kind of error is told.
            raise NetworkError(f"aiohttp {type(error).__name__}") from None


def _seconds(given: ODVInput[float], default: float) -> float | None:
    return default if isinstance(given, DefaultValue) else given
