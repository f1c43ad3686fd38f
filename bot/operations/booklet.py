"""All answers on one page to print: the booklet (buku saku)."""

from datetime import date

from jinja2 import Environment, PackageLoader, select_autoescape

from bot.core.guidance.book import GuidanceBook, WithheldAnswer
from bot.core.replies import texts
from bot.core.replies.answer import format_citation, format_date

_TEMPLATES = Environment(
    loader=PackageLoader("bot.operations"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
)


def booklet(book: GuidanceBook, today: date) -> str:
    """Return the HTML of the booklet; needs nothing from outside; an answer withheld today is named, not shown."""
    groups = [
        (title, [(topic, book.answer_on(topic.id, today)) for topic in book.topics.values() if topic.group == group])
        for group, title in book.groups.items()
    ]
    return _TEMPLATES.get_template("booklet.html").render(
        groups=[(title, entries) for title, entries in groups if entries],
        is_withheld=lambda standing: isinstance(standing, WithheldAnswer),
        instruments=[book.instruments[code] for code in sorted(_cited_codes(book))],
        cited=format_citation,
        day=format_date,
        today=today,
        texts=texts,
    )


def _cited_codes(book: GuidanceBook) -> set[str]:
    return {c.instrument for entry in book.entries.values() for c in entry.citations}
