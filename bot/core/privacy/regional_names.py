"""Names that begin with a regional form, or behind a title in initials: "I Gede Arta", "R.A. Kartini"."""

from bisect import bisect_left

from bot.core.privacy.name_lexicon import (
    BEFORE_PERSON,
    CANDIDATE,
    HONORIFIC,
    NAME,
    NAME_OR_WORD,
    OFFICE,
    ORDINARY,
    PROPER,
    SPEECH,
)
from bot.core.privacy.name_parts import MAX_TOKENS, NEXT_GAPS, Hit, NameParts, Strength
from bot.core.privacy.personal_data import PersonalData
from bot.core.privacy.regional_words import (
    BIRTH_ORDER,
    BIRTH_ORDER_ALONE,
    CASTE_OF_BALI,
    MARKERS_OF_BALI,
    SECOND_OF_BALI,
    TITLES_BEFORE_CAPITAL,
    clerical_titles,
)


class RegionalNames(NameParts):
    """Names behind what stands before them in the regions and in clerks' writing."""

    def after_titles(self) -> dict[int, Strength]:
        """Return the tokens behind titles in initials: "R.A. Kartini"; what has a capital there is a name."""
        found: dict[int, Strength] = {}
        for name, start in clerical_titles(self._text):
            place = bisect_left(self.starts, name)
            if place < len(self.starts) and self.starts[place] == name and self.kinds[place] != ORDINARY | PROPER:
                found[place] = Strength.TITLED
                self._title_starts[place] = start
        return found

    def regional_at(self, place: int) -> Hit | None:
        """Return the name that a regional form begins here: "I Gede Arta", "Lalu Sapoan", "ko Aliong"."""
        lower = self.lower[place]
        after = place + 1
        if lower in MARKERS_OF_BALI or lower in BIRTH_ORDER or self.lower[place : place + 2] == CASTE_OF_BALI:
            return self._balinese_at(place, is_called=False) or self._behind_particle(place)
        if after >= len(self.words) or not (lower == "lalu" or lower in TITLES_BEFORE_CAPITAL):
            return None
        if self._gap(after) not in (" ", ". ") or self.kinds[place] & HONORIFIC:
            return None
        if lower == "lalu" and not (self.words[place] == "Lalu" and self._is_capital_name(after)):
            return None
        if not (self._is_capital_name(after) or not self.kinds[after] or self.kinds[after] & NAME):
            return None
        hit = self._collect(after, Strength.WEAK)
        return (place if lower == "lalu" else hit[0], *hit[1:]) if hit else None

    def _behind_particle(self, place: int) -> Hit | None:
        """Return the name behind the particle of Bali, Sulawesi and Mandar, which has a capital: "I Cicci"."""
        after = place + 1
        if self.words[place] != "I" or after >= len(self.words) or self._gap(after) != " ":
            return None
        hit = self._collect(after, Strength.WEAK) if self._is_capital_name(after) else None
        return (place, *hit[1:]) if hit else None

    def _balinese_at(self, place: int, *, is_called: bool) -> Hit | None:
        """Return a name with birth-order names of Bali: "I Gede Arta", "ni made sulastri", behind "pak" also "gede"."""
        if self.lower[place : place + 2] == CASTE_OF_BALI:
            first = place + 2
        else:
            first = place + 1 if self.lower[place] in MARKERS_OF_BALI else place
        last, has_marker = first, first > place
        while last < len(self.words) and last - first < MAX_TOKENS and (last == place or self._gap(last) == " "):
            if self.lower[last] not in (SECOND_OF_BALI if last > first or has_marker else BIRTH_ORDER):
                break
            last += 1
        order = self.lower[first:last]
        is_sure = not BIRTH_ORDER_ALONE.isdisjoint(order)
        if not order or (self.lower[place] in ("i", "ni") and BIRTH_ORDER.isdisjoint(order)):
            return None
        is_lower = all(word.islower() for word in self.words[first:last])
        tail = self._tail_of_balinese(last, is_lower=is_lower, is_sure=is_sure or has_marker or is_called)
        is_enough = is_sure or is_called or (has_marker and (not is_lower or self._is_followed_by_deed(last)))
        if tail is None and not is_enough:
            return None
        return (
            (place, tail[1], tail[2], PersonalData.NAME)
            if tail
            else (place, last, self.ends[last - 1], PersonalData.NAME)
        )

    def _is_followed_by_deed(self, place: int) -> bool:
        """Say whether somebody does something here: "i made ikut kampanye", not "ni gede banget"."""
        if place >= len(self.words) or self._gap(place) != " ":
            return False
        return bool(self.kinds[place] & (SPEECH | BEFORE_PERSON | CANDIDATE | OFFICE))

    def _tail_of_balinese(self, place: int, *, is_lower: bool, is_sure: bool) -> Hit | None:
        if place >= len(self.words) or self._gap(place) not in NEXT_GAPS:
            return None
        if self._is_capital_name(place) or self.kinds[place] & NAME:
            return self._collect(place, Strength.INTRODUCED)
        is_capital = self.words[place][0].isupper()
        if is_sure and self.kinds[place] & NAME_OR_WORD and (is_capital or not self.kinds[place] & ORDINARY):
            return self._collect(place, Strength.INTRODUCED)
        return self._collect(place, Strength.INTRODUCED) if is_sure and is_lower and not self.kinds[place] else None
