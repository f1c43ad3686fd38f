"""Topics, their curated answers, the regulations behind them, and what may be sent on a given day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.conversation import Slot

REVIEW_MONTHS = 6
"""Months after the check at which an answer falls due for review, unless it names a day (`design.md`, Facts)."""


class Verdict(StrEnum):
    """What an answer says, in one word."""

    FORBIDDEN = "dilarang"
    ALLOWED = "boleh"
    CONDITIONAL = "boleh_bersyarat"
    DUTY = "wajib"
    INFORMATION = "informasi"


class Certainty(StrEnum):
    """How clear the sources of an answer are."""

    HIGH = "tinggi"
    MEDIUM = "sedang"
    LOW = "rendah"


class InstrumentStatus(StrEnum):
    """What has become of a regulation."""

    IN_FORCE = "berlaku"
    AMENDED = "diubah"
    REVOKED = "dicabut"
    LAPSED = "berakhir"
    """Made for a past election or period."""


class CitationRole(StrEnum):
    """Whether an answer stands on a citation or only mentions it as history."""

    BASIS = "basis"
    BACKGROUND = "background"


class SanctionKind(StrEnum):
    """The three tracks of consequence, mildest first."""

    ETHICS = "etik"
    DISCIPLINE = "disiplin"
    CRIMINAL = "pidana"


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One regulation, circular or ruling."""

    code: str
    """Short name, as citations show it; unique."""
    title: str
    number: str | None
    dated: str | None
    """ISO date, or only the year where no more is known."""
    status: InstrumentStatus
    in_force_from: date | None
    in_force_to: date | None
    amended_by: tuple[str, ...]
    replaced_by: str | None
    source: str
    note: str | None

    def is_in_force(self, on: date) -> bool:
        """Say whether it may carry an answer on this day; amended ones may."""
        if self.in_force_from is not None and on < self.in_force_from:
            return False
        if self.in_force_to is not None:
            return on <= self.in_force_to
        return self.status in (InstrumentStatus.IN_FORCE, InstrumentStatus.AMENDED)


@dataclass(frozen=True, kw_only=True)
class Citation:
    """One place in one instrument."""

    instrument: str
    """An instrument's code."""
    article: str
    says: str
    role: CitationRole


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What an answer says for a narrower situation."""

    when: Mapping[Slot, frozenset[str]]
    """Every slot must hold one of its values."""
    label: str
    verdict: Verdict
    text: str

    def matches(self, slots: Mapping[Slot, str]) -> bool:
        """Say whether this situation is the one described."""
        return all(slots.get(slot) in values for slot, values in self.when.items())


@dataclass(frozen=True, kw_only=True)
class Guidance:
    """One published version of the answer to one topic."""

    topic: str
    version: int
    """1 for the seed, one more for each later edit."""
    verdict: Verdict
    certainty: Certainty
    short: str
    explanation: str
    instead: tuple[str, ...]
    """What the person may do."""
    exceptions: str
    interpretation: tuple[str, ...]
    """Readings of the law, never shown as law ("Tafsir")."""
    advice: tuple[str, ...]
    """Safe practice, never shown as duty ("Saran")."""
    sanctions: Mapping[SanctionKind, str]
    variants: tuple[Variant, ...]
    citations: tuple[Citation, ...]
    checked_on: date
    review_by: date

    def basis(self) -> tuple[Citation, ...]:
        """Give the citations that the answer stands on."""
        return tuple(citation for citation in self.citations if citation.role is CitationRole.BASIS)

    def background(self) -> tuple[Citation, ...]:
        """Give the citations that are only history."""
        return tuple(citation for citation in self.citations if citation.role is CitationRole.BACKGROUND)

    def variant_for(self, slots: Mapping[Slot, str]) -> Variant | None:
        """Give the variant that fits with the most conditions, the first of equals, None when none fits."""
        fitting = [variant for variant in self.variants if variant.matches(slots)]
        return max(fitting, key=lambda variant: len(variant.when), default=None)


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One thing that people ask about."""

    id: str
    group: str
    title: str
    label: str
    """For a button, at most 20 characters."""
    description: str
    """Tells it from its neighbours, at most 72 characters."""
    keywords: tuple[str, ...]
    related: tuple[str, ...]
    """Topic ids, nearest first."""


class WithheldReason(StrEnum):
    """Why a topic has no answer that may be sent today."""

    NO_GUIDANCE = "belum ada jawaban"
    NO_BASIS = "tanpa dasar hukum"
    BASIS_NOT_IN_FORCE = "dasar hukum tidak berlaku"
    REVIEW_DUE = "tanggal tinjau ulang terlewati"


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """An answer that may not be sent, and why."""

    topic: str
    reason: WithheldReason
    detail: str
    """The instruments or the day meant, for curators."""


@dataclass(frozen=True, kw_only=True)
class GuidanceBook:
    """Everything that answers are made from, as published at one moment."""

    topics: Mapping[str, Topic]
    entries: Mapping[str, Guidance]
    """By topic id; a topic may lack one."""
    instruments: Mapping[str, Instrument]
    """By code."""
    groups: Mapping[str, str]
    """Group id to its heading, in menu order."""
    contact: str | None = None
    """Whom to ask, as the agency set it; None is not shown."""
    agency: str | None = None
    """Who answers for the data, by name; None: "the agency that offers this"."""

    def standing(self, topic: str, on: date) -> Guidance | Withheld:
        """Give the answer that may be sent on this day, or why it may not (`design.md`, promise 2)."""
        entry = self.entries.get(topic)
        if entry is None:
            return Withheld(topic=topic, reason=WithheldReason.NO_GUIDANCE, detail="")
        basis = entry.basis()
        if not basis:
            return Withheld(topic=topic, reason=WithheldReason.NO_BASIS, detail="")
        lapsed = sorted({c.instrument for c in basis if not self._is_in_force(c.instrument, on)})
        if lapsed:
            return Withheld(topic=topic, reason=WithheldReason.BASIS_NOT_IN_FORCE, detail=", ".join(lapsed))
        if on > entry.review_by:
            return Withheld(topic=topic, reason=WithheldReason.REVIEW_DUE, detail=entry.review_by.isoformat())
        return entry

    def withheld(self, on: date) -> tuple[Withheld, ...]:
        """Give every written answer that may not be sent on this day, in the order of topics."""
        standings = [self.standing(topic, on) for topic in self.topics if topic in self.entries]
        return tuple(standing for standing in standings if isinstance(standing, Withheld))

    def _is_in_force(self, code: str, on: date) -> bool:
        instrument = self.instruments.get(code)
        return instrument is not None and instrument.is_in_force(on)


def review_day(checked_on: date) -> date:
    """Give the day six months later, the month's last day where it has no such day."""
    month = checked_on.month - 1 + REVIEW_MONTHS
    year, month = checked_on.year + month // 12, month % 12 + 1
    for day in range(checked_on.day, 27, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return date(year, month, min(checked_on.day, 28))
