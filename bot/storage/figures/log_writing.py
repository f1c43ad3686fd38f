"""The log of the hours that ended: written in random order, a few rows a transaction, the roll-ups once a group."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.figures.query_log import LogRow
from bot.storage.engine.base import Base
from bot.storage.engine.statements import table_of
from bot.storage.figures.tables import (
    FeedbackDayRow,
    FeedbackRow,
    PendingLogRow,
    QueryDayRow,
    QueryLogRow,
    QueryMeasureDayRow,
    UnansweredRow,
)

SPOOL = table_of(PendingLogRow).insert()


async def write_rows(session: AsyncSession, rows: Sequence[LogRow], new_id: Callable[[], str]) -> None:
    """Write rows of the log and count them in the roll-ups, which pages read instead of the log.

    Args:
        new_id: makes random ids; their order is the order in which rows are written, so that none of arrival is left.
    """
    # Ids are drawn for each table anew: rows of two tables must not be matched by their places.
    asked = _drawn(rows, new_id)
    voted = _drawn([row for row in rows if row.feedback is not None], new_id)
    kept = _drawn(await _new_texts(session, rows), new_id)
    await _add(session, QueryLogRow, [_log_columns(identifier, row) for identifier, row in asked])
    await _add(session, FeedbackRow, [_vote_columns(identifier, row) for identifier, row in voted])
    await _add(session, UnansweredRow, [{"id": key, "day": row.day, "words": row.unanswered} for key, row in kept])
    await _count(session, rows)


async def _new_texts(session: AsyncSession, rows: Sequence[LogRow]) -> Sequence[LogRow]:
    """Return the rows with a text that is not kept of their day yet; equal ones tell a curator nothing more."""
    texts = {(row.day, row.unanswered): row for row in rows if row.unanswered is not None}
    if not texts:
        return ()
    known = await session.execute(
        select(UnansweredRow.day, UnansweredRow.words).where(
            UnansweredRow.day.in_({day for day, _ in texts}), UnansweredRow.words.in_({words for _, words in texts})
        )
    )
    for day, words in known:
        texts.pop((day, words), None)
    return list(texts.values())


def _drawn(rows: Sequence[LogRow], new_id: Callable[[], str]) -> list[tuple[str, LogRow]]:
    """Draw a random id for each row; returns them in the order of their ids."""
    return sorted(((new_id(), row) for row in rows), key=lambda pair: pair[0])


async def _add(session: AsyncSession, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(table), list(rows))


def _log_columns(identifier: str, row: LogRow) -> dict[str, Any]:
    return {
        "id": identifier,
        "hour": row.hour,
        "channel": row.channel,
        "topic_id": row.topic,
        "decision": row.decision,
        "band": row.band,
        "stage": row.stage.value if row.stage else None,
        "model": row.model,
        "guidance_version": row.guidance_version,
    }


def _vote_columns(identifier: str, row: LogRow) -> dict[str, Any]:
    assert row.feedback is not None
    return {
        "id": identifier,
        "hour": row.hour,
        "topic_id": row.feedback.topic,
        "guidance_version": row.feedback.version,
        "helpful": row.feedback.helpful,
        "comment": row.feedback.comment,
    }


async def _count(session: AsyncSession, rows: Sequence[LogRow]) -> None:
    """Add to the roll-ups, each group once and in one order for all processes."""
    asked: Counter[tuple[Any, ...]] = Counter()
    measured: Counter[tuple[Any, ...]] = Counter()
    votes: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        group = (row.day, row.channel, row.topic or "", row.decision, row.stage.value if row.stage else "")
        asked[group] += 1
        measured.update((*group, measure) for measure in row.measures)
        vote = row.feedback
        if vote is not None:
            votes[row.day, vote.topic, vote.helpful] += 1
            if vote.replaces is not None:
                # The count may stand below nothing until the vote itself is written.
                votes[vote.replaces, vote.topic, not vote.helpful] -= 1
    names = ("day", "channel", "topic_id", "decision", "stage")
    await _raise_by(session, QueryDayRow, names, _columns(names, asked))
    await _raise_by(session, QueryMeasureDayRow, (*names, "measure"), _columns((*names, "measure"), measured))
    voted = ("day", "topic_id", "helpful")
    counted = [dict(zip(voted, group, strict=True)) | {"votes": votes[group]} for group in sorted(votes)]
    await _raise_by(session, FeedbackDayRow, voted, counted)


def _columns(names: Sequence[str], counted: Counter[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(names, group, strict=True)) | {"asked": counted[group]} for group in sorted(counted)]


async def _raise_by(
    session: AsyncSession, row: type[Base], group: Sequence[str], added: Sequence[dict[str, Any]]
) -> None:
    """Add counts to a roll-up, all groups by one statement."""
    if not added:
        return
    table = table_of(row)
    dialect = session.get_bind().dialect.name
    into = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    counts = [name for name in added[0] if name not in group]
    raised = {name: table.c[name] + into.excluded[name] for name in counts}
    await session.execute(into.on_conflict_do_update(index_elements=list(group), set_=raised), list(added))
