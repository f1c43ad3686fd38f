"""One act of a person gets one reply, however often a client sends it."""

import pytest

from bot.core.dialogue.conversation import Press
from bot.core.dialogue.repeats import MAX_REMEMBERED, SAME_SENTENCE_SECONDS, Origin, is_repeat, mark_of, remember
from bot.core.vocabulary import Unreadable

NOW = 1_800_000_000.0


def message(number: int, said: str | None = None, *, edit: bool = False) -> Origin:
    words = mark_of(said) if said is not None else None
    return Origin(name=mark_of("message", number), words=words, is_edit=edit)


def part(said: str | None = None) -> Origin:
    words = mark_of(said) if said is not None else None
    return Origin(name=mark_of("album", "9"), words=words, is_part=True)


def after(origin: Origin, heard: object, seconds: float = NOW, before: tuple[str, ...] = ()) -> tuple[str, ...]:
    return remember(before, origin, heard, seconds)


def test_an_edit_that_changes_no_word_is_a_repeat() -> None:
    known = after(message(1, "halo"), "halo")
    assert is_repeat(known, message(1, "halo", edit=True), "halo", NOW)


def test_an_edit_with_new_words_is_news_once() -> None:
    known = after(message(1, "halo"), "halo")
    edit = message(1, "boleh like?", edit=True)
    assert not is_repeat(known, edit, "boleh like?", NOW)
    assert is_repeat(after(edit, "boleh like?", before=known), edit, "boleh like?", NOW)


def test_an_edit_back_to_the_first_words_is_news() -> None:
    known = after(message(1, "dua", edit=True), "dua", before=after(message(1, "satu"), "satu"))
    assert not is_repeat(known, message(1, "satu", edit=True), "satu", NOW)


def test_an_edit_of_what_is_not_remembered_is_answered() -> None:
    assert not is_repeat((), message(7, "halo", edit=True), "halo", NOW)


def test_an_edit_without_words_asks_for_nothing() -> None:
    assert is_repeat((), message(7, edit=True), Unreadable.UNSUPPORTED, NOW)


def test_the_same_words_in_two_messages_are_two_acts() -> None:
    known = after(message(1, "halo"), "halo")
    assert not is_repeat(known, message(2, "halo"), "halo", NOW)


def test_of_an_album_only_the_first_part_is_answered() -> None:
    known = after(part("boleh?"), "boleh?")
    assert is_repeat(known, part(), Unreadable.PICTURE, NOW)
    assert is_repeat(known, part(), Unreadable.VOICE, NOW + 1_000)


def test_of_an_album_without_words_one_sentence_is_said() -> None:
    known = after(part(), Unreadable.PICTURE)
    assert is_repeat(known, part(), Unreadable.PICTURE, NOW + 1_000)


def test_words_in_a_later_part_of_an_album_are_answered() -> None:
    known = after(part(), Unreadable.PICTURE)
    assert not is_repeat(known, part("boleh?"), "boleh?", NOW)


@pytest.mark.parametrize(
    ("seconds", "is_silent"),
    [(0.0, True), (SAME_SENTENCE_SECONDS, True), (SAME_SENTENCE_SECONDS + 2, False), (-3_600.0, False)],
)
def test_the_same_sentence_is_not_said_twice_within_some_seconds(seconds: float, is_silent: bool) -> None:
    known = after(message(1), Unreadable.PICTURE)
    assert is_repeat(known, message(2), Unreadable.PICTURE, NOW + seconds) is is_silent


def test_another_sentence_is_said() -> None:
    known = after(message(1), Unreadable.PICTURE)
    assert not is_repeat(known, message(2), Unreadable.VOICE, NOW)


def test_what_came_without_an_origin_changes_nothing() -> None:
    known = after(message(1, "halo"), "halo")
    assert remember(known, None, Press(payload="m"), NOW) == known


def test_only_the_last_messages_are_remembered_and_no_text() -> None:
    known: tuple[str, ...] = ()
    for number in range(50):
        known = after(message(number, f"rahasia {number}"), f"rahasia {number}", before=known)
    assert len(known) == MAX_REMEMBERED
    assert "rahasia" not in "".join(known)
    assert is_repeat(known, message(49, "rahasia 49", edit=True), "rahasia 49", NOW)
