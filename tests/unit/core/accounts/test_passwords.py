"""Which passwords are taken: none that others guess first, and no rule about kinds of characters."""

import pytest

from bot.admin.accounts.credentials import Argon2Passwords
from bot.core.accounts.passwords import COMMON_WORDS, FIELD_WORDS

pytestmark = pytest.mark.admin

PASSWORDS = Argon2Passwords(memory_kib=64)
ABOUT = ("budi.santoso", "Budi Santoso", "BKPSDM Kota Ambon")


@pytest.mark.parametrize(
    "password",
    [
        "empat kuda biru terbang",
        "lima gajah hijau berenang",
        "X9!kfjw02-Lq",
        "kuda" * 3 + " terbang",
        "4n-XqTz0pLw_vB3e",
        "sendok miring jendela karet",
        "kertas payung becak rumput",
        "saya suka pilkada tanpa keributan di tepi danau",
    ],
)
async def test_a_long_password_of_random_words_or_letters_is_taken(password: str) -> None:
    assert await PASSWORDS.problem(password, *ABOUT) is None


@pytest.mark.parametrize(
    "password",
    [
        *("password1234", "123456789012", "qwertyuiop12", "indonesia123", "bawaslu2024!"),
        *("Bawaslu#2024", "b4w4slu-2024", "Pilkada#2024Jaya", "PILKADA2024!!", "pemilu-2029-jaya", "asnnetral2024"),
        *("kpu_kpu_kpu_2024", "netralitasasn1", "1234pilkada1234", "gubernur2024", "dinaskominfo1", "panwaslu12345"),
        *("jakarta123456", "sayangkamu123", "rahasia12345", "merdeka171845", "bismillah123", "katasandi123"),
        *("Santoso-2024!", "santosobudi12", "bkpsdmambon24", "BKPSDM Ambon 1", "ambonkota2024", "budi.santoso99"),
        *("qwertyqwerty1", "asdfghjkl;12", "1q2w3e4r5t6y", "abcabcabcabc1", "abcdefghijkl", "17081945indo"),
        *("letmein12345", "iloveyou12345", "administrator", "welcome2024!", "P@ssw0rd2024", "superman12345"),
    ],
)
async def test_a_password_that_others_guess_first_is_refused_with_advice(password: str) -> None:
    problem = await PASSWORDS.problem(password, *ABOUT)
    assert problem is not None
    assert problem.endswith(("berbeda.", "pengguna.", "di sekitar Anda."))


@pytest.mark.parametrize("word", sorted(word for word in FIELD_WORDS | COMMON_WORDS if len(word) >= 5))
async def test_a_word_of_the_field_with_a_year_or_a_number_is_refused(word: str) -> None:
    for form in ("{}2024!", "{}12345678", "{}-2029", "2024{}2024", "{}{}"):
        password = form.format(word.capitalize(), word)
        if len(password) >= 12:
            assert await PASSWORDS.problem(password, *ABOUT) is not None, password


@pytest.mark.parametrize("password", ["", "sebelas1234", "aaaaaaaaaaaaaaaa", "akun Budi yang aman", "x1y2z3" * 50])
async def test_a_short_long_repeated_or_named_password_is_refused(password: str) -> None:
    assert await PASSWORDS.problem(password, "budi") is not None


async def test_a_refusal_names_the_word_that_gives_the_password_away() -> None:
    problem = await PASSWORDS.problem("bawaslu2024!", "ani")
    assert problem == (
        "Kata sandi ini mudah ditebak karena memuat “bawaslu”. Pakai empat kata acak yang tidak berhubungan,"
        " misalnya nama benda di sekitar Anda."
    )
