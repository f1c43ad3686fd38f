"""Help in Indonesian: what each role does, and the privacy documents; headings are the index."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup
from starlette.responses import Response

from bot.admin.help.markdown import Block, Heading, Paragraph, read_document
from bot.admin.web.gate import AdminRequest, AdminRoute, get
from bot.admin.web.render import Renderer
from bot.core.accounts.users import Permission

FOLDER = Path(__file__).parent / "templates" / "help"
ORDER = ("akun", "pantau", "jawaban", "pertanyaan", "coba", "peraturan", "kalender", "pengingat", "pengguna")
"""The pages, in the order of the index; each is a template."""
DOCUMENTS = "dokumen"

_TITLE = re.compile(r"{% block title %}(.+?){% endblock %}")
_HEADING = re.compile(r'<h2 id="([a-z-]+)">(.+?)</h2>')
_JINJA = re.compile(r"{[%{].*?[%}]}")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One heading of the index."""

    id: str
    title: str
    words: str
    """What is said below it, for the search."""


@dataclass(frozen=True, kw_only=True)
class HelpPage:
    """One page of the index."""

    name: str
    """Below /bantuan."""
    title: str
    headings: tuple[Entry, ...]

    def matching(self, words: Sequence[str]) -> "HelpPage":
        """Return it with the headings alone that all the words stand under."""
        kept = [each for each in self.headings if _has_all(f"{self.title} {each.title} {each.words}", words)]
        return replace(self, headings=tuple(kept))


def read_pages() -> tuple[HelpPage, ...]:
    """Read titles and headings of the templates."""
    return tuple(_read(name) for name in ORDER)


@dataclass(frozen=True, kw_only=True)
class HelpPages:
    """The pages, with what they need."""

    documents: Mapping[str, str]
    """Name to Markdown."""
    render: Renderer

    def pages(self) -> list[AdminRoute]:
        """Return the routes."""
        return [
            get("/bantuan", Permission.VIEW, self._index),
            get("/bantuan/{name}", Permission.VIEW, self._page),
            get(f"/bantuan/{DOCUMENTS}/{{name}}", Permission.VIEW, self._document),
        ]

    async def _index(self, visit: AdminRequest) -> Response:
        search = visit.asked("cari")
        every = [*read_pages(), *(_as_page(name, text) for name, text in self.documents.items())]
        found = [page.matching(search.lower().split()) for page in every]
        return self.render.page(visit, "help.html", found=[page for page in found if page.headings], search=search)

    async def _page(self, visit: AdminRequest) -> Response:
        if visit.path("name") not in ORDER:
            return self.render.problem(visit, 404, "Halaman bantuan itu tidak ada. Cari di daftar bantuan.")
        return self.render.page(visit, f"help/{visit.path('name')}.html")

    async def _document(self, visit: AdminRequest) -> Response:
        name = visit.path("name")
        if name not in self.documents:
            return self.render.problem(visit, 404, "Dokumen itu tidak ada. Cari di daftar bantuan.")
        return self.render.page(visit, "help_document.html", document=read_document(self.documents[name]), name=name)


def _read(name: str) -> HelpPage:
    source = (FOLDER / f"{name}.html").read_text(encoding="utf-8")
    title = _TITLE.search(source)
    if title is None:
        raise ValueError(f"the help page {name} has no title")
    _, *parts = _HEADING.split(source)
    headings = [
        Entry(id=identifier, title=heading, words=_plain(below))
        for identifier, heading, below in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]
    return HelpPage(name=name, title=title[1], headings=tuple(headings))


def _as_page(name: str, markdown: str) -> HelpPage:
    document = read_document(markdown)
    entries: list[Entry] = []
    for block in document.blocks:
        if isinstance(block, Heading) and block.level == 2:
            entries.append(Entry(id=block.id, title=block.title, words=""))
        elif entries:
            entries[-1] = replace(entries[-1], words=f"{entries[-1].words} {_words(block)}")
    return HelpPage(name=f"{DOCUMENTS}/{name}", title=document.title, headings=tuple(entries))


def _words(block: Block) -> str:
    if isinstance(block, Heading):
        return block.title
    lines = [block.text] if isinstance(block, Paragraph) else [cell for row in block.rows for cell in row]
    return " ".join(span.text for line in lines for span in line)


def _plain(source: str) -> str:
    return " ".join(Markup(_JINJA.sub(" ", source)).striptags().split())  # noqa: S704 (our own template)


def _has_all(text: str, words: Sequence[str]) -> bool:
    lowered = text.lower()
    return all(word in lowered for word in words)
