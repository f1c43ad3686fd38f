"""Control characters and halves of surrogate pairs are no text; tabs and line breaks are."""

import pytest

from bot.core.plain_text import has_control_characters, strings_in


@pytest.mark.parametrize(
    "text", ["", "biasa saja", "tab\tdan\r\nbaris", "👍🏽 é ‑ \u200b \u202e", "\U0001f9d1\u200d\U0001f4bc"]
)
def test_what_people_write_is_text(text: str) -> None:
    assert not has_control_characters(text)


@pytest.mark.parametrize("character", ["\0", "\x01", "\x08", "\x0b", "\x0c", "\x1f", "\x7f", "\x80", "\x9f", "\ud800"])
def test_what_no_keyboard_writes_is_not(character: str) -> None:
    assert has_control_characters(f"a{character}b")


def test_every_string_of_a_nested_value_is_found() -> None:
    assert sorted(strings_in({"a": ["b", {"c": 1, "d": None}], "e": ("f",)})) == ["a", "b", "c", "d", "e", "f"]
