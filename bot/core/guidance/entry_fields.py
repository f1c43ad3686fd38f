"""An answer as plain fields: what YAML files, stored drafts and comparisons share."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

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
from bot.core.vocabulary import Slot


def entry_to_fields(entry: GuidanceEntry) -> dict[str, Any]:
    """Return every field of an answer but its topic and version; days stay days."""
    return {
        "verdict": entry.verdict.value,
        "certainty": entry.certainty.value,
        "checked_on": entry.checked_on,
        "review_by": entry.review_by,
        "short": entry.short,
        "explanation": entry.explanation,
        "instead": list(entry.instead),
        "exceptions": entry.exceptions,
        "interpretation": list(entry.interpretation),
        "advice": list(entry.advice),
        "sanctions": {kind.value: words for kind, words in entry.sanctions.items()},
        "variants": [
            {
                "when": {slot.value: sorted(values) for slot, values in variant.when.items()},
                "label": variant.label,
                "verdict": variant.verdict.value,
                "text": variant.text,
            }
            for variant in entry.variants
        ],
        "citations": [
            {"role": c.role.value, "instrument": c.instrument, "article": c.article, "says": c.says}
            for c in entry.citations
        ],
    }


def entry_from_fields(fields: Mapping[str, Any], topic: str, version: int) -> GuidanceEntry:
    """Read an answer back; a missing day of review follows from the check.

    Raises:
        KeyError: naming a field that is missing.
        ValueError: naming a field of another form.
    """
    checked_on = day_of(fields, "checked_on")
    if checked_on is None:
        raise ValueError("checked_on must be a day")
    return GuidanceEntry(
        topic=topic,
        version=version,
        verdict=Verdict(fields["verdict"]),
        certainty=Certainty(fields["certainty"]),
        short=text_of(fields, "short"),
        explanation=text_of(fields, "explanation"),
        exceptions=text_of(fields, "exceptions"),
        instead=texts_of(fields, "instead"),
        interpretation=texts_of(fields, "interpretation"),
        advice=texts_of(fields, "advice"),
        sanctions={SanctionKind(kind): text_of(fields["sanctions"], kind) for kind in fields["sanctions"]},
        variants=tuple(map(_variant, fields["variants"])),
        citations=tuple(map(_citation, fields["citations"])),
        checked_on=checked_on,
        review_by=day_of({"review_by": None} | dict(fields), "review_by") or review_day(checked_on),
    )


def _variant(fields: Mapping[str, Any]) -> Variant:
    return Variant(
        when={Slot(slot): frozenset(texts_of(fields["when"], slot)) for slot in fields["when"]},
        label=text_of(fields, "label"),
        verdict=Verdict(fields["verdict"]),
        text=text_of(fields, "text"),
    )


def _citation(fields: Mapping[str, Any]) -> Citation:
    return Citation(
        instrument=text_of(fields, "instrument"),
        article=text_of(fields, "article"),
        says=text_of(fields, "says"),
        role=CitationRole(fields["role"]),
    )


def text_of(fields: Mapping[str, Any], name: str) -> str:
    """Return a text; a blank one is allowed, since a draft may not be finished."""
    value = fields[name]
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, not {value!r}")
    return value


def texts_of(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a list of texts."""
    values = fields[name]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{name} must be a list of texts")
    return tuple(values)


def day_of(fields: Mapping[str, Any], name: str) -> date | None:
    """Return a day, written as one or as ISO text; None where none is written."""
    value = fields[name]
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a day, such as 2026-11-23, not {value!r}") from None
