"""Messages with several questions taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.text.question_splitter import MAX_QUESTIONS, split_questions

SPELLINGS = {"blh": "boleh", "bole": "boleh", "gmn": "bagaimana", "gpp": "tidak apa-apa"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Boleh foto sama calon? Kalau datang ke acara partai gimana?",
            ("Boleh foto sama calon?", "Kalau datang ke acara partai gimana?"),
        ),
        (
            "blh foto sama calon ga terus klo dateng ke acara partai gmn",
            ("blh foto sama calon ga", "terus klo dateng ke acara partai gmn"),
        ),
        (
            "istri saya caleg. saya boleh foto bareng dia? dan apakah boleh ikut kampanye",
            ("istri saya caleg. saya boleh foto bareng dia?", "dan apakah boleh ikut kampanye"),
        ),
        ("boleh foto sama calon? sanksinya apa?", ()),
        ("boleh foto sama calon", ()),
        ("kemarin saya datang ke rapat partai terus pulang lagi", ()),
        ("", ()),
        ("boleh ini itu? boleh itu ini? boleh apa saja? boleh siapa saja? boleh kapan saja?", ()),
    ],
)
def test_each_question_keeps_the_situation_before_it(text: str, expected: tuple[str, ...]) -> None:
    assert split_questions(text, SPELLINGS) == expected


def test_what_follows_the_last_question_belongs_to_it() -> None:
    asked = "Boleh foto sama calon? Boleh pakai kaos partai? Saya guru."
    assert split_questions(asked, SPELLINGS)[-1] == "Boleh pakai kaos partai? Saya guru."


@given(text=st.text(alphabet="abo lehpis?.,!;\n", max_size=200))
def test_nothing_is_made_up_and_few_questions_come_back(text: str) -> None:
    found = split_questions(text, SPELLINGS)
    assert len(found) in {0, *range(2, MAX_QUESTIONS + 1)}
    written = iter("".join(text.split()))
    assert all(letter in written for question in found for letter in "".join(question.split()).replace(",", ""))
