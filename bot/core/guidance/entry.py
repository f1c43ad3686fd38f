"""A topic and its curated answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.vocabulary import Slot

REVIEW_MONTHS = 6
"""Months after the check at which an answer falls due for review, unless it names a day (`docs/curation.md`)."""


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
class GuidanceEntry:
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

    def bases(self) -> tuple[Citation, ...]:
        """Return the citations that the answer stands on."""
        return tuple(citation for citation in self.citations if citation.role is CitationRole.BASIS)

    def backgrounds(self) -> tuple[Citation, ...]:
        """Return the citations that are only history."""
        return tuple(citation for citation in self.citations if citation.role is CitationRole.BACKGROUND)

    def variant_for(self, slots: Mapping[Slot, str]) -> Variant | None:
        """Return the variant that fits with the most conditions, the first of equals, None when none fits."""
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


def review_day(checked_on: date) -> date:
    """Return the day six months later, the month's last day where it has no such day."""
    month = checked_on.month - 1 + REVIEW_MONTHS
    year, month = checked_on.year + month // 12, month % 12 + 1
    for day in range(checked_on.day, 27, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return date(year, month, min(checked_on.day, 28))
