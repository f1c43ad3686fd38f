"""What changed between two versions of an answer, part by part, word by word."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from bot.core.guidance.entry import GuidanceEntry
from bot.core.replies import texts
from bot.core.replies.answer import format_citation, format_date

_WORDS = re.compile(r"\s+|[^\s]+")


class PieceKind(StrEnum):
    """What became of some words."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class DiffSegment:
    """Some words in a row with the same fate."""

    kind: PieceKind
    words: str


@dataclass(frozen=True, kw_only=True)
class FieldDiff:
    """One part that is not the same."""

    part: str
    """Its name, in Indonesian."""
    pieces: Sequence[DiffSegment]


def diff_entries(older: GuidanceEntry | None, newer: GuidanceEntry) -> tuple[FieldDiff, ...]:
    """Return every part that changed, in the order in which an answer shows them.

    Args:
        older: None when there was no answer before.
    """
    before, after = (_parts(older) if older else {}), _parts(newer)
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        FieldDiff(part=name, pieces=diff_words(before.get(name, ""), after.get(name, "")))
        for name in names
        if before.get(name, "") != after.get(name, "")
    )


def diff_words(older: str, newer: str) -> tuple[DiffSegment, ...]:
    """Return the words of both texts, told apart."""
    old, new = _WORDS.findall(older), _WORDS.findall(newer)
    pieces = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(DiffSegment(kind=PieceKind.KEPT, words="".join(old[old_from:old_to])))
            continue
        if old_to > old_from:
            pieces.append(DiffSegment(kind=PieceKind.REMOVED, words="".join(old[old_from:old_to])))
        if new_to > new_from:
            pieces.append(DiffSegment(kind=PieceKind.ADDED, words="".join(new[new_from:new_to])))
    return tuple(pieces)


def _parts(entry: GuidanceEntry) -> Mapping[str, str]:
    """Return an answer as named texts."""
    parts = {
        "Putusan": texts.VERDICTS[entry.verdict],
        "Kejelasan sumber": entry.certainty.value,
        "Jawaban singkat": entry.short,
        texts.EXPLANATION: entry.explanation,
        texts.INSTEAD: "\n".join(entry.instead),
        texts.EXCEPTIONS: entry.exceptions,
        texts.INTERPRETATION: "\n".join(entry.interpretation),
        texts.ADVICE: "\n".join(entry.advice),
    }
    parts |= {f"{texts.SANCTION}: {name}": entry.sanctions.get(kind, "") for kind, name in texts.SANCTIONS.items()}
    for variant in entry.variants:
        when = "; ".join(f"{slot.value} {', '.join(sorted(values))}" for slot, values in sorted(variant.when.items()))
        parts[f"Keadaan khusus: {variant.label}"] = f"{texts.VERDICTS[variant.verdict]} ({when})\n{variant.text}"
    parts["Kutipan"] = "\n".join(f"{texts.CITATIONS[c.role]}: {format_citation(c)}: {c.says}" for c in entry.citations)
    parts["Diperiksa"] = format_date(entry.checked_on)
    parts["Tinjau ulang"] = format_date(entry.review_by)
    return {name: words for name, words in parts.items() if words}
