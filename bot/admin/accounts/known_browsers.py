"""Browsers that somebody has logged in with before: a sealed cookie tells, nothing of it is stored."""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from bot.core.accounts.login_limits import NAMES_OF_A_BROWSER, REMEMBERED_FOR

COOKIE = "sinetral_browser"
BINDING = b"known browser"
ID_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class KnownBrowsers:
    """Reads and writes the cookie."""

    seal: Callable[[bytes, bytes], bytes]
    unseal: Callable[[bytes, bytes], bytes | None]
    path: str

    def browser_of(self, request: Request, name: str, now: datetime) -> str | None:
        """Return what stands for the browser if this user has logged in with it, None for any other."""
        browser, names = self._read(request, now)
        return browser if name in names else None

    def remember(self, answer: Response, request: Request, name: str, now: datetime) -> None:
        """Let the browser be known for a user from now on; the same one keeps its id."""
        browser, names = self._read(request, now)
        known = {name: (now + REMEMBERED_FOR).timestamp(), **{other: names[other] for other in names if other != name}}
        newest = dict(list(known.items())[:NAMES_OF_A_BROWSER])
        plain = json.dumps([browser or secrets.token_hex(ID_BYTES), newest]).encode()
        answer.set_cookie(
            COOKIE,
            base64.urlsafe_b64encode(self.seal(plain, BINDING)).decode(),
            max_age=int(REMEMBERED_FOR.total_seconds()),
            path=self.path,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )

    def _read(self, request: Request, now: datetime) -> tuple[str | None, dict[str, float]]:
        """Return the browser's id and until when it is known for whom; what nobody of us sealed says nothing."""
        try:
            sealed = base64.urlsafe_b64decode(request.cookies.get(COOKIE, ""))
            plain = self.unseal(sealed, BINDING) if sealed else None
            browser, names = json.loads(plain) if plain else (None, {})
        except ValueError:
            return None, {}
        return browser, {name: until for name, until in names.items() if until > now.timestamp()}
