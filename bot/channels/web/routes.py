"""Routes of the web chat."""

import math
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.application.dialogue.handle_message import HandleMessage
from bot.application.messaging.rate_limiter import (
    PERSON_BURST,
    RateLimit,
    RateLimiter,
    address_allowances,
    person_allowance,
)
from bot.application.messaging.request_body import BodyProblem, read_body
from bot.core.dialogue.decision import Decision
from bot.core.messaging.network_source import source_of
from bot.core.messaging.web_origin import is_same_origin
from bot.core.plain_text import have_control_characters
from bot.core.replies import texts
from bot.core.replies.canned import menu_hint, short_greeting
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel

COOKIE = "sinetral_percakapan"
COOKIE_BYTES = 32
COOKIE_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
"""What `secrets.token_urlsafe` gives for so many bytes."""
COOKIE_SECONDS = 24 * 60 * 60
"""As long as the conversation is remembered."""
MAX_BODY = 64 * 1024
"""Bytes; a question of 4,096 characters takes at most 48 KiB when it is URL-encoded."""
BURST = PERSON_BURST
ADDRESS_BURST = 40
FRAGMENT_HEADER = "x-sinetral-fragment"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, kw_only=True)
class WebChat:
    """The web channel, with what it needs."""

    handle: HandleMessage
    admit: RateLimiter
    messages_per_minute: int
    address_messages_per_minute: int
    agency: str | None

    def routes(self) -> list[BaseRoute]:
        """Return the routes to mount at the root."""
        return [
            Route("/", self._page, methods=["GET"]),
            Route("/chat", self._turn, methods=["POST"]),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ]

    async def _page(self, request: Request) -> Response:
        if _is_unwritable(request):
            return self._problem(request, texts.WEB_CONTROL_CHARACTERS, 400)
        return self._answer(request, _person(request), short_greeting(), said=None)

    async def _turn(self, request: Request) -> Response:
        if not _is_same_origin(request):
            return self._problem(request, texts.WEB_FOREIGN, 403)
        if _is_unwritable(request):
            return self._problem(request, texts.WEB_CONTROL_CHARACTERS, 400)
        body = await read_body(request.stream(), MAX_BODY)
        if isinstance(body, BodyProblem):
            words = texts.TOO_LONG if body is BodyProblem.TOO_LARGE else texts.WEB_TOO_LATE
            return self._problem(request, words, body.value)
        person = _person(request)
        wait = await self.admit.acquire(self._allowances(request, person))
        if wait > 0:
            answer = self._problem(request, texts.WEB_TOO_FAST.format(seconds=math.ceil(wait)), 429)
            answer.headers["Retry-After"] = str(math.ceil(wait))
            return answer
        try:
            fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=4)
        except ValueError:
            return self._problem(request, texts.WEB_UNREADABLE, 400)
        if have_control_characters(each for name, sent in fields.items() for each in (name, *sent)):
            return self._problem(request, texts.WEB_CONTROL_CHARACTERS, 400)
        decision, said = await self._decide(person, f"address {source_of(_host(request))}", fields)
        return self._answer(request, person, decision.reply, said)

    async def _decide(self, person: str, address: str, fields: dict[str, list[str]]) -> tuple[Decision, str]:
        """Handle what was written, or the button pressed; returns what to show as the person's words too."""
        payload = fields.get("payload", [""])[0]
        if payload:
            return await self.handle.on_press(Channel.WEB, person, payload), fields.get("label", [""])[0]
        said = fields.get("text", [""])[0]
        return await self.handle.on_text(Channel.WEB, person, said, address), said

    def _allowances(self, request: Request, person: str) -> list[RateLimit]:
        per_minute = self.address_messages_per_minute
        return [
            person_allowance(Channel.WEB, person, self.messages_per_minute),
            *address_allowances("address", _host(request), per_minute, ADDRESS_BURST),
        ]

    def _answer(self, request: Request, person: str, reply: Reply, said: str | None, status: int = 200) -> HTMLResponse:
        template = "turn.html" if FRAGMENT_HEADER in request.headers else "page.html"
        html = _TEMPLATES.get_template(template).render(reply=reply, said=said, agency=self.agency, texts=texts)
        answer = HTMLResponse(html, status, HEADERS)
        if status != 200 and person != request.cookies.get(COOKIE):
            # What is refused must not replace the conversation of a browser that only left its cookie out.
            return answer
        answer.set_cookie(
            COOKIE,
            person,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer

    def problem(self, request: Request, words: str, status: int) -> HTMLResponse:
        """Return what went wrong, as a turn of the conversation."""
        return self._problem(request, words, status)

    def _problem(self, request: Request, words: str, status: int) -> HTMLResponse:
        return self._answer(request, _person(request), menu_hint(words), None, status)


_TEMPLATES = Environment(
    loader=PackageLoader("bot.channels.web"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
)


def _host(request: Request) -> str:
    return request.client.host if request.client else ""


def _person(request: Request) -> str:
    """Return the random id of this browser's conversation; a new one when it has none that we could have made."""
    known = request.cookies.get(COOKIE, "")
    return known if COOKIE_FORM.fullmatch(known) else secrets.token_urlsafe(COOKIE_BYTES)


def _is_same_origin(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is None or is_same_origin(origin, request.headers.get("host"), request.url.scheme)


def _is_unwritable(request: Request) -> bool:
    """Say whether the address holds a control character, which nothing of ours expects."""
    return have_control_characters(each for pair in request.query_params.multi_items() for each in pair)
