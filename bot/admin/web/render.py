"""Templates into answers: headers, navigation, one-time notices."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from bot.admin.web import labels
from bot.admin.web.gate import PREFIX, AdminRequest, go
from bot.admin.web.help_links import help_for
from bot.admin.web.labels import thousands
from bot.admin.web.navigation import NAVIGATION
from bot.core.accounts.sessions import SessionStage
from bot.core.accounts.users import Permission
from bot.core.replies.answer import format_citation, format_date

NOTICE_COOKIE = "sinetral_admin_kabar"
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Renderer:
    """Makes pages from templates."""

    def __init__(self, timezone: ZoneInfo, agency: str | None) -> None:
        """Take the agency's zone, in which times are written for browsers without script."""
        self._values = {"zone": timezone, "agency": agency}

    def page(self, visit: AdminRequest, template: str, status: int = 200, **values: object) -> Response:
        """Return a whole page; the notice left by the page before is shown once."""
        session = visit.session
        user = session.user if session and session.stage is SessionStage.OPEN else None
        notice = labels.NOTICES.get(visit.request.cookies.get(NOTICE_COOKIE, ""))
        html = _TEMPLATES.get_template(template).render(
            self._values,
            user=user,
            navigation=[group.for_user(user) for group in NAVIGATION] if user else [],
            here=visit.request.url.path,
            token=visit.token,
            notice=notice,
            now=visit.now,
            **values,
        )
        answer = HTMLResponse(html, status, HEADERS)
        if NOTICE_COOKIE in visit.request.cookies:
            answer.delete_cookie(NOTICE_COOKIE, path=PREFIX)
        return answer

    def fragment(self, visit: AdminRequest, template: str, **values: object) -> Response:
        """Return a part of a page."""
        html = _TEMPLATES.get_template(template).render(self._values, token=visit.token, now=visit.now, **values)
        return HTMLResponse(html, 200, HEADERS)

    def problem(self, visit: AdminRequest, status: int, sentence: str) -> Response:
        """Return the page that says what went wrong and what to do."""
        return self.page(visit, "problem.html", status, sentence=sentence, code=status)


@pass_context
def _moment(context: Context, at: datetime | str) -> Markup:
    """Write a moment in the agency's zone; the page's script writes it in the viewer's."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    local = moment.astimezone(context["zone"])
    written = f"{format_date(local.date())} {local:%H.%M} {local:%Z}"
    return Markup('<time datetime="{}">{}</time>').format(moment.astimezone(UTC).isoformat(), written)


ROOMS = ("web", "accounts", "campaigns", "curation", "figures", "help")
"""Each with its own templates, whose names are unique over all of them."""
_TEMPLATES = Environment(
    loader=ChoiceLoader([PackageLoader(f"bot.admin.{room}") for room in ROOMS]),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_TEMPLATES.filters |= {"moment": _moment, "day": format_date, "cited": format_citation, "number": thousands}
_TEMPLATES.globals |= {"words": labels, "root": PREFIX, "Permission": Permission, "help_for": help_for}


def done(visit: AdminRequest, path: str, notice: str) -> Response:
    """Send the browser to another page, which shows a notice.

    Args:
        notice: a key of `words.NOTICES`.
    """
    if notice not in labels.NOTICES:
        raise KeyError(notice)
    answer = go(visit, path)
    answer.set_cookie(
        NOTICE_COOKIE,
        notice,
        max_age=60,
        path=PREFIX,
        httponly=True,
        samesite="lax",
        secure=visit.request.url.scheme == "https",
    )
    return answer
