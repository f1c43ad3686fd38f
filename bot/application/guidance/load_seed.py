"""Bring the seed into the store without touching what was edited there; find what may not be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from bot.core.guidance.book import GuidanceBook, WithheldAnswer
from bot.core.guidance.entry import GuidanceEntry, Topic
from bot.core.guidance.instrument import Instrument


@dataclass(frozen=True, kw_only=True)
class Seed:
    """The first version of everything, as the project's files give it."""

    groups: Mapping[str, str]
    """Group id to its heading, in menu order."""
    topics: Sequence[Topic]
    instruments: Sequence[Instrument]
    entries: Sequence[GuidanceEntry]


@dataclass(kw_only=True)
class LoadReport:
    """What loading did, by the names of what it met."""

    added: list[str] = field(default_factory=list)
    unchanged: int = 0
    differing: list[str] = field(default_factory=list)
    """In the store with other content than in the files; the store was left as it is."""


class GuidanceEditor(Protocol):
    """What loading needs of a transaction."""

    async def edit_alone(self) -> None:
        """Wait until nobody else edits, and let nobody else until the end of the transaction."""

    async def guidance(self) -> GuidanceBook:
        """Return what is published."""

    async def add_group(self, group: str, title: str, position: int) -> None:
        """Add one heading of the menu."""

    async def add_instrument(self, instrument: Instrument) -> None:
        """Add one instrument."""

    async def add_topic(self, topic: Topic, position: int) -> None:
        """Add one topic."""

    async def publish(self, entry: GuidanceEntry, now: datetime) -> None:
        """Add one version of an answer."""

    def is_same(self, one: GuidanceEntry | Topic | Instrument, other: GuidanceEntry | Topic | Instrument) -> bool:
        """Say whether two have the same content; versions do not count."""


async def load_seed(editor: GuidanceEditor, seed: Seed, now: datetime) -> LoadReport:
    """Add what the store lacks; what it holds is never overwritten, a difference is reported.

    Of two that load at once the second finds everything there.
    """
    await editor.edit_alone()
    book = await editor.guidance()
    report = LoadReport()
    for position, (group, title) in enumerate(seed.groups.items()):
        if group not in book.groups:
            await editor.add_group(group, title, position)
            report.added.append(f"kelompok {group}")
        elif book.groups[group] == title:
            report.unchanged += 1
        else:
            report.differing.append(f"kelompok {group}")
    for instrument in seed.instruments:
        if _is_new(editor, report, f"peraturan {instrument.code}", instrument, book.instruments.get(instrument.code)):
            await editor.add_instrument(instrument)
    for position, topic in enumerate(seed.topics):
        if _is_new(editor, report, f"topik {topic.id}", topic, book.topics.get(topic.id)):
            await editor.add_topic(topic, position)
    for entry in seed.entries:
        if _is_new(editor, report, f"jawaban {entry.topic}", entry, book.entries.get(entry.topic)):
            await editor.publish(entry, now)
    return report


def _is_new(
    editor: GuidanceEditor,
    report: LoadReport,
    name: str,
    seeded: GuidanceEntry | Topic | Instrument,
    stored: GuidanceEntry | Topic | Instrument | None,
) -> bool:
    if stored is None:
        report.added.append(name)
        return True
    if editor.is_same(seeded, stored):
        report.unchanged += 1
    else:
        report.differing.append(name)
    return False


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much is published."""

    topics: int
    answers: int
    variants: int
    citations: int
    instruments: int


def count(book: GuidanceBook) -> Counts:
    """Count what is published."""
    entries = list(book.entries.values())
    return Counts(
        topics=len(book.topics),
        answers=len(entries),
        variants=sum(len(entry.variants) for entry in entries),
        citations=sum(len(entry.citations) for entry in entries),
        instruments=len(book.instruments),
    )


def problems(book: GuidanceBook, on: date) -> tuple[WithheldAnswer, ...]:
    """Return every topic whose answer may not be sent on this day, topics without one included."""
    standings = [book.answer_on(topic, on) for topic in book.topics]
    return tuple(standing for standing in standings if isinstance(standing, WithheldAnswer))
