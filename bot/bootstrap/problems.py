"""What people see when a request fails at our side: a sentence with the contact, and never an error's own words."""

import asyncio
import html
import logging
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.web.routes import HEADERS, WebChat
from bot.core.errors import BotError, DatabaseBusyError
from bot.core.replies import texts

logger = logging.getLogger(__name__)

MAX_SECONDS = 20.0
"""How long a request may take in all; longer than any wait within it."""
NO_RETRY_SECONDS = "30"
BUSY_RETRY_SECONDS = "5"
CHAT = ("/", "/chat")
Handler = Callable[[Request, Exception], Awaitable[Response]]


class Problems:
    """Makes the answer to a request that failed."""

    def __init__(self, chat: WebChat, contact: str | None) -> None:
        """Take the chat, which shows it in its own form, and whom to ask meanwhile."""
        self._chat = chat
        asking = " " + texts.ASK_CONTACT.format(contact=contact) if contact else ""
        self._down, self._busy = texts.WEB_DOWN + asking, texts.WEB_BUSY

    def handlers(self) -> Mapping[type[Exception], Handler]:
        """Return what Starlette calls for an error that left a route."""
        return {
            ClientDisconnect: self._gone,
            BotError: self._failed,
            SQLAlchemyError: self._failed,
            OSError: self._failed,
            Exception: self._failed,
        }

    def answer(self, request: Request, *, is_busy: bool = False) -> Response:
        """Return the answer in the form that the request asks for.

        Args:
            is_busy: whether it is over in a moment, so that nobody need be asked meanwhile.
        """
        path, words = request.url.path, self._busy if is_busy else self._down
        if path in CHAT and "application/json" not in request.headers.get("accept", ""):
            answer: Response = self._chat.problem(request, words, 503)
        elif path.endswith("/webhook"):
            answer = Response(status_code=503)
        elif "text/html" in request.headers.get("accept", "") or path.startswith("/admin"):
            answer = HTMLResponse(_PAGE.format(title=texts.WEB_TITLE, words=html.escape(words)), 503, HEADERS)
        else:
            answer = JSONResponse({"error": words}, 503)
        answer.headers["Retry-After"] = BUSY_RETRY_SECONDS if is_busy else NO_RETRY_SECONDS
        return answer

    async def _failed(self, request: Request, error: Exception) -> Response:
        # A path of the application: what was asked stands in no path.
        logger.error("a request failed", extra={"error": type(error).__name__})
        return self.answer(request, is_busy=isinstance(error, DatabaseBusyError))

    async def _gone(self, _request: Request, _error: Exception) -> Response:
        return Response(status_code=400)


class TimeLimit:
    """Ends a request that takes too long, such as one that waits for a database which answers no more."""

    def __init__(self, app: ASGIApp, problems: Problems, seconds: float = MAX_SECONDS) -> None:
        """Take what is limited."""
        self._app = app
        self._problems = problems
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            async with asyncio.timeout(self._seconds):
                await self._app(scope, receive, noting)
        except TimeoutError as error:
            if has_begun:
                raise
            logger.error("a request took too long", extra={"error": type(error).__name__})
            await self._problems.answer(Request(scope, receive))(scope, receive, send)


_PAGE = (
    '<!doctype html><html lang="id"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>SiNetral</title><h1>{title}</h1><p>{words}</p></html>"
)
