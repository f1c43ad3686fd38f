"""Names of people, and of the small units that give a person away, found by context and by a gazetteer.

A word is taken for a name because of what stands before it ("nama saya", "pak", "calon", "teman saya"), because it is a
name and nothing else, or because it stands beside one. Words that are names and ordinary words too ("Indah", "Agung")
need the context.
"""

import re
from collections.abc import Iterator

from bot.core.privacy.name_lexicon import (
    BEFORE_PERSON,
    CANDIDATE,
    CONTEXT,
    HONORIFIC,
    KIN,
    NAME,
    NAME_OR_WORD,
    NO_NAME,
    OFFICE,
    ORDINARY,
    PLACE,
    PLACE_SIDE,
    PLACE_WORD,
    PROPER,
    SKIPPED,
    SPEECH,
    UNIT,
    NameLexicon,
    WordList,
)
from bot.core.privacy.name_parts import MAX_TOKENS, NEXT_GAPS, PARTICLES, VERB, VOWEL, Hit, Strength
from bot.core.privacy.personal_data import Found, PersonalData, Words, words_in
from bot.core.privacy.regional_names import RegionalNames
from bot.core.privacy.regional_words import BIRTH_ORDER, REGIONAL_WORDS, TITLES_AND_NAMES

_SCHOOLS_OF_THE_STATE = words_in("sdn smpn sman smkn mtsn man min slbn tkn smun")
_UNIT_SORTS = words_in(
    "negeri neg n swasta pembantu islam terpadu induk satap inpres plus pasar samsat pendidikan kelas jami rawat inap "
    "iia iib ia ib ii iii ki nyi"
)
"""What may stand between a unit and its name or number."""
_UNIT_NUMBER = re.compile(r" ?\d{1,3}\b(?![./\d])")
MAX_TOKENS_OF_UNIT = 4
_NO_PERSON_BEFORE_AGUNG = words_in("jaksa mahkamah hakim masjid kejaksaan ratu raja hari nabi istana")
_SHORT_UNITS = words_in("kel kec ds dsn kp perum")
_LOWER_NOT_UNIT = words_in("mi min man mis kp ds rs kel pura banjar bps univ tk dukuh")
"""In lower case these are chat words ("min" is the admin) or too common."""
_INTRODUCTIONS = re.compile(
    r"\b(?:nama(?:ku| ?(?:saya|sy|aku|gw|gue|ane|abdi|kulo|kula|ulun|tiang|lengkap|asli|panggilan|beliau|dia|nya|"
    r"orangnya|calon(?:nya)?|atasan(?: saya)?|kades(?:nya)?|pejabat(?:nya)?|teman(?: saya)?))?"
    r"(?: ?(?:saya|sy|adalah|ialah|itu|yaitu|yakni|tu|teh|:|=))*"
    r"|namanya|nmaku|bernama|atas nama|a\.? ?n\.|a/n\.?|an\.|perkenalkan,? (?:nama )?(?:saya|sy|aku|kami)"
    r"|kenal(?:in|kan),? (?:gw|aku|saya|gue)|panggil (?:saya|sy|aja|saja|aku|gw)(?: (?:aja|saja))?"
    r"|ttd\.?|tertanda|hormat (?:saya|kami)|salam hormat|dipanggil|inisial|alias|dengan (?:saudara|sdr)"
    r"|wassalam|pengirim|pelapor|terlapor|dari|nm|ini dengan|di?tanda ?tangani"
    r"|(?:kepada )?yth\.?|sdri?\.?|saksi|korban|ybs|tembusan|u\.? ?b\.?|up\.?|mengetahui)"
    r"[ ]?(?P<mark>[:,=\-]?)\s*",
    re.IGNORECASE,
)
_INTRODUCING = words_in(
    "nama namaku nmaku namanya bernama atas an a perkenalkan kenalin kenalkan panggil ttd tertanda hormat dipanggil "
    "inisial alias wassalam pengirim pelapor terlapor nm tangani salam dari yth "
    "saksi korban ybs tembusan u ub up mengetahui"
)
_NEEDS_MARK = frozenset(
    {
        "dari",
        "pengirim",
        "nama",
        "pelapor",
        "terlapor",
        "an.",
        "nm",
        "wassalam",
        "salam hormat",
        "ttd",
        "yth",
        "yth.",
        "saksi",
        "korban",
        "ybs",
        "tembusan",
        "u.b.",
        "ub",
        "up",
        "up.",
        "mengetahui",
    }
)
"""Introductions that name somebody only with a colon, comma or dash behind them, or a capital letter."""
_GAPS_OF_CONTEXT = NEXT_GAPS | frozenset(
    {": ", ":", ", ", "/", " / ", " : ", ' "', " (", "= ", " = ", "\n", ",", " - "}
)
_ALSO_CHAT = words_in("h hj dr ir ny ka dg ci aki neng rr rd wa gung uda")
_PRONOUNS = words_in("saya aku sy gw gue gua ane abdi kulo kula ulun tiang ambo awak beta sayah aq ak si sama ama oleh")
_LOCATIVES = words_in(
    "di ke dari pada aplikasi merk merek kota kab kabupaten provinsi prov grup acara lagu film partai akun situs web "
    "produk toko pasar pulau pantai gunung danau selat stasiun bandara terminal lapangan gedung hotel kafe rumah makan"
)
"""Behind these a capital begins a place or a thing."""
_PASSIVE = re.compile(r"(?:di|men[a-z]|meng|mem|ber|ter|nge?)[a-z]{3,}|menang|kalah|sudah|udah|belum|mau|akan|pernah")
_JOINTS = re.compile(r"\s*(?:[-&/,+;]|(?:[,;]\s*)?(?:dan|sama|dg|dgn|dengan|serta|maupun)|[,;.]?\s*\(?\d{1,2}[.)])\s*")
MAX_ABBREVIATION = 4
"""Letters of a title that a dot may follow: "Drs.", "Sdri."."""
MAX_JOINED = 30
"""Names of a list that are taken because of the one before."""
_JOINING_WORDS = words_in("dan sama dg dgn dengan serta maupun")
_ALWAYS_JOINS = re.compile(r"[&/+]|\d[.)]")
_END_OF_ENTRY = re.compile(r" ?(?:[,;.)(]|\d{1,2}[.)]|$)| (?:dan|sama|serta|maupun)\b")
_POINTING = words_in("itu tu yang yg ini")
MIN_UNKNOWN = 5
"""Letters of an unknown word that begins a sentence and may name somebody."""
_ALWAYS_PERSONS = words_in("si sama ama bareng kepada oleh")


def find_names(text: str, lexicon: NameLexicon, words: Words) -> Iterator[Found]:
    """Yield names of people and of small units, from left to right, without overlaps.

    Args:
        text: with what was found before, and what is never masked, hidden.
        words: of the text.
    """
    tokens = _Tokens(text, lexicon, words)
    introduced = tokens.after_introductions() if words.have(_INTRODUCING) else {}
    introduced.update(tokens.after_titles())
    place = 0
    while place < len(tokens.words):
        found = tokens.regional_at(place) if tokens.lower[place] in REGIONAL_WORDS else None
        if found is None and (place in introduced or not tokens.is_plain(place)):
            found = tokens.unit_at(place) or tokens.name_at(place, introduced.get(place, Strength.NONE))
        if found is None:
            place += 1
            continue
        yield tokens.as_found(found)
        place = max(found[1], place + 1)
        for _ in range(MAX_JOINED):
            found = tokens.joined_at(place, found[2]) if found[3] is PersonalData.NAME else None
            if found is None:
                break
            yield tokens.as_found(found)
            place = found[1]


class _Tokens(RegionalNames):
    """The words of one text, and what of them a context says to be a person's or a small unit's."""

    def after_introductions(self) -> dict[int, Strength]:
        """Return the tokens before which somebody introduces a person."""
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

    def unit_at(self, place: int) -> Hit | None:
        """Return the named unit that begins here: "SDN 3 Sukamaju", "desa sukarame", "kades ciparigi"."""
        if not self.kinds[place] & UNIT:
            return None
        word, lower = self.words[place], self.lower[place]
        if word == lower and lower in _LOWER_NOT_UNIT:
            return None
        after, end, is_numbered = self._after_unit(place)
        last = after
        while last < len(self.words) and last - after < MAX_TOKENS_OF_UNIT and self._is_unit_gap(place, end, last):
            if not self._is_unit_name(last, is_first=last == after, is_numbered=is_numbered):
                break
            end, last = self.ends[last], last + 1
        if last > after and self.kinds[place] & OFFICE:
            # "kades ciparigi": the office may be said, the village not.
            is_person = self.kinds[after] & (NAME | NAME_OR_WORD)
            is_large = all(self.kinds[name] & PLACE for name in range(after, last))
            return None if is_person or is_large else (after, last, end, PersonalData.UNIT)
        if last > after or (is_numbered and lower in _SCHOOLS_OF_THE_STATE):
            return place, last, end, PersonalData.UNIT
        return None

    def _after_unit(self, place: int) -> tuple[int, int, bool]:
        """Skip what stands between a unit and its name: "SMK Negeri 4"; returns token, end, whether it is numbered."""
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
            kind & (CONTEXT | SKIPPED | SPEECH)
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
        if lower in PARTICLES:
            return True
        if len(lower) < 4 or not VOWEL.search(lower) or VERB.match(lower) or self._lexicon.is_ordinary(lower):
            return False
        return not self._is_slip(lower, NO_NAME)

    def name_at(self, place: int, introduced: Strength) -> Hit | None:
        """Return the name that begins here or behind the context that begins here."""
        if introduced:
            hit = self._called(self._skip(place, HONORIFIC), introduced) or self._called(place, introduced)
            if hit is not None:
                return hit
        kind = self.kinds[place]
        if kind & CONTEXT:
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

    def joined_at(self, place: int, end: int) -> Hit | None:
        """Return the name that a comma, dash or "dan" joins to the one before: "paslon Sukardi - Titin, Pak Maryo"."""
        if place >= len(self.words):
            return None
        first = place + 1 if self.lower[place] in _JOINING_WORDS else place
        if first >= len(self.words) or not _JOINTS.fullmatch(self._text, end, self.starts[first]):
            return None
        kind = self.kinds[first]
        if kind & NAME or (kind & NAME_OR_WORD and not kind & ORDINARY):
            return self._collect(first, Strength.WEAK)
        is_always = first > place or _ALWAYS_JOINS.search(self._text, end, self.starts[first]) is not None
        if (self._is_title_text and not is_always) or not self._is_capital_name(first):
            return None
        hit = self._collect(first, Strength.WEAK)
        # Behind a comma a list must go on: what begins a clause there may be anything.
        is_entry = is_always or hit is None or _END_OF_ENTRY.match(self._text, hit[2]) is not None
        return hit if is_entry else None

    def _after_context(self, place: int) -> Hit | None:
        strength = self._strength(place)
        if not strength:
            return None
        following = place + 1
        while following < len(self.words) and following - place < MAX_TOKENS:
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
        hit = self._called(following, strength)
        last = following - 1
        if hit is None and last > place and self.lower[last] in TITLES_AND_NAMES and strength >= Strength.STRONG:
            return last, following, self.ends[last], PersonalData.NAME
        return hit

    def _called(self, place: int, strength: Strength) -> Hit | None:
        """Return the name behind a form of address or an introduction, also one that is a title elsewhere."""
        if strength >= Strength.STRONG and self.lower[place] in BIRTH_ORDER:
            return self._balinese_at(place, is_called=True)
        hit = self._collect(place, strength)
        if hit is None and strength >= Strength.STRONG and self.lower[place] in TITLES_AND_NAMES:
            after = place + 1
            tail = self._collect(after, strength) if after < len(self.words) and self._gap(after) == " " else None
            return (place, *tail[1:]) if tail else (place, after, self.ends[place], PersonalData.NAME)
        return hit

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
        if "." in gap and len(self.lower[place - 1]) > MAX_ABBREVIATION:
            return False
        return gap in _GAPS_OF_CONTEXT

    def _skip(self, place: int, kinds: int) -> int:
        last = min(len(self.words) - 1, place + MAX_TOKENS)
        while place < last and self.kinds[place] & kinds and self._strength(place):
            place += 1
        return place

    def _name_or_word(self, place: int) -> Hit | None:
        """Take a word that is also a name where somebody speaks, is spoken to, or a name follows."""
        before, after = place - 1, place + 1
        if before >= 0 and self._gap(place) == "-" and self.words[before].islower():
            # "di-cut", "nge-like"
            return None
        follows = after < len(self.words) and self._text[self.ends[place] : self.starts[after]] == " "
        if follows and self.kinds[after] & NAME:
            return self._collect(place, Strength.WEAK)
        is_capital = self.words[place][0].isupper()
        if before >= 0 and self._text[self.ends[before] : self.starts[place]] == " ":
            if self.lower[before] == "si" or (self.kinds[before] & BEFORE_PERSON and is_capital):
                return self._collect(place, Strength.WEAK)
            is_inside = not self.words[before][0].isupper() or bool(self.kinds[before] & ORDINARY and before == 0)
            is_inside = is_inside and not self.kinds[place] & (PLACE | CONTEXT)
            if is_capital and is_inside and not (follows and self._is_title_case(after)):
                return self._collect(place, Strength.WEAK)
            if is_capital and is_inside and follows and self._is_name_like(after):
                return self._collect(place, Strength.WEAK)
        if is_capital and before < 0 and follows and not self._is_title_text and self._is_second_name(after):
            return self._collect(place, Strength.WEAK)
        if follows and self.kinds[after] & SPEECH and not self.kinds[place] & ORDINARY:
            return self._collect(place, Strength.WEAK)
        if follows and is_capital and self.kinds[after] & SPEECH:
            return self._collect(place, Strength.WEAK)
        return None

    def _is_second_name(self, place: int) -> bool:
        """Say whether a capitalised word that is a name too, but hardly anything else, ends a name here."""
        kind, after = self.kinds[place], place + 1
        if not self.words[place][0].isupper() or not kind & NAME_OR_WORD or kind & (PROPER | PLACE):
            return False
        return after >= len(self.words) or not self.words[after][0].isupper()

    def _is_title_case(self, place: int) -> bool:
        """Say whether a word is capitalised and no name: "Hari Guru" is no person."""
        return self.words[place][0].isupper() and not self._is_name_like(place)

    def _unknown(self, place: int) -> Hit | None:
        """Take an unknown word where a sure name follows, or a capitalised one that can hardly be anything else."""
        after = place + 1
        if after < len(self.words) and self.lower[after] in ("bin", "binti"):
            return self._collect(place, Strength.INTRODUCED)
        is_capital = self.words[place][0].isupper()
        if after < len(self.words) and self.kinds[after] & NAME and self._gap(after) in NEXT_GAPS:
            if is_capital:
                return self._collect(place, Strength.WEAK)
            is_name = place > 0 and self._is_unknown_a_name(place, Strength.INTRODUCED, is_first=True)
            return self._collect(place, Strength.INTRODUCED) if is_name else None
        if not is_capital or len(self.words[place]) < 3:
            return None
        before = place - 1
        if (before >= 0 and self._is_somebody_here(place)) or self._is_spoken_of(place):
            return self._collect(place, Strength.WEAK)
        if before >= 0 and (self.lower[before] in _LOCATIVES or not self._is_running_text(before)):
            return None
        if after < len(self.words) and self._gap(after) == " " and (self._is_name_like(after) or self._does(after)):
            return self._collect(place, Strength.WEAK)
        return None

    def _is_somebody_here(self, place: int) -> bool:
        """Say whether "saya" or "bareng" stands before, or, in a copied chat, the time: "[09.14] Zorblatta:"."""
        before, gap = self.lower[place - 1], self._gap(place)
        if gap == " " and (before in _PRONOUNS or (before in _ALWAYS_PERSONS and self._is_capital_name(place))):
            return True
        return "]" in gap and self._text[self.ends[place] : self.ends[place] + 1] == ":"

    def _is_spoken_of(self, place: int) -> bool:
        """Say whether a sentence begins with an unknown word that somebody is told about: "Riduwan itu PNS"."""
        after, lower = place + 1, self.lower[place]
        if place or after >= len(self.words) or self._gap(after) != " " or self._is_title_text:
            return False
        if self.lower[after] not in _POINTING or len(lower) < MIN_UNKNOWN:
            return False
        return not self._lexicon.is_ordinary(lower) and not self._is_slip(lower, NO_NAME)

    def _does(self, place: int) -> bool:
        return bool(self.kinds[place] & SPEECH) or bool(_PASSIVE.fullmatch(self.lower[place]))

    def _is_running_text(self, place: int) -> bool:
        """Say whether a word is written as in a sentence: in a line of capitals a capital says nothing."""
        return not self.words[place][0].isupper() or place == 0


__all__ = ["NameLexicon", "WordList", "find_names"]
