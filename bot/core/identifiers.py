"""Structured personal data in a text: numbers, addresses of every sort, and what must never be taken for them.

Source of the forms: `measured-facts.md`, part C; plates: Perkap 7/2021 (regional codes); NIP: Perka BKN 22/2007 (birth
date, date of entry, sex, serial number); NIK: UU 23/2006 Pasal 13 and PP 40/2019 (region, birth date with 40 added to
a woman's day, serial number).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.number_runs import FEWEST_OF_A_NUMBER, INNER_GAP, MARK, SEPARATOR, runs_of_digits


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
        """Give what stands in the text instead."""
        return f"[{self.value}]"


def words_in(text: str) -> frozenset[str]:
    """Give the words of a constant list, written as one text."""
    return frozenset(text.split())


PLACEHOLDER = re.compile(r"\[(?:" + "|".join(kind.value for kind in PersonalData) + r")\]")


@dataclass(frozen=True, kw_only=True)
class Found:
    """One piece of personal data in a text."""

    start: int
    end: int
    kind: PersonalData


_DOTTED = re.compile(r"\w\.\w")
FEWEST_DIGITS = 6
"""A text with fewer holds no number that names a person."""
HIDDEN = "\x00"
"""Stands in the working copy for every character that no pattern may read."""

# What is never masked --------------------------------------------------------------------------------------------

_JOIN = r"[ ./|*~+=_:\\#-]{0,3}"
"""What may stand in a number of somebody, but not in a list of articles."""
_MONTH = r"(?:jan|feb|peb|mar|apr|mei|jun|jul|agu|ags|agt|sep|okt|nov|nop|des)[a-z]*"
_LAW = (
    r"(?:uud?|undang[- ]?undang|uu no|pp|perp+u|perpres|keppres|kepres|inpres|permen\w*|perka|perkab?an|peraturan|pkpu|"
    r"perbawaslu|perban|se|surat edaran|edaran|skb|keputusan bersama|kepmen\w*|keputusan (?:menteri|kpu|bawaslu)\w*|"
    r"putusan|putusan mk|mk|perda|pergub|perbup|perwali|qanun|kuhp|kitab)"
)
_LAW_WORDS = words_in(
    "uu uud undang pp perpu perppu perpres keppres kepres inpres perka perkab perkaban peraturan pkpu "
    "perbawaslu perban se edaran skb keputusan kepmen putusan mk perda pergub perbup perwali qanun kuhp kitab "
    "permen permenpan permenpanrb permendagri permenkes permendikbud permenag permenkeu kepmenpan kepmendagri "
    "menpan menpanrb bawaslu kpu"
)
_NO_LONG_NUMBER = rf"(?!\d(?:{_JOIN}\d){{8}})"
"""No citation has nine digits in a row; a telephone number behind "pp" or "mk" is none."""
_NUMBER_OF_LAW = rf"(?:{_NO_LONG_NUMBER}\d[\w./-]*)"
_CITATIONS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    # A law, with its number, its year, and what is listed after it in the same way.
    (
        re.compile(
            rf"{_LAW}\b(?:[ ,.]+[a-z]+){{0,4}}?[ ,.]*(?:(?:no|nomor|nmr|nmor)\b[ .:]*)?{_NUMBER_OF_LAW}"
            rf"(?:[ ,.]*(?:tahun|thn|th|/)[ .]*\d{{2,4}})?"
            rf"(?:(?:[ ,;]+(?:dan )?)(?:(?:no|nomor)\b[ .:]*)?{_NUMBER_OF_LAW}[ ,.]*(?:tahun|thn)[ .]*\d{{4}})*",
            re.IGNORECASE,
        ),
        _LAW_WORDS,
    ),
    (
        re.compile(
            rf"(?:pasal|psl|ps|pasl|ayat|ayt|angka|huruf|bab|lampiran|butir)\b[ .]*\(?{_NO_LONG_NUMBER}"
            r"(?:\d+|[ivx]+)\)?[a-z]?\b"
            r"(?:[ ,]*(?:dan|s/d|sampai|-|,)?[ ]*\(?\d{1,3}\)?[a-z]?\b)*",
            re.IGNORECASE,
        ),
        words_in("pasal psl ps pasl ayat ayt angka huruf bab lampiran butir"),
    ),
    (
        re.compile(r"(?:nomor|no)[ .]*\d{1,3}[ ,]*(?:tahun|thn|th)[ .]*\d{4}\b", re.IGNORECASE),
        frozenset({"nomor", "no"}),
    ),
)
_RULING = re.compile(r"\b\d+/PUU-[IVXL]+/\d{4}\b", re.IGNORECASE)
_MONEY = re.compile(
    r"\b[Rr][Pp]\.?\s?(?!0\d)\d[\d.,]{0,24}(?:\s?(?:ribu|rb|juta|jt|miliar|milyar|m|triliun|k))?\b"
    r"|(?<![\d.\-])\b\d[\d.,]{0,24}\s?(?:[Rr]upiah|perak|ribu|rb|[Jj]uta|jt|[Mm]iliar|milyar|triliun)\b"
)
_ROUND_AMOUNT = re.compile(r"(?<![\d.\-])\b\d{1,3}(?:\.000){1,4}\b(?![.\-]\d)")
_RUN_BEFORE = re.compile(rf"(?:\d|{SEPARATOR})*$")
LONGEST_BEFORE = 16
FEWEST_BEFORE = 5
"""Digits that stand right before a round amount and make it the end of a longer number."""
_DATE = re.compile(
    rf"(?<![\w\-/.])(?:[0-3]?\d ?- ?)?(?:[0-3]?\d)[-/. ](?:[01]?\d)[-/. ](?:19|20)\d\d(?![\d]|[-/.]\d)"
    rf"|(?<![\d\-/.])(?:19|20)\d\d-[01]\d-[0-3]\d(?![\d]|[-/.]\d)"
    rf"|\b[0-3]?\d[ -]*{_MONTH}[ -]*(?:19|20)?\d\d\b",
    re.IGNORECASE,
)

# What is masked --------------------------------------------------------------------------------------------------

_NIP = re.compile(
    rf"(?<!\d)(?:19|20)\d\d{INNER_GAP}(?:0[1-9]|1[0-2]){INNER_GAP}(?:[0-2]\d|3[01]){INNER_GAP}"
    rf"(?:19|20)\d\d{INNER_GAP}(?:0[1-9]|1[0-2]|2[1-9]){INNER_GAP}[12]{INNER_GAP}\d{INNER_GAP}\d{INNER_GAP}\d(?!\d)"
)
_PHONE = re.compile(
    rf"(?<![\d/])(?:\(?\+{SEPARATOR}{{0,2}}6{INNER_GAP}2\)?|6{INNER_GAP}2|[0oO]|\(0\)){INNER_GAP}8"
    rf"(?:{INNER_GAP}(?:\d|[oOlI](?![A-HJ-NP-Za-kmnp-z]))){{8,12}}(?![\d])"
    rf"|(?<![\w\d/.])8\d{{2}} ?(?:{MARK}| ) ?\d{{3,4}} ?(?:{MARK}| ) ?\d{{3,5}}(?![\d])"
    r"|(?<![\w\d/.])8[1235789]\d{7,10}(?![\d])"
    rf"|(?<![\w\d/])\(0\d{{2,3}}\){INNER_GAP}\d{{3,4}}{INNER_GAP}\d{{2,5}}(?!\d)"
    rf"|(?<![\w\d/.])0[2-9]\d{{1,2}} ?(?:{MARK}| ) ?\d{{3,4}}{INNER_GAP}\d{{2,4}}(?![\d/])"
)
_SPOKEN_DIGIT = r"(?:nol|kosong|satu|dua|tiga|empat|ampat|lima|enam|anam|tujuh|delapan|lapan|sembilan)"
_SPOKEN_PHONE = re.compile(
    rf"\b(?:nol|kosong){SEPARATOR}{{0,3}}delapan(?:{SEPARATOR}{{1,3}}{_SPOKEN_DIGIT}){{5,12}}\b", re.IGNORECASE
)
_NPWP = re.compile(
    rf"(?<!\d)\d{{2}}{INNER_GAP}\d{{3}}{INNER_GAP}\d{{3}}{INNER_GAP}\d{INNER_GAP}\d{{3}}{INNER_GAP}\d{{3}}(?!\d)"
)
_NIK_SHAPE = re.compile(
    r"(?:1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-7])\d{4}(?:[0-2]\d|3[01]|[4-6]\d|7[01])(?:0[1-9]|1[0-2])\d{6}"
)
_LOCAL = r"(?<![\w.+%-])[\w.+%-]{1,64}"
"""Of an e-mail address, RFC 5321; bounded, so that a long text takes no longer than its length asks."""
_EMAIL_END = r"(?:com|co|id|go|net|org|ac|sch|mail|desa|web|me|info|xyz)\b"
_AT = rf"(?: ?@ ?| ?[\[({{<] ?(?:at|et|a|@) ?[\])}}>] ?|{SEPARATOR}{{1,3}}(?:at|et)\b{SEPARATOR}{{1,3}})"
_DOT = (
    rf"(?: ?[.,~:_|*] ?| ?[\[({{<] ?(?:dot|titik|\.) ?[\])}}>] ?|{SEPARATOR}{{1,3}}(?:dot|titik)\b{SEPARATOR}{{1,3}})"
)
_EMAIL = re.compile(
    rf"{_LOCAL}{_AT}[A-Za-z0-9-]{{1,63}}(?:{_DOT}[A-Za-z0-9-]{{1,63}}){{0,2}}?(?:{_DOT}{_EMAIL_END}){{1,4}}"
    rf"|{_LOCAL}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,6}}",
    re.IGNORECASE,
)
_EMAIL_WORDS = frozenset({"at", "et", "a"})
_WORD = re.compile(r"[^\W\d_]+(?:['`][^\W\d_]+)*")
_ROAD_WORDS = words_in("jl jln jalan gg gang lorong lrg")
_NEIGHBOURHOOD_WORDS = frozenset({"rt", "rw", "blok", "blk", "gg", "gang", "kode", "kodepos"})
_ACCOUNT_WORDS = words_in("username usn akun akunnya ig ignya instagram tiktok twitter telegram")
_BIRTH_WORDS = words_in("lahir ttl lhr kelahiran lahirnya kelahirannya born ultah ulang")
_LETTER_WORDS = frozenset({"nomor", "nomer", "nmr", "no"})
_LINK = re.compile(
    r"\b(?:https?|hxxps?)://[^\s\]]+|\bwww\.[^\s\]]+"
    r"|(?<![a-z0-9.-])(?:[a-z0-9-]{1,63}\.){1,6}(?:com|id|net|org|me|ly|gl|link|info|xyz|io|app|page|site|online|co|tv|gle|ee|be|to|cc|my|sg|us|uk|cloud|dev|ai|gg|news|desa)\b(?:/[^\s\]]*)?",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"(?<![\w@])@ ?[A-Za-z0-9_](?:[A-Za-z0-9_.]*[A-Za-z0-9_])(?:@[A-Za-z0-9_.]*[A-Za-z0-9_])*"
    r"|\b(?:ig|insta|instagram|tele|telegram|twitter|tiktok|tik tok|fb|facebook|line|threads?|youtube|yt|username|"
    r"usn|user|id|akun|akunnya|ignya|fbnya|signal)(?:nya| saya| sy| ku| gw)? ?[:=] ?(?P<handle>[A-Za-z0-9][\w.\-]{2,})"
    r"|\b(?:username|usn|akun(?:nya)?|ig(?:nya)?|instagram|tiktok|twitter|telegram) "
    r"(?P<marked>(?=[.]*[a-z])[a-z._]{1,64}\d[\w.]*)",
    re.IGNORECASE,
)
_HANDLE_WITH_MARK = re.compile(r"(?<![\w@])(?=[\w.]{0,64}[A-Za-z])[A-Za-z0-9][A-Za-z0-9.]*_[A-Za-z0-9_.]*[A-Za-z0-9]")
_ACCOUNT = re.compile(
    r"\b(?:no(?:mor|\.)? ?rek(?:ening)?|norek|rek(?:ening)?|a/c|va|virtual account|bca|bri|bni|btn|bsi|mandiri|bjb|"
    r"bank \w+|danamon|permata|cimb|seabank|jago|dana|ovo|gopay|go-pay|shopeepay|linkaja|kartu (?:debit|kredit)|"
    r"tf ke|transfer ke|bank)\b[^\d\[\]\n]{0,24}?"
    rf"(?P<number>\d(?:{INNER_GAP}\d){{5,18}})(?!\d)",
    re.IGNORECASE,
)
_LABELLED_NUMBER = re.compile(
    r"\b(?P<label>nip(?: lama| baru)?|nrp|nik|no ?ktp|ktp|npwp|nuptk|nidn|nisn|nis|bpjs|no ?kk|kk|kartu keluarga|"
    r"karpeg|kpe|paspor|passport|sim|no ?peserta|nomor peserta|no ?induk|nomor induk(?: pegawai| kependudukan)?|nrg|"
    r"str|sip|kta|no ?anggota|id pegawai|nopeg|imei|pin|otp)(?:nya| saya| sy| ku| gw| aku| beliau)?\b"
    r"[ .:=#/~|*_>(\"'\[-]{0,6}(?:adalah |itu |no(?:mor)?[ .:]{0,4}|yaitu )?"
    rf"(?P<number>[A-Z]{{0,2}}\d(?:{INNER_GAP}\d){{3,20}})(?!\d)",
    re.IGNORECASE,
)
_LABELS = {
    "nip": PersonalData.NIP,
    "nomor induk pegawai": PersonalData.NIP,
    "nrp": PersonalData.NIP,
    "id pegawai": PersonalData.NIP,
    "nopeg": PersonalData.NIP,
    "nik": PersonalData.NIK,
    "no ktp": PersonalData.NIK,
    "noktp": PersonalData.NIK,
    "ktp": PersonalData.NIK,
    "nomor induk kependudukan": PersonalData.NIK,
    "npwp": PersonalData.NPWP,
}
_PLATE_REGIONS = (
    "A|B|D|E|F|G|H|K|L|M|N|P|R|S|T|W|Z|AA|AB|AD|AE|AG|BA|BB|BD|BE|BG|BH|BK|BL|BM|BN|BP|DA|DB|DC|DD|DE|DG|DH|DK|DL|DM|DN|"
    "DP|DR|DS|DT|DW|EA|EB|ED|KB|KH|KT|KU|PA|PB|PG|PS|PT|RI"
)
_PLATE_GAP = r"(?: ?[.-] ?| )?"
_ANY_PLATE_GAP = rf"(?: ?(?:(?![,;:.?!)] ){MARK}){{0,2}} ?| {{1,3}})"
_PLATE = re.compile(
    rf"(?<![\w./-])(?:{_PLATE_REGIONS})"
    rf"(?:{_PLATE_GAP}\d{{1,4}}{_PLATE_GAP}|{_ANY_PLATE_GAP}(?!19|20)\d{{3,4}}{_ANY_PLATE_GAP})[A-Z]{{1,3}}(?![\w/])"
)
_SHORT_CODE = re.compile(r"[A-Z]{1,2}\d[A-Z]{1,3}")
_PLATE_IN_CONTEXT = re.compile(
    rf"\b(?:plat|plt|pelat|nopol|no pol|no\.? ?polisi|nomor polisi|bernopol|tnkb)"
    rf"(?: merah| hitam| putih| dinas)?(?: nomor| no)?(?:nya)?[ .:=#/~|*>(\"'-]{{0,4}}"
    rf"(?P<plate>(?:{_PLATE_REGIONS}){INNER_GAP}\d{{1,4}}(?:{INNER_GAP}[a-z]{{1,3}})?)(?![\w/])",
    re.IGNORECASE,
)
_PLATE_LOWER = re.compile(
    rf"(?<![\w./-])(?P<region>{_PLATE_REGIONS}){_ANY_PLATE_GAP}(?P<number>\d{{3,4}}){_ANY_PLATE_GAP}"
    r"(?P<tail>[a-z]{2,3})(?![\w/])",
    re.IGNORECASE,
)
_ORDINARY_TAILS = words_in(
    "yg dan ga gak gk tp tpi itu ini jd jdi di ke dr dri sy gw gue aku kmu km bs bsa blm sdh udh dah klo kl ya "
    "sih nih dg dgn utk org pd pas nah lah kah th thn tgl jam wib wit jan feb mar apr mei jun jul agt sep okt "
    "nov des pns asn mk uu pp kpu tps bkn bkd skb rp rb jt kg km cm mm hp wa fb ig rt rw sd smp sma smk tk dpr "
    "mpr dpd dlm kpd spy krn ato atau ada apa mau tau bgt dpt msh lg lgi aj aja loh lho dong kok pak bu kak "
    "min gan bro sis"
)
_LETTER = re.compile(
    # Three parts or more, of which the last is the year: "800/123/BKPSDM/2024", "SPRIN/127/X/KEP./2024".
    r"(?<![\w/])(?=[\w./\-()& ]{0,60}\d)[\w.\-]{1,30}(?:/[\w.\-()&]{1,25}(?: [\w.\-()&]{1,15})?){1,7}"
    r"/(?:19|20)\d\d\b(?:/[A-Za-z]{2,15}\b)?",
    re.IGNORECASE,
)
_LETTER_LABELLED = re.compile(
    r"\b(?:surat|sk|st|spt|sppd|sprint|nota dinas|memo|undangan|berita acara|disposisi|laporan|lp|register|"
    r"agenda|perkara|tiket|aduan)(?: \w+){0,3}? ?(?:nomor|nomer|nmr|no)\b[ .:]*"
    r"(?P<number>[\w]*\d[\w]*(?:[./\-][\w.\-]+)+|\d{4,}\b)",
    re.IGNORECASE,
)
_BIRTH = re.compile(
    rf"\b(?:lahir|ttl|tgl ?lahir|tanggal lahir|tgl lhr|lhr|kelahiran|born|ultah|ulang tahun)"
    rf"(?:nya| saya| sy)?\b(?:[ .:,/-]+(?:di|pada|tanggal|tgl|tahun|saya|aku)?[ .:]*)?"
    rf"(?:(?P<place>[a-z][a-z' ]{{2,20}})[ ,./-]+)?"
    rf"(?P<date>(?:19|20)\d\d[-/.][01]?\d[-/.][0-3]?\d\b|(?:19|20)\d{{6}}\b|[0-3]\d[01]\d(?:19|20)\d\d\b"
    rf"|[0-3]?\d{SEPARATOR}{{0,3}}(?:{_MONTH}|[01]?\d){SEPARATOR}{{0,3}}(?:19|20|')?\d\d)",
    re.IGNORECASE,
)
_HOUSE = r"(?: ?[,/]? ?(?i:no(?:mor|mer)?|nmr|blok|kav|km|rt|rw|gg|gang|lr|lrg)\b[ .:]*[A-Za-z]?\d+[A-Za-z0-9/\-]*)"
_STREET = r"(?:[Jj][Ll][Nn]?\b\.?|[Jj]alan\b|[Gg][Gg]\b\.?|[Gg]ang\b|[Ll]orong\b|[Ll]rg\b\.?)"
_ROAD = re.compile(
    # "Jl. Melati Raya No. 12", "jalan Pahlawan"; a walk ("Jalan Sehat") is no road.
    r"\b" + _STREET + r" ?(?!Sehat|Santai|Tengah|Keluar|Pintas|Bareng)[A-Z][\w'\-]*"
    r"(?: (?!(?:No|Nomor|Blok|RT|RW|Km|Kav)\b)(?:[Gg][Gg]\.|[A-Z0-9][\w'\-]*|raya|gang|gg))*" + _HOUSE + "*"
    # "jl melati no 12", "gang mawar nmr 3": in lower case only with a number.
    r"|\b" + _STREET + r" ?(?:[a-z'\-]+[.,]? ){1,4}?" + _HOUSE.replace(" ?[,/]? ?", "[,/]? ?", 1) + "+"
    # "GG KENANGA 126"
    r"|\b(?:[Jj][Ll][Nn]?|[Gg][Gg]|JALAN|GANG)\b\.? ?(?:[A-Za-z]+ ){1,3}?(?:NOMOR |NO\.? ?)?\d{1,4}\b"
)
_NEIGHBOURHOOD = re.compile(
    r"\b(?:rt|r\.t)[ .:]*0*\d{1,3}[ ,/.\-]*(?:rw|r\.w)?[ .:]*0*\d{1,3}\b|\brw[ .:]*0*\d{1,2}\b|\brt[ .:]*0*\d{1,2}\b"
    r"|\b(?:blok|blk)\b ?(?:(?-i:[A-Z]{1,2})\b|[A-Za-z]{1,2}\d{1,3}|\d{1,3}|[A-Za-z](?= no\b))"
    r"(?:[/\- ]?(?:no(?:mor)?[ .]*)?\d{1,3})?\b"
    r"|\b(?:gg|gang)\b\.? (?:(?-i:[A-Z])\w*|\d+)(?: ?(?:no(?:mor)?[ .]*|(?-i:[IVX]+)|\d+)\w*)*"
    r"|\bkode ?pos[ .:]*\d{5}\b",
    re.IGNORECASE,
)


_REST_OF_RUN = re.compile(r"\d(?:[^ ]*\d)?")


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
        """Give where these words begin, from left to right."""
        if wanted.isdisjoint(self.known):
            return []
        return [start for start, word in zip(self.starts, self.lower, strict=True) if word in wanted]


def hide_protected(text: str, citations: Sequence[str], words: Words) -> str:
    """Give a copy of the same length in which law citations, money and placeholders cannot be read.

    Args:
        citations: numbers of instruments as they stand in the guidance ("1447.1/PM.01/K.1/09/2022"), the longest first.
        words: of the text.
    """
    hidden = PLACEHOLDER.sub(_hide, text) if "[" in text else text
    if not _has_digit(hidden):
        return hidden
    for number in citations:
        if number in hidden:
            hidden = hidden.replace(number, HIDDEN * len(number))
    for pattern, needed in _CITATIONS:
        for start in words.places_of(needed):
            # "S-494/MK.03/2024" is no ruling of the MK.
            match = pattern.match(hidden, start) if hidden[start - 1 : start] not in ("/", "-") else None
            if match is not None:
                hidden = hidden[:start] + HIDDEN * (match.end() - start) + hidden[match.end() :]
    if "PUU" in hidden or "puu" in hidden:
        hidden = _RULING.sub(_hide, hidden)
    return _ROUND_AMOUNT.sub(_hide_amount, _MONEY.sub(_hide, hidden))


def _hide_amount(match: re.Match[str]) -> str:
    before = _RUN_BEFORE.search(match.string[max(0, match.start() - LONGEST_BEFORE) : match.start()])
    is_end = before is not None and sum(map(str.isdigit, before.group())) >= FEWEST_BEFORE
    return match.group() if is_end else _hide(match)


def hide_dates(text: str) -> str:
    """Give a copy of the same length in which dates cannot be read."""
    return _DATE.sub(_hide, text)


def find_identifiers(readable: str, words: Words) -> list[Found]:
    """Return every structured identifier, without overlaps.

    Args:
        readable: a working copy with what is never masked hidden.
        words: of the text.
    """
    kept, taken = _surest(_forms(readable, words), len(readable))
    if len(_ANY_DIGIT.findall(readable)) >= FEWEST_OF_A_NUMBER:
        for start, end in runs_of_digits(hide_dates(readable), FEWEST_OF_A_NUMBER):
            kept += _not_taken(readable, taken, start, end)
    return kept


def _surest(found: Iterable[Found], length: int) -> tuple[list[Found], bytearray]:
    """Return of finds that overlap the one given first, the surest, and which characters they take."""
    taken = bytearray(length)
    kept: list[Found] = []
    for each in found:
        if each.end > each.start and taken.find(1, each.start, each.end) < 0:
            taken[each.start : each.end] = b"\x01" * (each.end - each.start)
            kept.append(each)
    return kept, taken


def _not_taken(readable: str, taken: bytearray, start: int, end: int) -> Iterator[Found]:
    """Give what of a run of digits no surer find covers: no digit of it may stay."""
    if taken.find(1, start, end) < 0:
        yield Found(start=start, end=end, kind=_kind_of_number(readable[start:end]))
        return
    seen = "".join(" " if taken[place] else readable[place] for place in range(start, end))
    for match in _REST_OF_RUN.finditer(seen):
        yield Found(start=start + match.start(), end=start + match.end(), kind=PersonalData.NUMBER)


def _forms(readable: str, words: Words) -> Iterator[Found]:
    """Give what has a form of its own, the surest kinds first; finds may overlap."""
    if "@" in readable or words.have(_EMAIL_WORDS):
        yield from _all(_EMAIL, readable, PersonalData.EMAIL)
    if "://" in readable or _DOTTED.search(readable):
        yield from _all(_LINK, readable, PersonalData.LINK)
    if "@" in readable or ":" in readable or "=" in readable or words.have(_ACCOUNT_WORDS):
        yield from _all(_HANDLE, readable, PersonalData.HANDLE, "handle")
    if "_" in readable:
        yield from _all(_HANDLE_WITH_MARK, readable, PersonalData.HANDLE)
    if words.have(_ROAD_WORDS):
        yield from _all(_ROAD, readable, PersonalData.ADDRESS)
    if words.have(_NEIGHBOURHOOD_WORDS):
        yield from _all(_NEIGHBOURHOOD, readable, PersonalData.ADDRESS)
    if "delapan" in words.known:
        yield from _all(_SPOKEN_PHONE, readable, PersonalData.PHONE)
    if _has_digit(readable):
        yield from _with_digits(readable, words)


def _with_digits(readable: str, words: Words) -> Iterator[Found]:
    if words.have(_BIRTH_WORDS):
        yield from _all(_BIRTH, readable, PersonalData.BIRTH_DATE, "date")
    undated = hide_dates(readable)
    has_many = len(_ANY_DIGIT.findall(readable)) >= FEWEST_DIGITS
    if has_many:
        yield from _all(_NIP, readable, PersonalData.NIP)
    yield from _labelled(readable)
    if has_many:
        yield from _whole_numbers(undated)
        yield from _all(_PHONE, undated, PersonalData.PHONE)
        yield from _all(_ACCOUNT, undated, PersonalData.ACCOUNT, "number")
    if "/" in readable:
        yield from _all(_LETTER, undated, PersonalData.LETTER)
    if words.have(_LETTER_WORDS):
        yield from _all(_LETTER_LABELLED, readable, PersonalData.LETTER, "number")
    if has_many:
        yield from _all(_NPWP, undated, PersonalData.NPWP)
    yield from _plates(undated)


def _labelled(readable: str) -> Iterator[Found]:
    for match in _LABELLED_NUMBER.finditer(readable):
        label = re.sub(r"(?: lama| baru)$", "", re.sub(r"\s+", " ", match["label"].lower()))
        kind = _LABELS.get(label, PersonalData.NUMBER)
        yield Found(start=match.start("number"), end=match.end("number"), kind=kind)


def _plates(readable: str) -> Iterator[Found]:
    for match in _PLATE.finditer(readable):
        # "P3K" and "B2B" are no plates: without spaces a plate has two digits or more.
        if not _SHORT_CODE.fullmatch(match.group()):
            yield Found(start=match.start(), end=match.end(), kind=PersonalData.PLATE)
    yield from _all(_PLATE_IN_CONTEXT, readable, PersonalData.PLATE, "plate")
    for match in _PLATE_LOWER.finditer(readable):
        is_year = match["number"][:2] in ("19", "20") and len(match["number"]) == 4
        if match["tail"].lower() not in _ORDINARY_TAILS and not is_year:
            yield Found(start=match.start(), end=match.end(), kind=PersonalData.PLATE)


def _whole_numbers(readable: str) -> Iterator[Found]:
    """Give runs of digits that are as long as a NIP or a NIK: no telephone number is looked for inside them."""
    for start, end in runs_of_digits(readable, FEWEST_OF_A_NUMBER):
        kind = _kind_of_number(readable[start:end])
        if kind in (PersonalData.NIP, PersonalData.NIK):
            yield Found(start=start, end=end, kind=kind)


def _kind_of_number(written: str) -> PersonalData:
    digits = re.sub(r"\D", "", written)
    if len(digits) == 18:
        return PersonalData.NIP
    if len(digits) == 16 and (_NIK_SHAPE.fullmatch(digits) or written.isdecimal()):
        return PersonalData.NIK
    if digits.startswith(("08", "628", "02", "03", "04", "05", "06", "07")) and len(digits) <= 14:
        return PersonalData.PHONE
    return PersonalData.NUMBER


def _all(pattern: re.Pattern[str], text: str, kind: PersonalData, group: str | None = None) -> Iterator[Found]:
    """Give every match; of a pattern with a named group only that group, where it took part."""
    for match in pattern.finditer(text):
        named = group if group is not None and match[group] is not None else 0
        yield Found(start=match.start(named), end=match.end(named), kind=kind)


def _hide(match: re.Match[str]) -> str:
    return HIDDEN * len(match.group())


_ANY_DIGIT = re.compile(r"\d")
_has_digit: Callable[[str], re.Match[str] | None] = _ANY_DIGIT.search
