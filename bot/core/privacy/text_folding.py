"""One folding of every text before it is understood, masked or kept, so that all three see the same characters.

Keyboards, word processors, web pages and copied posts write one word or number in many ways: with invisible
characters inside, typographic dashes and blanks, full-width or decorated letters, digits of other scripts, letters of
other alphabets that look Latin. Folding brings them to one form. It never fails, takes time in proportion to the
length, changes nothing when it is done again, and leaves plain Indonesian text as it is.

Source of the forms: Unicode Standard Annex 15 (compatibility forms), Technical Standard 39 (look-alikes), Technical
Standard 51 (emoji sequences), Annex 44 (default ignorable characters).
"""

import re
import unicodedata

from bot.core.privacy.look_alikes import fold_look_alikes

MAX_GROWTH = 4_096
"""Characters that a folded text may have although the text itself is shorter: a few forms stand for several letters."""
MAX_CHARACTERS_OF_A_FORM = 4
"""A form that stands for more (one sign for a whole Arabic phrase) is left as it is."""
MIN_KEYCAPS_OF_A_NUMBER = 2
"""One keycap alone is an emoji ("2" on a key picks an option); several write a number."""
MAX_REMEMBERED = 10_000
"""Characters whose folding is remembered; a stranger chooses what is written, so it must have an end."""
MAX_RUN_OF_MARKS = 30
"""Of the stream-safe text format, Annex 15."""

_ZWJ = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_KEYCAP = "\u20e3"
_INFORMATION = "\u2139"
"""The emoji of a tourist office, although Unicode calls it a letter."""
_SEAM = "\x01"
"""Stands for a while around a form that writes a number of its own, so that "10" and a raised 2 do not become 102."""
_RAISED = "\x02"

_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""Blocks of marks that combine with any letter; the marks of other scripts belong to their words."""
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
)
_EMOJI += "\u3297\u3299\U0001f000-\U0001faff"
_SKIN_TONE = "\U0001f3fb-\U0001f3ff"
_STYLED = f"[{_EMOJI}](?:{_EMOJI_STYLE}|[{_SKIN_TONE}])?"
_SEQUENCE = re.compile(
    rf"([0-9#*]){_EMOJI_STYLE}?{_KEYCAP}|{_STYLED}(?:{_ZWJ}{_STYLED})*|[{_ZWJ}{_EMOJI_STYLE}{_MARKS}]"
)
_LOOSE = re.compile(f"[{_ZWJ}{_EMOJI_STYLE}{_MARKS}]")
_STACKED_MARKS = re.compile(rf"[{_MARKS}]{{2,}}")
_LONG_RUN = re.compile(rf"[^\w\s\x00-\x7f]{{{MAX_RUN_OF_MARKS + 1},}}")
_NO_ACCENT_OF_OURS = re.compile(f"[{_MARKS}ĺńŕśźćǵḱḿṕẃýÿŷŝĝĥĵĉŵṽẅẍḧẗ]")
_WORD = re.compile(rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*")
_BETWEEN_NUMBERS = re.compile(rf"(?<=[0-9])[{_SEAM}{_RAISED}]+(?=[0-9])")
_ODD_ASCII = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")

_BLANK = frozenset("\t\x0b\x1c\x1d\x1e\x1f\u2028\ufffc")
"""A soft end of a line (U+2028, and Word's vertical tab) stands within a sentence."""
_LINE_END = frozenset("\n\x0c\r\x85\u2029")
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U0001d159"
    # Tatweel only stretches what stands beside it.
    "\u0640"
)
"""Fillers and selectors that Unicode does not call format characters."""
_SELECTORS = (range(0xFE00, 0xFE0F), range(0xE0100, 0xE01F0))
_IGNORED_WHEN_UNASSIGNED = (range(0x2060, 0x2070), range(0xFFF0, 0xFFF9), range(0xE0000, 0xE1000))
_PICTOGRAPHS = range(0x1F000, 0x1FC00)
"""Emoji that are newer than this Python's tables."""
_FORMS = {
    **dict.fromkeys("\u2212\u2043\u02d7\u2796\u2500\u2501\u23af\u1806\u207b\u208b", "-"),
    **dict.fromkeys(
        "\u2018\u2019\u201a\u201b\u2032\u2035\u02b9\u02bb\u02bc\u02bd\u02c8\u00b4\u055a\ua78c\u2039\u203a", "'"
    ),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\u02ba\u02ee\u00ab\u00bb\u301d\u301e\u301f", '"'),
    **dict.fromkeys("\u2044\u2215\u29f8\u2571\u27cb", "/"),
    **dict.fromkeys("\u2236\u02d0\ua789\ufe55\u05c3", ":"),
    **dict.fromkeys("\u2217\u204e\u2731\u26b9", "*"),
    **dict.fromkeys("\u223c\u02dc\u2053", "~"),
    **dict.fromkeys("\u2223\u01c0\u2758\u23d0\u2502", "|"),
    **dict.fromkeys("\u3002\uff61\ua4f8", "."),
    **dict.fromkeys("\u2795\u02d6", "+"),
    "\u01c3": "!",
    "\ua78f": "\u00b7",
    "\u2116": "No",
}
_LETTERS_OF_REGIONS = frozenset("àáâãäåçèéêëìíîïñòóôõöùúûüšÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜŠ")
"""Sundanese, Javanese, Madurese, Acehnese and others are written with some of these."""
_WITHOUT_ACCENT = {ord(each): unicodedata.normalize("NFD", each)[0] for each in _LETTERS_OF_REGIONS}
_LATIN = re.compile(r"LATIN (CAPITAL|SMALL) LETTER (?:DOTLESS |SCRIPT |OPEN )?([A-Z])(?: WITH .+)?")
_SMALL_CAPITAL = re.compile(r"LATIN LETTER SMALL CAPITAL ([A-Z])")


def fold(text: str) -> str:
    """Return the text in the one form that is understood, masked and kept; lines stay lines.

    Invisible characters are gone, every blank is a space, every dash a hyphen, every digit one of 0 to 9, quotes are
    the typewriter's; compatible, decorated and look-alike letters are plain ones. Sequences of emoji stay whole.
    """
    if text.isascii():
        return text if _ODD_ASCII.search(text) is None else text.replace("\r\n", "\n").translate(_FOLDED)
    text = _without_lone_surrogates(text).replace("\r\n", "\n")
    folded = text.translate(_FOLDED)
    if folded.isascii() and _SEAM not in folded and _RAISED not in folded:
        # Typographic quotes, dashes and blanks alone, which are what keyboards put by themselves.
        return folded[: max(len(text), MAX_GROWTH)]
    composed = unicodedata.normalize("NFC", _stream_safe(text))
    folded = _separated_numbers(_without_decoration(composed).translate(_FOLDED))
    if _LOOSE.search(folded):
        folded = _without_loose_joiners(folded)
    folded = folded[: max(len(text), MAX_GROWTH)].rstrip(_ZWJ + _EMOJI_STYLE)
    plain = fold_look_alikes(folded)
    if plain != folded and _LOOSE.search(plain):
        # What joined an emoji that was read as a letter joins nothing any more.
        plain = _without_loose_joiners(plain).rstrip(_ZWJ + _EMOJI_STYLE)
    return unicodedata.normalize("NFC", plain)


def fold_to_line(text: str) -> str:
    """Return the folded text with blanks for its line ends."""
    return fold(text).replace("\n", " ")


class _Folded(dict[int, str]):
    """What each character becomes, worked out when it is first met."""

    def __missing__(self, point: int) -> str:
        form = _form_of(chr(point))
        if len(self) < MAX_REMEMBERED:
            self[point] = form
        return form


_FOLDED = _Folded()


def _form_of(character: str) -> str:
    """Return what one character becomes."""
    if character in (_ZWJ, _EMOJI_STYLE, _KEYCAP):
        # They mean something inside a sequence of emoji; the others are taken out afterwards.
        return character
    if character in _FORMS:
        return _FORMS[character]
    match unicodedata.category(character):
        case "Cc" | "Cf" | "Cn" | "Co" | "Zs" | "Zl" | "Zp":
            return _form_of_unseen(character)
        case "Pd":
            return "-"
        case "Nd":
            return str(unicodedata.decimal(character))
        case "No":
            return _form_of_number(character)
        case _:
            return "" if _is_filler(character) else _form_of_letter_or_sign(character)


def _form_of_unseen(character: str) -> str:
    if character in _LINE_END:
        return "\n"
    if character in _BLANK:
        return " "
    match unicodedata.category(character):
        case "Co" | "Zs":
            return " "
        case "Cn" if ord(character) in _PICTOGRAPHS:
            return character
        case "Cn":
            return "" if any(ord(character) in ignored for ignored in _IGNORED_WHEN_UNASSIGNED) else " "
        case _:
            return ""


def _is_filler(character: str) -> bool:
    return character in _INVISIBLE or any(ord(character) in selectors for selectors in _SELECTORS)


def _form_of_number(character: str) -> str:
    """Return circled, raised and lowered digits and fractions as digits, with a seam around them."""
    plain = unicodedata.normalize("NFKC", character).replace("\u2044", "/")
    if not (plain.isascii() and plain != character):
        value = unicodedata.numeric(character)
        if unicodedata.digit(character, None) is None and "CIRCLED" not in unicodedata.name(character, ""):
            return character
        plain = str(int(value))
    is_raised = unicodedata.decomposition(character).startswith(("<super>", "<sub>"))
    seam = _RAISED if is_raised else _SEAM
    return f"{seam}{plain}{seam}"


def _form_of_letter_or_sign(character: str) -> str:
    if character.isascii() or character in _LETTERS_OF_REGIONS or character == _INFORMATION:
        return character
    if character in _BLANK:
        return " "
    name = unicodedata.name(character, "")
    if latin := _LATIN.fullmatch(name):
        return latin[2] if latin[1] == "CAPITAL" else latin[2].lower()
    if small := _SMALL_CAPITAL.fullmatch(name):
        return small[1].lower()
    plain = unicodedata.normalize("NFKC", character)
    if unicodedata.category(character) == "Lo" and unicodedata.decomposition(character).startswith("<compat>"):
        # Thai and Lao write such letters every day.
        return character
    is_word = unicodedata.category(character) == "So" and len(plain) > 1 and plain.isalpha()
    # A trade mark sign would join its letters to the word before it, a spacing accent its blank.
    if plain == character or len(plain) > MAX_CHARACTERS_OF_A_FORM or is_word or plain[0].isspace():
        return character
    return "".join(map(_form_of, plain))


def _without_lone_surrogates(text: str) -> str:
    """Return the text with the halves of a character joined, and a replacement for a half alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _without_decoration(text: str) -> str:
    """Take the accents of a word whose consonants carry marks too: they spell nothing."""

    def bare(match: re.Match[str]) -> str:
        word = match.group()
        return word.translate(_WITHOUT_ACCENT) if _NO_ACCENT_OF_OURS.search(word) else word

    return _WORD.sub(bare, text) if _NO_ACCENT_OF_OURS.search(text) else text


def _stream_safe(text: str) -> str:
    """Cut endless runs of marks, which would take a normaliser more than linear time."""

    def shortened(match: re.Match[str]) -> str:
        first, rest = match.group()[:MAX_RUN_OF_MARKS], match.group()[MAX_RUN_OF_MARKS:]
        return first + "".join(each for each in rest if not unicodedata.combining(each))

    return _LONG_RUN.sub(shortened, _STACKED_MARKS.sub("", text) if _LOOSE.search(text) else text)


def _separated_numbers(text: str) -> str:
    """Put a blank between digits that stood in different forms, and take the seams away."""
    if _SEAM not in text and _RAISED not in text:
        return text
    text = _BETWEEN_NUMBERS.sub(" ", text.replace(_RAISED + _RAISED, ""))
    return text.replace(_SEAM, "").replace(_RAISED, "")


def _without_loose_joiners(text: str) -> str:
    """Take out joiners, selectors and marks that belong to no emoji; read several keycaps as a number."""
    keycaps = sum(match[1] is not None for match in _SEQUENCE.finditer(text)) if _KEYCAP in text else 0

    def kept(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[1] if keycaps >= MIN_KEYCAPS_OF_A_NUMBER else match.group()
        return "" if _LOOSE.fullmatch(match.group()) else match.group()

    return _SEQUENCE.sub(kept, text)
