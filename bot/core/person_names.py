"""Names of people, and of the small units that give a person away, found by context and by a gazetteer.

A word is taken for a name because of what stands before it ("nama saya", "pak", "calon", "teman saya"), because it is a
name and nothing else, or because it stands beside one. Words that are names and ordinary words too ("Indah", "Agung")
need the context.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from bot.core.identifiers import HIDDEN, Found, PersonalData, Words, words_in

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
_CONTEXT = HONORIFIC | OFFICE | CANDIDATE | KIN | UNIT
_NO_NAME = _CONTEXT | ORDINARY | SKIPPED | SPEECH | BEFORE_PERSON

_SCHOOLS_OF_THE_STATE = words_in("sdn smpn sman smkn mtsn man min slbn tkn smun")
_UNIT_SORTS = words_in(
    "negeri neg n swasta pembantu islam terpadu induk satap inpres plus pasar samsat pendidikan kelas jami rawat inap "
    "iia iib ia ib ii iii ki nyi"
)
"""What may stand between a unit and its name or number."""
_UNIT_NUMBER = re.compile(r" ?\d{1,3}\b(?![./\d])")
MOST_TOKENS_OF_UNIT = 4
_NO_PERSON_BEFORE_AGUNG = words_in("jaksa mahkamah hakim masjid kejaksaan ratu raja hari nabi istana")
_SHORT_UNITS = words_in("kel kec ds dsn kp perum")
_LOWER_NOT_UNIT = words_in("mi min man mis kp ds rs kel pura banjar bps univ tk dukuh")
"""In lower case these are chat words ("min" is the admin) or too common."""
_INTRODUCTIONS = re.compile(
    r"\b(?:nama(?:ku| ?(?:saya|sy|aku|gw|gue|ane|abdi|kulo|kula|ulun|tiang|lengkap|asli|panggilan|beliau|dia|nya|"
    r"orangnya|calon(?:nya)?|atasan(?: saya)?|kades(?:nya)?|pejabat(?:nya)?|teman(?: saya)?))?"
    r"(?: ?(?:saya|sy|adalah|ialah|itu|yaitu|yakni|tu|teh|:|=))*"
    r"|namanya|nmaku|bernama|atas nama|a\.? ?n\.|an\.|perkenalkan,? (?:nama )?(?:saya|sy|aku|kami)"
    r"|kenal(?:in|kan),? (?:gw|aku|saya|gue)|panggil (?:saya|sy|aja|saja|aku|gw)(?: (?:aja|saja))?"
    r"|ttd\.?|tertanda|hormat (?:saya|kami)|salam hormat|dipanggil|inisial|alias|dengan (?:saudara|sdr)"
    r"|wassalam|pengirim|pelapor|terlapor|dari|nm|ini dengan|di?tanda ?tangani)"
    r"[ ]?(?P<mark>[:,=\-]?)\s*",
    re.IGNORECASE,
)
_INTRODUCING = words_in(
    "nama namaku nmaku namanya bernama atas an a perkenalkan kenalin kenalkan panggil ttd tertanda hormat dipanggil "
    "inisial alias wassalam pengirim pelapor terlapor nm tangani salam dari"
)
_NEEDS_MARK = frozenset(
    {"dari", "pengirim", "nama", "pelapor", "terlapor", "an.", "nm", "wassalam", "salam hormat", "ttd"}
)
"""Introductions that name somebody only with a colon, comma or dash behind them, or a capital letter."""
_PARTICLES = words_in("bin binti al el ibn abu van de der la daeng dg")
_TITLES = re.compile(
    r"(?:,? ?\b(?:S|M|A|D|Dr|Amd|Ir|SE|SH|ST|MM|MT|MH|SSTP|MAP|MPd|SPd|SKM|SIP|MSi|SSos|Apt|Ners|Ns|Gr|Ph|Sp)\b\.? ?"
    r"(?:(?:Pd|Kom|Ag|Si|Sos|IP|Hum|Farm|Kep|Keb|AP|STP|Psi|Ked|Km|Kes|KM|T|H|E|P|PdI|I|M|SD|Ap|Tr|D|OG|A|B|K|An|PD)\b\.?){0,3}"
    r"|,? ?\bS\.?(?:Pd|Kom|Ag|Si|Sos|IP|Hum|H|E|T|P|KM|Farm|Kep)\.?(?:I\.?)?)+(?=[\s,.;)]|$)"
)
_NEXT_GAPS = frozenset({" ", ". ", ".", "-", "  ", " . ", "'", " -"})
_CONTEXT_GAPS = _NEXT_GAPS | frozenset({": ", ":", ", ", "/", " / ", " : ", ' "', " (", "= ", " = ", "\n", ",", " - "})
_CLITICS = re.compile(r"(?:nya|ku|mu|lah|kah|pun|tah|i|an|in|kan|e|ne|na)$")
_PARTICLE = re.compile(r"(?:nya|ku|mu|lah|kah|pun)$")
_DERIVED = re.compile(r"(?:per?|pem|pen|peng|ke|ber|di|ter|se|me[nm]?|meng)([a-z]{4,}?)(?:an|kan|in)?")
_PREFIXES = re.compile(r"^(?:di|ke|se|ber|ter|me[nm]?g?|pe[nm]?g?|per|ny|ng|n|m)")
_VOWEL = re.compile(r"[aiueo]")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NAME_ENDINGS = (
    *("yanto", "yono", "wanto", "wati", "ningsih", "ningrum", "ningtyas", "uddin", "udin", "ullah", "iawan", "yawan"),
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
LONGEST_ACRONYM = 5
"""Letters of a word in capitals that is no name."""
SHORTEST_FORMED = 7
"""Letters of an unknown word that may be told by its ending."""
_TITLES_OF_BIRTH = words_in(
    "teuku tengku teungku cut lalu baiq ida gusti neng neneng raden rd andi pangeran sayed syarif tubagus raja"
)
"""They stand before a name and belong to it."""
_NAME_ENDERS = words_in("karaeng daeng puang raja datuk ambo dt bagindo sutan rangkayo")
_ALSO_CHAT = words_in("h hj dr ir ny ka dg ci aki neng rr rd wa gung uda")
_PRONOUNS = words_in("saya aku sy gw gue gua ane abdi kulo kula ulun tiang ambo awak beta sayah aq ak si sama ama oleh")
_LOCATIVES = words_in(
    "di ke dari pada aplikasi merk merek kota kab kabupaten provinsi prov grup acara lagu film partai akun situs web "
    "produk toko pasar pulau pantai gunung danau selat stasiun bandara terminal lapangan gedung hotel kafe rumah makan"
)
"""Behind these a capital begins a place or a thing."""
_PASSIVE = re.compile(r"(?:di|men[a-z]|meng|mem|ber|ter|nge?)[a-z]{3,}|menang|kalah|sudah|udah|belum|mau|akan|pernah")
_JOINTS = re.compile(r"\s*(?:[-–&/,+]|dan|sama|dg|dgn|dengan)\s*")
LONGEST_ABBREVIATION = 4
"""Letters of a title that a dot may follow: "Drs.", "Sdri."."""
_VERB = re.compile(r"(?:di|ke|ter|ber|me[nm]|meng|ng|ny|nge|pe[nm])[a-z]{3,}")
MOST_TOKENS = 5
"""Of one name."""
MOST_MISSPELT = 12
"""Different words of one text that are compared with every word they may be a slip of; the others count as none."""
LONGEST_WORD = 32
"""Letters of a word that somebody may have mistyped; none of the lists is longer, and each letter makes 50 forms."""


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
    WordList.PARTIES: ORDINARY,
    WordList.MORE_WORDS: ORDINARY,
    WordList.NAMES_OR_WORDS: NAME_OR_WORD,
}


class Strength(IntEnum):
    """How much the context says that a person follows."""

    NONE = 0
    WEAK = 1
    OFFICE = 2
    CANDIDATE = 3
    STRONG = 4
    INTRODUCED = 5


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """Every word that the search for names knows, with its kinds."""

    kinds: Mapping[str, int]
    """Lower-case word to its kinds, added up."""
    citations: tuple[str, ...]
    """Numbers of instruments that are never masked, the longest first."""

    @classmethod
    def build(cls, lists: Mapping[WordList, Sequence[str]], citations: Sequence[str]) -> "Lexicon":
        """Make the lexicon from lists of lower-case words.

        A name that is among the ordinary words counts as both; an office, a form of address and the like is no name.
        """
        kinds: dict[str, int] = {}
        for which, kind in _KINDS.items():
            for word in lists.get(which, ()):
                kinds[word] = kinds.get(word, 0) | kind
        for name in lists.get(WordList.NAMES, ()):
            known = kinds.get(name, 0)
            if not known & (_CONTEXT | SKIPPED):
                kinds[name] = known | (NAME_OR_WORD if known else NAME)
        return cls(kinds=kinds, citations=tuple(citations))

    def kind_of(self, word: str) -> int:
        """Give the kinds of a lower-case word, 0 for an unknown one."""
        return self.kinds.get(word, 0)

    def is_ordinary(self, word: str) -> bool:
        """Say whether a lower-case word, or what it is made of, is an ordinary one."""
        if self.kinds.get(word, 0):
            return True
        bare = _CLITICS.sub("", word)
        if len(bare) >= 3 and self.kinds.get(bare, 0) & _NO_NAME:
            return True
        root = _PREFIXES.sub("", bare)
        return len(root) >= 4 and bool(self.kinds.get(root, 0) & _NO_NAME)

    def is_derived(self, word: str) -> bool:
        """Say whether a lower-case word is made of an ordinary one: "bupatinya", "permusyawaratan"."""
        bare = _PARTICLE.sub("", word)
        if bare != word and self.kinds.get(bare, 0) & _NO_NAME:
            return True
        root = _DERIVED.fullmatch(bare)
        return root is not None and bool(self.kinds.get(root[1], 0) & _NO_NAME)

    def is_misspelt(self, word: str, kinds: int) -> bool:
        """Say whether a lower-case word is one slip away from a word of these kinds."""
        return len(word) <= LONGEST_WORD and any(self.kinds.get(near, 0) & kinds for near in _one_slip_away(word))


def find_names(text: str, lexicon: Lexicon, words: Words) -> Iterator[Found]:
    """Give names of people and of small units, from left to right, without overlaps.

    Args:
        text: with what was found before, and what is never masked, hidden.
        words: of the text.
    """
    tokens = _Tokens(text, lexicon, words)
    introduced = tokens.after_introductions() if words.have(_INTRODUCING) else {}
    place = 0
    while place < len(tokens.words):
        if tokens.is_plain(place) and place not in introduced:
            place += 1
            continue
        found = tokens.unit_at(place) or tokens.name_at(place, introduced.get(place, Strength.NONE))
        if found is None:
            place += 1
            continue
        first, last, end, kind = found
        yield Found(start=tokens.starts[tokens.with_title(first)], end=end, kind=kind)
        place = max(last, place + 1)
        joined = tokens.joined_at(place, end) if kind is PersonalData.NAME else None
        if joined is not None:
            first, last, end, kind = joined
            yield Found(start=tokens.starts[first], end=end, kind=kind)
            place = last


_Hit = tuple[int, int, int, PersonalData]
"""First token, token after the last, end in characters, kind."""


class _Tokens:
    """The words of one text with their kinds."""

    def __init__(self, text: str, lexicon: Lexicon, words: Words) -> None:
        self._text = text
        self._lexicon = lexicon
        self._misspelt: dict[tuple[str, int], bool] = {}
        self.starts, self.ends, self.lower = words.starts, words.ends, words.lower
        # Somebody who shouts writes every word in capitals: they say nothing then.
        self.words = words.lower if text.isupper() else words.written
        get = lexicon.kinds.get
        self.kinds = [get(word, 0) for word in words.lower]
        for place, kind in enumerate(self.kinds):
            if not kind and len(self.lower[place]) >= SHORTEST_FORMED and self.lower[place].endswith(_NAME_ENDINGS):
                self.kinds[place] = NAME
        if HIDDEN in text:
            self.kinds = [
                ORDINARY if text[start] == HIDDEN else kind for start, kind in zip(self.starts, self.kinds, strict=True)
            ]

    def _is_misspelt(self, word: str, kinds: int) -> bool:
        """Say whether a word is one slip away from another; of a text full of unknown words no more is looked up."""
        looked_up = self._misspelt.get((word, kinds))
        if looked_up is None:
            if len(self._misspelt) >= MOST_MISSPELT:
                return False
            looked_up = self._misspelt[word, kinds] = self._lexicon.is_misspelt(word, kinds)
        return looked_up

    def is_plain(self, place: int) -> bool:
        """Say whether neither a name nor a context can begin here."""
        return self.kinds[place] == ORDINARY

    def after_introductions(self) -> dict[int, Strength]:
        """Give the tokens before which somebody introduces a person."""
        found: dict[int, Strength] = {}
        for place, word in enumerate(self.lower):
            if word not in _INTRODUCING:
                continue
            match = _INTRODUCTIONS.match(self._text, self.starts[place])
            after = self._token_at(match.end(), place) if match else None
            if match is None or after is None:
                continue
            said = " ".join(match.group().lower().strip(" :,=-\n").split())
            strength = Strength.NONE
            if said in _NEEDS_MARK and not match["mark"]:
                strength = Strength.WEAK if said in ("dari", "nama", "an.") else Strength.OFFICE
            elif match["mark"] in ("", ":", "=") or said in _NEEDS_MARK or "saya" in said or "kami" in said:
                strength = Strength.INTRODUCED if said != "dari" else Strength.OFFICE
            found[after] = max(strength, found.get(after, Strength.NONE))
        return found

    def unit_at(self, place: int) -> _Hit | None:
        """Give the named unit that begins here: "SDN 3 Sukamaju", "desa sukarame", "kades ciparigi"."""
        if not self.kinds[place] & UNIT:
            return None
        word, lower = self.words[place], self.lower[place]
        if word == lower and lower in _LOWER_NOT_UNIT:
            return None
        after, end, is_numbered = self._after_unit(place)
        last = after
        while last < len(self.words) and last - after < MOST_TOKENS_OF_UNIT and self._is_unit_gap(place, end, last):
            if not self._is_unit_name(last, is_first=last == after, is_numbered=is_numbered):
                break
            end, last = self.ends[last], last + 1
        if last > after and self.kinds[place] & OFFICE:
            # "kades ciparigi": the office may be said, the village not.
            is_person = self.kinds[after] & (NAME | NAME_OR_WORD)
            return None if is_person else (after, last, end, PersonalData.UNIT)
        if last > after or (is_numbered and lower in _SCHOOLS_OF_THE_STATE):
            return place, last, end, PersonalData.UNIT
        return None

    def _after_unit(self, place: int) -> tuple[int, int, bool]:
        """Skip what stands between a unit and its name: "SMK Negeri 4"; gives token, end, whether it is numbered."""
        end, after, is_numbered = self.ends[place], place + 1, False
        while True:
            number = _UNIT_NUMBER.match(self._text, end)
            if number is not None and not is_numbered:
                end, is_numbered = number.end(), True
            elif after < len(self.words) and self.starts[after] < end:
                after += 1
            elif (
                after < len(self.words)
                and self.lower[after] in _UNIT_SORTS
                and self._text[end : self.starts[after]] == " "
            ):
                end, after = self.ends[after], after + 1
            else:
                return after, end, is_numbered

    def _is_unit_gap(self, place: int, end: int, following: int) -> bool:
        gap = self._text[end : self.starts[following]]
        # A dot ends the sentence unless it shortens the word: "Kec. Sukamaju".
        return gap in (" ", "-") or (
            gap in (". ", ".") and self.lower[place] in _SHORT_UNITS and following == place + 1
        )

    def _is_unit_name(self, place: int, *, is_first: bool, is_numbered: bool) -> bool:
        kind, word, lower = self.kinds[place], self.words[place], self.lower[place]
        is_capital = word[0].isupper() and len(word) > 1
        if kind & PLACE_WORD:
            return is_capital or (place + 1 < len(self.words) and self._gap(place + 1) == " ")
        if kind & PLACE_SIDE:
            return not is_first
        if (
            kind & (_CONTEXT | SKIPPED | SPEECH)
            and not (is_capital and kind & SPEECH)
            and not kind & (NAME | NAME_OR_WORD)
        ):
            return False
        if kind & PLACE:
            return is_capital or is_numbered or not kind & ORDINARY
        if is_capital and not word.isupper():
            return not kind & ORDINARY or bool(kind & NAME_OR_WORD) or is_numbered
        if kind & NAME:
            return True
        return not kind and self._is_unknown_unit(lower)

    def _is_unknown_unit(self, lower: str) -> bool:
        """Say whether an unknown lower-case word may name a village or a school."""
        if lower in _PARTICLES:
            return True
        if len(lower) < 4 or not _VOWEL.search(lower) or _VERB.match(lower) or self._lexicon.is_ordinary(lower):
            return False
        return not self._is_misspelt(lower, _NO_NAME)

    def name_at(self, place: int, introduced: Strength) -> _Hit | None:
        """Give the name that begins here or behind the context that begins here."""
        if introduced:
            hit = self._collect(self._skip(place, HONORIFIC), introduced)
            if hit is not None:
                return hit
        kind = self.kinds[place]
        if kind & _CONTEXT:
            hit = self._after_context(place)
            if hit is not None:
                return hit
        if kind & NAME:
            return self._collect(place, Strength.NONE)
        if kind & NAME_OR_WORD and not (place and self.lower[place - 1] in _NO_PERSON_BEFORE_AGUNG):
            return self._name_or_word(place)
        if not kind:
            return self._unknown(place)
        return None

    def with_title(self, first: int) -> int:
        """Give where a name begins with the titles of birth before it: "Teuku", "Lalu", "Anak Agung"."""
        while first > 0 and self._gap(first) == " ":
            is_title = self.lower[first - 1] in _TITLES_OF_BIRTH or self.lower[first - 1 : first + 1] == [
                "anak",
                "agung",
            ]
            if not is_title:
                break
            first -= 1
        return first

    def joined_at(self, place: int, end: int) -> _Hit | None:
        """Give the name that a dash or "dan" joins to the one before: "paslon Sukardi - Titin"."""
        if place >= len(self.words):
            return None
        first = place + 1 if self.lower[place] in ("dan", "sama", "dg", "dgn", "dengan") else place
        if first >= len(self.words) or not _JOINTS.fullmatch(self._text[end : self.starts[first]]):
            return None
        is_name = self.kinds[first] & NAME or (self.kinds[first] & NAME_OR_WORD and not self.kinds[first] & ORDINARY)
        return self._collect(first, Strength.WEAK) if is_name else None

    def _after_context(self, place: int) -> _Hit | None:
        strength = self._strength(place)
        if not strength:
            return None
        following = place + 1
        while following < len(self.words) and following - place < MOST_TOKENS:
            if not self._is_context_gap(following):
                return None
            more = self._strength(following)
            is_named_so = self.kinds[following] & (NAME | NAME_OR_WORD) and self.words[following][0].isupper()
            if more and not (is_named_so and more < Strength.STRONG):
                # "kepala dinas", "calon bupati", "bapak H." go on; what stands last before the name counts.
                strength = more if more is not Strength.WEAK else strength
                following += 1
            elif self.kinds[following] & SKIPPED and strength is not Strength.STRONG:
                following += 1
            else:
                break
        if following >= len(self.words) or not self._is_context_gap(following):
            return None
        return self._collect(following, strength)

    def _strength(self, place: int) -> Strength:
        kind = self.kinds[place]
        if kind & HONORIFIC:
            if self.lower[place] in _ALSO_CHAT:
                # A title only when written as one: "dr" is "dari" too, "neng" is "di".
                return Strength.STRONG if self._is_written_title(place) else Strength.NONE
            return Strength.STRONG
        if kind & CANDIDATE:
            return Strength.CANDIDATE
        if kind & OFFICE:
            return Strength.OFFICE
        return Strength.WEAK if kind & KIN else Strength.NONE

    def _is_written_title(self, place: int) -> bool:
        """Say whether a short title is written as one: "H. Ahmad", "Dr Siti"; "hari H pemilu" is none."""
        if self._has_dot(place):
            return True
        after = place + 1
        return self.words[place][0].isupper() and after < len(self.words) and self.words[after][0].isupper()

    def _is_context_gap(self, place: int) -> bool:
        """Say whether a name may stand behind what is before it: a full stop ends a sentence but for a title's dot."""
        gap = self._gap(place)
        if "." in gap and len(self.lower[place - 1]) > LONGEST_ABBREVIATION:
            return False
        return gap in _CONTEXT_GAPS

    def _has_dot(self, place: int) -> bool:
        return self._text[self.ends[place] : self.ends[place] + 1] == "."

    def _skip(self, place: int, kinds: int) -> int:
        while place < len(self.words) - 1 and self.kinds[place] & kinds and self._strength(place):
            place += 1
        return place

    def _name_or_word(self, place: int) -> _Hit | None:
        """Take a word that is also a name where somebody speaks, is spoken to, or a name follows."""
        before, after = place - 1, place + 1
        follows = after < len(self.words) and self._text[self.ends[place] : self.starts[after]] == " "
        if follows and self.kinds[after] & NAME:
            return self._collect(place, Strength.WEAK)
        is_capital = self.words[place][0].isupper()
        if before >= 0 and self._text[self.ends[before] : self.starts[place]] == " ":
            if self.lower[before] == "si" or (self.kinds[before] & BEFORE_PERSON and is_capital):
                return self._collect(place, Strength.WEAK)
            is_inside = not self.words[before][0].isupper() or bool(self.kinds[before] & ORDINARY and before == 0)
            is_inside = is_inside and not self.kinds[place] & (PLACE | _CONTEXT)
            if is_capital and is_inside and not (follows and self._is_title_case(after)):
                return self._collect(place, Strength.WEAK)
            if is_capital and is_inside and follows and self._is_name_like(after):
                return self._collect(place, Strength.WEAK)
        if follows and self.kinds[after] & SPEECH and not self.kinds[place] & ORDINARY:
            return self._collect(place, Strength.WEAK)
        if follows and is_capital and self.kinds[after] & SPEECH:
            return self._collect(place, Strength.WEAK)
        return None

    def _is_title_case(self, place: int) -> bool:
        """Say whether a word is capitalised and no name: "Hari Guru" is no person."""
        return self.words[place][0].isupper() and not self._is_name_like(place)

    def _is_name_like(self, place: int) -> bool:
        kind = self.kinds[place]
        return self.words[place][0].isupper() and (bool(kind & (NAME | NAME_OR_WORD)) or not kind)

    def _unknown(self, place: int) -> _Hit | None:
        """Take an unknown word where a sure name follows, or a capitalised one that can hardly be anything else."""
        after = place + 1
        if after < len(self.words) and self.lower[after] in ("bin", "binti"):
            return self._collect(place, Strength.INTRODUCED)
        is_capital = self.words[place][0].isupper()
        if after < len(self.words) and self.kinds[after] & NAME and self._gap(after) in _NEXT_GAPS:
            if is_capital:
                return self._collect(place, Strength.WEAK)
            is_name = place > 0 and self._is_unknown_a_name(place, Strength.INTRODUCED, is_first=True)
            return self._collect(place, Strength.INTRODUCED) if is_name else None
        if not is_capital or len(self.words[place]) < 3:
            return None
        before = place - 1
        if before >= 0 and self.lower[before] in _PRONOUNS and self._gap(place) == " ":
            return self._collect(place, Strength.WEAK)
        if before >= 0 and (self.lower[before] in _LOCATIVES or not self._is_running_text(before)):
            return None
        if after < len(self.words) and self._gap(after) == " " and (self._is_name_like(after) or self._does(after)):
            return self._collect(place, Strength.WEAK)
        return None

    def _does(self, place: int) -> bool:
        return bool(self.kinds[place] & SPEECH) or bool(_PASSIVE.fullmatch(self.lower[place]))

    def _is_running_text(self, place: int) -> bool:
        """Say whether a word is written as in a sentence: in a line of capitals a capital says nothing."""
        return not self.words[place][0].isupper() or place == 0

    def _gap(self, place: int) -> str:
        return self._text[self.ends[place - 1] : self.starts[place]]

    def _token_at(self, position: int, after: int) -> int | None:
        """Give the token that starts here, looking from another one on; None when something else does."""
        for place in range(after + 1, min(after + 8, len(self.starts))):
            if self.starts[place] == position:
                return place
        return None

    def _collect(self, first: int, strength: Strength) -> _Hit | None:
        """Give the longest name from here on, None when the first word is none."""
        last = first
        while last < len(self.words) and last - first < MOST_TOKENS:
            if last > first and self._gap(last) not in _NEXT_GAPS:
                break
            if not self._is_part(last, strength, is_first=last == first):
                break
            last += 1
        while (
            last > first and (self.lower[last - 1] in _PARTICLES or len(self.lower[last - 1]) == 1) and last - first > 1
        ):
            last -= 1
        if last == first or (last == first + 1 and len(self.words[first]) == 1 and strength < Strength.STRONG):
            return None
        end = self.ends[last - 1]
        titles = _TITLES.match(self._text, end)
        return first, last, titles.end() if titles else end, PersonalData.NAME

    def _is_part(self, place: int, strength: Strength, *, is_first: bool) -> bool:
        kind, word, lower = self.kinds[place], self.words[place], self.lower[place]
        if kind & NAME:
            return True
        is_capital = word[0].isupper()
        if not is_first and self._ends_names(place):
            return True
        if kind & NAME_OR_WORD:
            return self._is_word_a_name(place, strength, is_first=is_first)
        if lower in _PARTICLES:
            return not is_first and place + 1 < len(self.words) and bool(self._is_name_like(place + 1))
        if len(word) == 1 and is_capital and self._has_dot(place):
            return not is_first or place + 1 < len(self.words)
        if kind or (self._lexicon.is_ordinary(lower) if not is_capital else self._lexicon.is_derived(lower)):
            return False
        if is_capital:
            if len(word) > 1 and word[:2].isupper() and not (word.isupper() and len(word) > LONGEST_ACRONYM):
                return False
            return len(word) > 1 or self._is_initial(place)
        return self._is_unknown_a_name(place, strength, is_first=is_first)

    def _ends_names(self, place: int) -> bool:
        """Say whether a word that is something else too ends a name: "Syahrul Karaeng", "zulhendri tanjung"."""
        if self.lower[place] in _NAME_ENDERS or self.kinds[place] & PLACE_WORD:
            return self.words[place][0].isupper() or bool(self.kinds[place - 1] & NAME)
        return False

    def _is_word_a_name(self, place: int, strength: Strength, *, is_first: bool) -> bool:
        kind, is_capital = self.kinds[place], self.words[place][0].isupper()
        if not is_first:
            return is_capital or not kind & (_CONTEXT | SPEECH)
        if kind & (_CONTEXT | SPEECH) and not is_capital:
            return False
        if kind & ORDINARY and not is_capital and strength < Strength.STRONG:
            return strength >= Strength.WEAK and self._does_something(place)
        return strength >= Strength.WEAK

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
        if len(lower) < 3 or not _VOWEL.search(lower) or _VERB.fullmatch(lower):
            return False
        if not is_first:
            # A slip behind a name goes with it: nothing is lost that a curator would miss.
            return len(lower) >= 4
        if place == 0 or self._gap(place) not in (" ", ". "):
            return False
        if strength is Strength.STRONG:
            return not self._is_misspelt(lower, _CONTEXT | SKIPPED)
        if strength is not Strength.INTRODUCED and not self._is_doer(place):
            return False
        return strength >= Strength.WEAK and not self._is_misspelt(lower, _NO_NAME)

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


def _one_slip_away(word: str) -> Iterator[str]:
    """Give every word that one deletion, swap, replacement or insertion makes of this one."""
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
