"""Digits that stand together, whatever stands between them; pure.

Here alone is said what separates the digits of one number. It is read in a copy of the folded text in which every sign
that is neither letter, digit nor ASCII is the same sign, so that no list of signs can miss one.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

OTHER_SIGN = "~"
"""Stands in the working copy for every sign outside ASCII: dots of all kinds, bullets, arrows, emoji."""
SEPARATOR = r"[ -/:-@\[-`{-~]"
"""One character of the working copy that is no letter and no digit and can be read."""
MARK = r"[!-/:-@\[-`{-~]"
"""A separator that is no blank."""
GAP = rf"(?:{SEPARATOR}{{0,3}}| ?[.=_*-]{{2,6}} ?|\) ?[./|-] ?\(|~{{4,12}})"
"""Between two digits of one number: two signs, or one between blanks; a row of dots or dashes; one emoji, which may be
many characters."""
INNER_GAP = rf"(?:(?![,;:?!] ){SEPARATOR}){{0,3}}"
"""The same where a form alone says what number it is; a comma and a blank begin something new there."""
RUN = re.compile(rf"\d(?:{GAP}\d)*")
MIN_OF_A_NUMBER = 9
"""Digits in a row that are a number of somebody, whatever its kind."""
MAX_OF_A_REST = 2
"""Digits of what stands beside a number in a list: "3.", "2 orang"."""
MIN_OF_A_RISK = 6
"""Digits in a row from which a text is not kept."""

_SIGNS = re.compile(r"[^\w\s\x00-\x7f]")
_ACCENTED = str.maketrans(
    "àáâãäåçèéêëìíîïñòóôõöùúûüšÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜŠ", "aaaaaaceeeeiiiinooooouuuusAAAAAACEEEEIIIINOOOOOUUUUS"
)
_NEW_ITEM = re.compile(r"[,;:.?!)] +")
"""Between two entries of a list, two sentences or a label and its number."""
_YEAR = r"(?:19|20)\d\d"
_CLOCK = r"(?:[01]?\d|2[0-4])[.:][0-5]\d"
_YEARS = re.compile(rf"{_YEAR}(?:{SEPARATOR}+{_YEAR})*")
_HOURS = re.compile(rf"{_CLOCK}(?: ?[-/,;&~] ?{_CLOCK})?")
_COUNTED = re.compile(rf"[1-9]\d?(?:{SEPARATOR}+[1-9]\d?)+")
_DIGITS = re.compile(r"\d+")
_FIRST_OF_A_COUNT = 20


def working_copy(text: str) -> str:
    """Return a copy of the same length to look for personal data in.

    Args:
        text: folded, on one line.
    """
    return text if text.isascii() else _SIGNS.sub(OTHER_SIGN, text).translate(_ACCENTED)


def runs_of_digits(readable: str, fewest: int) -> Iterator[tuple[int, int]]:
    """Return start and end of every run of so many digits or more that is not plainly something else.

    Args:
        readable: a working copy.
    """
    for match in RUN.finditer(readable):
        run = match.group()
        if len(run) >= fewest and sum(map(str.isdigit, run)) >= fewest and not _is_harmless(run):
            yield from _numbers_in(run, match.start(), fewest)


def _numbers_in(run: str, start: int, fewest: int) -> Iterator[tuple[int, int]]:
    """Return what of a run is one number: an entry of a list that is long enough alone, else the whole run.

    A list counts and dates its entries with a digit or two; with longer rests the run is one number all the same.
    """
    edges = [0, *(edge for gap in _NEW_ITEM.finditer(run) for edge in gap.span()), len(run)]
    entries = [
        (first, end, sum(map(str.isdigit, run[first:end]))) for first, end in zip(edges[::2], edges[1::2], strict=True)
    ]
    pieces = [(start + first, start + end) for first, end, digits in entries if digits >= fewest]
    is_list = all(digits >= fewest or digits <= MAX_OF_A_REST for _, _, digits in entries)
    yield from pieces if pieces and is_list else [(start, start + len(run))]


def _is_harmless(run: str) -> bool:
    """Say whether a whole run of digits is years, hours of the clock or a list that counts up."""
    if _YEARS.fullmatch(run) or _HOURS.fullmatch(run):
        return True
    if not _COUNTED.fullmatch(run):
        return False
    counted = [int(each) for each in _DIGITS.findall(run)]
    return counted[0] <= _FIRST_OF_A_COUNT and all(b == a + 1 for a, b in pairwise(counted))


_ZERO = frozenset({"nol", "kosong", "zero"})
_DIGIT_WORDS = (
    # Indonesian and its slips in chat, Javanese, Sundanese, Minangkabau and Malay.
    "nol kosong zero satu dua tiga empat ampat lima enam anam tujuh delapan lapan dlapan sembilan smbilan",
    "siji loro telu papat limo enem nem pitu wolu sanga songo hiji tilu opat genep dalapan salapan",
    "ciek duo tigo ampek tujuah sambilan",
)
_SPOKEN = frozenset(" ".join(_DIGIT_WORDS).split())
_DIGIT_WORD = "|".join(sorted(_SPOKEN, key=len, reverse=True))
_ITEM = rf"(?:(?:{_DIGIT_WORD})\b|[0-9])"
_SPOKEN_RUN = re.compile(
    rf"\b(?=[nkz06e])(?:(?:nol|kosong|zero|enam)\b|[06])(?:{SEPARATOR}{{0,3}}{_ITEM}){{6,24}}", re.IGNORECASE
)
_ITEMS = re.compile(_ITEM, re.IGNORECASE)


MIN_SPOKEN = 2
"""Different words for digits; one alone is a count."""


def spoken_numbers(readable: str, known: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Return start and end of every telephone number of which digits are written as words.

    Args:
        readable: a working copy.
        known: its words in lower case.
    """
    if len(_SPOKEN & known) < MIN_SPOKEN:
        return
    for match in _SPOKEN_RUN.finditer(readable):
        items = [item.lower() for item in _ITEMS.findall(match.group())]
        is_zero = items[0] in _ZERO or items[0] == "0" or items[:2] in (["6", "2"], ["enam", "dua"])
        if is_zero and any(not item.isdecimal() for item in items):
            yield match.span()
