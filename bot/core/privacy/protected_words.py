"""What is never masked although it has digits: laws, money, dates; and what stands in a text already masked."""

import re
from collections.abc import Sequence

from bot.core.privacy.number_runs import SEPARATOR
from bot.core.privacy.personal_data import HIDDEN, PLACEHOLDER, Words, words_in

_JOIN = r"[ ./|*~+=_:\\#-]{0,3}"
"""What may stand in a number of somebody, but not in a list of articles."""
MONTH = r"(?:jan|feb|peb|mar|apr|mei|jun|jul|agu|ags|agt|sep|okt|nov|nop|des)[a-z]*"
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
            rf"{_LAW}\b(?:[ ,.]{{1,4}}[a-z]{{1,30}}){{0,4}}?[ ,.]{{0,4}}"
            rf"(?:(?:no|nomor|nmr|nmor)\b[ .:]{{0,4}})?{_NUMBER_OF_LAW}"
            rf"(?:[ ,.]{{0,4}}(?:tahun|thn|th|/)[ .]{{0,4}}\d{{2,4}})?"
            rf"(?:(?:[ ,;]{{1,4}}(?:dan )?)(?:(?:no|nomor)\b[ .:]{{0,4}})?{_NUMBER_OF_LAW}[ ,.]{{0,4}}"
            rf"(?:tahun|thn)[ .]{{0,4}}\d{{4}})*",
            re.IGNORECASE,
        ),
        _LAW_WORDS,
    ),
    (
        re.compile(
            rf"(?:pasal|psl|ps|pasl|ayat|ayt|angka|huruf|bab|lampiran|butir)\b[ .]{{0,4}}\(?{_NO_LONG_NUMBER}"
            r"(?:\d+|[ivx]+)\)?[a-z]?\b"
            r"(?:[ ,]{0,4}(?:dan|s/d|sampai|-|,)?[ ]{0,4}\(?\d{1,3}\)?[a-z]?\b)*",
            re.IGNORECASE,
        ),
        words_in("pasal psl ps pasl ayat ayt angka huruf bab lampiran butir"),
    ),
    (
        re.compile(r"(?:nomor|no)[ .]*\d{1,3}[ ,]*(?:tahun|thn|th)[ .]*\d{4}\b", re.IGNORECASE),
        frozenset({"nomor", "no"}),
    ),
)
_LOCAL_OFFICE = re.compile(
    r"\b(?:camat|lurah|kades|desa|kelurahan|kecamatan|sekolah|kepsek|puskesmas|kadis|kabid|bagian|seksi|rt|rw)\b",
    re.IGNORECASE,
)
"""Whose letters tell where somebody works; circulars of ministers, governors and regents are public."""
_OFFICIAL_SITE = re.compile(
    r"(?<![\w.@/-])(?:https?://)?(?:www\.)?(?:(?:info|humas|pengaduan|aduan|lapor|laporan|admin|kontak|contact|cs|ppid|persuratan|"
    r"sekretariat|set|setjen|helpdesk|layanan|pelayanan|callcenter|webmaster|bkpsdm|bkd|inspektorat|itjen)@)?"
    r"(?:(?!go\.id\b)[a-z0-9-]{1,40}\.){1,4}go\.id\b/?(?![\w/]|\.\w)",
    re.IGNORECASE,
)
"""Pages and shared mailboxes of agencies: nothing behind the name of the host, nobody before it."""
_AT_BEFORE = re.compile(r"(?:@|(?<![^\W_])(?:at|et)(?![^\W_])|[\[({<] ?a ?[\])}>])[\W_]{0,4}$", re.IGNORECASE)
_OFFICIAL_ACCOUNT = re.compile(
    r"(?<![\w.])@(?>(?:(?:bawaslu|kpu|bkn|kasn|dkpp|mkri|mahkamahkonstitusi|menpan|kemenpan|kemenpanrb|panrb|rb|kemendagri|"
    r"kemenkes|kemenag|kemdikbud|kemenkeu|kominfo|kemkominfo|ombudsman|ombudsmanri|polri|divhumas|divisihumas|humas|info|ppid|"
    r"lapor|laporgub|pemkot|pemkab|pemprov|provinsi|prov|kab|kota|republik|indonesia|ri|id|goid|official|resmi|pusat|1708|137|"
    r"dki|jakarta|jabar|jateng|jatim|diy|banten|bali|aceh|sumut|sumbar|riau|kepri|jambi|sumsel|lampung|babel|bengkulu|kalbar|"
    r"kalteng|kalsel|kaltim|kaltara|sulut|gorontalo|sulteng|sulsel|sultra|sulbar|ntb|ntt|maluku|malut|papua)[_.]?)+)(?![\w.]\w)",
    re.IGNORECASE,
)
_RULING = re.compile(r"\b\d+/PUU-[IVXL]+/\d{4}\b", re.IGNORECASE)
_MONEY = re.compile(
    r"\b[Rr][Pp]\.?\s?(?!0\d)\d[\d.,]{0,24}(?:\s?(?:ribu|rb|juta|jt|miliar|milyar|m|triliun|k))?\b"
    r"|(?<![\d.\-])\b\d[\d.,]{0,24}\s?(?:[Rr]upiah|perak|ribu|rb|[Jj]uta|jt|[Mm]iliar|milyar|triliun)\b"
)
_ROUND_AMOUNT = re.compile(r"(?<![\d.\-])\b(?:\d{1,3}(?:\.000){1,4}|[1-9]\d{0,2}(?:\.\d{3}){1,4},\d\d)\b(?![.\-]\d)")
_BUDGET_CODE = re.compile(
    r"\b(?:kode(?: rekening| rek| akun| kegiatan| belanja| anggaran)?|mata anggaran|mak)"
    r"[ .:]{1,3}\d{1,2}(?:\.\d{1,5}){2,8}\b",
    re.IGNORECASE,
)
"""Of a line of a public budget; no digit group of it is as long as a number of somebody."""
_BUDGET_ACCOUNT = re.compile(
    r"\b(?:akun|mak|rekening) belanja \d{6}\b(?:(?:,| dan|,? serta) \d{6}\b){0,6}"
    r"|\bISB?S?N[ :]{0,2}[\dX-]{9,17}\b",
    re.IGNORECASE,
)
"""Six digits by the ministry of finance's chart of accounts; a book's number."""
_NUMBERED_LIST = re.compile(
    r"\b(?:tps|capres|cawapres|paslon|calon|nomor urut|no\.? ?urut|dapil|kelas)(?: no(?:mor)?\.?)? ?0{0,2}\d{1,3}\b"
    r"(?:(?:,| dan|,? sampai| atau|-) ?(?:tps )?0{0,2}\d{1,3}\b){1,12}(?![\d-])",
    re.IGNORECASE,
)
_LIST_WORDS = words_in("tps capres cawapres paslon calon urut dapil kelas")
_BUDGET_WORDS = words_in("kode anggaran mak akun rekening isbn issn")
_RUN_BEFORE = re.compile(rf"(?:\d|{SEPARATOR})*$")
MAX_BEFORE = 16
MIN_BEFORE = 5
"""Digits that stand right before a round amount and make it the end of a longer number."""
_DAY_OF_DATE = r"[0-3]?\d[-/.][01]?\d[-/.](?:19|20)\d\d"
_DATE = re.compile(
    rf"(?<![\w\-/.])(?=\d){_DAY_OF_DATE} ?(?:-|~|s/?d|sampai|hingga) ?{_DAY_OF_DATE}(?![\d]|[-/.]\d)"
    rf"|(?<![\w\-/.])(?=\d)(?:[0-3]?\d ?- ?)?(?:[0-3]?\d)[-/. ](?:[01]?\d)[-/. ](?:19|20)\d\d(?![\d]|[-/.]\d)"
    rf"|(?<![\d\-/.])(?:19|20)\d\d-[01]\d-[0-3]\d(?![\d]|[-/.]\d)"
    rf"|\b[0-3]?\d[ -]*{MONTH}[ -]*(?:19|20)?\d\d\b",
    re.IGNORECASE,
)

_ANY_DIGIT = re.compile(r"\d")


def hide_protected(text: str, citations: Sequence[str], words: Words) -> str:
    """Return a copy of the same length in which law citations, money and placeholders cannot be read.

    Args:
        citations: numbers of instruments as they stand in the guidance ("1447.1/PM.01/K.1/09/2022"), the longest first.
        words: of the text.
    """
    hidden = PLACEHOLDER.sub(_hide, text) if "[" in text else text
    if "go.id" in hidden.lower():
        hidden = _OFFICIAL_SITE.sub(_hide_site, hidden)
    if "@" in hidden:
        hidden = _OFFICIAL_ACCOUNT.sub(_hide, hidden)
    if _ANY_DIGIT.search(hidden) is None:
        return hidden
    for number in citations:
        if number in hidden:
            hidden = hidden.replace(number, HIDDEN * len(number))
    for pattern, needed in _CITATIONS:
        for start in words.places_of(needed):
            # "S-494/MK.03/2024" is no ruling of the MK.
            match = pattern.match(hidden, start) if hidden[start - 1 : start] not in ("/", "-") else None
            if match is not None and not _LOCAL_OFFICE.search(match.group()):
                hidden = hidden[:start] + HIDDEN * (match.end() - start) + hidden[match.end() :]
    if "PUU" in hidden or "puu" in hidden:
        hidden = _RULING.sub(_hide, hidden)
    if words.have(_BUDGET_WORDS):
        hidden = _BUDGET_ACCOUNT.sub(_hide, _BUDGET_CODE.sub(_hide, hidden))
    if words.have(_LIST_WORDS):
        hidden = _NUMBERED_LIST.sub(_hide, hidden)
    return _ROUND_AMOUNT.sub(_hide_amount, _MONEY.sub(_hide, hidden))


def _hide_site(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - MAX_BEFORE) : match.start()]
    return match.group() if _AT_BEFORE.search(before) else _hide(match)


def _hide_amount(match: re.Match[str]) -> str:
    before = _RUN_BEFORE.search(match.string[max(0, match.start() - MAX_BEFORE) : match.start()])
    is_end = before is not None and sum(map(str.isdigit, before.group())) >= MIN_BEFORE
    return match.group() if is_end else _hide(match)


def hide_dates(text: str) -> str:
    """Return a copy of the same length in which dates cannot be read."""
    return _DATE.sub(_hide, text)


def _hide(match: re.Match[str]) -> str:
    return HIDDEN * len(match.group())
