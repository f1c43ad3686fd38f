"""What a text from outside may hold before any part of the program keeps or shows it."""

import unicodedata
from collections.abc import Iterable

LINE_CONTROLS = frozenset("\t\n\r")
"""The control characters that people type."""
REFUSED_CATEGORIES = frozenset({"Cc", "Cs"})
"""Control characters, and halves of surrogate pairs, which no encoding can write.

Source: the Unicode Standard, general categories. PostgreSQL's text takes no NUL.
"""


def has_control_characters(text: str) -> bool:
    """Return whether a text holds a control character other than tabs and line breaks, or half a surrogate pair."""
    if text.isascii() and text.isprintable():
        return False
    return any(
        unicodedata.category(character) in REFUSED_CATEGORIES and character not in LINE_CONTROLS for character in text
    )


def have_control_characters(texts: Iterable[str]) -> bool:
    """Return whether any of several texts does."""
    return any(map(has_control_characters, texts))


def strings_in(value: object) -> Iterable[str]:
    """Yield every string inside nested mappings and lists, the keys of mappings among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from strings_in(key)
            yield from strings_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings_in(each)
