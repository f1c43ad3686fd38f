"""What platforms say later of replies they took: out for good, to be sent once more, or lost."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import delete, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.messaging.ports import WorkKind
from bot.application.messaging.record_replies import ReplyTicket, ReplyWord, moment_of
from bot.core.messaging.reply_delivery import Later, after_failure
from bot.core.vocabulary import Pending
from bot.storage.engine.database import Database, lock, present_of
from bot.storage.messaging.queues import add_work, forget_accepted, is_awaited_no_more
from bot.storage.messaging.tables import OutboxRow

NotePending: TypeAlias = Callable[[Database, AsyncSession, bytes, Pending], Awaitable[None]]


class DatabaseReplies:
    """The real `ReplyWords`."""

    def __init__(self, store: Database, note_pending: NotePending) -> None:
        """Take the store, and what adds to what a conversation is to be told."""
        self._store = store
        self._note_pending = note_pending

    async def record(self, words: Sequence[ReplyWord]) -> int:
        """Do what each word asks for; one that repeats or comes late finds another sending, or none."""
        lost = 0
        async with self._store.brief_session() as session:
            await forget_accepted(session)
            rows = await _meant(session, words)
            # In one order for everybody, so that two groups cannot block each other.
            for word, row in sorted(rows, key=lambda pair: (pair[1].work_key, pair[1].id)):
                if word.failure is None:
                    await session.execute(delete(OutboxRow).where(*_is(row)))
                else:
                    lost += await self._failed(session, word, row)
        return lost

    async def _failed(self, session: AsyncSession, word: ReplyWord, row: Any) -> bool:
        """Send it once more, or give it up; says whether it is lost."""
        assert word.failure is not None
        await lock(session, row.work_key)
        later = after_failure(
            word.failure,
            failed_before=row.failed > 0,
            is_window_closed=word.is_window_closed,
            is_reopening=row.is_reopening,
        )
        if later is Later.LOST:
            gone = await session.execute(delete(OutboxRow).where(*_is(row)).returning(OutboxRow.id))
            is_lost = gone.first() is not None
            if is_lost:
                await self._note_pending(self._store, session, row.work_key, Pending.REPLY_LOST)
            return is_lost
        # Before the message, as whoever sends does: locks are taken in one order by everybody.
        await add_work(session, WorkKind.OUTBOX, row.work_key, row.channel, await present_of(session))
        await session.execute(
            update(OutboxRow)
            .where(*_is(row))
            # One sending more: the same word, said again, finds it no more.
            .values(
                attempts=OutboxRow.attempts + 1,
                begun=0,
                failed=OutboxRow.failed + 1,
                accepted_at=None,
                is_reopening=row.is_reopening or later is Later.REOPEN,
            )
        )
        return False


async def _meant(session: AsyncSession, words: Sequence[ReplyWord]) -> list[tuple[ReplyWord, Any]]:
    """Find the messages that are meant, as far as the sending that is meant is still their last."""
    table = OutboxRow.__table__
    # More of them than are deleted at once may be over.
    is_awaited = or_(OutboxRow.accepted_at.is_(None), not_(is_awaited_no_more(await present_of(session))))
    named = table.c.id.in_({word.ticket.message for word in words})
    found = await session.execute(select(table).where(named, is_awaited))
    rows = {row.id: row for row in found}
    meant: dict[int, ReplyWord] = {}
    for word in words:
        row = rows.get(word.ticket.message)
        if row is not None and _names(word.ticket, row):
            # Of one group a failure counts more than a word that it was on its way.
            known = meant.get(row.id)
            meant[row.id] = known if known is not None and known.failure is not None else word
    return [(word, rows[id_]) for id_, word in meant.items()]


def _names(ticket: ReplyTicket, row: Any) -> bool:
    return bool(moment_of(row.owed_at) == ticket.moment and row.attempts == ticket.attempt)


def _is(row: Any) -> tuple[Any, ...]:
    return OutboxRow.id == row.id, OutboxRow.attempts == row.attempts
