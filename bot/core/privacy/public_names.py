"""Names that are no person's: parties, institutions, large places and what is called after somebody; pure.

They are hidden from the search for names of people before it begins, as whole names: of "Partai Bulan Bintang" no word
is looked at, nor of "RSUD dr. Soetomo".
"""

from bot.core.privacy.name_lexicon import CONTEXT, HONORIFIC, NAME, NAME_OR_WORD, ORDINARY, PLACE, SPEECH, NameLexicon
from bot.core.privacy.personal_data import HIDDEN, Words, words_in

MAX_SMALL_WORDS = 3
MAX_WORDS = 5
"""Of the name of a place or a thing."""
_TITLES = words_in(
    "dr dra h hj kh k ki prof ir raden rm ra sultan pangeran tgk tengku teuku cut andi gusti i jend jenderal "
    "letjend kapten raja marsma halim laksda laks mayjen datuk datu dato syekh syeikh sunan panglima haji a m"
)
"""Forms of address that belong to the name of a place called after somebody."""
_ALSO_SMALL = words_in(
    "bandara bandar stadion pelabuhan terminal stasiun jembatan universitas univ rsud rsup jalan jl jln"
)
"""Of these the name is known also in lower case."""
_GAPS = frozenset({" ", "-", ". ", ".", "/", ' "', " - "})
MAX_SHORT_FORM = 4
"""Letters of a word that a dot may shorten inside a name: "dr.", "Jend."."""


def hide_public_names(text: str, lexicon: NameLexicon, words: Words) -> str:
    """Return a copy of the same length in which names that are no person's cannot be read.

    Args:
        words: of the text.
    """
    hidden = _Hidden(text, lexicon, words)
    is_shouted = text.isupper()
    for place, word in enumerate(words.lower):
        for name in lexicon.public_names.get(word, ()):
            if hidden.is_name_at(place, name) and not (len(name) == 1 and hidden.is_behind_name(place)):
                hidden.hide(place, place + len(name))
                break
        if word in lexicon.facilities and not is_shouted:
            hidden.hide(place + 1, hidden.end_of_facility(place))
    return hidden.text


class _Hidden:
    """A text of which names are hidden one after the other."""

    def __init__(self, text: str, lexicon: NameLexicon, words: Words) -> None:
        self._original = text
        self._words = words
        self._lexicon = lexicon
        self._spans: list[tuple[int, int]] = []

    @property
    def text(self) -> str:
        """Return what is left to read."""
        parts, end = [], 0
        for start, stop in sorted(self._spans):
            if stop > end:
                parts += [self._original[end : max(start, end)], HIDDEN * (stop - max(start, end))]
                end = stop
        return "".join([*parts, self._original[end:]])

    def hide(self, first: int, last: int) -> None:
        """Hide the words from the first to before the last."""
        if last > first:
            self._spans.append((self._words.starts[first], self._words.ends[last - 1]))

    def is_name_at(self, place: int, name: tuple[str, ...]) -> bool:
        """Say whether the words of a name stand here with nothing but blanks, dots or dashes between."""
        last = place + len(name) - 1
        if last >= len(self._words.lower) or self._words.lower[last] != name[-1]:
            return False
        if tuple(self._words.lower[place : last + 1]) != name:
            return False
        return all(self._gap(following) in _GAPS for following in range(place + 1, place + len(name)))

    def is_behind_name(self, place: int) -> bool:
        """Say whether a title or a name of a person stands right before: "mas Surya Gelora" is no party."""
        if place == 0 or self._gap(place) != " ":
            return False
        kind = self._lexicon.kind_of(self._words.lower[place - 1])
        is_name = self._words.written[place - 1][0].isupper() and kind & (NAME | NAME_OR_WORD)
        return bool(is_name or kind & HONORIFIC)

    def end_of_facility(self, place: int) -> int:
        """Return the word after the last of the name that a facility bears; the one after it when it bears none."""
        words, last, has_ordinary = self._words, place + 1, False
        while last < len(words.lower) and last - place <= MAX_WORDS and self._is_gap(last):
            kind = self._lexicon.kind_of(words.lower[last])
            is_title = words.lower[last] in _TITLES
            if not words.written[last][0].isupper() and not (is_title and self._gap(last + 1) != " "):
                break
            if kind & (CONTEXT | SPEECH) & ~(HONORIFIC if is_title else 0) and not kind & (NAME | NAME_OR_WORD | PLACE):
                break
            if kind & HONORIFIC and not is_title:
                break
            if has_ordinary and kind & NAME and not kind & PLACE and words.lower[last - 1] not in _TITLES:
                # "Universitas Indonesia Budi Santoso": behind the name of a place begins somebody's.
                break
            has_ordinary = has_ordinary or (bool(kind & (PLACE | ORDINARY)) and not (kind & NAME_OR_WORD or is_title))
            last += 1
        return last if last > place + 1 else self._end_of_small(place)

    def _end_of_small(self, place: int) -> int:
        """Return the same for a name in lower case: one or two names behind a word that hardly anybody's follows."""
        words, last = self._words, place + 1
        if words.lower[place] not in _ALSO_SMALL:
            return last
        while last < len(words.lower) and last - place <= MAX_SMALL_WORDS and self._is_gap(last):
            kind = self._lexicon.kind_of(words.lower[last])
            is_titled = last > place + 1 and not kind and words.lower[last - 1] in _TITLES
            if not (kind & (NAME | NAME_OR_WORD) or is_titled or words.lower[last] in _TITLES):
                break
            last += 1
        is_titled = place + 1 < len(words.lower) and words.lower[place + 1] in _TITLES
        is_doer = not is_titled and last < len(words.lower) and self._lexicon.kind_of(words.lower[last]) & SPEECH
        return place + 1 if is_doer else last

    def _is_gap(self, place: int) -> bool:
        gap = self._gap(place)
        return gap in _GAPS and ("." not in gap or len(self._words.lower[place - 1]) <= MAX_SHORT_FORM)

    def _gap(self, place: int) -> str:
        if place >= len(self._words.starts):
            return ""
        return self._original[self._words.ends[place - 1] : self._words.starts[place]]
