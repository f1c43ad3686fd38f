"""What every request passes first: whether it means this service, and how it may be reached again."""

from collections.abc import Collection
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.core.messaging.network_source import is_ours

MISDIRECTED = 421
"""RFC 9110, section 15.5.20."""
ANY_HOST = ("/health",)
"""Asked by monitors under whatever name they know; tells nothing of people."""
ONE_YEAR = b"max-age=31536000"


@dataclass(frozen=True, kw_only=True)
class Edge:
    """Refuses requests that name another host, and keeps browsers on https once they came by it."""

    app: ASGIApp
    hosts: Collection[str]
    """Our names, lower case; addresses and this machine's own name are always ours."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        host = next((value for name, value in scope["headers"] if name == b"host"), None)
        if scope["path"] not in ANY_HOST and not is_ours(host.decode("latin-1") if host else None, self.hosts):
            headers = [(b"content-length", b"0"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": MISDIRECTED, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, _staying_on_https(send) if scope["scheme"] == "https" else send)


def _staying_on_https(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"strict-transport-security", ONE_YEAR)]
        await send(message)

    return sent
