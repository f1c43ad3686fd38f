"""Finding topics by words."""

import pytest

from bot.core.dialogue.topic_search import MAX_FOUND, search
from bot.core.guidance.entry import Topic


def _topic(name: str, *keywords: str, title: str = "", label: str = "", description: str = "") -> Topic:
    return Topic(
        id=name, group="dasar", title=title, label=label, description=description, keywords=keywords, related=()
    )


TOPICS = [
    _topic("gambaran", description="Cetak foto calon"),
    _topic("kunci", "foto", "dua kata"),
    _topic("judul", title="Foto bersama calon"),
    _topic("tombol", label="Foto-foto"),
    _topic("lain", "spanduk", title="Alat peraga"),
]


def _found(words: str) -> list[str]:
    return [topic.id for topic in search(TOPICS, words)]


def test_title_and_label_weigh_more_than_keywords_and_those_more_than_the_description() -> None:
    assert _found("foto") == ["judul", "tombol", "kunci", "gambaran"]


@pytest.mark.parametrize("words", ["fo", "FOTO", "foto!", "  foto "])
def test_the_beginning_of_a_word_is_enough_in_any_case(words: str) -> None:
    assert _found(words) == ["judul", "tombol", "kunci", "gambaran"]


def test_the_middle_of_a_word_does_not_match() -> None:
    assert _found("oto") == []


def test_every_word_must_match_somewhere() -> None:
    assert (_found("foto calon"), _found("foto kerbau")) == (["judul", "gambaran"], [])


def test_a_word_of_a_keyword_of_several_words_matches() -> None:
    assert _found("kata") == ["kunci"]


@pytest.mark.parametrize("words", ["", "  ", "?!"])
def test_no_words_find_nothing(words: str) -> None:
    assert _found(words) == []


def test_at_most_eight_are_found_and_equals_keep_their_order() -> None:
    topics = [_topic(str(number), "foto") for number in range(12)]
    assert search(topics, "foto") == tuple(topics[:MAX_FOUND])
    assert MAX_FOUND == 8
