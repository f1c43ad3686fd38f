"""Answers: the list, one topic with its history, and the way of a draft."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.responses import Response

from bot.admin.curation.draft_form import known_values, read_form
from bot.admin.web.gate import AdminRequest, AdminRoute, get, go, post
from bot.admin.web.previews import TelegramMessages, previews
from bot.admin.web.render import Renderer, done
from bot.application.curation.edit_drafts import DraftInput, EditDrafts, GuidanceStore
from bot.core.accounts.review import is_second_person
from bot.core.accounts.users import Permission
from bot.core.curation.drafts import Draft, DraftState, validation_errors
from bot.core.curation.entry_diff import diff_entries
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook, WithheldAnswer
from bot.core.guidance.entry import Certainty, CitationRole, GuidanceEntry, SanctionKind, Topic, Verdict
from bot.core.guidance.instrument import InstrumentStatus
from bot.core.legal_day import legal_day

MAX_VERSION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Line:
    """One topic in the list."""

    topic: Topic
    entry: GuidanceEntry | None
    withheld: WithheldAnswer | None
    draft: Draft | None


@dataclass(frozen=True, kw_only=True)
class GuidancePages:
    """The pages, with what they need."""

    store: GuidanceStore
    edit: EditDrafts
    telegram: TelegramMessages
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        see, write, publish = Permission.VIEW, Permission.EDIT_GUIDANCE, Permission.PUBLISH
        return [
            get("/jawaban", see, self._list),
            get("/jawaban/{topic}", see, self._topic),
            get("/jawaban/{topic}/versi/{version}", see, self._version),
            post("/jawaban/{topic}/draf", write, self._begin),
            post("/jawaban/{topic}/versi/{version}/pulihkan", write, self._roll_back),
            get("/draf", see, self._drafts),
            get("/draf/{draft}", see, self._draft),
            post("/draf/{draft}", write, self._save),
            post("/draf/{draft}/pratinjau", write, self._preview),
            post("/draf/{draft}/ajukan", write, self._submit),
            post("/draf/{draft}/buang", write, self._discard),
            post("/draf/{draft}/kembalikan", publish, self._give_back),
            post("/draf/{draft}/terbitkan", publish, self._approve),
        ]

    async def _list(self, visit: AdminRequest) -> Response:
        today = legal_day(visit.now)
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            drafts = {draft.topic: draft for draft in await unit.drafts.open_drafts()}
        words, kind = visit.asked("cari").lower(), visit.asked("keadaan")
        lines = [line for line in _lines(book, drafts, visit) if _fits(line, words, kind)]
        groups = [
            (title, [line for line in lines if line.topic.group == group]) for group, title in book.groups.items()
        ]
        shown = [(title, lines) for title, lines in groups if lines]
        return self.render.page(
            visit, "answers.html", groups=shown, total=len(book.topics), search=words, kind=kind, today=today
        )

    async def _topic(self, visit: AdminRequest) -> Response:
        topic = visit.path("topic")
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            versions = await unit.desk.versions(topic)
            draft = next((each for each in await unit.drafts.open_drafts() if each.topic == topic), None)
            origins = {each.published_version: each for each in await unit.drafts.published_drafts(topic)}
        if topic not in book.topics:
            return self.render.problem(visit, 404, "Topik itu tidak ada.")
        entry = book.entries.get(topic)
        shown = previews(book.topics[topic], entry, self.telegram) if entry else []
        standing = book.answer_on(topic, legal_day(visit.now))
        return self.render.page(
            visit,
            "answer.html",
            topic=book.topics[topic],
            entry=entry,
            withheld=standing if isinstance(standing, WithheldAnswer) else None,
            versions=versions,
            origins=origins,
            draft=draft,
            previews=shown,
        )

    async def _version(self, visit: AdminRequest) -> Response:
        topic, number = visit.path("topic"), _number(visit.path("version"))
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            versions = {each.entry.version: each for each in await unit.desk.versions(topic)}
        if number not in versions:
            return self.render.problem(visit, 404, "Versi itu tidak ada.")
        older = max((each for each in versions if each < number), default=None)
        return self.render.page(
            visit,
            "version.html",
            topic=book.topics[topic],
            shown=versions[number],
            older=older,
            is_newest=number == max(versions),
            changes=diff_entries(versions[older].entry if older else None, versions[number].entry),
        )

    async def _begin(self, visit: AdminRequest) -> Response:
        return go(visit, f"/draf/{await self.edit.begin(visit.user, visit.path('topic'))}")

    async def _roll_back(self, visit: AdminRequest) -> Response:
        version = _number(visit.path("version"))
        draft_id = await self.edit.begin(visit.user, visit.path("topic"), version)
        return done(visit, f"/draf/{draft_id}", "draf-pulih")

    async def _drafts(self, visit: AdminRequest) -> Response:
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            drafts = await unit.drafts.open_drafts()
        return self.render.page(visit, "drafts.html", drafts=drafts, book=book)

    async def _draft(self, visit: AdminRequest) -> Response:
        book, draft = await self._found(visit)
        if draft is None:
            return self.render.problem(visit, 404, "Draf itu tidak ada.")
        return self._draft_page(visit, 200, book, draft, None)

    async def _save(self, visit: AdminRequest) -> Response:
        book, draft = await self._found(visit)
        if draft is None:
            return self.render.problem(visit, 404, "Draf itu tidak ada.")
        try:
            written = read_form(visit)
            await self.edit.save(visit.user, draft.id, written)
        except InvalidInputError as error:
            kept = _with(draft, read_form_or_none(visit))
            return self._draft_page(visit, 400, book, kept, str(error))
        if visit.value("then") == "submit":
            return await self._submit(visit)
        return done(visit, f"/draf/{draft.id}", "draf-simpan")

    async def _preview(self, visit: AdminRequest) -> Response:
        book, draft = await self._found(visit)
        if draft is None:
            raise InvalidInputError("Draf itu tidak ada.")
        shown = _with(draft, read_form(visit))
        return self._preview_part(visit, book, shown)

    async def _submit(self, visit: AdminRequest) -> Response:
        try:
            await self.edit.submit(visit.user, visit.path("draft"))
        except InvalidInputError as error:
            book, draft = await self._found(visit)
            if draft is None:
                raise
            return self._draft_page(visit, 400, book, draft, str(error))
        return done(visit, f"/draf/{visit.path('draft')}", "draf-ajukan")

    async def _discard(self, visit: AdminRequest) -> Response:
        await self.edit.discard(visit.user, visit.path("draft"))
        return done(visit, "/draf", "draf-buang")

    async def _give_back(self, visit: AdminRequest) -> Response:
        await self.edit.return_for_changes(visit.user, visit.path("draft"), visit.value("why"))
        return done(visit, "/draf", "draf-kembali")

    async def _approve(self, visit: AdminRequest) -> Response:
        state = await self.edit.approve(visit.user, visit.path("draft"), _number(visit.value("edition")))
        notice = "draf-terbit" if state is DraftState.PUBLISHED else "draf-setuju"
        return done(visit, "/draf", notice)

    async def _found(self, visit: AdminRequest) -> tuple[GuidanceBook, Draft | None]:
        async with self.store.unit() as unit:
            return await unit.desk.guidance(), await unit.drafts.draft(visit.path("draft"))

    def _draft_page(
        self, visit: AdminRequest, status: int, book: GuidanceBook, draft: Draft, error: str | None
    ) -> Response:
        may_write = draft.state is DraftState.WRITING and visit.user.may(Permission.EDIT_GUIDANCE)
        topic = book.topics[draft.topic]
        return self.render.page(
            visit,
            "draft_form.html" if may_write else "draft.html",
            status,
            draft=draft,
            content=draft.content,
            topic=topic,
            error=error,
            problems=_problems(book, draft, visit),
            changes=diff_entries(book.entries.get(draft.topic), draft.content),
            previews=previews(topic, draft.content, self.telegram),
            may_approve=draft.state is DraftState.SUBMITTED
            and is_second_person(draft.authors, visit.user.name)
            and visit.user.may(Permission.PUBLISH),
            is_author=not is_second_person(draft.authors, visit.user.name),
            known=known_values(book, draft.content),
            instruments=book.instruments.values(),
            book=book,
            **_KINDS,
        )

    def _preview_part(self, visit: AdminRequest, book: GuidanceBook, draft: Draft) -> Response:
        return self.render.fragment(
            visit,
            "preview_part.html",
            previews=previews(book.topics[draft.topic], draft.content, self.telegram),
            problems=_problems(book, draft, visit),
        )


_KINDS: Mapping[str, object] = {
    "verdicts": list(Verdict),
    "certainties": list(Certainty),
    "sanctions": list(SanctionKind),
    "roles": list(CitationRole),
    "statuses": list(InstrumentStatus),
}


def read_form_or_none(visit: AdminRequest) -> DraftInput | None:
    """Read a form, None when it cannot be read."""
    try:
        return read_form(visit)
    except InvalidInputError:
        return None


def _with(draft: Draft, written: DraftInput | None) -> Draft:
    """Return a draft as it would be with what was written, so that nothing typed is lost."""
    if written is None:
        return draft
    content = replace(written.content, topic=draft.topic, version=draft.content.version)
    return replace(draft, content=content, effective_from=written.effective_from, summary=written.summary)


def _problems(book: GuidanceBook, draft: Draft, visit: AdminRequest) -> tuple[str, ...]:
    today = legal_day(visit.now)
    return validation_errors(draft.content, book, max(draft.effective_from or today, today))


def _lines(book: GuidanceBook, drafts: Mapping[str, Draft], visit: AdminRequest) -> list[Line]:
    lines = []
    for topic in book.topics.values():
        standing = book.answer_on(topic.id, legal_day(visit.now))
        lines.append(
            Line(
                topic=topic,
                entry=book.entries.get(topic.id),
                withheld=standing if isinstance(standing, WithheldAnswer) else None,
                draft=drafts.get(topic.id),
            )
        )
    return lines


def _fits(line: Line, words: str, kind: str) -> bool:
    topic = line.topic
    text = " ".join([topic.title, topic.id, topic.description, *topic.keywords]).lower()
    is_kind = {"ditahan": line.withheld is not None, "draf": line.draft is not None}.get(kind, True)
    return is_kind and all(word in text for word in words.split())


def _number(written: str) -> int:
    if written.isascii() and written.isdecimal() and int(written) < MAX_VERSION:
        return int(written)
    return 0
