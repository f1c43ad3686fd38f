"""What a page is, and the gate that every request to one passes: origin, token, session, permission."""

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.application.accounts.log_in import LogIn
from bot.application.messaging.request_body import BodyProblem, read_body
from bot.application.ports import Clock
from bot.core.accounts.sessions import Session, SessionStage
from bot.core.accounts.users import Permission, User
from bot.core.errors import DatabaseDownError, InvalidInputError, TemporaryError
from bot.core.messaging.web_origin import is_same_origin
from bot.core.plain_text import have_control_characters

logger = logging.getLogger(__name__)

PREFIX = "/admin"
COOKIE = "sinetral_admin"
SESSION_BYTES = 32
SESSION_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
"""What `secrets.token_urlsafe` gives for so many bytes."""
TOKEN_FIELD = "_token"  # noqa: S105
TOKEN_HEADER = "x-csrf-token"  # noqa: S105
HTMX_HEADER = "hx-request"
MAX_BODY = 512 * 1024
"""Bytes; the longest answer with all its parts takes about a tenth of it."""
MAX_FIELDS = 1_000
UNWRITABLE = "Alamat atau isian memuat karakter yang tidak dapat dibaca. Ketik ulang, jangan disalin, lalu kirim lagi."
DATABASE_DOWN = (
    "Basis data sedang tidak bisa dipakai, jadi isian belum disimpan. Tunggu sebentar, lalu coba lagi;"
    " bila tetap, hubungi pengelola server."
)


class Access(StrEnum):
    """Who reaches a page that no permission guards."""

    ANYONE = "anyone"
    LOGGED_IN = "logged_in"
    CODE = "code"
    """Whoever must give a code."""
    ENROL = "enrol"
    """Whoever must set up a second factor."""
    CHANGE_PASSWORD = "change_password"  # noqa: S105
    """Whoever must change the password, or wants to."""


@dataclass(frozen=True, kw_only=True)
class AdminRequest:
    """One request that passed the gate."""

    request: Request
    session_id: str
    session: Session | None
    now: datetime
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What a form sent."""

    @property
    def user(self) -> User:
        """Return who is logged in; pages that anyone reaches must not ask."""
        if self.session is None:
            raise RuntimeError("nobody is logged in")
        return self.session.user

    @property
    def token(self) -> str:
        """Return what every form of this browser must send."""
        return token_of(self.session_id)

    @property
    def is_fragment(self) -> bool:
        """Say whether a part of a page was asked for."""
        return HTMX_HEADER in self.request.headers

    def value(self, name: str) -> str:
        """Return a field as sent, without blanks at its ends; empty when it is missing."""
        return self.fields.get(name, [""])[0].strip()

    def asked(self, name: str) -> str:
        """Return a parameter of the address; empty when it is missing."""
        return self.request.query_params.get(name, "").strip()

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])


RequiredAccess: TypeAlias = Access | Permission | frozenset[Permission]
"""What a page needs; of several permissions one is enough."""
Run: TypeAlias = Callable[[AdminRequest], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class AdminRoute:
    """One route; a GET never changes anything."""

    method: str
    """GET or POST."""
    path: str
    access: RequiredAccess
    run: Run
    is_watch: bool = False
    """Whether an open page asks for it by itself: that keeps no session from ending by idleness."""


def get(path: str, access: RequiredAccess, run: Run, *, is_watch: bool = False) -> AdminRoute:
    """Make a page to look at."""
    return AdminRoute(method="GET", path=PREFIX + path, access=access, run=run, is_watch=is_watch)


def post(path: str, access: RequiredAccess, run: Run) -> AdminRoute:
    """Make a page that changes something."""
    return AdminRoute(method="POST", path=PREFIX + path, access=access, run=run)


def new_session_id() -> str:
    """Make 256 random bits."""
    return secrets.token_urlsafe(SESSION_BYTES)


def token_of(session_id: str) -> str:
    """Return the token of a session; the id cannot be had from it."""
    return hashlib.sha256(b"form token " + session_id.encode()).hexdigest()


Problem: TypeAlias = Callable[[AdminRequest, int, str], Response]
"""Makes the page that says what went wrong."""


@dataclass(frozen=True, kw_only=True)
class AccessGate:
    """Lets requests through to pages."""

    log_in: LogIn
    clock: Clock
    problem: Problem

    def route(self, page: AdminRoute) -> Route:
        """Make the route of a page."""

        async def endpoint(request: Request) -> Response:
            return await self._admit(page, request)

        return Route(page.path, endpoint, methods=[page.method])

    async def _admit(self, page: AdminRoute, request: Request) -> Response:
        cookie = request.cookies.get(COOKIE, "")
        session_id = cookie if SESSION_FORM.fullmatch(cookie) else new_session_id()
        visit = AdminRequest(request=request, session_id=session_id, session=None, now=self.clock.now())
        if _is_unwritable(request):
            return self.problem(visit, 400, UNWRITABLE)
        if page.method == "POST":
            body = await read_body(request.stream(), MAX_BODY)
            if body is BodyProblem.TOO_LATE:
                return self.problem(visit, 408, "Isian tidak sampai utuh. Periksa jaringan Anda, lalu kirim lagi.")
            fields = _fields(body) if isinstance(body, bytes) else None
            if fields is None:
                return self.problem(visit, 413, "Isian terlalu besar untuk diterima. Persingkat, lalu kirim lagi.")
            if not _is_ours(request, session_id, fields):
                return self.problem(
                    visit, 403, "Halaman ini sudah usang atau dibuka dari tempat lain. Muat ulang, lalu coba lagi."
                )
            if have_control_characters(each for name, sent in fields.items() for each in (name, *sent)):
                return self.problem(visit, 400, UNWRITABLE)
            visit = AdminRequest(request=request, session_id=session_id, session=None, now=visit.now, fields=fields)
        session = await self.log_in.session(session_id, is_use=not page.is_watch) if cookie else None
        visit = AdminRequest(
            request=request, session_id=session_id, session=session, now=visit.now, fields=visit.fields
        )
        answer = await self._run(page, visit)
        if session_id != cookie and page.method == "GET" and page.access is Access.ANYONE:
            # Only the login's form needs an id that is not there yet. Elsewhere a bare request may come from a browser
            # that is logged in and only left its cookie out: its session must not be overwritten.
            set_session(answer, request, session_id)
        return answer

    async def _run(self, page: AdminRoute, visit: AdminRequest) -> Response:
        elsewhere = _where_instead(page.access, visit.session)
        if elsewhere is not None:
            return go(visit, elsewhere)
        if not _is_permitted(page.access, visit.session):
            return self.problem(visit, 403, "Peran Anda tidak mencakup halaman ini. Minta admin bila perlu.")
        try:
            return await page.run(visit)
        except InvalidInputError as error:
            return self.problem(visit, 400, str(error))
        except TemporaryError as error:
            return self.problem(visit, 503, str(error))
        except DatabaseDownError as error:
            logger.error("an admin page failed", extra={"page": page.path, "error": type(error).__name__})
            return self.problem(visit, 503, DATABASE_DOWN)
        except Exception as error:  # the top of a request
            logger.error("an admin page failed", extra={"page": page.path, "error": type(error).__name__})
            return self.problem(visit, 500, "Ada yang rusak di pihak kami. Coba lagi; bila tetap, hubungi pengelola.")


STAGE_PATHS = {
    SessionStage.CODE: "/kode",
    SessionStage.ENROL: "/faktor-kedua",
    SessionStage.NEW_PASSWORD: "/kata-sandi",
}
_OWN_STAGE = {
    Access.CODE: SessionStage.CODE,
    Access.ENROL: SessionStage.ENROL,
}


def _where_instead(access: RequiredAccess, session: Session | None) -> str | None:
    """Return the path of the page that must come first, None when none must."""
    if access is Access.ANYONE:
        return None
    if session is None:
        return "/masuk"
    if access is Access.CHANGE_PASSWORD and session.stage is SessionStage.NEW_PASSWORD:
        return None
    if isinstance(access, Access) and access in _OWN_STAGE:
        return None if session.stage is _OWN_STAGE[access] else STAGE_PATHS.get(session.stage, "")
    return STAGE_PATHS.get(session.stage)


def _is_permitted(access: RequiredAccess, session: Session | None) -> bool:
    if isinstance(access, Access):
        return True
    enough = access if isinstance(access, frozenset) else frozenset({access})
    return session is not None and any(session.user.may(permission) for permission in enough)


def go(visit: AdminRequest, path: str) -> Response:
    """Send the browser to another page."""
    address = PREFIX + path
    if visit.is_fragment:
        return Response(status_code=200, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def set_session(answer: Response, request: Request, session_id: str) -> None:
    """Return the browser its session's id; it is forgotten when the browser closes.

    A link from elsewhere brings the cookie along (Lax); forms are guarded by their token and origin.
    """
    answer.set_cookie(
        COOKIE, session_id, path=PREFIX, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def _is_ours(request: Request, session_id: str, fields: Mapping[str, Sequence[str]]) -> bool:
    """Say whether a form was made by us for this browser, and sent from our own page."""
    origin = request.headers.get("origin")
    is_same = origin is None or is_same_origin(origin, request.headers.get("host"), request.url.scheme)
    sent = request.headers.get(TOKEN_HEADER) or fields.get(TOKEN_FIELD, [""])[0]
    return is_same and hmac.compare_digest(sent.encode(), token_of(session_id).encode())


def _is_unwritable(request: Request) -> bool:
    """Say whether the address holds a control character, which no page expects and PostgreSQL does not take."""
    asked = (each for pair in request.query_params.multi_items() for each in pair)
    return have_control_characters((request.scope["path"], *asked))


def _fields(body: bytes) -> Mapping[str, Sequence[str]] | None:
    """Read the form, None when it is unreadable."""
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return None
