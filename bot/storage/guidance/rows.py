"""Guidance between rows and values; the values' digest tells whether two are the same."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.guidance.entry import Citation, GuidanceEntry, Topic, Variant
from bot.core.guidance.entry_fields import entry_to_fields
from bot.core.guidance.instrument import Instrument
from bot.core.vocabulary import Slot
from bot.storage.engine.statements import table_of
from bot.storage.guidance.tables import (
    CitationRow,
    GuidanceItemKind,
    GuidanceItemRow,
    GuidanceRevisionRow,
    GuidanceRow,
    InstrumentRow,
    SanctionRow,
    StagePeriodRow,
    TopicGroupRow,
    TopicRow,
    VariantRow,
)

_WITH_PARTS = (
    selectinload(GuidanceRow.points),
    selectinload(GuidanceRow.sanctions),
    selectinload(GuidanceRow.variants),
    selectinload(GuidanceRow.citations),
)


async def read_book(session: AsyncSession, contact: str | None, agency: str | None) -> GuidanceBook:
    """Read everything that is published."""
    topics = (await session.scalars(select(TopicRow).order_by(TopicRow.position))).all()
    groups = (await session.scalars(select(TopicGroupRow).order_by(TopicGroupRow.position))).all()
    instruments = (await session.scalars(select(InstrumentRow).order_by(InstrumentRow.code))).all()
    return GuidanceBook(
        topics={row.id: to_topic(row) for row in topics},
        entries={entry.topic: entry for entry in await read_entries(session)},
        instruments={row.code: to_instrument(row) for row in instruments},
        groups={row.id: row.title for row in groups},
        contact=contact,
        agency=agency,
    )


async def read_entries(session: AsyncSession) -> list[GuidanceEntry]:
    """Read the highest version of every answer, in the order of topic ids."""
    newest = (
        select(GuidanceRow.topic_id, func.max(GuidanceRow.version).label("version"))
        .group_by(GuidanceRow.topic_id)
        .subquery()
    )
    rows = await session.scalars(
        select(GuidanceRow)
        .join(newest, (newest.c.topic_id == GuidanceRow.topic_id) & (newest.c.version == GuidanceRow.version))
        .order_by(GuidanceRow.topic_id)
        .options(*_WITH_PARTS)
    )
    return [to_guidance(row) for row in rows]


async def read_versions(session: AsyncSession, topic: str) -> list[tuple[GuidanceEntry, datetime]]:
    """Read every version of one answer with the moment of its publication, the newest first."""
    query = select(GuidanceRow).where(GuidanceRow.topic_id == topic).order_by(GuidanceRow.version.desc())
    return [(to_guidance(row), row.published_at) for row in await session.scalars(query.options(*_WITH_PARTS))]


REVISION = select(table_of(GuidanceRevisionRow).c.number)
_MARK = "sinetral_changes_guidance"


async def read_revision(session: AsyncSession) -> int:
    """Return the number that changes whenever guidance does; 0 before the first load."""
    return await session.scalar(REVISION) or 0


async def read_periods(session: AsyncSession) -> tuple[StagePeriod, ...]:
    """Return the stages of the elections, earliest first."""
    rows = await session.scalars(select(StagePeriodRow).order_by(StagePeriodRow.starts_on))
    return tuple(
        StagePeriod(election=row.election, stage=row.stage, starts_on=row.starts_on, ends_on=row.ends_on)
        for row in rows
    )


def changes_guidance(session: AsyncSession) -> bool:
    """Say whether this transaction wrote what others cannot see before it is committed."""
    return _MARK in session.info


async def bump_revision(session: AsyncSession) -> None:
    """Tell every process to read guidance and calendar again; once a transaction."""
    if changes_guidance(session):
        return
    session.info[_MARK] = True
    changed = await session.execute(
        update(GuidanceRevisionRow).values(number=GuidanceRevisionRow.number + 1).returning(GuidanceRevisionRow.id)
    )
    if changed.first() is None:
        session.add(GuidanceRevisionRow(id=1, number=1))


def to_topic(row: TopicRow) -> Topic:
    """Make the value of a row."""
    return Topic(
        id=row.id,
        group=row.group_id,
        title=row.title,
        label=row.label,
        description=row.description,
        keywords=tuple(row.keywords),
        related=tuple(row.related),
    )


def from_topic(topic: Topic, position: int) -> TopicRow:
    """Make the row of a value."""
    return TopicRow(
        id=topic.id,
        group_id=topic.group,
        title=topic.title,
        label=topic.label,
        description=topic.description,
        keywords=list(topic.keywords),
        related=list(topic.related),
        position=position,
    )


def to_instrument(row: InstrumentRow) -> Instrument:
    """Make the value of a row."""
    return Instrument(
        code=row.code,
        title=row.title,
        number=row.number,
        dated=row.dated,
        status=row.status,
        in_force_from=row.in_force_from,
        in_force_to=row.in_force_to,
        amended_by=tuple(row.amended_by),
        replaced_by=row.replaced_by,
        source=row.source,
        note=row.note,
    )


def from_instrument(value: Instrument) -> InstrumentRow:
    """Make the row of a value."""
    fields = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return InstrumentRow(**{**fields, "amended_by": list(value.amended_by)})


def to_guidance(row: GuidanceRow) -> GuidanceEntry:
    """Make the value of a row and its parts."""
    return GuidanceEntry(
        topic=row.topic_id,
        version=row.version,
        verdict=row.verdict,
        certainty=row.certainty,
        short=row.short,
        explanation=row.explanation,
        exceptions=row.exceptions,
        instead=_points(row, GuidanceItemKind.INSTEAD),
        interpretation=_points(row, GuidanceItemKind.INTERPRETATION),
        advice=_points(row, GuidanceItemKind.ADVICE),
        sanctions={part.kind: part.words for part in row.sanctions},
        variants=tuple(
            Variant(
                when={Slot(slot): frozenset(values) for slot, values in part.condition.items()},
                label=part.label,
                verdict=part.verdict,
                text=part.words,
            )
            for part in row.variants
        ),
        citations=tuple(
            Citation(instrument=part.instrument_code, article=part.article, says=part.says, role=part.role)
            for part in row.citations
        ),
        checked_on=row.checked_on,
        review_by=row.review_by,
    )


def from_guidance(entry: GuidanceEntry, published_at: datetime) -> GuidanceRow:
    """Make the row and the parts of a value."""
    lists = {
        GuidanceItemKind.INSTEAD: entry.instead,
        GuidanceItemKind.INTERPRETATION: entry.interpretation,
        GuidanceItemKind.ADVICE: entry.advice,
    }
    return GuidanceRow(
        topic_id=entry.topic,
        version=entry.version,
        verdict=entry.verdict,
        certainty=entry.certainty,
        short=entry.short,
        explanation=entry.explanation,
        exceptions=entry.exceptions,
        checked_on=entry.checked_on,
        review_by=entry.review_by,
        published_at=published_at,
        points=[
            GuidanceItemRow(kind=kind, position=position, words=words)
            for kind, lines in lists.items()
            for position, words in enumerate(lines)
        ],
        sanctions=[SanctionRow(kind=kind, words=words) for kind, words in entry.sanctions.items()],
        variants=[
            VariantRow(
                position=position,
                condition={slot.value: sorted(values) for slot, values in variant.when.items()},
                label=variant.label,
                verdict=variant.verdict,
                words=variant.text,
            )
            for position, variant in enumerate(entry.variants)
        ],
        citations=[
            CitationRow(position=position, instrument_code=c.instrument, article=c.article, says=c.says, role=c.role)
            for position, c in enumerate(entry.citations)
        ],
    )


def plain_guidance(entry: GuidanceEntry) -> dict[str, Any]:
    """Return an answer as what JSON can hold."""
    fields = {"topic": entry.topic, "version": entry.version} | entry_to_fields(entry)
    return {name: _plain(value) for name, value in fields.items()}


def digest(value: GuidanceEntry | Topic | Instrument) -> str:
    """Return equal text for equal content; the version of an answer does not count."""
    fields = asdict(value)
    fields.pop("version", None)
    canonical = json.dumps(_plain(fields), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _points(row: GuidanceRow, kind: GuidanceItemKind) -> tuple[str, ...]:
    return tuple(part.words for part in row.points if part.kind is kind)


def _plain(value: object) -> object:
    """Return a value that JSON can write, sets in order."""
    match value:
        case dict():
            return {str(_plain(key)): _plain(item) for key, item in value.items()}
        case frozenset():
            return sorted(str(item) for item in value)
        case date():
            return value.isoformat()
        case StrEnum():
            return value.value
        case str() | None:
            return value
        case Sequence():
            return [_plain(item) for item in value]
    return value
