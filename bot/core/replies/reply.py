"""Channel-neutral replies: paragraphs, citations and buttons; as plain text, split to a length limit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Style(StrEnum):
    """How a paragraph wants to be shown."""

    HEADING = "heading"
    TEXT = "text"
    LIST = "list"
    CITATION = "citation"
    """One citation; never split."""
    NOTE = "note"
    """Less weight: dates, doubts, hints."""


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """One paragraph without line breaks, or one list."""

    style: Style
    lines: tuple[str, ...]
    """One string; several for a list."""


@dataclass(frozen=True, kw_only=True)
class Button:
    """One thing the person may press."""

    label: str
    """At most 20 characters, WhatsApp's limit for a button (`docs/limits.md`)."""
    payload: str
    """At most 64 bytes, Telegram's limit for callback data (`docs/limits.md`)."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the bot says in one turn."""

    paragraphs: tuple[Paragraph, ...]
    buttons: tuple[Button, ...] = ()


def heading(text: str) -> Paragraph:
    """Make a heading."""
    return Paragraph(style=Style.HEADING, lines=(text,))


def text(words: str) -> Paragraph:
    """Make a paragraph of text."""
    return Paragraph(style=Style.TEXT, lines=(words,))


def note(words: str) -> Paragraph:
    """Make a paragraph of less weight."""
    return Paragraph(style=Style.NOTE, lines=(words,))


def bullets(items: tuple[str, ...]) -> Paragraph:
    """Make a list."""
    return Paragraph(style=Style.LIST, lines=items)


def citation(words: str) -> Paragraph:
    """Make a citation."""
    return Paragraph(style=Style.CITATION, lines=(words,))


def as_text(reply: Reply) -> str:
    """Return the paragraphs as plain text, without the buttons."""
    return joined(reply.paragraphs, _plain)


def split(reply: Reply, limit: int) -> tuple[Reply, ...]:
    """Cut a reply into pieces of at most `limit` characters of plain text.

    Cuts fall between paragraphs, else between lines of a list, else after a sentence, else at a space; never
    inside a citation, unless that alone is longer than the limit. The last piece keeps the buttons.
    """
    pieces: list[list[Paragraph]] = [[]]
    for paragraph in reply.paragraphs:
        for part in _fitting(paragraph, limit):
            if len(joined([*pieces[-1], part], _plain)) > limit and pieces[-1]:
                pieces.append([])
            pieces[-1].append(part)
    last = len(pieces) - 1
    return tuple(
        Reply(paragraphs=tuple(piece), buttons=reply.buttons if number == last else ())
        for number, piece in enumerate(pieces)
    )


def joined(paragraphs: Sequence[Paragraph], write: Callable[[Paragraph], str]) -> str:
    """Put paragraphs together as a channel writes them; citations stand close."""
    parts: list[str] = []
    previous: Style | None = None
    for paragraph in paragraphs:
        close = paragraph.style is Style.CITATION and previous is Style.CITATION
        parts += ["" if previous is None else "\n" if close else "\n\n", write(paragraph)]
        previous = paragraph.style
    return "".join(parts)


def _plain(paragraph: Paragraph) -> str:
    mark = "• " if paragraph.style in (Style.LIST, Style.CITATION) else ""
    return "\n".join(f"{mark}{line}" for line in paragraph.lines)


def _fitting(paragraph: Paragraph, limit: int) -> list[Paragraph]:
    """Return the paragraph in parts that each fit."""
    if len(_plain(paragraph)) <= limit:
        return [paragraph]
    if len(paragraph.lines) > 1:
        singles = [Paragraph(style=paragraph.style, lines=(line,)) for line in paragraph.lines]
        return [part for single in singles for part in _fitting(single, limit)]
    mark = len(_plain(paragraph)) - len(paragraph.lines[0])
    return [Paragraph(style=paragraph.style, lines=(part,)) for part in _cut(paragraph.lines[0], max(1, limit - mark))]


def _cut(line: str, limit: int) -> list[str]:
    parts = []
    while len(line) > limit:
        window = line[: limit + 1]
        at = max(window.rfind(". ") + 1, 0) or window.rfind(" ")
        if at <= 0:
            at = limit
        parts.append(line[:at].strip())
        line = line[at:].strip()
    return [*parts, line]
