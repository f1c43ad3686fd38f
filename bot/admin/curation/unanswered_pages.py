"""Unanswered questions, put together by meaning; what curators make of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from bot.admin.web.gate import AdminRequest, AdminRoute, get, go, post
from bot.admin.web.render import Renderer, done
from bot.application.curation.cluster_questions import ClusterQuestions
from bot.application.curation.label_questions import MAX_GROUPED, Labelled, LabelQuestions, QuestionStore
from bot.core.accounts.users import Permission
from bot.core.curation.clusters import Cluster, EmbeddedText
from bot.core.curation.labels import Label, LabelKind, LabelledExample, ProposalState
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook

LIST_SIZE = 25
EXAMPLES_SIZE = 50
FIRST_SHOWN = 5
MAX_SHOWN = 200
"""Texts of one group that can be left out one by one."""
MAX_PAGE = 10_000


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done last, to be undone."""

    batch: str
    count: int
    label: str
    """In words."""


@dataclass(frozen=True, kw_only=True)
class UnansweredPages:
    """The pages, with what they need."""

    store: QuestionStore
    clusters: ClusterQuestions
    label: LabelQuestions
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes; the texts are for those who label them."""
        may = Permission.EDIT_GUIDANCE
        return [
            get("/belum-terjawab", may, self._clusters),
            get("/belum-terjawab/keadaan", may, self._progress),
            post("/belum-terjawab/label", may, self._label),
            post("/belum-terjawab/usul", may, self._propose),
            post("/belum-terjawab/hapus", may, self._discard),
            post("/belum-terjawab/urung", may, self._undo),
            get("/belum-terjawab/usulan", may, self._proposals),
            post("/belum-terjawab/usulan/{proposal}/gabung", may, self._merge),
            post("/belum-terjawab/usulan/{proposal}/tutup", may, self._close),
            get("/belum-terjawab/contoh", may, self._examples),
            post("/belum-terjawab/contoh/{example}/hapus", may, self._delete),
        ]

    async def _clusters(self, visit: AdminRequest) -> Response:
        return await self._page(visit, 200, None)

    async def _page(self, visit: AdminRequest, status: int, error: str | None) -> Response:
        grouping = await self.clusters.present()
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            undo = await unit.questions.of_batch(visit.asked("urung")) if visit.asked("urung") else ()
            waiting = sum(each.state is ProposalState.OPEN for each in await unit.questions.proposals())
            names = {each.id: each.name for each in await unit.questions.proposals()}
            examples = await unit.questions.example_count()
        found = grouping.clusters if grouping else ()
        number = _place_of(found, visit.value("texts").split(",")[0] or visit.asked("kelompok"))
        present = found[number] if found else None
        suggested = await self.clusters.suggestions(present.centre.text, book.topics) if present else None
        first = number // LIST_SIZE * LIST_SIZE
        if visit.asked("hal"):
            first = min(_number(visit.asked("hal")), len(found) // LIST_SIZE) * LIST_SIZE
        return self.render.page(
            visit,
            "unanswered.html",
            status,
            grouping=grouping,
            progress=self.clusters.progress,
            total=sum(len(cluster.points) for cluster in found),
            is_cut=grouping is not None and len(grouping.ids) >= MAX_GROUPED,
            present=present,
            shown=present.points[:MAX_SHOWN] if present else (),
            first_shown=FIRST_SHOWN,
            suggested=suggested,
            following=_following(found, number),
            number=number,
            listed=list(enumerate(found))[first : first + LIST_SIZE],
            page=first // LIST_SIZE,
            pages=(len(found) + LIST_SIZE - 1) // LIST_SIZE,
            undo=_done(undo, book, names),
            waiting=waiting,
            examples=examples,
            groups=_by_group(book),
            book=book,
            name=visit.value("nama"),
            scope=visit.value("cakupan"),
            error=error,
        )

    async def _progress(self, visit: AdminRequest) -> Response:
        """Say how far putting together has come; sends the browser on when it is done."""
        if await self.clusters.present() is not None:
            return go(visit, "/belum-terjawab")
        return self.render.fragment(visit, "unanswered_progress.html", progress=self.clusters.progress)

    async def _label(self, visit: AdminRequest) -> Response:
        chosen = visit.value("topik_dekat") or visit.value("topik")
        label = Label(kind=LabelKind.TOPIC, subject=chosen)
        if visit.value("luar"):
            label = Label(kind=LabelKind.OUT_OF_SCOPE)
        try:
            labelled = await self.label.label(visit.user, _chosen(visit), label)
        except InvalidInputError as error:
            return await self._page(visit, 400, str(error))
        return _onward(visit, labelled)

    async def _propose(self, visit: AdminRequest) -> Response:
        try:
            labelled = await self.label.propose(visit.user, _chosen(visit), visit.value("nama"), visit.value("cakupan"))
        except InvalidInputError as error:
            return await self._page(visit, 400, str(error))
        return _onward(visit, labelled)

    async def _discard(self, visit: AdminRequest) -> Response:
        try:
            await self.label.discard(visit.user, _chosen(visit))
        except InvalidInputError as error:
            return await self._page(visit, 400, str(error))
        return done(visit, f"/belum-terjawab?{urlencode({'kelompok': visit.value('berikut')})}", "label-hapus")

    async def _undo(self, visit: AdminRequest) -> Response:
        async with self.store.unit() as unit:
            undone = await unit.questions.of_batch(visit.value("urung"))
        await self.label.undo(visit.user, visit.value("urung"))
        return done(visit, f"/belum-terjawab?{urlencode({'kelompok': undone[0].id})}", "label-urung")

    async def _proposals(self, visit: AdminRequest) -> Response:
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            proposals = await unit.questions.proposals()
            examples = {
                each.id: await unit.questions.of_proposal(each.id)
                for each in proposals
                if each.state is ProposalState.OPEN
            }
        return self.render.page(
            visit, "proposals.html", proposals=proposals, examples=examples, groups=_by_group(book), book=book
        )

    async def _merge(self, visit: AdminRequest) -> Response:
        await self.label.merge(visit.user, visit.path("proposal"), visit.value("topik"))
        return done(visit, "/belum-terjawab/usulan", "usulan-gabung")

    async def _close(self, visit: AdminRequest) -> Response:
        await self.label.close(visit.user, visit.path("proposal"))
        return done(visit, "/belum-terjawab/usulan", "usulan-tutup")

    async def _examples(self, visit: AdminRequest) -> Response:
        page = _number(visit.asked("hal"))
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            names = {each.id: each.name for each in await unit.questions.proposals()}
            count = await unit.questions.example_count()
            found = await unit.questions.examples(page * EXAMPLES_SIZE, EXAMPLES_SIZE)
        lines = [(example, _words_of(example.label, book, names)) for example in found]
        pages = (count + EXAMPLES_SIZE - 1) // EXAMPLES_SIZE
        return self.render.page(visit, "examples.html", lines=lines, count=count, page=page, pages=pages)

    async def _delete(self, visit: AdminRequest) -> Response:
        await self.label.delete(visit.user, visit.path("example"))
        return done(visit, "/belum-terjawab/contoh", "contoh-hapus")


def _chosen(visit: AdminRequest) -> list[str]:
    """Return the ids of a group as it was shown, without those that were crossed out."""
    every = [each for each in visit.value("texts").split(",") if each]
    crossed_out = set(visit.fields.get("shown", ())) - set(visit.fields.get("text", ()))
    chosen = [each for each in every if each not in crossed_out]
    if every and not chosen:
        raise InvalidInputError("Semua pertanyaan dikeluarkan. Centang paling sedikit satu.")
    return chosen


def _onward(visit: AdminRequest, labelled: Labelled) -> Response:
    """Show the next group, with the way to undo what was done."""
    query = {"kelompok": visit.value("berikut"), "urung": labelled.batch if labelled.kept else ""}
    address = f"/belum-terjawab?{urlencode({name: value for name, value in query.items() if value})}"
    if labelled.dropped:
        return done(visit, address, "label-sebagian" if labelled.kept else "label-buang")
    return go(visit, address)


def _place_of(found: Sequence[Cluster], identifier: str) -> int:
    """Return the place of the group that a question is in, the first when there is none."""
    places = (n for n, cluster in enumerate(found) if any(point.id == identifier for point in cluster.points))
    return next(places, 0)


def _following(found: Sequence[Cluster], number: int) -> EmbeddedText | None:
    if len(found) < 2:
        return None
    return found[(number + 1) % len(found)].centre


def _done(undo: Sequence[LabelledExample], book: GuidanceBook, names: Mapping[str, str]) -> Done | None:
    back = [each for each in undo if each.asked_on is not None]
    if not back:
        return None
    return Done(batch=back[0].batch, count=len(back), label=_words_of(back[0].label, book, names))


def _words_of(label: Label, book: GuidanceBook, names: Mapping[str, str]) -> str:
    match label.kind:
        case LabelKind.TOPIC:
            topic = book.topics.get(label.subject)
            return topic.title if topic else label.subject
        case LabelKind.PROPOSAL:
            return f"usulan: {names.get(label.subject, '?')}"
        case LabelKind.OUT_OF_SCOPE:
            return "di luar cakupan"


def _by_group(book: GuidanceBook) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (title, [(topic.id, topic.title) for topic in book.topics.values() if topic.group == group])
        for group, title in book.groups.items()
    ]


def _number(written: str) -> int:
    if written.isascii() and written.isdecimal() and int(written) < MAX_PAGE:
        return int(written)
    return 0
