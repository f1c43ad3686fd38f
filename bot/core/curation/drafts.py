"""The way of an answer from draft to published: who may do what, and what still keeps it back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from bot.core.accounts.review import with_involved
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import CitationRole, GuidanceEntry
from bot.core.guidance.instrument import Instrument

MAX_LABEL = 20
"""Characters of a button, WhatsApp's limit (`docs/limits.md`)."""


class DraftState(StrEnum):
    """Where a draft stands."""

    WRITING = "writing"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    """Published on its day."""
    PUBLISHED = "published"
    DISCARDED = "discarded"


OPEN_STATES = frozenset({DraftState.WRITING, DraftState.SUBMITTED, DraftState.APPROVED})
"""A topic has at most one draft in these."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A coming version of an answer."""

    id: str
    """Random."""
    topic: str
    content: GuidanceEntry
    """Its version is the one it grew from; 0 when the topic had no answer."""
    state: DraftState
    authors: tuple[str, ...]
    """Names of everybody who wrote in it, in the order of their first word."""
    effective_from: date | None
    """None: as soon as it is published."""
    summary: str
    """What was changed and why, in the writer's words."""
    review_note: str
    """Why it was given back; empty when it was not."""
    edition: int
    """Grows with every save, so that two writers do not overwrite each other."""
    changed_at: datetime
    approver: str | None
    published_version: int | None


def validation_errors(content: GuidanceEntry, book: GuidanceBook, on: date) -> tuple[str, ...]:
    """Say in Indonesian what must be mended before a draft is submitted; empty when nothing.

    Args:
        on: the day from which the answer would be given.
    """
    found = [
        sentence
        for is_missing, sentence in (
            (not content.short, "Jawaban singkat belum diisi."),
            (not content.explanation, "Penjelasan belum diisi."),
            (not content.exceptions, "Pengecualian belum diisi; bila tidak ada, katakan begitu."),
            (not content.instead, "Tulis paling sedikit satu hal yang bisa dilakukan."),
            (not content.bases(), "Paling sedikit satu kutipan harus menjadi dasar hukum."),
            (content.review_by <= on, "Tanggal tinjau ulang harus sesudah jawaban mulai berlaku."),
            (content.checked_on > on, "Tanggal pemeriksaan tidak boleh sesudah jawaban mulai berlaku."),
        )
        if is_missing
    ]
    for citation in content.citations:
        if citation.instrument not in book.instruments:
            found.append(f"Peraturan {citation.instrument} tidak ada di daftar.")
        elif citation.role is CitationRole.BASIS and not book.instruments[citation.instrument].is_in_force(on):
            found.append(f"{citation.instrument} tidak berlaku, jadi hanya bisa menjadi riwayat, bukan dasar.")
        if not citation.article or not citation.says:
            found.append(f"Kutipan {citation.instrument}: isi pasal dan bunyinya.")
    for variant in content.variants:
        name = variant.label or "tanpa nama"
        if not variant.label or not variant.text or not variant.when:
            found.append(f"Keadaan khusus “{name}”: isi nama, jawaban, dan paling sedikit satu syarat.")
        if len(variant.label) > MAX_LABEL:
            found.append(f"Keadaan khusus “{name}”: nama paling panjang {MAX_LABEL} huruf, agar muat di tombol.")
    return tuple(dict.fromkeys(found))


def rewritten(draft: Draft, content: GuidanceEntry, author: str, now: datetime) -> Draft:
    """Return the draft with other content, written by somebody."""
    authors = with_involved(draft.authors, author)
    return replace(draft, content=content, authors=authors, edition=draft.edition + 1, changed_at=now)


class InstrumentImpact(StrEnum):
    """What becomes of an answer when an instrument changes."""

    WITHHELD = "withheld"
    """It was given and no longer is."""
    STILL_WITHHELD = "still_withheld"
    GIVEN_AGAIN = "given_again"
    CHECK = "check"
    """It stands on it and is still given."""
    HISTORY = "history"
    """It only mentions it as history."""


@dataclass(frozen=True, kw_only=True)
class AnswerImpact:
    """What becomes of one answer."""

    topic: str
    consequence: InstrumentImpact


def impact_of_change(book: GuidanceBook, changed: Instrument, on: date) -> tuple[AnswerImpact, ...]:
    """Return what becomes of every answer that cites an instrument when it changes, the gravest first."""
    instruments: Mapping[str, Instrument] = {**book.instruments, changed.code: changed}
    after = replace(book, instruments=instruments)
    found = []
    for topic, entry in book.entries.items():
        roles = {citation.role for citation in entry.citations if citation.instrument == changed.code}
        if not roles:
            continue
        was, will = (isinstance(each.answer_on(topic, on), GuidanceEntry) for each in (book, after))
        if CitationRole.BASIS not in roles:
            consequence = InstrumentImpact.HISTORY
        elif will:
            consequence = InstrumentImpact.CHECK if was else InstrumentImpact.GIVEN_AGAIN
        else:
            consequence = InstrumentImpact.WITHHELD if was else InstrumentImpact.STILL_WITHHELD
        found.append(AnswerImpact(topic=topic, consequence=consequence))
    order = list(InstrumentImpact)
    return tuple(sorted(found, key=lambda effect: order.index(effect.consequence)))


def needs_approver(book: GuidanceBook, changed: Instrument, on: date) -> bool:
    """Say whether a change of an instrument lets answers out that are kept back: then only an approver may make it."""
    before = book.instruments[changed.code]
    is_revived = changed.is_in_force(on) and not before.is_in_force(on)
    return is_revived or any(e.consequence is InstrumentImpact.GIVEN_AGAIN for e in impact_of_change(book, changed, on))
