"""The word lists of the masking, from the files of `bot/data/word_lists` and the instruments in the store."""

import re
from collections.abc import Iterable
from functools import cache

from bot.core.guidance.instrument import Instrument
from bot.core.privacy.person_names import NameLexicon, WordList
from bot.data import WORD_LISTS

NAMES_FOLDER = WORD_LISTS
MIN_CITATION = 6
"""Characters; a shorter one ("2/2022") looks like no letter's number."""
_LETTER_LIKE = re.compile(r"[\w.]*\d[\w.]*(?:[/-][\w.-]+)+")


def read_lexicon(instruments: Iterable[Instrument]) -> NameLexicon:
    """Read the lists; the numbers of these instruments are never masked."""
    numbers = {number for each in instruments for number in _LETTER_LIKE.findall(each.number or "")}
    # A number is cited with and without its year: "800-5474/2022", "800-5474 Tahun 2022".
    bare = {re.sub(r"/(?:19|20)\d\d$", "", number) for number in numbers}
    cited = {number for number in numbers | bare if len(number) > MIN_CITATION}
    return NameLexicon.build({each: _words(each) for each in WordList}, sorted(cited, key=len, reverse=True))


@cache
def _words(which: WordList) -> tuple[str, ...]:
    lines = (NAMES_FOLDER / f"{which.value}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
