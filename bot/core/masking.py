"""Personal data out of a text before it is stored anywhere in clear; pure, the word lists are handed in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.identifiers import (
    HIDDEN,
    PLACEHOLDER,
    Found,
    PersonalData,
    Words,
    find_identifiers,
    hide_dates,
    hide_protected,
)
from bot.core.person_names import NAME_OR_WORD, PLACE, Lexicon, find_names


@dataclass(frozen=True, kw_only=True)
class Masked:
    """A text without the personal data that was found in it."""

    text: str
    kinds: tuple[PersonalData, ...]
    """What was masked, each kind once, in the order of its first place; of what is new, not of older placeholders."""


def mask(text: str, lexicon: Lexicon) -> Masked:
    """Put a placeholder for every piece of personal data; masking what is masked changes nothing.

    Args:
        text: anything; never raises.
    """
    kinds: dict[PersonalData, None] = {}
    while True:
        found = _find(text, lexicon)
        if not found:
            return Masked(text=text, kinds=tuple(kind for kind in kinds if kind.placeholder in text))
        # What is masked can be the context of what was not seen before; each round leaves less to mask.
        kinds.update(dict.fromkeys(each.kind for each in found))
        text = _replace(text, found)


def is_risky(masked: str, lexicon: Lexicon) -> bool:
    """Say whether a masked text still looks as if it named somebody: it is not stored at all.

    That is six digits or more in a row which are neither money nor a citation, or two capitalised words in a row that
    are not known.

    Source: `measured-facts.md`, part C.
    """
    readable = hide_dates(hide_protected(masked, lexicon.citations, Words(masked)))
    if _MANY_DIGITS.search(readable):
        return True
    return any(_is_unknown_pair(pair[1], pair[2], lexicon) for pair in _CAPITAL_PAIR.finditer(readable))


_MANY_DIGITS = re.compile(r"\d(?:[ .\-/]?\d){5,}")
_CAPITAL_PAIR = re.compile(r"\b(?=([A-Z][a-z'’]+)[ .]+([A-Z][a-z'’]+)\b)")


def _is_unknown_pair(one: str, other: str, lexicon: Lexicon) -> bool:
    return not _is_known(one.lower(), lexicon) and not _is_known(other.lower(), lexicon)


def _is_known(word: str, lexicon: Lexicon) -> bool:
    kind = lexicon.kind_of(word)
    if kind & NAME_OR_WORD and not kind & ~NAME_OR_WORD & ~PLACE:
        return False
    return lexicon.is_ordinary(word)


def _find(text: str, lexicon: Lexicon) -> list[Found]:
    words = Words(text)
    readable = hide_protected(text, lexicon.citations, words)
    identifiers = _without_overlaps(find_identifiers(readable, words))
    for each in identifiers:
        readable = readable[: each.start] + HIDDEN * (each.end - each.start) + readable[each.end :]
    return sorted([*identifiers, *find_names(readable, lexicon, words)], key=lambda each: each.start)


def _without_overlaps(found: Iterable[Found]) -> list[Found]:
    """Keep of finds that overlap the one given first: the surest."""
    kept: list[Found] = []
    for each in found:
        if each.end > each.start and all(each.end <= other.start or each.start >= other.end for other in kept):
            kept.append(each)
    return kept


def _replace(text: str, found: list[Found]) -> str:
    parts: list[str] = []
    end = 0
    for each in found:
        parts += [text[end : each.start], each.kind.placeholder]
        end = each.end
    return "".join([*parts, text[end:]])


__all__ = ["PLACEHOLDER", "Masked", "PersonalData", "is_risky", "mask"]
