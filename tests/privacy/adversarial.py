"""Texts that a stranger would write to keep the masking busy: short units repeated to the longest message."""

import random
from collections.abc import Iterator

LONGEST_MESSAGE = 4_096
"""Characters of the longest message that a channel takes."""
TRIGGERS = (
    *(
        "@si",
        "o8",
        "pak ",
        "@",
        "@ ",
        "a@b.",
        "a@",
        "a.",
        ".a",
        "a_",
        "_",
        "a ",
        "A ",
        "Ab ",
        "1",
        "1 ",
        "12,",
        "1|",
        "1/",
    ),
    *(
        "08-",
        "0812",
        "8 1 ",
        "+62",
        "1.000.",
        "1.000 ",
        "Rp 1",
        "rp1.",
        "jl ",
        "jl a ",
        "Jl A",
        "gg a",
        "rt 1 ",
        "rw 1/",
    ),
    *("blok ", "no ", "no 1 ", "pasal 1 ", "pasal 1,", "uu ", "uu no 1 ", "uu no 1/", "tahun ", "mk ", "1/PUU-"),
    *(
        "nama saya ",
        "nama ",
        "a.n. ",
        "an ",
        "dari ",
        "dari: ",
        "ttd ",
        "Budi ",
        "budi",
        "Budi.",
        "bin ",
        "Budi bin ",
        "si ",
    ),
    *(
        "[NAMA]",
        "[NAMA] ",
        "[",
        "]",
        "[NIP]1",
        "nol delapan ",
        "nol ",
        "satu ",
        "D 1 A",
        "D 1234 A",
        "d 12 ab ",
        "plat ",
        "A1",
    ),
    *(
        "lahir ",
        "lahir 1 ",
        "lahir a ",
        "surat ",
        "surat no ",
        "surat a no ",
        "sk 1/",
        "1/a",
        "a/1/",
        "1-1-2024",
        "2024 ",
        "2024-",
    ),
    *(
        "desa ",
        "desa a",
        "Desa B ",
        "SDN 1 ",
        "sdn ",
        "kades ",
        "kades b ",
        "ki ",
        "H. ",
        "H.",
        "Hj.",
        "S.H., ",
        "S.Pd.",
        "Dr.",
    ),
    *(
        "ig ",
        "ig: ",
        "ig a",
        "akun ",
        "akun a1",
        "username ",
        "http://",
        "www.",
        "a.com",
        "a.com/",
        "t.me/",
        "at ",
        "a at b ",
    ),
    *(
        "dot ",
        "(at)",
        "(dot)",
        "lalu ",
        "Lalu ",
        "i made ",
        "I Gede ",
        "ni luh ",
        "ko ",
        "cik ",
        "R.A. ",
        "R.",
        "yth. ",
    ),
    *(
        "nik",
        "nik1",
        "ktp1 ",
        "kk ",
        "nip ",
        "nip:",
        "rek ",
        "bca 1",
        "07.30",
        "07.30-",
        "rp",
        "\u200b",
        "1\u200b",
        "a\u0301",
        "😀",
    ),
    *(
        "1😀",
        "\ufdfa",
        "\x00",
        "ｂ",
        "а",
        "aа",
        "🅰",
        "¹",
        "1¹",
        "–",
        "1–",
        "\n",
        "1\n",
        "'",
        "a'",
        "o'",
        "-",
        "a-",
        ",",
        ", ",
    ),
    *(
        "partai ",
        "partai bulan ",
        "kecamatan ",
        "kota ",
        "rumah sakit ",
        "yang ",
        "dan ",
        "Budi dan ",
        "Budi, ",
        "Budi - ",
        "Budi/",
    ),
)
ALPHABET = "abdhiknsu AEBR  0189./-:,@_()[]'\u200bа"


def adversarial_texts(count: int, seed: int) -> Iterator[str]:
    """Yield texts of the longest message: every trigger repeated first, then mixtures of them and random units."""
    yield from (_to_full_length(unit) for unit in TRIGGERS[:count])
    yield from ("a" * LONGEST_MESSAGE, "pak " + "k" * 3_000, "Pak " + "Ab" * 1_500, "1" * LONGEST_MESSAGE)
    chance = random.Random(seed)
    for number in range(count - len(TRIGGERS) - 4):
        match number % 4:
            case 0:
                unit = "".join(chance.choices(ALPHABET, k=chance.randint(1, 12)))
            case 1:
                unit = "".join(chance.choices(TRIGGERS, k=chance.randint(2, 4)))
            case 2:
                unit = chance.choice(TRIGGERS) + "".join(chance.choices(ALPHABET, k=chance.randint(1, 4)))
            case _:
                yield "".join(chance.choices(TRIGGERS, k=LONGEST_MESSAGE))[:LONGEST_MESSAGE]
                continue
        yield _to_full_length(unit)


def _to_full_length(unit: str) -> str:
    return (unit * (LONGEST_MESSAGE // len(unit) + 1))[:LONGEST_MESSAGE]
