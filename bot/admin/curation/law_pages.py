"""Instruments, what comes due for review, and the calendar of elections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from bot.admin.curation.draft_form import read_day
from bot.admin.web.gate import AdminRequest, AdminRoute, get, post
from bot.admin.web.render import Renderer, done
from bot.application.curation.edit_drafts import EditLaw, GuidanceStore
from bot.core.accounts.users import Permission
from bot.core.curation.drafts import impact_of_change, needs_approver
from bot.core.curation.review_agenda import reviews_on
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import StagePeriod, stage_on
from bot.core.guidance.entry import CitationRole
from bot.core.guidance.instrument import Instrument, InstrumentStatus
from bot.core.legal_day import legal_day
from bot.core.vocabulary import Stage

MAY_CHANGE_LAW = frozenset({Permission.EDIT_GUIDANCE, Permission.PUBLISH})


@dataclass(frozen=True, kw_only=True)
class LawPages:
    """The pages, with what they need."""

    store: GuidanceStore
    law: EditLaw
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        return [
            get("/peraturan", Permission.VIEW, self._instruments),
            get("/peraturan/satu", Permission.VIEW, self._instrument),
            post("/peraturan/satu", MAY_CHANGE_LAW, self._change),
            get("/tinjau", Permission.VIEW, self._reviews),
            get("/kalender", Permission.VIEW, self._calendar),
            get("/kalender/satu", Permission.EDIT_GUIDANCE, self._election),
            post("/kalender/satu", Permission.EDIT_GUIDANCE, self._set_stages),
            post("/kalender/hapus", Permission.EDIT_GUIDANCE, self._remove_election),
        ]

    async def _instruments(self, visit: AdminRequest) -> Response:
        book = await self._book()
        words, kind = visit.asked("cari").lower(), visit.asked("status")
        found = [
            (instrument, _answers_on(book, instrument))
            for instrument in book.instruments.values()
            if words in f"{instrument.code} {instrument.title}".lower() and kind in ("", instrument.status.value)
        ]
        return self.render.page(
            visit, "instruments.html", found=found, search=words, kind=kind, statuses=list(InstrumentStatus)
        )

    async def _instrument(self, visit: AdminRequest) -> Response:
        """Show one instrument; with a status in the address also what that status would do."""
        book = await self._book()
        present = book.instruments.get(visit.asked("kode"))
        if present is None:
            return self.render.problem(visit, 404, "Peraturan itu tidak ada di daftar.")
        today = legal_day(visit.now)
        wanted = _changed(present, visit.request.query_params) if visit.asked("status") else None
        return self.render.page(
            visit,
            "instrument.html",
            one=present,
            wanted=wanted,
            effects=impact_of_change(book, wanted or present, today),
            for_approver=wanted is not None and needs_approver(book, wanted, today),
            book=book,
            statuses=list(InstrumentStatus),
            is_in_force=present.is_in_force(today),
        )

    async def _change(self, visit: AdminRequest) -> Response:
        present = (await self._book()).instruments.get(visit.value("kode"))
        if present is None:
            raise InvalidInputError("Peraturan itu tidak ada di daftar.")
        values = {name: visit.value(name) for name in visit.fields}
        await self.law.change_instrument(visit.user, _changed(present, values))
        return done(visit, "/tinjau", "peraturan-ubah")

    async def _reviews(self, visit: AdminRequest) -> Response:
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            periods = await unit.desk.stage_periods()
        found = reviews_on(book, periods, legal_day(visit.now))
        return self.render.page(visit, "reviews.html", found=found, book=book)

    async def _calendar(self, visit: AdminRequest) -> Response:
        async with self.store.unit() as unit:
            periods = await unit.desk.stage_periods()
        today = legal_day(visit.now)
        elections = {period.election: [p for p in periods if p.election == period.election] for period in periods}
        return self.render.page(
            visit, "calendar.html", elections=elections, present=stage_on(periods, today), today=today
        )

    async def _election(self, visit: AdminRequest) -> Response:
        name = visit.asked("nama")
        async with self.store.unit() as unit:
            periods = [period for period in await unit.desk.stage_periods() if period.election == name]
        return self._election_page(visit, 200, name, periods, None)

    async def _set_stages(self, visit: AdminRequest) -> Response:
        name = " ".join(visit.value("nama").split())[:200]
        periods: Sequence[StagePeriod] = ()
        try:
            periods = _periods(visit, name)
            await self.law.set_stages(visit.user, name, tuple(periods))
        except InvalidInputError as error:
            return self._election_page(visit, 400, name, periods, str(error))
        return done(visit, "/kalender", "kalender-simpan")

    async def _remove_election(self, visit: AdminRequest) -> Response:
        await self.law.set_stages(visit.user, visit.value("nama"), ())
        return done(visit, "/kalender", "kalender-hapus")

    def _election_page(
        self, visit: AdminRequest, status: int, name: str, periods: Sequence[StagePeriod], error: str | None
    ) -> Response:
        by_stage = {period.stage: period for period in periods}
        return self.render.page(
            visit, "election.html", status, name=name, by_stage=by_stage, stages=list(Stage), error=error
        )

    async def _book(self) -> GuidanceBook:
        async with self.store.unit() as unit:
            return await unit.desk.guidance()


def _changed(present: Instrument, values: Mapping[str, str]) -> Instrument:
    """Return an instrument as a form wants it; what the form does not name stays."""
    try:
        status = InstrumentStatus(values.get("status", ""))
    except ValueError as error:
        raise InvalidInputError("Pilih status peraturan.") from error
    is_over = status in (InstrumentStatus.REVOKED, InstrumentStatus.LAPSED)
    changed = replace(present, status=status, in_force_to=present.in_force_to if is_over else None)
    if is_over and "sampai" in values:
        changed = replace(changed, in_force_to=read_day(values["sampai"].strip()))
    if "pengganti" in values:
        changed = replace(changed, replaced_by=values["pengganti"].strip()[:200] or None)
    if "diubah" in values:
        parts = (part.strip() for part in values["diubah"].split(";"))
        changed = replace(changed, amended_by=tuple(part for part in parts if part))
    if "catatan" in values:
        changed = replace(changed, note=values["catatan"].strip()[:2000] or None)
    return changed


def _answers_on(book: GuidanceBook, instrument: Instrument) -> int:
    return sum(
        any(c.instrument == instrument.code and c.role is CitationRole.BASIS for c in entry.citations)
        for entry in book.entries.values()
    )


def _periods(visit: AdminRequest, election: str) -> list[StagePeriod]:
    found = []
    for stage in Stage:
        first, last = read_day(visit.value(f"{stage.value}.mulai")), read_day(visit.value(f"{stage.value}.selesai"))
        if (first is None) != (last is None):
            raise InvalidInputError("Setiap tahapan perlu tanggal mulai dan selesai, atau dikosongkan keduanya.")
        if first and last:
            found.append(StagePeriod(election=election, stage=stage, starts_on=first, ends_on=last))
    if not found:
        raise InvalidInputError("Isi paling sedikit satu tahapan.")
    return found
