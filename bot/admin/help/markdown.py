"""The privacy documents as blocks for a template; of Markdown only what they use is read."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class SpanKind(StrEnum):
    """How a piece of a line is shown."""

    TEXT = "text"
    CODE = "code"
    BLANK = "blank"
    """Something in angle brackets, which an agency fills in."""


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    TABLE = "table"


@dataclass(frozen=True, kw_only=True)
class Span:
    """A piece of a line."""

    kind: SpanKind
    text: str


Line = tuple[Span, ...]


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading below the title."""

    level: int
    text: Line
    id: str
    """For links; unique within a document."""
    kind: Literal[BlockKind.HEADING] = BlockKind.HEADING

    @property
    def title(self) -> str:
        """Return its words."""
        return "".join(span.text for span in self.text)


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A paragraph."""

    text: Line
    kind: Literal[BlockKind.PARAGRAPH] = BlockKind.PARAGRAPH


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; every row is as long as its header."""

    header: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    kind: Literal[BlockKind.TABLE] = BlockKind.TABLE


Block = Heading | Paragraph | Table


@dataclass(frozen=True, kw_only=True)
class Document:
    """One document."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def headings(self) -> tuple[Heading, ...]:
        """Return its main headings."""
        return tuple(block for block in self.blocks if isinstance(block, Heading) and block.level == 2)


def read_document(markdown: str) -> Document:
    """Read a document: one title, headings, paragraphs, tables, code and blanks."""
    title, _, rest = markdown.strip().partition("\n")
    return Document(title=title.removeprefix("# "), blocks=tuple(_blocks(rest.splitlines())))


def spans(text: str) -> Line:
    """Return a line's pieces."""
    return tuple(_span(piece) for piece in _PIECES.split(text) if piece)


def _blocks(lines: Iterable[str]) -> Iterator[Block]:
    count = 0
    for group in _groups(lines):
        found = _HEADING.fullmatch(group[0])
        if found:
            count += 1
            yield Heading(level=len(found[1]), text=spans(found[2]), id=f"bagian-{count}")
        elif group[0].startswith("|"):
            header, _, *rows = [tuple(spans(cell) for cell in _cells(line)) for line in group]
            yield Table(header=header, rows=tuple(rows))
        else:
            yield Paragraph(text=spans(" ".join(group)))


def _groups(lines: Iterable[str]) -> Iterator[list[str]]:
    """Return the lines between blank ones; a heading stands alone."""
    group: list[str] = []
    for line in [*lines, ""]:
        is_heading = line.startswith("#")
        if group and (is_heading or not line.strip()):
            yield group
            group = []
        if is_heading:
            yield [line]
        elif line.strip():
            group.append(line.strip())


def _cells(line: str) -> Sequence[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _span(piece: str) -> Span:
    if piece.startswith("`"):
        return Span(kind=SpanKind.CODE, text=piece.strip("`"))
    if piece.startswith("<") and piece.endswith(">"):
        return Span(kind=SpanKind.BLANK, text=piece[1:-1])
    return Span(kind=SpanKind.TEXT, text=piece)


_HEADING = re.compile(r"(#{2,4}) +(.+)")
_PIECES = re.compile(r"(`[^`]+`|<[^<>]+>)")
