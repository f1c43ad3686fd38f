"""What is masked, what never is, and what holds for any text whatever."""

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.privacy.masking import PLACEHOLDER, PersonalData, mask, may_identify
from bot.core.privacy.person_names import NameLexicon
from bot.core.privacy.text_folding import fold, fold_to_line
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon

pytestmark = pytest.mark.privacy

LEXICON: NameLexicon = read_lexicon(read_seed(SEED_FOLDER).instruments)
FRAGMENTS = (
    *("nama saya", "pak", "Bu", "a.n.", "calon bupati", "kepala dinas kami", "atasan saya", "NIP", "nik:", "hp", "wa"),
    *("Budi Santoso", "siti nurhaliza", "Indah", "agung", "Ketut", "Hutagalung", "surya", "Zorblatta", "S.Pd."),
    *("198503122010011003", "19850312 201001 1 003", "3273012505900001", "0812-3456-7890", "+62 812 3456 7890"),
    *("budi@gmail.com", "budi(at)gmail.com", "https://x.id/a?b=c", "@budi_s", "t.me/budi", "D 1234 AB", "jl. melati 5"),
    *("UU 20 Tahun 2023", "Pasal 71 ayat (2)", "136/PUU-XXII/2024", "Rp 500.000", "14 Februari 2024", "[NAMA]"),
    *("800/123/BKD/2024", "lahir 12 Maret 1985", "SDN 3 Sukamaju", "RT 03/RW 05", "boleh", "ikut", "kampanye", "di"),
    *(".", ",", ":", "-", "/", "(", ")", "[", "]", "\n", "\x00", "\ud800", "😀", "0", "7", "12", "345", "2024", "08"),
)
"""Joined at random they come nearer to what breaks a pattern than random characters do."""

anything = st.text(st.characters(), max_size=200)
nearly_sentences = st.builds(
    lambda parts, gap: gap.join(parts), st.lists(st.sampled_from(FRAGMENTS), max_size=14), st.sampled_from([" ", ""])
)
digits_and_gaps = st.text(st.sampled_from("0123456789 .-/()+"), max_size=60)
any_text = st.one_of(anything, nearly_sentences, digits_and_gaps)


def masked(text: str) -> str:
    return mask(text, LEXICON).text


def runs(text: str) -> list[str]:
    return re.findall(r"\d+", text)


# What holds for any text


@settings(max_examples=500, deadline=None)
@given(any_text)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = masked(text)
    again = mask(once, LEXICON)
    assert (again.text, again.kinds) == (once, ())


@settings(max_examples=500, deadline=None)
@given(any_text)
@example("\x00" * 50)
@example("\ud83d 0812\ud83d3456\udc007890 pak \udfff")
def test_nothing_makes_masking_raise(text: str) -> None:
    assert isinstance(masked(text), str)
    assert may_identify(text, LEXICON) in (True, False)


@settings(max_examples=500, deadline=None)
@given(any_text)
def test_masking_never_joins_digits(text: str) -> None:
    before = runs(fold(text))
    assert [run for run in runs(masked(text)) if not any(run in whole for whole in before)] == []


@settings(max_examples=500, deadline=None)
@given(any_text)
def test_every_kind_that_is_reported_stands_in_the_text_and_none_other(text: str) -> None:
    given_none = PLACEHOLDER.sub("", fold(text))
    if PLACEHOLDER.search(given_none):
        return
    done = mask(given_none, LEXICON)
    standing = {found[1:-1] for found in PLACEHOLDER.findall(done.text)}
    assert {kind.value for kind in done.kinds} == standing
    assert len(set(done.kinds)) == len(done.kinds)


@settings(max_examples=300, deadline=None)
@given(any_text)
def test_what_is_not_masked_stays_in_its_order(text: str) -> None:
    rest = fold_to_line(text)
    for piece in PLACEHOLDER.split(masked(text)):
        assert piece in rest
        rest = rest[rest.index(piece) + len(piece) :]


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        "1 ",
        "a.",
        "a@",
        "@",
        "no ",
        "pak ",
        "Budi ",
        "jl ",
        "/",
        "1/",
        "[NAMA]",
        "[",
        "nol delapan ",
        "😀",
        "rt 1 ",
        "pasal 1 ",
        "uu no 1 ",
        "nama saya ",
        "A1",
        "08-",
        "a_",
        "1.000.",
        "lahir ",
        "surat ",
        "\x00",
        "Ab ",
        "@si",
        "o8",
        "12,",
        "1|",
        "1😀",
        "D 1 A",
        "a@b.",
        "1\u200b",
        "\ufdfa",
    ],
)
def test_a_very_long_text_takes_no_longer_than_its_length_asks(piece: str) -> None:
    # The longest question; far more than a machine needs, far less than a pattern that walks back and forth.
    text = piece * (4_096 // len(piece))
    started = time.perf_counter()
    masked(text)
    assert time.perf_counter() - started < 1.5


# Each kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NIP saya 198503122010011003", "NIP saya [NIP]"),
        ("nip 19850312 201001 1 003 ya", "nip [NIP] ya"),
        ("198503122010011003 itu siapa", "[NIP] itu siapa"),
        ("nik 3273012505900001", "nik [NIK]"),
        ("3273012505900001", "[NIK]"),
        ("NPWP 09.254.294.3-407.000", "NPWP [NPWP]"),
        ("hub 081234567890 ya", "hub [TELEPON] ya"),
        ("hub 0812-3456-7890 ya", "hub [TELEPON] ya"),
        ("wa +62 812 3456 7890", "wa [TELEPON]"),
        ("wa 62812-3456-7890", "wa [TELEPON]"),
        ("email budi.s@gmail.com ya", "email [EMAIL] ya"),
        ("email budi(at)gmail.com", "email [EMAIL]"),
        ("lihat https://contoh.id/a?b=c ya", "lihat [URL] ya"),
        ("lihat t.me/kanal_saya", "lihat [URL]"),
        ("akun @contoh_saja itu", "akun [AKUN] itu"),
        ("transfer ke BCA 1234567890", "transfer ke BCA [REKENING]"),
        ("mobil D 1234 ABC parkir", "mobil [PLAT] parkir"),
        ("surat nomor 800/123/BKD/2024", "surat nomor [NOMOR_SURAT]"),
        ("saya lahir 12 Maret 1985", "saya lahir [TANGGAL_LAHIR]"),
        ("tinggal di Jl. Melati No. 5", "tinggal di [ALAMAT]"),
        ("guru di SDN 3 Sukamaju", "guru di [UNIT]"),
        ("perawat Puskesmas Sukarame", "perawat [UNIT]"),
    ],
)
def test_each_structured_kind_becomes_its_placeholder(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nama saya Budi Santoso", "nama saya [NAMA]"),
        ("nama saya budi santoso", "nama saya [NAMA]"),
        ("nama saya Zorblatta", "nama saya [NAMA]"),
        ("Pak Hendra suruh saya ikut", "Pak [NAMA] suruh saya ikut"),
        ("bu sri bilang boleh", "bu [NAMA] bilang boleh"),
        ("Daeng Tompo datang", "Daeng [NAMA] datang"),
        ("a.n. Siti Aminah", "a.n. [NAMA]"),
        ("saya dukung calon Prasetyo", "saya dukung calon [NAMA]"),
        ("kepala dinas kami Suhartono minta dukungan", "kepala dinas kami [NAMA] minta dukungan"),
        ("kata Bu Indah boleh", "kata Bu [NAMA] boleh"),
        ("disuruh ketut dan wayan", "disuruh [NAMA] dan [NAMA]"),
        ("Mas Bayu ikut kampanye", "Mas [NAMA] ikut kampanye"),
    ],
)
def test_names_are_masked_where_the_context_or_the_name_says_person(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "apakah UU 20 Tahun 2023 melarang foto?",
        "bunyi Pasal 71 ayat (2) UU Nomor 10 Tahun 2016",
        "Putusan MK 136/PUU-XXII/2024",
        "SKB 800-5474 Tahun 2022",
        "SKB Nomor 1447.1/PM.01/K.1/09/2022",
        "PP 94 Tahun 2021 pasal 5 huruf n",
        "PKPU 13 Tahun 2024",
        "SE Menpan RB No. 18 Tahun 2023",
        "boleh nyumbang Rp 1.500.000 ke calon?",
        "sumbangan 50.000.000 rupiah",
        "pemungutan suara 27 November 2024",
        "pilkada 27-11-2024 libur?",
        "boleh datang ke acara PDI Perjuangan?",
        "Partai Golkar dan Gerindra",
        "bupati dan wakil bupati",
        "kepala dinas pendidikan minta kami hadir",
        "boleh foto sama calon gubernur?",
        "bunga bank naik",
        "pemandangan indah sekali",
        "Mahkamah Agung memutuskan",
        "tenaga surya di kantor",
        "saya PNS golongan III/d di Jawa Barat",
        "boleh like postingan pasangan calon di Instagram?",
        "pukul 08.00-16.00 WIB",
    ],
)
def test_what_names_nobody_is_left_alone(text: str) -> None:
    assert (masked(text), mask(text, LEXICON).kinds) == (text, ())


@pytest.mark.parametrize("kind", PersonalData)
def test_a_placeholder_is_left_alone(kind: PersonalData) -> None:
    text = f"tanya soal {kind.placeholder} dong"
    assert (masked(text), mask(text, LEXICON).kinds) == (text, ())


def test_kinds_stand_in_the_order_of_their_first_place() -> None:
    done = mask("email budi@gmail.com atau hp 081234567890, salam pak Hendra 081234567891", LEXICON)
    assert done.kinds == (PersonalData.EMAIL, PersonalData.PHONE, PersonalData.NAME)


# One text, however it is written

SEPARATORS = (
    *(
        "-",
        ".",
        "/",
        "_",
        ",",
        ":",
        ";",
        "|",
        "*",
        "~",
        "=",
        "+",
        "\\\\",
        "'",
        '"',
        "#",
        "^",
        "<",
        ">",
        "(",
        ")",
        "&",
        "%",
    ),
    *(
        "‐",
        "‑",
        "‒",
        "–",
        "—",
        "―",
        "−",
        "⁃",
        "－",
        "➖",
        "·",
        "•",
        "‧",
        "∙",
        "⋅",
        "・",
        "。",
        "．",
        "․",
        "⁄",
        "∕",
        "／",
    ),
    *("\u00a0", "\u2009", "\u202f", "\u3000", "\t", "\n", "\u2028", "😀", "☎️", "👨‍👩‍👧", "⟶", "→", "’", "“", "\ufffd"),
    *(
        " - ",
        " / ",
        " • ",
        "--",
        "...",
        "  ",
        ") ",
        " (",
        "->",
        "\u200b-",
        "-\u2060",
        "\u0336",
        "\u00ad",
        "\u200b",
        "\ufeff",
    ),
    *("\u3164", "\u2800", "\U000e0041", "\x00", "\ue000"),
)
WRITTEN = {
    "hp 081234567890 ya": ("hp", "0812", "3456", "7890", "ya"),
    "NIP 198503122010011003 ya": ("NIP", "19850312", "201001", "1003", "ya"),
    "nik 3273012505900001 ya": ("nik", "327301", "250590", "0001", "ya"),
    "npwp 092542943407000 ya": ("npwp", "0925429", "43", "407000", "ya"),
    "rekening BCA 1234567890 ya": ("rekening BCA", "123", "456", "7890", "ya"),
    "wa +6281234567890 ya": ("wa", "+62812", "3456", "7890", "ya"),
}


@pytest.mark.parametrize("label", WRITTEN)
@pytest.mark.parametrize("gaps", [(True, True), (True, False), (False, True)], ids=["both", "first", "second"])
def test_no_number_stays_whatever_stands_between_its_digits(label: str, gaps: tuple[bool, bool]) -> None:
    lead, first, second, third, tail = WRITTEN[label]
    left = []
    for separator in SEPARATORS:
        number = first + (separator if gaps[0] else "") + second + (separator if gaps[1] else "") + third
        done = masked(f"{lead} {number} {tail}")
        if re.search(r"\d{3}", done) or not done.startswith(lead) or not done.endswith(f" {tail}"):
            left.append((separator, done))
    assert left == []


@settings(max_examples=300, deadline=None)
@given(
    st.text("0123456789", min_size=9, max_size=18).filter(lambda digits: digits[0] in "08369"),
    st.lists(st.sampled_from(["", *SEPARATORS]), min_size=18, max_size=18),
)
def test_of_nine_digits_with_a_sign_anywhere_hardly_one_stays(number: str, signs: list[str]) -> None:
    written = "".join(digit + sign for digit, sign in zip(number, signs, strict=False))
    done = masked(f"catat {written.rstrip()} ya")
    assert len(re.findall(r"\d", done)) < 6 or may_identify(done, LEXICON)


@pytest.mark.parametrize("zero", "٠۰०０𝟎𝟬᮰꧐᭐")
@pytest.mark.parametrize("written", ["081234567890", "0812-3456-7890", "NIP 198503122010011003", "BCA 1234567890"])
def test_no_number_stays_in_the_digits_of_any_script(written: str, zero: str) -> None:
    foreign = "".join(chr(ord(zero) + int(each)) if each.isdecimal() else each for each in written)
    assert masked(foreign) == masked(written)
    assert re.search(r"\d", masked(foreign)) is None


@pytest.mark.parametrize(
    "written",
    [
        *("budi＠gmail.com", "budi﹫gmail.com", "bu\u200bdi@gm\u00adail.com", "budi@gmail．com", "budi@gmail。com"),
        *(
            "ｂｕｄｉ＠ｇｍａｉｌ．ｃｏｍ",
            "budi@gmаil.соm",
            "budi at gmail dot com",
            "budi AT gmail DOT com",
            "budi-at-gmail-dot-com",
        ),
        *("budi (at) gmail (dot) com", "budi{at}gmail{dot}com", "budi [a] gmail.com", "budi⟨at⟩gmail.com"),
        *(
            "budi@gmail•com",
            "budi@gmail dot com",
            "budi @ gmail . com",
            "budi_at_gmail_dot_com",
            "budi@gmail titik com",
        ),
    ],
)
def test_no_address_of_mail_stays_whatever_its_signs(written: str) -> None:
    assert masked(f"kirim ke {written} ya") in ("kirim ke [EMAIL] ya", "kirim ke [AKUN] ya")


@pytest.mark.parametrize(
    "gap", ["-", "‑", " – ", ".", "·", "•", "/", "_", "|", "\u00a0", "\u200b", "~", "→", "😀"], ids=ascii
)
def test_no_plate_stays_whatever_stands_between_its_parts(gap: str) -> None:
    kind = "[AKUN]" if gap == "_" else "[PLAT]"
    assert masked(f"mobil D{gap}1234{gap}ABC parkir") == f"mobil {kind} parkir"
    assert masked(f"plat b{gap}12{gap}xy parkir") == f"plat {kind} parkir"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pak Bu\u200bdi ikut", "Pak [NAMA] ikut"),
        ("pak Ｈｅｎｄｒａ suruh saya", "pak [NAMA] suruh saya"),
        ("disuruh 𝐤𝐞𝐭𝐮𝐭 dan wаyаn", "disuruh [NAMA] dan [NAMA]"),
        ("disuruh kétut", "disuruh [NAMA]"),
        ("pp saya 081234567890", "pp saya [TELEPON]"),
        ("kata mk 0812|3456|7890", "kata mk [TELEPON]"),
        ("Rp 081234567890", "Rp [TELEPON]"),
        ("nik3273012505900001", "nik[NIK]"),
        ("0️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣9️⃣0️⃣ ya", "[TELEPON] ya"),
        ("081234567890, 2 orang", "[TELEPON], 2 orang"),
        ("3. 081234567890", "3. [TELEPON]"),
        ("ini 081234567890 orang lapangan", "ini [TELEPON] orang lapangan"),
        ("O812-3456-789o ya", "[TELEPON] ya"),
        ("@bu\u200bdi_s", "[AKUN]"),
        ("https：//contoh．id/a", "[URL]"),
    ],
)
def test_what_is_masked_is_what_is_read(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Pasal 9 ayat (2) UU 20/2023, 14–16 Februari 2024",
        "masa tenang 14-16/2/2024",
        "pemilu 2014, 2019, 2024 dan 2029",
        "periode 2024–2029",
        "jam 07.30–15.30",
        "pukul 08:00 — 16:00 WIB",
        "opsi 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
        "PP 94/2021, UU 10/2016; UU 7/2017",
        "tanggal 27/11/2024 jam 08.00-13.00",
        "ijazah S1/D3/S2, D3, PNS",
        "Rp\u00a01.500.000 atau Rp1,5 juta",
        "“boleh” kah ‘like’? …",
    ],
)
def test_law_dates_hours_and_lists_stay_with_typographic_signs(text: str) -> None:
    done = mask(text, LEXICON)
    assert (done.text, done.kinds, may_identify(done.text, LEXICON)) == (fold(text), (), False)


def test_a_text_that_never_settles_is_masked_whole() -> None:
    assert masked("o8" * 400) == "[NOMOR]"


# What is too risky to keep


@pytest.mark.parametrize("text", ["kode 123456 ini", "kode 123 456 ini", "kata Qwortel Zimbrax boleh"])
def test_six_digits_in_a_row_or_an_unknown_pair_is_risky(text: str) -> None:
    assert may_identify(text, LEXICON) is True


@pytest.mark.parametrize(
    "text",
    [
        "boleh ikut kampanye?",
        "UU 20 Tahun 2023 Pasal 9",
        "sumbang Rp 1.500.000",
        "tanggal 27-11-2024",
        "Badan Kepegawaian Negara",
        "[NAMA] [NIP]",
    ],
)
def test_law_money_dates_and_offices_are_not_risky(text: str) -> None:
    assert may_identify(text, LEXICON) is False


@settings(max_examples=300, deadline=None)
@given(any_text)
def test_what_is_kept_holds_no_number_long_enough_to_name_anybody(text: str) -> None:
    once = masked(text)
    has_nine = re.search(r"(?<![\d.,/\-])\d{9,}(?![\d.,/\-])", once)
    money = re.search(r"rp|rupiah|ribu|rb|juta|jt|miliar|milyar|triliun|perak", once, re.IGNORECASE)
    cited = re.search(r"uu|pp|pasal|no|ayat|skb|\d/|tahun|ps", once, re.IGNORECASE)
    assert not has_nine or may_identify(once, LEXICON) or money or cited
