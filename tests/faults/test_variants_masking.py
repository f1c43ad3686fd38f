"""Numbers and addresses in any writing are masked: whatever separates their parts, whatever digits they are written in.

`sinetral scrub` masks as the log of questions does; all lines go through one run of it.
"""

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.faults.commands import Shell
from tests.support.database import seeded

pytestmark = [pytest.mark.privacy, pytest.mark.faults, pytest.mark.full]

SEPARATORS = {
    "hyphen bullet": "\u2043",
    "minus sign": "\u2212",
    "figure dash": "\u2012",
    "horizontal bar": "\u2015",
    "two-em dash": "\u2e3a",
    "small hyphen": "\ufe63",
    "fullwidth hyphen": "\uff0d",
    "soft hyphen": "\u00ad",
    "no-break space": "\u00a0",
    "thin space": "\u2009",
    "narrow no-break space": "\u202f",
    "ideographic space": "\u3000",
    "middle dot": "\u00b7",
    "bullet": "\u2022",
    "katakana dot": "\u30fb",
    "one dot leader": "\u2024",
    "ideographic full stop": "\u3002",
    "fullwidth full stop": "\uff0e",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "left-to-right mark": "\u200e",
    "right-to-left override": "\u202e",
    "hangul filler": "\u3164",
    "braille blank": "\u2800",
    "tilde": "~",
    "asterisk": "*",
    "underscore": "_",
    "slash": "/",
    "fraction slash": "\u2044",
    "vertical line": "|",
    "comma": ",",
    "colon": ":",
    "plus": "+",
    "arrow": "\u2192",
    "ellipsis": "\u2026",
    "emoji": "\U0001f4de",
    "combining mark": "\u0301",
    "two dashes": "--",
    "dash and blank": "\u2013 ",
    "newline": "\n",
    "tab": "\t",
}
NUMBERS = {
    "phone": ("0812", "3456", "7890"),
    "foreign phone": ("+62", "812", "3456", "7890"),
    "nik": ("3374", "0112", "0590", "0003"),
    "nip": ("19870312", "201001", "1", "004"),
    "npwp": ("09", "254", "294", "3", "407", "000"),
    "account": ("1410", "0099", "8877"),
}
DIGITS = {
    "fullwidth": 0xFF10,
    "arabic": 0x0660,
    "persian": 0x06F0,
    "devanagari": 0x0966,
    "bold": 0x1D7CE,
    "double struck": 0x1D7D8,
    "monospace": 0x1D7F6,
    "bengali": 0x09E6,
}
WAYS_OF_MAIL = {
    "plain": "budi.santoso@contoh.example",
    "fullwidth sign": "budi.santoso\uff20contoh.example",
    "small sign": "budi.santoso\ufe6bcontoh.example",
    "invisible": "budi.san\u200btoso@con\u200btoh.example",
    "fullwidth letters": "\uff42\uff55\uff44\uff49@contoh.example",
    "soft hyphen": "budi\u00adsantoso@contoh.example",
}
PLATES = {
    "blanks": "H 1234 ABC",
    "no-break hyphen": "H\u20111234\u2011ABC",
    "thin space": "H\u20091234\u2009ABC",
    "fullwidth": "\uff28 \uff11\uff12\uff13\uff14 \uff21\uff22\uff23",
}
MAX_LEFT = 4
"""Digits of a number that may stay: no more than of a year or a page."""


def digits_of(text: str) -> str:
    """Return the digits of a text, of any script."""
    return "".join(str(unicodedata.digit(each)) for each in text if unicodedata.digit(each, None) is not None)


def written_in(number: str, zero: int) -> str:
    """Return a number in other digits."""
    return "".join(chr(zero + int(each)) if each.isdecimal() else each for each in number)


CASES: dict[str, str] = {
    **{
        f"{name} with {sign}": f"hubungi saya di {mark.join(parts)} soal like"
        for name, parts in NUMBERS.items()
        for sign, mark in SEPARATORS.items()
    },
    **{
        f"{name} with one {sign} alone": f"hubungi saya di {parts[0]}{mark}{''.join(parts[1:])} soal like"
        for name, parts in NUMBERS.items()
        for sign, mark in list(SEPARATORS.items())[::4]
    },
    **{
        f"{name} in {script} digits": f"nomor saya {written_in(''.join(parts), zero)} soal like"
        for name, parts in NUMBERS.items()
        for script, zero in DIGITS.items()
    },
    **{
        f"{name} in {script} digits with a dash": f"nomor saya {written_in(chr(0x2011).join(parts), zero)} soal like"
        for name, parts in list(NUMBERS.items())[:3]
        for script, zero in DIGITS.items()
    },
    **{
        f"{name}, every digit apart with {sign}": f"nomor {mark.join(''.join(parts).strip('+'))} soal like"
        for name, parts in list(NUMBERS.items())[:3]
        for sign, mark in list(SEPARATORS.items())[::5]
    },
}


@pytest.fixture(scope="module")
def scrubbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return what one run of the command made of every case."""
    folder: Path = tmp_path_factory.mktemp("scrub")
    texts = {
        **CASES,
        **{f"mail {name}": f"surel saya {mail} soal like" for name, mail in WAYS_OF_MAIL.items()},
        **{f"plate {name}": f"mobil dinas {plate} ke kampanye" for name, plate in PLATES.items()},
    }
    with seeded("sqlite", folder) as address:
        told = Shell(folder=folder, address=address).lines("scrub", texts=[{"text": each} for each in texts.values()])
    return dict(zip(texts, told, strict=True))


def test_every_writing_of_a_number_is_masked(scrubbed: dict[str, dict[str, Any]]) -> None:
    left = {name: scrubbed[name]["text"] for name in CASES if len(digits_of(scrubbed[name]["text"])) > MAX_LEFT}
    assert not left, f"{len(left)} of {len(CASES)} stand in clear: {dict(list(left.items())[:25])}"


@pytest.mark.parametrize("name", WAYS_OF_MAIL)
def test_every_writing_of_a_mail_address_is_masked(scrubbed: dict[str, dict[str, Any]], name: str) -> None:
    told = unicodedata.normalize("NFKC", scrubbed[f"mail {name}"]["text"])
    assert not re.search(r"budi|contoh", told), told


@pytest.mark.parametrize("name", PLATES)
def test_every_writing_of_a_plate_is_masked(scrubbed: dict[str, dict[str, Any]], name: str) -> None:
    told = unicodedata.normalize("NFKC", scrubbed[f"plate {name}"]["text"])
    assert "1234" not in told


def test_what_is_no_number_of_a_person_stays(scrubbed: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    plain = ["boleh like unggahan calon?", "UU 20/2023 Pasal 9 ayat (2) bagaimana?", "Pilkada 2024 dan 2029 beda?"]
    with seeded("sqlite", tmp_path) as address:
        told = Shell(folder=tmp_path, address=address).lines("scrub", texts=[{"text": each} for each in plain])
    assert [each["text"] for each in told] == plain


def test_scrub_says_what_the_log_would_not_store(tmp_path: Path) -> None:
    texts = ["boleh like unggahan calon?", "di Qwortel Zimbrax boleh?", "kode 123 456 ini", "nik3374011205900003 saya"]
    with seeded("sqlite", tmp_path) as address:
        told = Shell(folder=tmp_path, address=address).lines("scrub", texts=[{"text": each} for each in texts])
    assert [each["stored"] for each in told] == [True, False, False, True]
