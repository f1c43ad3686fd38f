"""Structured personal data in a text: numbers, addresses of every sort, and what must never be taken for them.

Source of the forms: plates: Perkap 7/2021 (regional codes); NIP: Perka BKN 22/2007 (birth
date, date of entry, sex, serial number); NIK: UU 23/2006 Pasal 13 and PP 40/2019 (region, birth date with 40 added to
a woman's day, serial number).
"""

import re
from collections.abc import Callable, Iterable, Iterator

from bot.core.privacy.number_runs import INNER_GAP, MARK, MIN_OF_A_NUMBER, SEPARATOR, runs_of_digits, spoken_numbers
from bot.core.privacy.online_names import online_names
from bot.core.privacy.personal_data import Found, PersonalData, Words, finds, words_in
from bot.core.privacy.protected_words import MONTH, hide_dates

MIN_DIGITS = 6
"""A text with fewer holds no number that names a person."""

_NIP = re.compile(
    rf"(?<!\d)(?:19|20)\d\d{INNER_GAP}(?:0[1-9]|1[0-2]){INNER_GAP}(?:[0-2]\d|3[01]){INNER_GAP}"
    rf"(?:19|20)\d\d{INNER_GAP}(?:0[1-9]|1[0-2]|2[1-9]){INNER_GAP}[12]{INNER_GAP}\d{INNER_GAP}\d{INNER_GAP}\d(?!\d)"
)
_EXTENSION = r"(?:,? ?(?:[Ee](?:xt|kst)|[Pp]es(?:awat)?)\.? ?\d{1,5})?"
_PHONE = re.compile(
    rf"(?<![\d/])(?=[(+06oO])(?:\(?\+{SEPARATOR}{{0,2}}6{INNER_GAP}2\)?|6{INNER_GAP}2|[0oO]|\(0\)){INNER_GAP}8"
    rf"(?:{INNER_GAP}(?:\d|[oOlI](?![A-HJ-NP-Za-kmnp-z]))){{8,12}}(?![\d])"
    rf"|(?<![\w\d/.])8\d{{2}} ?(?:{MARK}| ) ?\d{{3,4}} ?(?:{MARK}| ) ?\d{{3,5}}(?![\d])"
    r"|(?<![\w\d/.])8[1235789]\d{7,10}(?![\d])"
    rf"|(?<![\w\d/])\(0\d{{2,3}}\){INNER_GAP}\d{{3,4}}{INNER_GAP}\d{{2,5}}(?!\d){_EXTENSION}"
    rf"|(?<![\w\d/.])0[2-9]\d{{1,2}} ?(?:{MARK}| ) ?\d{{3,4}}{INNER_GAP}\d{{2,4}}(?![\d/]){_EXTENSION}"
)
_NPWP = re.compile(
    rf"(?<!\d)\d{{2}}{INNER_GAP}\d{{3}}{INNER_GAP}\d{{3}}{INNER_GAP}\d{INNER_GAP}\d{{3}}{INNER_GAP}\d{{3}}(?!\d)"
)
_NIK_SHAPE = re.compile(
    r"(?:1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-7])\d{4}(?:[0-2]\d|3[01]|[4-6]\d|7[01])(?:0[1-9]|1[0-2])\d{6}"
)


def _with_endings(listed: str) -> frozenset[str]:
    return frozenset(word + ending for word in listed.split() for ending in ("", "nya", "ku"))


# A pattern that begins with a word is tried where one of its words stands, and nowhere else.
_ROAD_WORDS = words_in("jl jln jalan gg gang lorong lrg lr")
_NEIGHBOURHOOD_WORDS = words_in("rt rw r blok blk gg gang kode kodepos")
_HOME_WORDS = words_in(
    "apartemen apartment rusun rusunawa kos kost kosan asrama mess perum perumahan komplek kompleks cluster residence "
    "jorong lingkungan dusun banjar"
)
_BIRTH_WORDS = words_in("lahir ttl tgl tanggal lhr kelahiran lahirnya kelahirannya born ultah ulang")
_LETTER_WORDS = words_in(
    "surat suratnya sk sknya st spt sppd sprint sprin nota memo undangan berita disposisi laporan lp register agenda "
    "perkara tiket aduan nd ba keputusan rekomendasi panggilan teguran sp spk tugas nomor no"
)
_ACCOUNT_WORDS = _with_endings(
    "no nomor norek rek rekening a va virtual bca bri bni btn bsi mandiri bjb bank danamon permata cimb seabank jago "
    "dana ovo gopay go shopeepay linkaja kartu tf transfer"
)
_LABEL_WORDS = _with_endings(
    "nip nrp nik no noktp nokk ktp npwp nuptk nidn nisn nis bpjs kk kartu karpeg kpe paspor passport sim nomor nrg str "
    "sip kta id nopeg imei pin otp nim nipppk nippppk"
)
_NUMBERED_PEOPLE = _with_endings("nik ktp nip npwp kk")
_PLATE_WORDS = words_in("plat platnya plt pelat pelatnya nopol nopolnya no nomor bernopol tnkb")
_VEHICLE_WORDS = words_in(
    "randis mobil mobilnya mobdin motor motornya kendaraan kendis truk truck pickup bus bis minibus ambulans "
    "ambulan avanza innova xenia fortuner pajero hilux ranger triton terios rush brio jazz civic hrv crv "
    "xpander ertiga alphard calya sigra agya ayla yaris vios camry hiace elf carry grandmax apv sedan jeep "
    "land beat vario scoopy nmax pcx mio supra revo jupiter vixion ninja klx aerox angkot taksi pikap "
    "dumptruck strada livina kijang panther "
)
_ACCOUNT = re.compile(
    r"(?:no(?:mor|\.)? ?rek(?:ening)?|norek|rek(?:ening)?|a/c|va|virtual account|bca|bri|bni|btn|bsi|mandiri|bjb|"
    r"bank \w+|danamon|permata|cimb|seabank|jago|dana|ovo|gopay|go-pay|shopeepay|linkaja|kartu (?:debit|kredit)|"
    r"tf ke|transfer ke|bank)(?:nya|ku)?\b[^\d\[\]\n]{0,24}?"
    rf"(?P<number>\d(?:{INNER_GAP}\d){{5,18}})(?!\d)",
    re.IGNORECASE,
)
_LABELLED_NUMBER = re.compile(
    r"(?P<label>nip(?: lama| baru)?|nrp|nik|no\.? ?ktp|ktp|npwp|nuptk|nidn|nisn|nis|nim|bpjs|no\.? ?kk|kk|"
    r"kartu keluarga|karpeg|kpe|paspor|passport|sim|no ?peserta|nomor peserta|no ?induk|"
    r"nomor induk(?: pegawai| kependudukan)?|nrg|"
    r"str|sip|kta|no ?anggota|id pegawai|nopeg|imei|pin|otp)(?:nya| saya| sy| ku| gw| aku| beliau)?(?![^\W\d_])"
    r"[ .:=#/~|*_>(\"'\[-]{0,6}(?:adalah |itu |no(?:mor)?[ .:]{0,4}|yaitu )?"
    rf"(?P<number>(?:[A-Z]{{1,2}} ?)?\d(?:{INNER_GAP}\d){{3,20}})(?!\d)",
    re.IGNORECASE,
)
_LABELLED_WITH_LETTERS = re.compile(
    # Letters in the place of digits: "ktp istriku 35l5 O827 1190 OOO4".
    r"(?P<label>nik|ktp|nip|npwp|kk)(?:nya|ku)?(?: [a-z]{2,10}){0,2}?[ .:=]{1,3}"
    rf"(?P<number>(?=[\d .-]{{0,24}}[OolISB])[\dOolISB](?:{INNER_GAP}[\dOolISB]){{13,20}})(?!\w)",
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
    rf"(?<![\w./-])(?=[A-Z]{{1,2}}[^A-Za-z\d]{{0,5}}\d)(?:{_PLATE_REGIONS})"
    rf"(?:{_PLATE_GAP}\d{{1,4}}{_PLATE_GAP}|{_ANY_PLATE_GAP}(?!19|20)\d{{3,4}}{_ANY_PLATE_GAP})[A-Z]{{1,3}}(?![\w/])"
)
_SHORT_CODE = re.compile(r"[A-Z]{1,2}\d[A-Z]{1,3}")
_PLATE_IN_CONTEXT = re.compile(
    rf"(?:plat|plt|pelat|nopol|no pol|no\.? ?polisi|nomor polisi|bernopol|tnkb)"
    rf"(?: ?nya)?(?: merah| hitam| putih| dinas)?(?: nomor| no)?(?:nya)?[ .:=#/~|*>(\"'-]{{0,4}}"
    rf"(?P<plate>(?:{_PLATE_REGIONS}){INNER_GAP}\d{{1,4}}(?:{INNER_GAP}[a-z]{{1,3}})?)(?![\w/])",
    re.IGNORECASE,
)
_SPACED_REGIONS = "|".join(" ?".join(region) for region in _PLATE_REGIONS.split("|"))
_PLATE_BEHIND_VEHICLE = re.compile(
    # "randis dd 12 xx", "hilux K T 8 2 1 1 B"
    rf"\w+(?:[ ,:]{{1,2}}\(?[a-z]+){{0,3}}?[ ,:(\"-]{{1,3}}(?<![^\W_])(?P<plate>(?:{_SPACED_REGIONS}){_ANY_PLATE_GAP}"
    rf"\d(?: ?\d){{0,3}}{_ANY_PLATE_GAP}(?P<tail>[a-z](?: ?[a-z]){{0,2}}))(?![\w/]|\.\w)",
    re.IGNORECASE,
)
_ONLY_PLATE_WORDS = words_in("plat platnya pelat nopol nopolnya bernopol tnkb")
_REGIONS_OF_TWO = "|".join(region for region in _PLATE_REGIONS.split("|") if len(region) == 2)
_PLATE_BESIDE_VEHICLE = re.compile(
    # In a text about a vehicle two letters and any number are enough: "eb 67 q sama dd 88 xo".
    rf"(?<![\w./-])(?=[A-Z]{{2}} ?\d)(?:{_REGIONS_OF_TWO}) ?\d{{1,4}} ?"
    r"(?P<tail>[a-z]{1,3})(?![\w/])",
    re.IGNORECASE,
)
_PLATE_LOWER = re.compile(
    rf"(?<![\w./-])(?=[A-Z]{{1,2}}[^A-Za-z\d]{{0,5}}\d)(?P<region>{_PLATE_REGIONS}){_ANY_PLATE_GAP}(?P<number>\d{{3,4}}){_ANY_PLATE_GAP}"
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
_YEAR_OF_LETTER = re.compile(r"/(?:19|20)\d\d")
_LETTER = re.compile(
    # Three parts or more, of which the last is the year: "800/123/BKPSDM/2024", "SPRIN/127/X/KEP./2024".
    r"(?<![\w/])(?=[\w./\-()& ]{0,60}\d)[\w.\-]{1,30}(?:/[\w.\-()&]{1,25}(?: [\w.\-()&]{1,15})?){1,7}"
    r"/(?:19|20)\d\d\b(?:/[A-Za-z]{2,15}\b)?",
    re.IGNORECASE,
)
_LETTER_LABELLED = re.compile(
    r"(?:surat|sk|st|spt|sppd|sprint|nota dinas|memo|undangan|berita acara|disposisi|laporan|lp|register|"
    r"agenda|perkara|tiket|aduan)(?:nya)?(?: \w{1,30}){0,3}? ?(?:nomor|nomer|nmr|no)\b[ .:]{0,8}"
    # Parts of bounded length: a pattern may not try every way to cut a row of digits without end.
    r"(?P<number>(?=\w{0,40}\d)\w{1,40}(?:[./\-][\w.\-]{1,40}){1,12}|\d{4,}\b)",
    re.IGNORECASE,
)
_LETTER_WITHOUT_YEAR = re.compile(
    # "surat tugas 090/112/ST", "SK pemberhentian saya 821.2/067/SK/BKPSDM"
    r"\w+(?:[ .:]{1,2}[a-z]+){0,4}?[ .:]{1,2}(?:no(?:mor|mer)?\b[ .:]*)?"
    r"(?P<number>(?=[\w./-]*\d{2})(?!(?:19|20)\d\d/(?:19|20)\d\d\b)(?!\d{1,2}/\d{1,2}(?:/\d{2,4})?\b(?!/))"
    r"[\w.-]*\d[\w.-]*(?:/[\w.()-]{1,20}){1,7})",
    re.IGNORECASE,
)
_LETTER_OF_PARTS = re.compile(
    # "800/112/BKPSDM" tells by itself: a number, and an office in capitals behind it.
    r"(?<![\w/.-])\d{2,4}(?:\.\d{1,3}){0,3}(?:/[\w.()-]{1,20}){0,6}/(?=[\w.-]*[A-Z]{2})[A-Z][\w.-]{1,20}(?:/[\w.-]{1,20}){0,3}"
)
_BIRTH = re.compile(
    rf"(?:lahir|ttl|tgl\.? ?lahir|tanggal lahir|tgl lhr|lhr|kelahiran|born|ultah|ulang tahun)"
    rf"(?:nya| saya| sy)?\b(?:[ .:,/-]+(?:di|pada|tanggal|tgl|tahun|saya|aku)?[ .:]*)?"
    rf"(?:(?P<place>[a-z][a-z' ]{{2,20}})[ ,./-]+)?"
    rf"(?P<date>(?:19|20)\d\d[-/.][01]?\d[-/.][0-3]?\d\b|(?:19|20)\d{{6}}\b|[0-3]\d[01]\d(?:19|20)\d\d\b"
    rf"|[0-3]?\d{SEPARATOR}{{0,3}}(?:{MONTH}|[01]?\d){SEPARATOR}{{0,3}}(?:19|20|')?\d\d)",
    re.IGNORECASE,
)
_NUMBER_WORD = r"(?:no(?:mor|mer)?|nmr|blok|kav|km|rt|rw|gg|gang|lr|lrg)"
_HOUSE = rf"(?: ?[,/]? ?(?i:{_NUMBER_WORD})\b[ .:]*(?:[A-Za-z]?\d+[A-Za-z0-9/\-]*|[A-Z]\b))"
_LANE = r"(?: ?,? ?(?i:gg|gang|lr|lrg|lorong)\b\.? ?[A-Z][\w'-]*)?"
_STREET = r"(?:[Jj][Ll][Nn]?\b\.?|[Jj]alan\b|[Gg][Gg]\b\.?|[Gg]ang\b|[Ll]orong\b|[Ll]rg?\b\.?)"
_ROAD = re.compile(
    # "Jl. Melati Raya No. 12", "jalan Pahlawan"; a walk ("Jalan Sehat") is no road.
    _STREET + r" ?(?!Sehat|Santai|Tengah|Keluar|Pintas|Bareng)[A-Z][\w'\-]*"
    r"(?: (?!(?:No|Nomor|Blok|RT|RW|Km|Kav)\b)(?:[Gg][Gg]\.|[A-Z0-9][\w'\-]*|raya|gang|gg))*" + _LANE + _HOUSE + "*"
    # "jl melati no 12", "gang mawar nmr 3": in lower case only with a number.
    r"|" + _STREET + r" ?(?:[a-z'\-]+[.,]? ){1,4}?" + _HOUSE.replace(" ?[,/]? ?", "[,/]? ?", 1) + "+"
    # "GG KENANGA 126"
    r"|(?:[Jj][Ll][Nn]?|[Gg][Gg]|JALAN|GANG)\b\.? ?(?:[A-Za-z]+ ){1,3}?(?:NOMOR |NO\.? ?)?\d{1,4}\b" + _HOUSE + "*"
)
_HOME_BEFORE = re.compile(
    r"\b(?:rumah|rumahnya|rmh|tinggal|alamat|alamatnya|domisili|berdomisili|kos|kost|kosan|kontrakan|beralamat|bermukim|"
    r"menetap|kediaman|bertempat)\b[^.!?]*$",
    re.IGNORECASE,
)
MAX_BEFORE_ROAD = 40
_NEIGHBOURHOOD = re.compile(
    r"(?:(?:rt|r\.t)[ .:]*0*\d{1,3}[ ,/.\-]*(?:rw|r\.w)?[ .:]*0*\d{1,3}\b|rw[ .:]*0*\d{1,2}\b|rt[ .:]*0*\d{1,2}\b)"
    r"(?:[ ,]{1,2}no(?:mor)?\b\.? ?\d{1,4}[a-z]?\b)?"
    r"|(?:blok|blk)\b ?(?:(?-i:[A-Z]{1,2})\b|[A-Za-z]{1,2}\d{1,3}|\d{1,3}|[A-Za-z](?= no\b))"
    r"(?:[/\- ]?(?:no(?:mor)?[ .]*)?\d{1,3}[A-Za-z]?)?\b"
    r"|(?:gg|gang)\b\.? (?:(?-i:[A-Z])\w*|\d+)(?: ?(?:no(?:mor)?[ .]*|(?-i:[IVX]+)|\d+)\w*)*"
    r"|kode ?pos[ .:]*\d{5}\b",
    re.IGNORECASE,
)
_HOME = re.compile(
    # "Apartemen Taman Rasa Tower B lt. 9 unit 12", "perum griya asri blok c no 4"
    r"\w+(?: (?!pilih|coblos|calon|paslon|urut|nomor|no\b)[\w.'-]+){1,4}?"
    r"(?:[ ,]{1,2}(?:tower|blok|blk|lt|lantai|unit|kamar|no|nomor|kav)\b[ .:]{0,2}"
    r"(?:[A-Za-z]\b(?:/\d+\w*)?|[A-Za-z]?\d+[\w/-]{0,6}))+",
    re.IGNORECASE,
)
_REST_OF_RUN = re.compile(r"\d(?:[^ ]*\d)?")


def find_identifiers(readable: str, words: Words, is_ordinary: Callable[[str], bool]) -> list[Found]:
    """Return every structured identifier, without overlaps.

    Args:
        readable: a working copy with what is never masked hidden.
        words: of the text.
        is_ordinary: says of a lower-case word whether it is an ordinary one.
    """
    digits = len(_ANY_DIGIT.findall(readable))
    undated = hide_dates(readable) if digits else readable
    kept, taken = _surest(_forms(readable, undated, words, is_ordinary), len(readable))
    if digits >= MIN_OF_A_NUMBER:
        for start, end in runs_of_digits(undated, MIN_OF_A_NUMBER):
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
    """Yield what of a run of digits no surer find covers: no digit of it may stay."""
    if taken.find(1, start, end) < 0:
        yield Found(start=start, end=end, kind=_kind_of_number(readable[start:end]))
        return
    seen = "".join(" " if taken[place] else readable[place] for place in range(start, end))
    for match in _REST_OF_RUN.finditer(seen):
        yield Found(start=start + match.start(), end=start + match.end(), kind=PersonalData.NUMBER)


def _forms(readable: str, undated: str, words: Words, is_ordinary: Callable[[str], bool]) -> Iterator[Found]:
    """Yield what has a form of its own, the surest kinds first; finds may overlap."""
    yield from online_names(readable, words, is_ordinary)
    yield from _addresses(readable, words)
    for start, end in spoken_numbers(readable, words.known):
        yield Found(start=start, end=end, kind=PersonalData.PHONE)
    if _ANY_DIGIT.search(readable) is not None:
        yield from _with_digits(readable, undated, words)


def _addresses(readable: str, words: Words) -> Iterator[Found]:
    for found in finds(_ROAD, readable, PersonalData.ADDRESS, places=words.places_of(_ROAD_WORDS)):
        before = readable[max(0, found.start - MAX_BEFORE_ROAD) : found.start]
        # A street alone is a place as large as a town; with a number, or as somebody's home, it is an address.
        if _ANY_DIGIT.search(readable, found.start, found.end) or _HOME_BEFORE.search(before):
            yield found
    for found in finds(_HOME, readable, PersonalData.ADDRESS, places=words.places_of(_HOME_WORDS)):
        if _ANY_DIGIT.search(readable, found.start, found.end):
            yield found
    yield from finds(_NEIGHBOURHOOD, readable, PersonalData.ADDRESS, places=words.places_of(_NEIGHBOURHOOD_WORDS))


def _with_digits(readable: str, undated: str, words: Words) -> Iterator[Found]:
    yield from finds(_BIRTH, readable, PersonalData.BIRTH_DATE, "date", words.places_of(_BIRTH_WORDS))
    has_many = len(_ANY_DIGIT.findall(readable)) >= MIN_DIGITS
    if has_many:
        yield from finds(_NIP, readable, PersonalData.NIP)
    yield from _labelled(readable, words)
    if has_many:
        yield from _whole_numbers(undated)
        yield from finds(_PHONE, undated, PersonalData.PHONE)
        yield from finds(_ACCOUNT, undated, PersonalData.ACCOUNT, "number", words.places_of(_ACCOUNT_WORDS))
    letters = words.places_of(_LETTER_WORDS)
    if _YEAR_OF_LETTER.search(undated) is not None:
        yield from finds(_LETTER, undated, PersonalData.LETTER)
    yield from finds(_LETTER_LABELLED, readable, PersonalData.LETTER, "number", letters)
    if "/" in readable:
        yield from finds(_LETTER_WITHOUT_YEAR, undated, PersonalData.LETTER, "number", letters)
        yield from finds(_LETTER_OF_PARTS, undated, PersonalData.LETTER)
    if has_many:
        yield from finds(_NPWP, undated, PersonalData.NPWP)
    yield from _plates(undated, words)


def _labelled(readable: str, words: Words) -> Iterator[Found]:
    for place in words.places_of(_NUMBERED_PEOPLE):
        match = _LABELLED_WITH_LETTERS.match(readable, place)
        if match is not None and len(_ANY_DIGIT.findall(match["number"])) >= MIN_DIGITS:
            kind = _LABELS.get(match["label"].lower(), PersonalData.NUMBER)
            yield Found(start=match.start("number"), end=match.end("number"), kind=kind)
    for place in words.places_of(_LABEL_WORDS):
        match = _LABELLED_NUMBER.match(readable, place)
        if match is None:
            continue
        label = re.sub(r"(?: lama| baru)$", "", re.sub(r"[\s.]+", " ", match["label"].lower()))
        kind = _LABELS.get(label, PersonalData.NUMBER)
        yield Found(start=match.start("number"), end=match.end("number"), kind=kind)


def _plates(readable: str, words: Words) -> Iterator[Found]:
    for match in _PLATE.finditer(readable):
        # "P3K" and "B2B" are no plates: without spaces a plate has two digits or more.
        if not _SHORT_CODE.fullmatch(match.group()):
            yield Found(start=match.start(), end=match.end(), kind=PersonalData.PLATE)
    yield from finds(_PLATE_IN_CONTEXT, readable, PersonalData.PLATE, "plate", words.places_of(_PLATE_WORDS))
    for place in words.places_of(_VEHICLE_WORDS):
        vehicle = _PLATE_BEHIND_VEHICLE.match(readable, place)
        if vehicle is not None and vehicle["tail"].lower().replace(" ", "") not in _ORDINARY_TAILS:
            yield Found(start=vehicle.start("plate"), end=vehicle.end("plate"), kind=PersonalData.PLATE)
    if words.have(_VEHICLE_WORDS) or words.have(_ONLY_PLATE_WORDS):
        for match in _PLATE_BESIDE_VEHICLE.finditer(readable):
            if match["tail"].lower() not in _ORDINARY_TAILS:
                yield Found(start=match.start(), end=match.end(), kind=PersonalData.PLATE)
    for match in _PLATE_LOWER.finditer(readable):
        is_year = match["number"][:2] in ("19", "20") and len(match["number"]) == 4
        if match["tail"].lower() not in _ORDINARY_TAILS and not is_year:
            yield Found(start=match.start(), end=match.end(), kind=PersonalData.PLATE)


def _whole_numbers(readable: str) -> Iterator[Found]:
    """Yield runs of digits that are as long as a NIP or a NIK: no telephone number is looked for inside them."""
    for start, end in runs_of_digits(readable, MIN_OF_A_NUMBER):
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


_ANY_DIGIT = re.compile(r"\d")
