"""Letters of other alphabets that look like Latin ones; pure.

Source: Unicode Technical Standard 39, `confusables.txt`: letters of living alphabets in the shape of a Latin one.
"""

import re
from collections.abc import Iterator

_PAIRS = (
    # Cyrillic
    ("аеорсухіїјѕԁһӏԛԝкмтнвпг", "aeopcyxiijsdhlqwkmthbnr"),
    ("АВЕЗКМНОРСТУХІЇЈЅԚԜҮ", "ABE3KMHOPCTYXIIJSQWY"),
    # Greek
    ("αβγηικνορτυχωϲϳμ", "abyniknoptuxwcju"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϿϺ", "ABEZHIKMNOPTYXCCM"),
    # Armenian
    ("օոսհցգզՕՏԼՈ", "onuhgqqOSLN"),
    # Cherokee
    ("ᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᏒᏚᎢᏙᏔᎩᏃ", "ABCDEGHJKLMPRSTVWYZ"),
    # Lisu
    ("ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "ABCDEFGHIJKLMNOPRSTUVWXYZ"),
    # Phonetic and other letters of the Latin script that are not named after the letter they show
    ("ɑɡɩʋꞵꭲəɛ", "agivbiee"),
)
LOOK_ALIKES = {ord(like): latin for likes, latins in _PAIRS for like, latin in zip(likes, latins, strict=True)}
_CLASS = "".join(map(chr, LOOK_ALIKES))
_ANY = re.compile(f"[{_CLASS}]")
_WORD = re.compile(r"[^\W_]+")
_LATIN_LETTER = re.compile("[A-Za-z]")
_OTHER_LETTER = re.compile(rf"(?![{_CLASS}])[\u0370-\u058f\u13a0-\u13ff\ua4d0-\ua4ff]")
"""Of an alphabet that has look-alikes: with one of these a text is written in that alphabet."""
_IN_BLACK = "\U0001f150-\U0001f169\U0001f170-\U0001f189"
_PLAIN_FOR_BLACK: dict[int, str] = {
    0xFE0F: "",
    **{first + place: chr(ord("A") + place) for first in (0x1F150, 0x1F170) for place in range(26)},
}
_ANY_BLACK = re.compile(f"[{_IN_BLACK}]")
_BLACK_LETTERS = re.compile(
    rf"(?:[{_IN_BLACK}]\ufe0f?){{2,}}|(?<=[A-Za-z{_CLASS}])[{_IN_BLACK}]\ufe0f?|[{_IN_BLACK}]\ufe0f?(?=[A-Za-z{_CLASS}])"
)


def fold_look_alikes(text: str) -> str:
    """Return the text with Latin letters for those of other alphabets that stand among them.

    Of a word with Latin letters every look-alike is folded, and a word of nothing but look-alikes in a text that is
    otherwise Latin. A text in another alphabet stays as it is. White letters on black ground are letters where several
    stand together or beside one; alone they are emoji.
    """
    if _ANY_BLACK.search(text):
        text = _BLACK_LETTERS.sub(_in_plain_letters, text)
    if _ANY.search(text) is None or _LATIN_LETTER.search(text) is None:
        return text
    is_latin = _OTHER_LETTER.search(text) is None

    def folded(match: re.Match[str]) -> str:
        word = match.group()
        if word.isascii():
            return word
        is_mixed = _LATIN_LETTER.search(word) is not None
        is_like = is_latin and all(ord(each) in LOOK_ALIKES or not each.isalpha() for each in word)
        return word.translate(LOOK_ALIKES) if is_mixed or is_like else word

    return _WORD.sub(folded, text)


def _in_plain_letters(match: re.Match[str]) -> str:
    return match.group().translate(_PLAIN_FOR_BLACK)


_DIGITS_FOR_LETTERS = str.maketrans("0134578@", "oieastba")
_MIXED = re.compile(r"(?<![\w@.])(?=[A-Za-z]*[0134578@])[A-Za-z0134578@]{4,24}(?![\w@])")
_LETTER_INSIDE = re.compile("[A-Za-z][0134578@]+[A-Za-z]")
MIN_LETTERS = 2


def words_with_digits_inside(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and reading of every word in which digits stand for letters: "b4mb4ng"."""
    for match in _MIXED.finditer(text):
        word = match.group()
        if _LETTER_INSIDE.search(word) and sum(map(str.isalpha, word)) >= MIN_LETTERS:
            yield match.start(), match.end(), word.translate(_DIGITS_FOR_LETTERS)
