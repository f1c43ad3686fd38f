"""Write an answer, have it reviewed, publish it: two persons for every word that is given."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from bot.application.accounts.ports import AdminUnit
from bot.application.accounts.second_person import require_second_person, require_settled
from bot.application.campaigns.follow_calendar import CalendarCampaigns, follow_calendar
from bot.application.ports import Clock
from bot.core.accounts.audit_trail import SYSTEM, Action, Event
from bot.core.accounts.permissions import Deed, may, require
from bot.core.accounts.review import reason_of_return, require_review, with_involved
from bot.core.accounts.users import User
from bot.core.curation.drafts import Draft, DraftState, needs_approver, rewritten, validation_errors
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.guidance.entry import Certainty, GuidanceEntry, Verdict, review_day
from bot.core.guidance.instrument import Instrument
from bot.core.legal_day import legal_day
from bot.core.plain_text import has_control_characters


@dataclass(frozen=True, kw_only=True)
class PublishedVersion:
    """One version of an answer that was given at some time."""

    entry: GuidanceEntry
    published_at: datetime


class Drafts(Protocol):
    """Drafts within a transaction."""

    async def open_drafts(self) -> Sequence[Draft]:
        """Return every draft on its way, changed last first."""

    async def open_draft_of(self, topic: str) -> Draft | None:
        """Return the draft on its way of a topic; lets nobody else begin one until the end."""

    async def published_drafts(self, topic: str) -> Sequence[Draft]:
        """Return the drafts that became versions of an answer."""

    async def draft(self, draft_id: str) -> Draft | None:
        """Return a draft, and let nobody else change it until the end."""

    async def keep(self, draft: Draft) -> None:
        """Add a draft, or keep it as it is now."""


class PublishedGuidance(Protocol):
    """Published guidance within a transaction."""

    async def guidance(self) -> GuidanceBook:
        """Return what is published."""

    async def stage_periods(self) -> tuple[StagePeriod, ...]:
        """Return the calendar."""

    async def replace_stage_periods(self, election: str, periods: tuple[StagePeriod, ...]) -> None:
        """Set the stages of one election; none removes it."""

    async def versions(self, topic: str) -> Sequence[PublishedVersion]:
        """Return every version of an answer, the newest first."""

    async def publish(self, entry: GuidanceEntry, now: datetime) -> None:
        """Add one version of an answer; the running bot gives it at once."""

    async def change_instrument(self, instrument: Instrument) -> None:
        """Keep an instrument as it is now; the running bot heeds it at once."""


class GuidanceUnit(AdminUnit, Protocol):
    """A transaction that reaches guidance too, and the campaigns that follow the calendar."""

    @property
    def drafts(self) -> Drafts:
        """Return the drafts."""

    @property
    def desk(self) -> PublishedGuidance:
        """Return what is published."""

    @property
    def campaigns(self) -> CalendarCampaigns:
        """Return the campaigns."""


class GuidanceStore(Protocol):
    """Where it is kept."""

    def unit(self) -> AbstractAsyncContextManager[GuidanceUnit]:
        """Begin a transaction."""


@dataclass(frozen=True, kw_only=True)
class DraftInput:
    """What a writer sent."""

    content: GuidanceEntry
    effective_from: date | None
    summary: str
    edition: int
    """The one that the writer had before the eyes."""


@dataclass(frozen=True, kw_only=True)
class EditDrafts:
    """The use cases around drafts; each leaves a line in the audit trail."""

    store: GuidanceStore
    clock: Clock
    new_id: Callable[[], str]

    async def begin(self, user: User, topic: str, version: int | None = None) -> str:
        """Begin a draft of what is published or of an older version; returns its id, or that of the one on its way.

        Raises:
            InvalidInputError: when there is no such topic or version, or a draft is in the way of an older version.
        """
        require(user, Deed.WRITE_DRAFTS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            if topic not in book.topics:
                raise InvalidInputError("Topik itu tidak ada.")
            present = await unit.drafts.open_draft_of(topic)
            if present is not None:
                if version is None:
                    return present.id
                raise InvalidInputError("Sudah ada draf untuk topik ini. Selesaikan atau buang dulu draf itu.")
            published = book.entries.get(topic) or _blank(topic, legal_day(now))
            content, summary = published, ""
            if version is not None:
                content = replace(await _old_version(unit, topic, version), version=published.version)
                summary = f"Kembali ke versi {version}."
            draft = Draft(
                id=self.new_id(),
                topic=topic,
                content=content,
                state=DraftState.WRITING,
                authors=(user.name,),
                effective_from=None,
                summary=summary,
                review_note="",
                edition=1,
                changed_at=now,
                approver=None,
                published_version=None,
            )
            await unit.drafts.keep(draft)
            await _note(unit, Action.DRAFT_BEGUN, user, draft, now, summary)
            return draft.id

    async def save(self, user: User, draft_id: str, written: DraftInput) -> None:
        """Keep what was written.

        Raises:
            InvalidInputError: when somebody else saved meanwhile, or it is no longer being written.
        """
        require(user, Deed.WRITE_DRAFTS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            draft = await _found(unit, draft_id, DraftState.WRITING)
            if draft.edition != written.edition:
                raise InvalidInputError(
                    "Draf ini baru saja disimpan orang lain. Salin tulisan Anda, buka lagi drafnya, lalu gabungkan."
                )
            content = replace(written.content, topic=draft.topic, version=draft.content.version)
            changed = replace(
                rewritten(draft, content, user.name, now),
                effective_from=written.effective_from,
                summary=written.summary,
            )
            await unit.drafts.keep(changed)
            await _note(unit, Action.DRAFT_SAVED, user, changed, now, f"simpanan {changed.edition}")

    async def submit(self, user: User, draft_id: str) -> None:
        """Hand a draft in for review.

        Raises:
            InvalidInputError: naming the first thing that must be mended.
        """
        require(user, Deed.WRITE_DRAFTS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            draft = await _found(unit, draft_id, DraftState.WRITING)
            problems = validation_errors(draft.content, await unit.desk.guidance(), _first_day(draft, legal_day(now)))
            if problems:
                raise InvalidInputError(problems[0])
            authors = with_involved(draft.authors, user.name)
            handed_in = replace(draft, state=DraftState.SUBMITTED, authors=authors, review_note="", changed_at=now)
            await unit.drafts.keep(handed_in)
            await _note(unit, Action.DRAFT_SUBMITTED, user, handed_in, now, draft.summary)

    async def return_for_changes(self, user: User, draft_id: str, why: str) -> None:
        """Return a draft back to its writers; also an approved one whose day has not come."""
        require(user, Deed.RETURN_DRAFTS)
        now = self.clock.now()
        why = reason_of_return(why)
        async with self.store.unit() as unit:
            draft = await _found(unit, draft_id, DraftState.SUBMITTED, DraftState.APPROVED)
            changed = replace(draft, state=DraftState.WRITING, review_note=why, approver=None, changed_at=now)
            await unit.drafts.keep(changed)
            await _note(unit, Action.DRAFT_RETURNED, user, changed, now, why)

    async def discard(self, user: User, draft_id: str) -> None:
        """Return a draft up; what is published stays."""
        require(user, Deed.WRITE_DRAFTS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            draft = await _found(unit, draft_id, DraftState.WRITING)
            await unit.drafts.keep(replace(draft, state=DraftState.DISCARDED, changed_at=now))
            await _note(unit, Action.DRAFT_DISCARDED, user, draft, now)

    async def approve(self, user: User, draft_id: str, edition: int) -> DraftState:
        """Publish a draft, or let it be published on its day; returns which of the two.

        Raises:
            InvalidInputError: when the approver wrote in it, something must be mended, or it is not what was reviewed.
        """
        require(user, Deed.PUBLISH_DRAFTS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            draft = await _found(unit, draft_id, DraftState.SUBMITTED)
            require_review(draft.authors, user.name, is_as_read=draft.edition == edition)
            await require_second_person(unit.audit, user.name, draft.authors, now)
            approved = replace(draft, state=DraftState.APPROVED, approver=user.name, changed_at=now)
            await _note(unit, Action.DRAFT_APPROVED, user, approved, now)
            if draft.effective_from is None or draft.effective_from <= legal_day(now):
                await _publish(unit, approved, user.name, user.agency or "", now)
                return DraftState.PUBLISHED
            await unit.drafts.keep(approved)
            return DraftState.APPROVED

    async def publish_due(self, now: datetime) -> int:
        """Publish the approved drafts whose day has come; returns how many."""
        done = 0
        async with self.store.unit() as unit:
            waiting = [draft for draft in await unit.drafts.open_drafts() if draft.state is DraftState.APPROVED]
        for each in waiting:
            if each.effective_from is not None and each.effective_from > legal_day(now):
                continue
            async with self.store.unit() as unit:
                draft = await unit.drafts.draft(each.id)
                if draft is None or draft.state is not DraftState.APPROVED:
                    continue
                try:
                    await _publish(unit, draft, SYSTEM, "", now)
                    done += 1
                except InvalidInputError as error:
                    back = replace(draft, state=DraftState.WRITING, review_note=str(error), approver=None)
                    await unit.drafts.keep(back)
                    event = Event(
                        action=Action.DRAFT_RETURNED, actor=SYSTEM, subject=draft.topic, detail=back.review_note
                    )
                    await unit.audit.add(event, now)
        return done


@dataclass(frozen=True, kw_only=True)
class EditLaw:
    """The use cases around instruments and the calendar."""

    store: GuidanceStore
    clock: Clock

    async def change_instrument(self, user: User, changed: Instrument) -> None:
        """Keep what has become of an instrument.

        Raises:
            InvalidInputError: when there is none, or only an approver may make this change.
        """
        require(user, Deed.CHANGE_INSTRUMENTS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            await require_settled(unit.audit, user.name, now)
            book = await unit.desk.guidance()
            before = book.instruments.get(changed.code)
            if before is None:
                raise InvalidInputError("Peraturan itu tidak ada di daftar.")
            if needs_approver(book, changed, legal_day(now)) and not may(user, Deed.REVIVE_INSTRUMENTS):
                raise InvalidInputError("Mengembalikan peraturan ke status berlaku hanya boleh dilakukan penyetuju.")
            await unit.desk.change_instrument(changed)
            detail = f"{before.status.value} menjadi {changed.status.value}"
            event = Event(
                action=Action.INSTRUMENT_CHANGED,
                actor=user.name,
                subject=changed.code,
                detail=f"{detail}; berlaku sampai {changed.in_force_to or 'tidak ditentukan'}",
                agency=user.agency or "",
            )
            await unit.audit.add(event, now)

    async def set_stages(self, user: User | None, election: str, periods: tuple[StagePeriod, ...]) -> None:
        """Set the stages of one election, none to remove it; `user` None stands for a command on the server.

        Raises:
            InvalidInputError: for a stage that ends before it begins, or a missing name.
        """
        if user is not None:
            require(user, Deed.SET_CALENDAR)
        if not election.strip():
            raise InvalidInputError("Nama pemilihan belum diisi.")
        if has_control_characters(election):
            raise InvalidInputError("Nama pemilihan memuat karakter yang tidak dapat dibaca. Ketik ulang.")
        if any(period.ends_on < period.starts_on for period in periods):
            raise InvalidInputError("Ada tahapan yang selesai sebelum mulai.")
        now = self.clock.now()
        async with self.store.unit() as unit:
            if user is not None:
                await require_settled(unit.audit, user.name, now)
            await unit.desk.replace_stage_periods(election, periods)
            actor = user.name if user else SYSTEM
            await follow_calendar(unit.campaigns, unit.audit, actor, now)
            detail = "; ".join(f"{p.stage.value} {p.starts_on}..{p.ends_on}" for p in periods) or "dihapus"
            event = Event(
                action=Action.CALENDAR_CHANGED,
                actor=actor,
                subject=election,
                detail=detail,
                agency=(user.agency or "") if user else "",
            )
            await unit.audit.add(event, now)


async def _publish(unit: GuidanceUnit, draft: Draft, actor: str, agency: str, now: datetime) -> None:
    book = await unit.desk.guidance()
    published = book.entries.get(draft.topic)
    version = published.version if published else 0
    if version != draft.content.version:
        raise InvalidInputError(
            "Jawaban yang terbit sudah berubah sejak draf ini dimulai. Buang draf, lalu mulai lagi."
        )
    problems = validation_errors(draft.content, book, legal_day(now))
    if problems:
        raise InvalidInputError(problems[0])
    await unit.desk.publish(replace(draft.content, version=version + 1), now)
    await unit.drafts.keep(replace(draft, state=DraftState.PUBLISHED, published_version=version + 1, changed_at=now))
    event = Event(
        action=Action.GUIDANCE_PUBLISHED,
        actor=actor,
        subject=draft.topic,
        detail=f"versi {version + 1}; ditulis {', '.join(draft.authors)}; disetujui {draft.approver}",
        agency=agency,
    )
    await unit.audit.add(event, now)


async def _old_version(unit: GuidanceUnit, topic: str, version: int) -> GuidanceEntry:
    for each in await unit.desk.versions(topic):
        if each.entry.version == version:
            return each.entry
    raise InvalidInputError("Versi itu tidak ada.")


async def _found(unit: GuidanceUnit, draft_id: str, *states: DraftState) -> Draft:
    draft = await unit.drafts.draft(draft_id)
    if draft is None:
        raise InvalidInputError("Draf itu tidak ada.")
    if draft.state not in states:
        raise InvalidInputError("Draf ini sudah berpindah tahap. Muat ulang halamannya.")
    return draft


async def _note(unit: GuidanceUnit, action: Action, user: User, draft: Draft, now: datetime, detail: str = "") -> None:
    event = Event(action=action, actor=user.name, subject=draft.topic, detail=detail, agency=user.agency or "")
    await unit.audit.add(event, now)


def _first_day(draft: Draft, today: date) -> date:
    return max(draft.effective_from or today, today)


def _blank(topic: str, today: date) -> GuidanceEntry:
    return GuidanceEntry(
        topic=topic,
        version=0,
        verdict=Verdict.INFORMATION,
        certainty=Certainty.MEDIUM,
        short="",
        explanation="",
        instead=(),
        exceptions="",
        interpretation=(),
        advice=(),
        sanctions={},
        variants=(),
        citations=(),
        checked_on=today,
        review_by=review_day(today),
    )
