"""A thin client of Meta's Graph API, and its errors by what the caller should do."""

import json
import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import aiohttp

from bot.core.errors import BotError

logger = logging.getLogger(__name__)

READ_SECONDS = 8.0
"""Well within the lease of a conversation, so that a send that hangs does not lose it."""
CONNECT_SECONDS = 5.0
CONNECTIONS = 128
PAGE_SIZE = 100
MOST_PAGES = 50


class Remedy(StrEnum):
    """What to do about an error; the codes are Meta's (`platform-limits.md`)."""

    SLOW_DOWN = "slow_down"
    """Too much from this number: everybody waits."""
    REST_PAIR = "rest_pair"
    """Too much to this person: they alone wait, longer each time."""
    TEMPLATE = "template"
    """The 24-hour window is closed: only a template may go."""
    GONE = "gone"
    """Not on WhatsApp, an old app, or blocked."""
    WITHDRAW = "withdraw"
    """The person opted out: so do we."""
    NOT_SOON = "not_soon"
    """Enough marketing for this person, of all businesses: repeating is punished."""
    BLOCKED = "blocked"
    """The account is held by Meta: a person must look, and everything waits."""
    TOKEN = "token"  # noqa: S105 - the name of a remedy
    """The token is wrong or has ended: a person must look, and everything waits."""
    AGAIN = "again"
    """It was not carried out; later it may be."""
    REFUSED = "refused"
    """This message will never be taken."""
    NO_CONNECTION = "no_connection"
    """It surely did not leave."""
    UNKNOWN = "unknown"
    """The answer was lost: it may have been carried out."""


_CODES: Mapping[Remedy, tuple[int, ...]] = {
    Remedy.SLOW_DOWN: (4, 80007, 130429),
    Remedy.REST_PAIR: (131056,),
    Remedy.TEMPLATE: (131047,),
    Remedy.GONE: (131026,),
    Remedy.WITHDRAW: (131050,),
    Remedy.NOT_SOON: (130472, 131049),
    Remedy.BLOCKED: (368, 131031, 131042, 131048, 133016),
    Remedy.TOKEN: (0, 3, 10, 190, 200),
    Remedy.AGAIN: (1, 2, 131000, 131016, 131057, 133004),
}
_REMEDIES = {code: remedy for remedy, codes in _CODES.items() for code in codes}


class GraphError(BotError):
    """What the Graph API answered instead of taking something; holds no id and no text."""

    def __init__(self, remedy: Remedy, code: int = 0, retry_after: float | None = None) -> None:
        """Keep what to do, Meta's code, and the seconds to wait where it said so."""
        super().__init__(f"WhatsApp: {remedy.value} ({code})")
        self.remedy = remedy
        self.code = code
        self.retry_after = retry_after


def remedy_of(code: int, status: int = 400) -> Remedy:
    """Say what an error code calls for; a code that nobody knows is judged by the HTTP status."""
    known = _REMEDIES.get(code)
    if known is not None and (code or status in {401, 403}):
        return known
    if status == 429:
        return Remedy.SLOW_DOWN
    if status == 401:
        return Remedy.TOKEN
    if status == 503:
        return Remedy.AGAIN
    # A gateway that gave up does not know whether the server behind it went on.
    return Remedy.UNKNOWN if status >= 500 else Remedy.REFUSED


class GraphClient:
    """One number of one business account."""

    def __init__(self, api: str, version: str, token: str, phone_number_id: str, account_id: str | None = None) -> None:
        """Take the server, the Graph version such as v23.0, and who we are; without an account no templates."""
        self._root = f"{api}/{version}"
        self._token = token
        self._number = phone_number_id
        self._account = account_id
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Mapping[str, Any]) -> str:
        """Send one message as `payloads` makes it; gives the platform's id of it.

        Raises:
            GraphError: when it was not taken, or nobody knows.
        """
        told = await self._ask("POST", f"{self._root}/{self._number}/messages", dict(message))
        sent = told.get("messages")
        first = sent[0] if isinstance(sent, list) and sent and isinstance(sent[0], dict) else {}
        return str(first.get("id", ""))

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
        """Give every template of the business account, as Meta writes them.

        Raises:
            GraphError: when they cannot be had, also without an account.
        """
        if self._account is None:
            raise GraphError(Remedy.REFUSED)
        fields = "name,language,category,status,components"
        address: str | None = f"{self._root}/{self._account}/message_templates?fields={fields}&limit={PAGE_SIZE}"
        found: list[Mapping[str, Any]] = []
        for _ in range(MOST_PAGES):
            if address is None:
                break
            told = await self._ask("GET", address)
            found += [each for each in told.get("data", []) if isinstance(each, dict)]
            address = self._next(told)
        return found

    async def propose_template(self, template: Mapping[str, Any]) -> str:
        """Hand in a template for review; gives its status.

        Raises:
            GraphError: when it was not taken, also without an account.
        """
        if self._account is None:
            raise GraphError(Remedy.REFUSED)
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
        # The token goes to our own server only, whatever an answer says.
        return address if isinstance(address, str) and address.startswith(f"{self._root}/") else None

    async def _ask(self, method: str, address: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            async with self._opened().request(method, address, data=data, headers=headers) as answer:
                told = _told(await answer.read())
                if answer.status == 200:
                    return told
                raise _error(answer.status, told, answer.headers.get("Retry-After"))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise GraphError(Remedy.NO_CONNECTION) from None
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            # Whatever broke after the connection stood: it may have been carried out.
            raise GraphError(Remedy.UNKNOWN) from None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=None, sock_read=READ_SECONDS, sock_connect=CONNECT_SECONDS),
            )
        return self._session


def _error(status: int, told: Mapping[str, Any], retry_after: str | None) -> GraphError:
    error = told.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    number = code if isinstance(code, int) else 0
    remedy = remedy_of(number, status)
    if remedy in {Remedy.TOKEN, Remedy.BLOCKED}:
        logger.error("WhatsApp does not serve us", extra={"kind": remedy.value, "code": number})
    seconds = float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
    return GraphError(remedy, number, seconds)


def _told(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
