"""The parts of a name: how far it goes from its first word on, by what stands before it and by the gazetteer; pure."""

import re
from enum import IntEnum

from bot.core.privacy.name_lexicon import (
    CANDIDATE,
    CONTEXT,
    NAME,
    NAME_OR_WORD,
    NO_NAME,
    ORDINARY,
    PLACE,
    PLACE_WORD,
    PROPER,
    SKIPPED,
    SPEECH,
    NameLexicon,
)
from bot.core.privacy.personal_data import HIDDEN, Found, PersonalData, Words, words_in
from bot.core.privacy.regional_words import DAYS_AND_MONTHS

PARTICLES = words_in("bin binti al el ibn abu van de der la daeng dg")
_TITLES = re.compile(
    r"(?:,? ?\b(?:S|M|A|D|Dr|Amd|Ir|SE|SH|ST|MM|MT|MH|SSTP|MAP|MPd|SPd|SKM|SIP|MSi|SSos|Apt|Ners|Ns|Gr|Ph|Sp)\b\.? ?"
    r"(?:(?:Pd|Kom|Ag|Si|Sos|IP|Hum|Farm|Kep|Keb|AP|STP|Psi|Ked|Km|Kes|KM|T|H|E|P|PdI|I|M|SD|Ap|Tr|D|OG|A|B|K|An|PD)\b\.?){0,3}"
    r"|,? ?\bS\.?(?:Pd|Kom|Ag|Si|Sos|IP|Hum|H|E|T|P|KM|Farm|Kep)\.?(?:I\.?)?)+(?=[\s,.;)]|$)"
)
NEXT_GAPS = frozenset({" ", ". ", ".", "-", "  ", " . ", "'", " -"})
VOWEL = re.compile(r"[aiueo]")
_NAME_BEGINNINGS = (
    *("abdul", "abdur", "abdus", "abdil", "abdun", "nurul", "nurh", "nurr", "syams", "syahr", "zulf", "zulk", "fathur"),
    *("khoir", "khair", "muham", "mochamm", "moham", "habib", "syarif", "fakhr", "misbah", "saiful", "syaiful"),
)
"""What an unknown word begins with that is a name of Arabic form."""
_NAME_ENDINGS = (
    *("yanto", "yono", "wanto", "wati", "ningsih", "ningrum", "ningtyas", "uddin", "udin", "ullah", "iawan", "yawan"),
    *(
        "yati",
        "yanti",
        "wanti",
        "tono",
        "harto",
        "warno",
        "iyem",
        "inem",
        "rahman",
        "rohman",
        "rrahim",
        "uloh",
        "ulloh",
    ),
    *("yadi", "wardi", "mawan", "syah", "wijoyo", "wibowo", "kusumo", "diningrat", "negoro", "atmaja", "atmojo"),
    *(
        "prawira",
        "sasmita",
        "santoso",
        "halimah",
        "urrahman",
        "urrohman",
        "hidayah",
        "wijaya",
        "wijayanti",
        "putra",
        "hasanah",
    ),
)
"""What an unknown word ends with that is a name of Java, Sunda or of Arabic form."""
MAX_ACRONYM = 5
"""Letters of a word in capitals that is no name."""
MIN_FORMED = 7
"""Letters of an unknown word that may be told by its ending."""
_TITLES_OF_BIRTH = words_in(
    "teuku tengku teungku cut lalu baiq ida gusti neng neneng raden rd andi pangeran sayed syarif tubagus raja cokorda "
    "tjokorda ngakan desak pande karaeng puang petta opu nyimas kemas masagus masayu kiagus lale"
)
"""They stand before a name and belong to it."""
_TITLES_OF_TWO = [["raden", "mas"], ["raden", "ajeng"], ["raden", "ayu"], ["raden", "roro"], ["raden", "panji"]]
_SHORT_FIRST_NAMES = words_in("fx moh muh m ach abd ahm st r yb yf th ign ant agt")
"""First names that are written short: "FX. Haryadi", "Moh. Kholil", "M. Yusuf"."""
_NAME_ENDERS = words_in("karaeng daeng puang raja datuk ambo dt bagindo sutan rangkayo")
_TIME_AFTER = re.compile(
    r"[ ,.]*(?:\d|depan|lalu|kemarin|kmrn|besok|bsk|ini|nanti|itu|pagi|siang|sore|malam|mendatang|yang|yg|kapan|s/d|"
    r"sampai|senin|selasa|rabu|kamis|jumat|sabtu|minggu)\b|-| ?$",
    re.IGNORECASE,
)
MAX_SLIPS = 24
"""Unknown words of one text that are compared with every word one slip away, some hundred for each."""
MAX_PART = 64
"""Characters of what stands in one word with a name."""
VERB = re.compile(r"(?:di|ke|ter|ber|me[nm]|meng|ng|ny|nge|pe[nm])[a-z]{3,}")
MAX_TOKENS = 5
"""Of one name."""
_BEFORE_WHOLE = re.compile(r"[A-Za-z0-9_]*[0-9_]$")
_AFTER_WHOLE = re.compile(r"[0-9_][A-Za-z0-9_]*")
_CAMEL = re.compile("[a-z][A-Z]")
_PARTS = re.compile("[A-Z][a-z]{3,}|^[a-z]{4,}")
MAX_CAPITALS = 0.6
"""Share of words with a capital from which a text is a title, in which a capital says nothing."""
MIN_OF_TITLE = 4
Hit = tuple[int, int, int, PersonalData]
"""First token, token after the last, end in characters, kind."""


class Strength(IntEnum):
    """How much the context says that a person follows."""

    NONE = 0
    WEAK = 1
    OFFICE = 2
    CANDIDATE = 3
    STRONG = 4
    INTRODUCED = 5
    TITLED = 6


class NameParts:
    """The words of one text with their kinds, and which of them belong to a name that begins at one of them."""

    def __init__(self, text: str, lexicon: NameLexicon, words: Words) -> None:
        self._text = text
        self._lexicon = lexicon
        self.starts, self.ends, self.lower = words.starts, words.ends, words.lower
        # Somebody who shouts writes every word in capitals: they say nothing then.
        self.words = words.lower if text.isupper() else words.written
        get = lexicon.kinds.get
        self.kinds = [get(word, 0) for word in words.lower]
        for place, (kind, word) in enumerate(zip(self.kinds, self.lower, strict=True)):
            is_formed = word.endswith(_NAME_ENDINGS) or word.startswith(_NAME_BEGINNINGS)
            # "dilewati" ends like a name.
            if not kind and len(word) >= MIN_FORMED and is_formed and not lexicon.is_ordinary(word):
                self.kinds[place] = NAME
        capitals = sum(word[0].isupper() for word in words.written)
        self._is_title_text = len(words.written) > MIN_OF_TITLE and capitals > MAX_CAPITALS * len(words.written)
        self._title_starts: dict[int, int] = {}
        self._slips: dict[tuple[str, int], bool] = {}
        for place, word in enumerate(words.written):
            if not self.kinds[place] and _CAMEL.search(word):
                # Words that were run together: "#bebaskanPujiastono".
                is_name = any(
                    get(part.lower(), 0) & NAME or part.lower().endswith(_NAME_ENDINGS) for part in _PARTS.findall(word)
                )
                self.kinds[place] = NAME if is_name else 0
        if HIDDEN in text:
            self.kinds = [
                ORDINARY if text[start] == HIDDEN else kind for start, kind in zip(self.starts, self.kinds, strict=True)
            ]

    def _is_slip(self, word: str, kinds: int) -> bool:
        """Say whether a word is one slip away from words of these kinds; asked about too many, no word is."""
        asked = (word, kinds)
        if asked not in self._slips:
            self._slips[asked] = len(self._slips) < MAX_SLIPS and self._lexicon.is_misspelt(word, kinds)
        return self._slips[asked]

    def is_plain(self, place: int) -> bool:
        """Say whether neither a name nor a context can begin here."""
        return self.kinds[place] == ORDINARY

    def as_found(self, hit: Hit) -> Found:
        """Return what is masked of a hit: the title before a name, and digits that stand in one word with it."""
        first, _, end, kind = hit
        start = self._title_starts.get(first, self.starts[self.with_title(first)])
        if kind is PersonalData.NAME:
            before = _BEFORE_WHOLE.search(self._text[max(0, start - MAX_PART) : start])
            after = _AFTER_WHOLE.match(self._text, end, end + MAX_PART)
            start, end = start - len(before.group()) if before else start, after.end() if after else end
        return Found(start=start, end=end, kind=kind)

    def with_title(self, first: int) -> int:
        """Return where a name begins with the titles of birth before it: "Teuku", "Lalu", "Anak Agung"."""
        while first > 0 and self._gap(first) in (" ", ". ", "."):
            before, pair = self.lower[first - 1], self.lower[max(0, first - 2) : first]
            is_title = (before in _TITLES_OF_BIRTH and self._gap(first) == " ") or (
                self.lower[first - 1 : first + 1] == ["anak", "agung"] or pair in _TITLES_OF_TWO
            )
            is_title = is_title or (before in _SHORT_FIRST_NAMES and self.words[first - 1][0].isupper())
            if not is_title:
                break
            first -= 1
        return first

    def _is_capital_name(self, place: int) -> bool:
        """Say whether a word with a capital can be nothing but a name here."""
        word, kind = self.words[place], self.kinds[place]
        if len(word) < 3 or not word[0].isupper() or word[1:2].isupper():
            return False
        return bool(kind & NAME) or (
            not kind & (ORDINARY | CONTEXT | PLACE) and not self._lexicon.is_derived(word.lower())
        )

    def _has_dot(self, place: int) -> bool:
        return self._text[self.ends[place] : self.ends[place] + 1] == "."

    def _is_name_like(self, place: int) -> bool:
        kind = self.kinds[place]
        return self.words[place][0].isupper() and (bool(kind & (NAME | NAME_OR_WORD)) or not kind)

    def _gap(self, place: int) -> str:
        return self._text[self.ends[place - 1] : self.starts[place]]

    def _token_at(self, position: int, after: int) -> int | None:
        """Return the token that starts here, looking from another one on; None when something else does."""
        for place in range(after + 1, min(after + 8, len(self.starts))):
            if self.starts[place] == position:
                return place
        return None

    def _collect(self, first: int, strength: Strength) -> Hit | None:
        """Return the longest name from here on, None when the first word is none."""
        last = first
        while last < len(self.words) and last - first < MAX_TOKENS:
            if last > first and self._gap(last) not in NEXT_GAPS:
                break
            if not self._is_part(last, strength, is_first=last == first):
                break
            last += 1
        while (
            last > first and (self.lower[last - 1] in PARTICLES or len(self.lower[last - 1]) == 1) and last - first > 1
        ):
            last -= 1
        if last == first or (last == first + 1 and len(self.words[first]) == 1 and strength < Strength.STRONG):
            return None
        end = self.ends[last - 1]
        titles = _TITLES.match(self._text, end)
        return first, last, titles.end() if titles else end, PersonalData.NAME

    def _is_part(self, place: int, strength: Strength, *, is_first: bool) -> bool:
        kind, word, lower = self.kinds[place], self.words[place], self.lower[place]
        is_capital = word[0].isupper()
        if kind & NAME or (not is_first and self._ends_names(place)):
            return True
        if kind & NAME_OR_WORD:
            return self._is_word_a_name(place, strength, is_first=is_first)
        if is_capital and kind & (ORDINARY | PLACE) and self._is_capital_part(place, strength, is_first=is_first):
            return True
        if lower in PARTICLES:
            return not is_first and place + 1 < len(self.words) and bool(self._is_name_like(place + 1))
        if len(word) == 1 and is_capital and self._has_dot(place):
            return not is_first or place + 1 < len(self.words)
        if kind or (self._lexicon.is_ordinary(lower) if not is_capital else self._lexicon.is_derived(lower)):
            return False
        if is_capital:
            if len(word) > 1 and word[:2].isupper() and not (word.isupper() and len(word) > MAX_ACRONYM):
                return False
            return len(word) > 1 or self._is_initial(place)
        return self._is_unknown_a_name(place, strength, is_first=is_first)

    def _is_capital_part(self, place: int, strength: Strength, *, is_first: bool) -> bool:
        """Say whether an ordinary word with a capital belongs to a name: behind a title, or behind a sure name."""
        kind, word = self.kinds[place], self.words[place]
        if (self.starts[place] and self._text[self.starts[place]] == HIDDEN) or word[1:2].isupper() or len(word) < 3:
            return False
        if is_first and strength >= Strength.STRONG and self.lower[place] in DAYS_AND_MONTHS:
            # "Bu April, Pak Jumat Suparjo"; not "pak, Senin depan", "Pak 1 April 2024".
            after = self._text[self.ends[place] : self.ends[place] + MAX_PART]
            return self._text[self.starts[place] - 1 : self.starts[place]] == " " and not _TIME_AFTER.match(after)
        if not is_first and self.lower[place] in DAYS_AND_MONTHS:
            after = self._text[self.ends[place] : self.ends[place] + MAX_PART]
            return self._is_capital_name(place - 1) and (not after or not _TIME_AFTER.match(after))
        if kind & (CONTEXT | PROPER | SPEECH | SKIPPED) or (is_first and not kind & ORDINARY):
            return False
        if strength is Strength.TITLED:
            return True
        return not is_first and not self._is_title_text and self._is_capital_name(place - 1)

    def _ends_names(self, place: int) -> bool:
        """Say whether a word that is something else too ends a name: "Syahrul Karaeng", "zulhendri tanjung"."""
        if self.lower[place] in _NAME_ENDERS or self.kinds[place] & PLACE_WORD:
            return self.words[place][0].isupper() or bool(self.kinds[place - 1] & NAME)
        return False

    def _is_word_a_name(self, place: int, strength: Strength, *, is_first: bool) -> bool:
        kind, is_capital = self.kinds[place], self.words[place][0].isupper()
        if not is_first:
            return is_capital or not kind & (CONTEXT | SPEECH)
        if kind & (CONTEXT | SPEECH) and not is_capital:
            return False
        if strength < Strength.STRONG and self._is_part_of_term(place + 1):
            return False
        if kind & ORDINARY and not is_capital and strength < Strength.STRONG:
            return strength >= Strength.WEAK and self._does_something(place)
        return strength >= Strength.WEAK

    def _is_part_of_term(self, place: int) -> bool:
        """Say whether an ordinary word with a capital goes on here: "Bagian Tata Pemerintahan"."""
        if place >= len(self.words) or self._gap(place) != " " or not self.words[place][0].isupper():
            return False
        kind = self.kinds[place]
        return bool(kind & ORDINARY) and not kind & (NAME | NAME_OR_WORD | CONTEXT)

    def _does_something(self, place: int) -> bool:
        """Say whether what follows tells that the word before it is a person: "kades fajar bagi sembako"."""
        after = place + 1
        if after >= len(self.words) or self._gap(after) != " ":
            return False
        return bool(self.kinds[after] & (SPEECH | CANDIDATE)) or self.lower[after] in (
            "itu",
            "tu",
            "yang",
            "yg",
            "juga",
        )

    def _is_initial(self, place: int) -> bool:
        return self._has_dot(place) or place + 1 == len(self.words) or self._gap(place + 1) == " "

    def _is_unknown_a_name(self, place: int, strength: Strength, *, is_first: bool) -> bool:
        """Say whether an unknown lower-case word is a name: behind a context that hardly anything else follows."""
        lower = self.lower[place]
        if len(lower) < 3 or not VOWEL.search(lower) or VERB.fullmatch(lower):
            return False
        if not is_first:
            # A slip behind a name goes with it: nothing is lost that a curator would miss.
            return len(lower) >= 4
        if place == 0 or self._gap(place) not in (" ", ". "):
            return False
        if strength is Strength.STRONG:
            return not self._is_slip(lower, CONTEXT | SKIPPED)
        if strength is not Strength.INTRODUCED and not self._is_doer(place):
            return False
        return strength >= Strength.WEAK and not self._is_slip(lower, NO_NAME)

    def _is_doer(self, place: int) -> bool:
        """Say whether an unknown word, or it and the next, is followed by what people do: "sekda damaris minta"."""
        for after in (place + 1, place + 2):
            if after >= len(self.words) or self._gap(after) != " ":
                return False
            if self.kinds[after] & (SPEECH | CANDIDATE):
                return True
            if self.kinds[after] & ~(NAME | NAME_OR_WORD):
                return False
        return False
