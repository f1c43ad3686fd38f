"""Pages around a login: name and password, code, second factor, password change, log out."""

import math
from dataclasses import dataclass

from markupsafe import Markup
from starlette.responses import Response

from bot.admin.accounts.known_browsers import KnownBrowsers
from bot.admin.web.gate import Access, AdminRequest, AdminRoute, get, go, new_session_id, post, set_session
from bot.admin.web.qr import qr_picture
from bot.admin.web.render import Renderer, done
from bot.application.accounts.log_in import LogIn, LoginRefusal
from bot.application.accounts.ports import TotpService
from bot.application.messaging.rate_limiter import RateLimiter, address_allowances
from bot.core.accounts.login_limits import SECONDS_PER_TRY, TRIES, Origin
from bot.core.accounts.passwords import MIN_PASSWORD
from bot.core.accounts.sessions import SessionStage
from bot.core.messaging.network_source import source_of

LOGINS_PER_MINUTE = 12
LOGIN_BURST = 20
"""Of one network address, which a whole office may share."""
MINUTES = int(SECONDS_PER_TRY // 60)
WRONG = (
    f"Nama pengguna atau kata sandi salah, atau sudah terlalu sering dicoba. Setelah {TRIES} kali gagal, tunggu"
    f" {MINUTES} menit sebelum mencoba lagi."
)
TOO_MANY_CODES = f"Terlalu banyak kode yang salah. Tunggu {MINUTES} menit, lalu ketik kode yang baru."
WRONG_CODE = "Kode salah atau sudah dipakai. Tunggu kode berikutnya di aplikasi Anda, lalu ketik lagi."
WRONG_PRESENT = "Kata sandi yang sekarang salah."
UNEQUAL = "Kedua isian kata sandi baru tidak sama."


@dataclass(frozen=True, kw_only=True)
class SessionPages:
    """The pages, with what they need."""

    log_in: LogIn
    codes: TotpService
    admit: RateLimiter
    known: KnownBrowsers
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        return [
            get("/masuk", Access.ANYONE, self._login),
            post("/masuk", Access.ANYONE, self._password),
            get("/kode", Access.CODE, self._code_form),
            post("/kode", Access.CODE, self._code),
            get("/faktor-kedua", Access.ENROL, self._enrol_form),
            post("/faktor-kedua", Access.ENROL, self._enrol),
            get("/kata-sandi", Access.CHANGE_PASSWORD, self._new_password_form),
            post("/kata-sandi", Access.CHANGE_PASSWORD, self._new_password),
            post("/keluar", Access.ANYONE, self._log_out),
        ]

    async def _login(self, visit: AdminRequest) -> Response:
        if visit.session is not None and visit.session.stage is SessionStage.OPEN:
            return go(visit, "")
        return self.render.page(visit, "login.html", error=None, name="")

    async def _password(self, visit: AdminRequest) -> Response:
        client = visit.request.client
        address = client.host if client else ""
        wait = await self.admit.acquire(address_allowances("login", address, LOGINS_PER_MINUTE, LOGIN_BURST))
        name = visit.value("name").lower()
        if wait > 0:
            error = f"Terlalu banyak percobaan dari jaringan ini. Coba lagi dalam {math.ceil(wait)} detik."
            return self.render.page(visit, "login.html", 429, error=error, name=name)
        # A password may begin or end with a blank.
        begun = await self.log_in.password(name, visit.fields.get("password", [""])[0], self._origin(visit, name))
        if isinstance(begun, LoginRefusal):
            return self.render.page(visit, "login.html", 400, error=WRONG, name=name)
        return await self._entered(visit, go(visit, ""), begun)

    async def _code_form(self, visit: AdminRequest) -> Response:
        return self.render.page(visit, "code.html", error=None)

    async def _code(self, visit: AdminRequest) -> Response:
        begun = await self.log_in.code(visit.session_id, visit.value("code"), self._origin(visit, visit.user.name))
        if begun is LoginRefusal.ENDED:
            return self.render.page(visit, "login.html", 400, error=WRONG, name="")
        if begun in (LoginRefusal.WRONG, LoginRefusal.WAIT):
            error = WRONG_CODE if begun is LoginRefusal.WRONG else TOO_MANY_CODES
            return self.render.page(visit, "code.html", 400, error=error)
        return await self._entered(visit, go(visit, ""), begun)

    async def _enrol_form(self, visit: AdminRequest) -> Response:
        return await self._show_secret(visit, 200, None)

    async def _enrol(self, visit: AdminRequest) -> Response:
        begun = await self.log_in.enrol(visit.session_id, visit.value("code"))
        if begun is LoginRefusal.ENDED:
            return go(visit, "/masuk")
        if begun is LoginRefusal.WRONG:
            return await self._show_secret(visit, 400, WRONG_CODE)
        return await self._entered(visit, done(visit, "", "faktor"), begun)

    async def _entered(self, visit: AdminRequest, answer: Response, session_id: str) -> Response:
        """Go on in a new session; once everything was proved, the browser is known for this user."""
        session = await self.log_in.session(session_id)
        if session is not None and session.stage in (SessionStage.OPEN, SessionStage.NEW_PASSWORD):
            self.known.remember(answer, visit.request, session.user.name, visit.now)
        return _with_session(visit, answer, session_id)

    def _origin(self, visit: AdminRequest, name: str) -> Origin:
        client = visit.request.client
        browser = self.known.browser_of(visit.request, name, visit.now)
        return Origin(address=source_of(client.host if client else ""), browser=browser)

    async def _show_secret(self, visit: AdminRequest, status: int, error: str | None) -> Response:
        secret = await self.log_in.secret_to_enrol(visit.session_id)
        if secret is None:
            return go(visit, "/masuk")
        picture = Markup(qr_picture(self.codes.address(secret, visit.user.name)))  # noqa: S704 (drawn by us)
        grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        return self.render.page(visit, "enrol.html", status, error=error, picture=picture, secret=grouped)

    async def _new_password_form(self, visit: AdminRequest) -> Response:
        return self._password_page(visit, 200, None)

    async def _new_password(self, visit: AdminRequest) -> Response:
        present, wanted, again = (visit.fields.get(name, [""])[0] for name in ("present", "wanted", "again"))
        if wanted != again:
            return self._password_page(visit, 400, UNEQUAL)
        try:
            begun = await self.log_in.change_password(visit.session_id, present, wanted)
        except ValueError as error:
            return self._password_page(visit, 400, str(error))
        if begun is LoginRefusal.ENDED:
            return go(visit, "/masuk")
        if begun is LoginRefusal.WRONG:
            return self._password_page(visit, 400, WRONG_PRESENT)
        return _with_session(visit, done(visit, "", "sandi"), begun)

    def _password_page(self, visit: AdminRequest, status: int, error: str | None) -> Response:
        is_forced = visit.session is not None and visit.session.stage is SessionStage.NEW_PASSWORD
        return self.render.page(visit, "password.html", status, error=error, is_forced=is_forced, shortest=MIN_PASSWORD)

    async def _log_out(self, visit: AdminRequest) -> Response:
        await self.log_in.log_out(visit.session_id)
        return _with_session(visit, done(visit, "/masuk", "keluar"), new_session_id())


def _with_session(visit: AdminRequest, answer: Response, session_id: str) -> Response:
    set_session(answer, visit.request, session_id)
    return answer
