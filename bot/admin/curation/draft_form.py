"""The form of an answer: its fields into a value, and a value into what the form shows."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from bot.admin.web.gate import AdminRequest
from bot.application.curation.edit_drafts import DraftInput
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import (
    Certainty,
    Citation,
    CitationRole,
    GuidanceEntry,
    SanctionKind,
    Variant,
    Verdict,
    review_day,
)
from bot.core.legal_day import legal_day
from bot.core.vocabulary import Slot

MAX_ROWS = 60
"""Of citations or variants in one form."""
MAX_WORDS = 20_000
Kind = TypeVar("Kind", bound=StrEnum)


def read_form(visit: AdminRequest) -> DraftInput:
    """Read what a writer sent; what is missing stays empty.

    Raises:
        InvalidInputError: for a day or number that cannot be read.
    """
    checked_on = read_day(visit.value("checked_on")) or legal_day(visit.now)
    content = GuidanceEntry(
        topic="",
        version=0,
        verdict=_one_of(Verdict, visit.value("verdict"), Verdict.INFORMATION),
        certainty=_one_of(Certainty, visit.value("certainty"), Certainty.MEDIUM),
        short=_words(visit, "short"),
        explanation=_words(visit, "explanation"),
        instead=_lines(visit, "instead"),
        exceptions=_words(visit, "exceptions"),
        interpretation=_lines(visit, "interpretation"),
        advice=_lines(visit, "advice"),
        sanctions={kind: words for kind in SanctionKind if (words := _words(visit, f"sanction.{kind.value}"))},
        variants=tuple(_variants(visit)),
        citations=tuple(_citations(visit)),
        checked_on=checked_on,
        review_by=read_day(visit.value("review_by")) or review_day(checked_on),
    )
    edition = visit.value("edition")
    return DraftInput(
        content=content,
        effective_from=read_day(visit.value("effective_from")),
        summary=_words(visit, "summary")[:1000],
        edition=int(edition) if edition.isascii() and edition.isdecimal() and len(edition) < 9 else 0,
    )


def known_values(book: GuidanceBook, content: GuidanceEntry) -> Mapping[Slot, Sequence[str]]:
    """Return the values that conditions may have: those that some answer already uses."""
    variants = [variant for entry in [*book.entries.values(), content] for variant in entry.variants]
    return {slot: sorted({value for variant in variants for value in variant.when.get(slot, ())}) for slot in Slot}


def _variants(visit: AdminRequest) -> list[Variant]:
    found = []
    for number in range(MAX_ROWS):
        name = f"variant.{number}"
        label, text = _words(visit, f"{name}.label"), _words(visit, f"{name}.text")
        when = {slot: frozenset(values) for slot in Slot if (values := visit.fields.get(f"{name}.when.{slot.value}"))}
        if label or text:
            verdict = _one_of(Verdict, visit.value(f"{name}.verdict"), Verdict.INFORMATION)
            found.append(Variant(when=when, label=label, verdict=verdict, text=text))
    return found


def _citations(visit: AdminRequest) -> list[Citation]:
    found = []
    for number in range(MAX_ROWS):
        name = f"citation.{number}"
        instrument = visit.value(f"{name}.instrument")
        if instrument:
            found.append(
                Citation(
                    instrument=instrument,
                    article=_words(visit, f"{name}.article")[:200],
                    says=_words(visit, f"{name}.says"),
                    role=_one_of(CitationRole, visit.value(f"{name}.role"), CitationRole.BASIS),
                )
            )
    return found


def _words(visit: AdminRequest, name: str) -> str:
    """Return a text as one paragraph: an answer's parts hold no line breaks."""
    return " ".join(visit.value(name).split())[:MAX_WORDS]


def _lines(visit: AdminRequest, name: str) -> tuple[str, ...]:
    lines = (" ".join(line.split()).removeprefix("- ").removeprefix("• ") for line in visit.value(name).splitlines())
    return tuple(line for line in lines if line)


def read_day(written: str) -> date | None:
    """Read a day from a form, None when it is empty.

    Raises:
        InvalidInputError: when it cannot be read.
    """
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise InvalidInputError("Ada tanggal yang tidak terbaca. Tulis TTTT-BB-HH.") from error


def _one_of(kinds: type[Kind], written: str, otherwise: Kind) -> Kind:
    try:
        return kinds(written)
    except ValueError:
        return otherwise
