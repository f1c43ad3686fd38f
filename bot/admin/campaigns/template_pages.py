"""Templates of reminders: the list, one with its preview, and its way to approval."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from bot.admin.web import campaign_labels
from bot.admin.web.gate import AdminRequest, AdminRoute, get, post
from bot.admin.web.previews import TelegramMessages, preview_of
from bot.admin.web.render import Renderer, done
from bot.application.campaigns.manage_templates import ManageTemplates, Written
from bot.core.accounts.review import is_second_person
from bot.core.accounts.users import Permission
from bot.core.campaigns.reminder_template import (
    MAX_CITATIONS,
    MAX_TITLE,
    MAX_WORDS,
    ReminderTemplate,
    TemplateState,
    template_reminder,
)
from bot.core.errors import InvalidInputError
from bot.core.guidance.entry import Citation, CitationRole

MAX_TYPED = 2_000
"""Characters that are kept of a text that is too long, so that it can be shortened."""
EMPTY = ReminderTemplate(
    id="", title="", words="", citations=(), state=TemplateState.WRITING, authors=(), agency=None, edition=0
)


@dataclass(frozen=True, kw_only=True)
class TemplatePages:
    """The pages, with what they need."""

    manage: ManageTemplates
    telegram: TelegramMessages
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        see, send = Permission.REVIEW_CAMPAIGNS, Permission.BROADCAST
        one = "/templat/satu/{template}"
        return [
            get("/templat", see, self._list),
            get("/templat/baru", send, self._new),
            post("/templat/baru", send, self._create),
            get(one, see, self._one),
            post(one, send, self._save),
            post(f"{one}/ajukan", send, self._submit),
            post(f"{one}/kembalikan", see, self._send_back),
            post(f"{one}/setujui", see, self._approve),
            post(f"{one}/pensiunkan", send, self._retire),
        ]

    async def _list(self, visit: AdminRequest) -> Response:
        found = await self.manage.all(visit.user)
        return self.render.page(visit, "reminder_templates.html", templates=found, cw=campaign_labels)

    async def _new(self, visit: AdminRequest) -> Response:
        source = visit.asked("dari")
        shown = EMPTY
        if source:
            template, _ = await self.manage.look(visit.user, source)
            shown = replace(EMPTY, title=template.title, words=template.words, citations=template.citations)
        return await self._form(visit, 200, shown, None)

    async def _create(self, visit: AdminRequest) -> Response:
        written = _written(visit)
        try:
            id_ = await self.manage.save(visit.user, None, written)
        except InvalidInputError as error:
            return await self._form(visit, 400, _with(EMPTY, written), str(error))
        return done(visit, f"/templat/satu/{id_}", "templat-simpan")

    async def _one(self, visit: AdminRequest) -> Response:
        template, problems = await self.manage.look(visit.user, visit.path("template"))
        if template.state is TemplateState.WRITING and visit.user.may(Permission.BROADCAST):
            return await self._form(visit, 200, template, None, problems)
        is_second = is_second_person(template.authors, visit.user.name)
        return self.render.page(
            visit,
            "reminder_template.html",
            one=template,
            problems=problems,
            shown=preview_of("", template_reminder(template), self.telegram),
            may_approve=template.state is TemplateState.SUBMITTED and is_second,
            must_be_other=template.state is TemplateState.SUBMITTED and not is_second,
            cw=campaign_labels,
        )

    async def _save(self, visit: AdminRequest) -> Response:
        written, id_ = _written(visit), visit.path("template")
        template, _ = await self.manage.look(visit.user, id_)
        try:
            await self.manage.save(visit.user, id_, written)
            if visit.value("then") == "ajukan":
                await self.manage.submit(visit.user, id_)
                return done(visit, f"/templat/satu/{id_}", "templat-ajukan")
        except InvalidInputError as error:
            present, _ = await self.manage.look(visit.user, id_)
            edition = template.edition if written.edition != template.edition else present.edition
            return await self._form(visit, 400, replace(_with(template, written), edition=edition), str(error))
        return done(visit, f"/templat/satu/{id_}", "templat-simpan")

    async def _submit(self, visit: AdminRequest) -> Response:
        return await self._act(visit, self.manage.submit(visit.user, visit.path("template")), "templat-ajukan")

    async def _send_back(self, visit: AdminRequest) -> Response:
        deed = self.manage.return_for_changes(visit.user, visit.path("template"), visit.value("why"))
        return await self._act(visit, deed, "templat-kembali")

    async def _approve(self, visit: AdminRequest) -> Response:
        deed = self.manage.approve(visit.user, visit.path("template"), _number(visit.value("edition")))
        return await self._act(visit, deed, "templat-setuju")

    async def _retire(self, visit: AdminRequest) -> Response:
        return await self._act(visit, self.manage.retire(visit.user, visit.path("template")), "templat-pensiun")

    async def _act(self, visit: AdminRequest, deed: Awaitable[object], notice: str) -> Response:
        await deed
        return done(visit, f"/templat/satu/{visit.path('template')}", notice)

    async def _form(
        self,
        visit: AdminRequest,
        status: int,
        template: ReminderTemplate,
        error: str | None,
        problems: Sequence[str] = (),
    ) -> Response:
        has_something = bool(template.title or template.words)
        return self.render.page(
            visit,
            "reminder_template_form.html",
            status,
            one=template,
            error=error,
            problems=problems,
            shown=preview_of("", template_reminder(template), self.telegram) if has_something else None,
            instruments=await self.manage.instruments(),
            most_citations=MAX_CITATIONS,
            longest_title=MAX_TITLE,
            longest_words=MAX_WORDS,
            cw=campaign_labels,
        )


def _written(visit: AdminRequest) -> Written:
    citations = []
    for number in range(MAX_CITATIONS):
        instrument = visit.value(f"citation.{number}.instrument")[:200]
        if instrument:
            article = " ".join(visit.value(f"citation.{number}.article").split())[:200]
            citations.append(Citation(instrument=instrument, article=article or "", says="", role=CitationRole.BASIS))
    return Written(
        title=" ".join(visit.value("title").split())[:200],
        words=visit.value("words")[:MAX_TYPED].replace("\r\n", "\n"),
        citations=tuple(citations),
        edition=_number(visit.value("edition")),
    )


def _with(template: ReminderTemplate, written: Written) -> ReminderTemplate:
    return replace(template, title=written.title, words=written.words, citations=written.citations)


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 9 else 0
