"""What a piece of personal data in a text is, and the words of a text that is looked through."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class PersonalData(StrEnum):
    """What a placeholder stands for; the value stands in the brackets."""

    NIP = "NIP"
    NIK = "NIK"
    NPWP = "NPWP"
    PHONE = "TELEPON"
    EMAIL = "EMAIL"
    LINK = "URL"
    HANDLE = "AKUN"
    ACCOUNT = "REKENING"
    PLATE = "PLAT"
    LETTER = "NOMOR_SURAT"
    BIRTH_DATE = "TANGGAL_LAHIR"
    ADDRESS = "ALAMAT"
    UNIT = "UNIT"
    NUMBER = "NOMOR"
    NAME = "NAMA"

    @property
    def placeholder(self) -> str:
        """Return what stands in the text instead."""
        return f"[{self.value}]"


def words_in(text: str) -> frozenset[str]:
    """Return the words of a constant list, written as one text."""
    return frozenset(text.split())


PLACEHOLDER = re.compile(r"\[(?:" + "|".join(kind.value for kind in PersonalData) + r")\]")


@dataclass(frozen=True, kw_only=True)
class Found:
    """One piece of personal data in a text."""

    start: int
    end: int
    kind: PersonalData


HIDDEN = "\x00"
"""Stands in the working copy for every character that no pattern may read."""
_WORD = re.compile(r"[^\W\d_]+(?:['`][^\W\d_]+)*")


class Words:
    """The words of one text and where they stand; what needs a certain word is looked for there alone."""

    def __init__(self, text: str) -> None:
        """Split a text once for everything that looks into it."""
        matches = list(_WORD.finditer(text))
        self.starts = [match.start() for match in matches]
        self.ends = [match.end() for match in matches]
        self.written = [match.group() for match in matches]
        self.lower = [word.lower() for word in self.written]
        self.known = frozenset(self.lower)

    def have(self, wanted: frozenset[str]) -> bool:
        """Say whether one of these words stands in the text."""
        return not wanted.isdisjoint(self.known)

    def places_of(self, wanted: frozenset[str]) -> list[int]:
        """Return where these words begin, from left to right."""
        if wanted.isdisjoint(self.known):
            return []
        return [start for start, word in zip(self.starts, self.lower, strict=True) if word in wanted]


def finds(
    pattern: re.Pattern[str], text: str, kind: PersonalData, group: str | None = None, places: list[int] | None = None
) -> Iterator[Found]:
    """Yield every match; of a pattern with a named group only that group, where it took part.

    Args:
        places: where alone the pattern may begin, from left to right; anywhere when None.
    """
    if places is None:
        matches = pattern.finditer(text)
    else:
        matches = (match for place in places if (match := pattern.match(text, place)) is not None)
    for match in matches:
        named = group if group is not None and match[group] is not None else 0
        yield Found(start=match.start(named), end=match.end(named), kind=kind)
