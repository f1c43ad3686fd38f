"""A thin client of Meta's Graph API; what its answers mean is in `codes`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.channels.whatsapp.codes import answer_of, attempt_of, code_of, told_by
from bot.core.errors import BotError
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.http_client import NO_COMPRESSION, read_bounded

READ_SECONDS = 8.0
CONNECT_SECONDS = 5.0
MAX_SECONDS = 12.0
"""Of a whole call, however slowly its answer drips: less than the lease of a conversation, so that nobody else sends
the same meanwhile."""
CONNECTIONS = 320
"""More than replies and reminders have under way at once: waiting for a connection would count into the limit above."""
MAX_ANSWER = 8 * 1024 * 1024
"""Bytes: a page of a hundred templates, each of some kilobytes, is the largest that is asked for."""
PAGE_SIZE = 100
MAX_PAGES = 50
FIRST_SUCCESS, FIRST_REDIRECT, FIRST_SERVER_ERROR = 200, 300, 500
NO_ACCOUNT = SendResult(outcome=SendOutcome.HELD, trouble=Trouble.OURS, reason="no_account")
"""Templates belong to a business account, and none is set."""
NO_LIST = SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.PLATFORM, reason="no_list")
PART_OF_A_LIST = SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.PLATFORM, reason="part_of_a_list")
"""Where the rest cannot be had: the registry would forget the templates that stand there."""


class GraphError(BotError):
    """What the Graph API answered instead of carrying something out; holds no id and no text."""

    def __init__(self, attempt: SendResult) -> None:
        """Keep what the answer says, in the one model of sending."""
        super().__init__(f"WhatsApp: {attempt.outcome.value} ({attempt.reason})")
        self.attempt = attempt


class GraphClient:
    """One number of one business account."""

    def __init__(self, api: str, version: str, token: str, phone_number_id: str, account_id: str | None = None) -> None:
        """Take the server, the Graph version such as v23.0, and who we are; without an account no templates."""
        self._root = f"{api}/{version}"
        self._token = token
        self._number = phone_number_id
        self._account = account_id
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Mapping[str, Any]) -> SendResult:
        """Send one message as `payloads` makes it; it is accepted only when the platform names it."""
        answer = await self._answer("POST", f"{self._root}/{self._number}/messages", dict(message))
        if isinstance(answer, SendResult):
            return answer
        return answer_of(answer.status, answer.body, answer.retry_after)

    async def is_up(self) -> bool:
        """Say whether the platform answers at all, by asking for the number; nothing is sent to anybody."""
        answer = await self._answer("GET", f"{self._root}/{self._number}?fields=id")
        return not isinstance(answer, SendResult) and answer.status < FIRST_SERVER_ERROR

    async def mark_read(self, message_id: str, *, typing: bool = False) -> None:
        """Show that a message was read, and that an answer is coming.

        Raises:
            GraphError: when it could not be shown.
        """
        body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
        if typing:
            body["typing_indicator"] = {"type": "text"}
        await self._ask("POST", f"{self._root}/{self._number}/messages", body)

    async def templates(self) -> list[Mapping[str, Any]]:
        """Return every template of the business account, as Meta writes them.

        Raises:
            GraphError: when they cannot be had, all of them; also without an account.
        """
        if self._account is None:
            raise GraphError(NO_ACCOUNT)
        fields = "name,language,category,status,components"
        address: str | None = f"{self._root}/{self._account}/message_templates?fields={fields}&limit={PAGE_SIZE}"
        found: list[Mapping[str, Any]] = []
        for _ in range(MAX_PAGES):
            if address is None:
                break
            told = await self._ask("GET", address)
            listed = told.get("data")
            if not isinstance(listed, list):
                # No list is not an empty list: the registry would forget every template.
                raise GraphError(NO_LIST)
            found += [each for each in listed if isinstance(each, dict)]
            address = self._next(told)
        if address is not None:
            raise GraphError(PART_OF_A_LIST)
        return found

    async def propose_template(self, template: Mapping[str, Any]) -> str:
        """Hand in a template for review; returns its status.

        Raises:
            GraphError: when it was not taken, also without an account.
        """
        if self._account is None:
            raise GraphError(NO_ACCOUNT)
        told = await self._ask("POST", f"{self._root}/{self._account}/message_templates", dict(template))
        return str(told.get("status", ""))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _next(self, told: Mapping[str, Any]) -> str | None:
        paging = told.get("paging")
        address = paging.get("next") if isinstance(paging, dict) else None
        if address is None:
            return None
        if not isinstance(address, str) or not address.startswith(f"{self._root}/"):
            # The token goes to our own server only, whatever an answer says; and part of a list is no list.
            raise GraphError(PART_OF_A_LIST)
        return address

    async def _ask(self, method: str, address: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Return the object that answers something other than a message.

        Raises:
            GraphError: for anything but an object without an error, answered by 2xx.
        """
        answer = await self._answer(method, address, body)
        if isinstance(answer, SendResult):
            raise GraphError(answer)
        told = told_by(answer.body)
        error = told.get("error")
        if isinstance(error, Mapping):
            raise GraphError(attempt_of(code_of(error), answer.status))
        if not told or not FIRST_SUCCESS <= answer.status < FIRST_REDIRECT:
            raise GraphError(answer_of(answer.status, b"", answer.retry_after))
        return told

    async def _answer(self, method: str, address: str, body: Mapping[str, Any] | None = None) -> "_Answer | SendResult":
        """Return what was answered, or what is known where nothing was."""
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            async with self._opened().request(
                method, address, data=data, headers=headers, allow_redirects=False
            ) as answer:
                return _Answer(
                    status=answer.status,
                    body=await read_bounded(answer, MAX_ANSWER),
                    retry_after=answer.headers.get("Retry-After"),
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return SendResult(outcome=SendOutcome.NO_CONNECTION, trouble=Trouble.PLATFORM, reason="no_connection")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Whatever broke after the connection stood: it may have been carried out.
            return SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.PLATFORM, reason=type(error).__name__)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                headers=NO_COMPRESSION,
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=MAX_SECONDS, sock_read=READ_SECONDS, sock_connect=CONNECT_SECONDS),
            )
        return self._session


@dataclass(frozen=True, kw_only=True)
class _Answer:
    status: int
    body: bytes
    retry_after: str | None
