"""Personal data out of a text before it is stored anywhere in clear; pure, the word lists are handed in."""

import re
from dataclasses import dataclass

from bot.core.privacy.identifiers import find_identifiers
from bot.core.privacy.look_alikes import words_with_digits_inside
from bot.core.privacy.name_lexicon import HONORIFIC, NAME, NAME_OR_WORD, PLACE, NameLexicon
from bot.core.privacy.number_runs import MIN_OF_A_RISK, runs_of_digits, working_copy
from bot.core.privacy.person_names import find_names
from bot.core.privacy.personal_data import HIDDEN, PLACEHOLDER, Found, PersonalData, Words
from bot.core.privacy.protected_words import hide_dates, hide_protected
from bot.core.privacy.public_names import hide_public_names
from bot.core.privacy.text_folding import fold_to_line

MAX_ROUNDS = 4
"""Of looking for what stands beside something masked: of 6,000 sentences two needed a third round, none a fourth."""
MAX_READ = 2_000
"""Characters that are read in all rounds together, so that a long text is read twice and a short one four times."""
MAX_TITLE = 12
"""Characters of a form of address that may stand before a name."""
MAX_TEXT = 1_000
"""Characters of a text that are masked and kept; no more bytes of it are stored anyway.

A stranger chooses the length of a message, and masking runs between the replies to all others.
"""


@dataclass(frozen=True, kw_only=True)
class Masked:
    """A text without the personal data that was found in it."""

    text: str
    kinds: tuple[PersonalData, ...]
    """What was masked, each kind once, in the order of its first place; of what is new, not of older placeholders."""


def mask(text: str, lexicon: NameLexicon) -> Masked:
    """Return the folded text, on one line, with a placeholder for every piece of personal data.

    Masking what is masked changes nothing. It takes a time with a fixed limit, whatever is written.

    Args:
        text: anything; never raises. What goes beyond `MAX_TEXT` characters is dropped.
    """
    text = _beginning(fold_to_line(_beginning(text)))
    kinds: dict[PersonalData, None] = {}
    read = 0
    for _ in range(MAX_ROUNDS):
        read += len(text)
        if read > MAX_READ:
            break
        found = _find(working_copy(text), lexicon)
        if not found:
            return Masked(text=text, kinds=tuple(kind for kind in kinds if kind.placeholder in text))
        # What is masked can be the context of what was not seen before; each round leaves less to mask.
        kinds.update(dict.fromkeys(each.kind for each in found))
        text = _beginning(_replace(text, found))
    # Nobody writes like that but to hide something or to keep the bot busy.
    return Masked(text=PersonalData.NUMBER.placeholder, kinds=(PersonalData.NUMBER,))


def may_identify(masked: str, lexicon: NameLexicon) -> bool:
    """Say whether a masked text still looks as if it named somebody: it is not stored at all.

    That is six digits or more in a row, whatever stands between them, which are neither money nor a citation, a date,
    hours or years; or two capitalised words in a row that are not known.

    Args:
        masked: what `mask` gave; any other text is judged in its folded form.
    """
    copy = working_copy(_beginning(fold_to_line(_beginning(masked))))
    words = Words(copy)
    readable = hide_dates(hide_protected(copy, lexicon.citations, words))
    if any(runs_of_digits(readable, MIN_OF_A_RISK)):
        return True
    nameless = hide_public_names(readable, lexicon, words)
    return any(_is_unknown_pair(pair[1], pair[2], lexicon) for pair in _CAPITAL_PAIR.finditer(nameless))


_MAX_CUT = 100
_LAST_NUMBER = re.compile(rf"(?<!\d)\d[\d\W_]{{0,{2 * _MAX_CUT}}}\Z")
"""Right before a cut a number may be half of one, which would not be seen as one any more."""


def _beginning(text: str) -> str:
    """Return what of a text is masked: its first words."""
    if len(text) <= MAX_TEXT:
        return text
    blank = text.rfind(" ", MAX_TEXT - _MAX_CUT, MAX_TEXT)
    return _LAST_NUMBER.sub("", text[: blank if blank > 0 else MAX_TEXT])


_CAPITAL_PAIR = re.compile(r"\b(?=([A-Z][a-z']+)[ .]+([A-Z][a-z']+)\b)")


def _is_unknown_pair(one: str, other: str, lexicon: NameLexicon) -> bool:
    return not _is_known(one.lower(), lexicon) and not _is_known(other.lower(), lexicon)


def _is_known(word: str, lexicon: NameLexicon) -> bool:
    kind = lexicon.kind_of(word)
    if kind & NAME_OR_WORD and not kind & ~NAME_OR_WORD & ~PLACE:
        return False
    return lexicon.is_ordinary(word)


def _find(copy: str, lexicon: NameLexicon) -> list[Found]:
    words = Words(copy)
    readable = hide_protected(copy, lexicon.citations, words)
    identifiers = find_identifiers(readable, words, lexicon.is_no_name)
    hidden = list(readable)
    for each in identifiers:
        hidden[each.start : each.end] = HIDDEN * (each.end - each.start)
    named = _with_letters("".join(hidden), lexicon)
    if named != "".join(hidden):
        words = Words(named)
    nameless = hide_public_names(named, lexicon, words)
    return sorted([*identifiers, *find_names(nameless, lexicon, words)], key=lambda each: each.start)


def _with_letters(text: str, lexicon: NameLexicon) -> str:
    """Return the text with letters for the digits inside names: "si b4mb4ng", "Pak Bud1man"."""
    end_before = -1
    for start, end, reading in words_with_digits_inside(text):
        before = text[max(0, start - MAX_TITLE) : start].split()
        is_called = bool(before) and bool(lexicon.kind_of(before[-1].strip(".").lower()) & HONORIFIC)
        if is_called or end_before == start - 1 or lexicon.kind_of(reading.lower()) & NAME:
            text = text[:start] + reading + text[end:]
            end_before = end
    return text


def _replace(text: str, found: list[Found]) -> str:
    parts: list[str] = []
    end = 0
    for each in found:
        parts += [text[end : each.start], each.kind.placeholder]
        end = each.end
    return "".join([*parts, text[end:]])


__all__ = ["PLACEHOLDER", "Masked", "PersonalData", "mask", "may_identify"]
