"""The words that the search for names knows, with their kinds; pure, the lists are handed in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

NAME = 1
"""A word that is a person's name and nothing else."""
NAME_OR_WORD = 2
ORDINARY = 4
PLACE = 8
"""A province, regency or city: too large to give anybody away."""
HONORIFIC = 16
OFFICE = 32
CANDIDATE = 64
KIN = 128
UNIT = 256
SKIPPED = 512
"""May stand between a context and the name: "kepala dinas kami, Budi"."""
SPEECH = 1024
BEFORE_PERSON = 2048
PLACE_WORD = 4096
PLACE_SIDE = 8192
PROPER = 16384
"""An ordinary word that is written with a capital: a month, a day, a body of the state, a party, a brand."""
CONTEXT = HONORIFIC | OFFICE | CANDIDATE | KIN | UNIT
NO_NAME = CONTEXT | ORDINARY | SKIPPED | SPEECH | BEFORE_PERSON

_CLITICS = re.compile(r"(?:nya|ku|mu|lah|kah|pun|tah|i|an|in|kan|e|ne|na)$")
_PARTICLE = re.compile(r"(?:nya|ku|mu|lah|kah|pun)$")
_DERIVED = re.compile(r"(?:per?|pem|pen|peng|ke|ber|di|ter|se|me[nm]?|meng)([a-z]{4,}?)(?:an|kan|in)?")
_PREFIXES = re.compile(r"^(?:di|ke|se|ber|ter|me[nm]?g?|pe[nm]?g?|per|ny|ng|n|m)")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


MIN_ROOT = 3
"""Letters of a word that a particle may stand behind."""
MAX_WITH_SLIP = 24
"""Letters; every word one slip away is looked up, and nobody writes longer words by a slip."""


class WordList(StrEnum):
    """The lists that a lexicon is made of; the value is the list's name."""

    NAMES = "names"
    NAMES_OR_WORDS = "names_or_words"
    ORDINARY = "ordinary"
    PLACES = "places"
    HONORIFICS = "honorifics"
    OFFICES = "offices"
    CANDIDATES = "candidates"
    KIN = "kin"
    UNITS = "units"
    BETWEEN = "between"
    SPEECH = "speech"
    BEFORE_PERSON = "before_person"
    PLACE_WORDS = "place_words"
    PLACE_SIDES = "place_sides"
    PARTIES = "parties"
    MORE_WORDS = "more_words"
    FACILITIES = "facilities"
    PUBLIC_NAMES = "public_names"


_KINDS = {
    WordList.HONORIFICS: HONORIFIC,
    WordList.OFFICES: OFFICE,
    WordList.CANDIDATES: CANDIDATE,
    WordList.KIN: KIN,
    WordList.UNITS: UNIT,
    WordList.BETWEEN: SKIPPED,
    WordList.SPEECH: SPEECH,
    WordList.BEFORE_PERSON: BEFORE_PERSON,
    WordList.PLACES: PLACE,
    WordList.ORDINARY: ORDINARY,
    WordList.PLACE_WORDS: PLACE_WORD,
    WordList.PLACE_SIDES: PLACE_SIDE,
    WordList.PARTIES: ORDINARY | PROPER,
    WordList.MORE_WORDS: ORDINARY | PROPER,
    WordList.NAMES_OR_WORDS: NAME_OR_WORD,
}


@dataclass(frozen=True, kw_only=True)
class NameLexicon:
    """Every word that the search for names knows, with its kinds."""

    kinds: Mapping[str, int]
    """Lower-case word to its kinds, added up."""
    citations: tuple[str, ...]
    """Numbers of instruments that are never masked, the longest first."""
    facilities: frozenset[str] = frozenset()
    """Words that a large place or a thing with a name of its own begins with."""
    public_names: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """Of names that are never masked the words, the longest first, by the first word."""

    @classmethod
    def build(cls, lists: Mapping[WordList, Sequence[str]], citations: Sequence[str]) -> "NameLexicon":
        """Make the lexicon from lists of lower-case words.

        A name that is among the ordinary words counts as both; an office, a form of address and the like is no name.
        """
        kinds: dict[str, int] = {}
        for which, kind in _KINDS.items():
            for word in lists.get(which, ()):
                kinds[word] = kinds.get(word, 0) | kind
        for name in lists.get(WordList.NAMES, ()):
            known = kinds.get(name, 0)
            if not known & (CONTEXT | SKIPPED):
                kinds[name] = known | (NAME_OR_WORD if known else NAME)
        public: dict[str, list[tuple[str, ...]]] = {}
        for name in sorted(lists.get(WordList.PUBLIC_NAMES, ()), key=len, reverse=True):
            words = tuple(name.split())
            public.setdefault(words[0], []).append(words)
        return cls(
            kinds=kinds,
            citations=tuple(citations),
            facilities=frozenset(lists.get(WordList.FACILITIES, ())),
            public_names={first: tuple(names) for first, names in public.items()},
        )

    def kind_of(self, word: str) -> int:
        """Return the kinds of a lower-case word, 0 for an unknown one."""
        return self.kinds.get(word, 0)

    def is_ordinary(self, word: str) -> bool:
        """Say whether a lower-case word, or what it is made of, is an ordinary one."""
        if self.kinds.get(word, 0):
            return True
        bare = _CLITICS.sub("", word)
        if len(bare) >= 3 and self.kinds.get(bare, 0) & NO_NAME:
            return True
        root = _PREFIXES.sub("", bare)
        return len(root) >= 4 and bool(self.kinds.get(root, 0) & NO_NAME)

    def is_no_name(self, word: str) -> bool:
        """Say whether a lower-case word is an ordinary one that nobody is called."""
        kind = self.kinds.get(word, 0)
        return not kind & NAME and not (kind & NAME_OR_WORD and not kind & ORDINARY) and self.is_ordinary(word)

    def is_derived(self, word: str) -> bool:
        """Say whether a lower-case word is made of an ordinary one: "bupatinya", "permusyawaratan"."""
        bare = _PARTICLE.sub("", word)
        if bare != word and len(bare) >= MIN_ROOT and self.kinds.get(bare, 0) & NO_NAME:
            return True
        root = _DERIVED.fullmatch(bare)
        return root is not None and bool(self.kinds.get(root[1], 0) & NO_NAME)

    def is_misspelt(self, word: str, kinds: int) -> bool:
        """Say whether a lower-case word is one slip away from a word of these kinds; a very long one is not."""
        return len(word) <= MAX_WITH_SLIP and any(self.kinds.get(near, 0) & kinds for near in _one_slip_away(word))


def _one_slip_away(word: str) -> Iterator[str]:
    """Yield every word that one deletion, swap, replacement or insertion makes of this one."""
    splits = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]
    for left, right in splits:
        if right:
            yield left + right[1:]
        if len(right) > 1:
            yield left + right[1] + right[0] + right[2:]
        for letter in _LETTERS:
            yield left + letter + right
            if right:
                yield left + letter + right[1:]
