"""Chat spellings brought to common ones."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nlu.text.normalise import normalise_token

SPELLINGS = {"gk": "tidak", "ga": "tidak", "boss": "bos", "gpp": "tidak apa-apa", "org": "orang", "guruu": "guru"}


ROMAN = set("ivx")
TYPED = "".join(map(chr, range(33, 127))) + "’“”…²ÉéＡａ👍"


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("gk", "tidak"),
        ("GK", "tidak"),
        ("gk?", "tidak"),
        ("(gk)", "tidak"),
        ("gpp", "tidak apa-apa"),
        ("\uff47\uff4b", "tidak"),
    ],
)
def test_a_chat_spelling_becomes_the_common_one(token: str, expected: str) -> None:
    assert normalise_token(token, SPELLINGS) == expected


@pytest.mark.parametrize(("token", "expected"), [("Bolehkah", "bolehkah"), ("calon", "calon"), ("9,5", "9,5")])
def test_a_word_without_a_chat_spelling_only_loses_its_capitals(token: str, expected: str) -> None:
    assert normalise_token(token, SPELLINGS) == expected


@pytest.mark.parametrize("token", ["", "?", "...", "😀", "!?", "“”", "-"])
def test_punctuation_alone_is_nothing(token: str) -> None:
    assert normalise_token(token, SPELLINGS) == ""


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("“boleh”", "boleh"),
        ("boleh?!", "boleh"),
        ("@bkn", "@bkn"),
        ("#netral", "#netral"),
        ("apa-apa", "apa-apa"),
        ("jum'at", "jum'at"),
        ("jum’at", "jum'at"),
    ],
)
def test_only_punctuation_at_the_edges_goes(token: str, expected: str) -> None:
    assert normalise_token(token, SPELLINGS) == expected


@pytest.mark.parametrize(
    ("token", "expected"), [("bolehhhh", "boleh"), ("bangeeeet", "banget"), ("waaah", "wah"), ("saat", "saat")]
)
def test_stretched_letters_are_undone_and_doubled_ones_kept(token: str, expected: str) -> None:
    assert normalise_token(token, SPELLINGS) == expected


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("gkkkk", "tidak"),
        ("gaaa", "tidak"),
        ("gaa", "tidak"),
        ("bosssss", "bos"),
        ("guruuuu", "guru"),
        ("org2", "orang"),
    ],
)
def test_a_stretched_chat_spelling_is_still_found(token: str, expected: str) -> None:
    assert normalise_token(token, SPELLINGS) == expected


@pytest.mark.parametrize("token", ["1000", "500000", "5.000.000", "2000-an", "a___b", "jum'''at"])
def test_only_letters_are_taken_for_stretched(token: str) -> None:
    assert normalise_token(token, SPELLINGS) == token


@pytest.mark.parametrize(
    ("token", "expected"),
    [("III", "iii"), ("(iii)", "iii"), ("viii", "viii"), ("XIII", "xiii"), ("xxx", "xxx"), ("ciii", "ci")],
)
def test_a_roman_numeral_of_i_v_and_x_is_not_taken_for_a_stretched_word(token: str, expected: str) -> None:
    assert normalise_token(token, SPELLINGS) == expected


def test_a_chat_spelling_that_looks_like_a_roman_numeral_still_becomes_the_common_one() -> None:
    assert normalise_token("Xixi", {"xixi": "haha"}) == "haha"


@pytest.mark.parametrize("token", ["teman2", "teman²", "Teman2!"])
def test_a_reduplication_by_digit_becomes_its_single_word(token: str) -> None:
    assert normalise_token(token, {}) == "teman"


@pytest.mark.parametrize("token", ["h2", "b2", "p3k", "2", "teman3", "pasal22"])
def test_other_digits_stay(token: str) -> None:
    assert normalise_token(token, {}) == token


def test_the_spelling_as_typed_is_looked_up_before_the_shortened_one() -> None:
    assert normalise_token("boss", {"boss": "pimpinan", "bos": "lain"}) == "pimpinan"


@settings(deadline=None)
@given(token=st.text(alphabet=TYPED, max_size=20))
def test_a_token_never_gains_white_space_or_capitals(token: str) -> None:
    normal = normalise_token(token, {})
    assert normal.split() == ([normal] if normal else [])
    assert normal == normal.lower()


@settings(deadline=None)
@given(word=st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12), stretch=st.integers(2, 9))
def test_how_long_the_last_letter_is_held_does_not_matter(word: str, stretch: int) -> None:
    assume(not set(word) <= ROMAN)
    single = word.rstrip(word[-1]) + word[-1]
    assert normalise_token(single + word[-1] * stretch, {}) == normalise_token(single, {})
