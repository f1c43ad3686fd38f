"""The statements of every message, made once: to make one takes SQLAlchemy ten times as long as to run it.

Parameters are named `of_...` or `to_...`, for a column's own name is taken by SQLAlchemy.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    Select,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import ReturningDelete, ReturningInsert, ReturningUpdate

from bot.application.messaging.ports import WorkKind
from bot.storage.engine.statements import insert_for, table_of
from bot.storage.messaging.tables import InboxRow, OutboxRow, RateRow, ServiceWindowRow, WorkRow

_WORK, _INBOX, _OUTBOX = table_of(WorkRow), table_of(InboxRow), table_of(OutboxRow)

_RATE, _WINDOW = table_of(RateRow), table_of(ServiceWindowRow)

LEASE_SECONDS = 15.0
"""Longer than the longest send or parse and any stall of the event loop, so that no live worker loses its claim."""

MAX_WAIT_SECONDS = 3600.0
"""The longest that a conversation or a sender is put off at once; platforms ask for minutes."""

STEP_SECONDS = 1.0
"""How far the clocks of one database may differ from one transaction to the next without having gone back."""

_of_key = bindparam("of_key", type_=_WORK.c.key.type)

_of_kind = bindparam("of_kind", type_=_WORK.c.kind.type)

_at = bindparam("at", type_=_WORK.c.due_at.type)

_held = (_WORK.c.kind == _of_kind, _WORK.c.key == _of_key, _WORK.c.owner == bindparam("of_owner"))

NEXT_UPDATE = select(_INBOX).where(_INBOX.c.work_key == _of_key).order_by(_INBOX.c.position).limit(1)

COMPLETE_UPDATE = (
    update(_INBOX)
    .where(_INBOX.c.channel == bindparam("of_channel"), _INBOX.c.update_id == bindparam("of_id"))
    .values(work_key=None, position=None, arrived_at=None, payload=None, attempts=None)
)

COUNT_FAILURE = (
    update(_INBOX)
    .where(_INBOX.c.channel == bindparam("of_channel"), _INBOX.c.update_id == bindparam("of_id"))
    .values(attempts=func.coalesce(_INBOX.c.attempts, 0) + 1)
)

_owed = (_OUTBOX.c.work_key == _of_key, _OUTBOX.c.accepted_at.is_(None))

NEXT_MESSAGE = select(_OUTBOX).where(*_owed).order_by(_OUTBOX.c.id).limit(1)

ADD_MESSAGE = _OUTBOX.insert().returning(_OUTBOX.c.id)

BEGIN_SENDING = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("of_id"))
    .values(attempts=_OUTBOX.c.attempts + 1, begun=_OUTBOX.c.begun + 1)
)

_OF_SENDING = (_OUTBOX.c.id == bindparam("of_id"), _OUTBOX.c.attempts == bindparam("of_attempts"))
"""A message as long as this sending of it is the last."""

KEEP_MESSAGE = update(_OUTBOX).where(*_OF_SENDING).values(begun=bindparam("to_begun"))

ACCEPT_MESSAGE = update(_OUTBOX).where(*_OF_SENDING).values(accepted_at=bindparam("to_moment"))

DELETE_MESSAGE = delete(_OUTBOX).where(_OUTBOX.c.id == bindparam("of_id"))

RENEW = update(_WORK).where(*_held).values(leased_until=bindparam("to_moment")).returning(_WORK.c.generation)

TAKE = (
    update(_WORK)
    .where(_WORK.c.kind == _of_kind, _WORK.c.key == _of_key)
    .values(owner=bindparam("to_owner"), leased_until=bindparam("to_moment"))
    .returning(_WORK.c.generation)
)

GIVE_BACK = (
    update(_WORK)
    .where(*_held)
    .values(owner=None, leased_until=0.0, due_at=bindparam("to_moment"), set_at=bindparam("to_present"))
)

RETURN_SLOT = (
    update(_RATE)
    .where(_RATE.c.key == _of_key)
    .values(due_at=_RATE.c.due_at - bindparam("interval", type_=_RATE.c.due_at.type))
)

RATE = select(_RATE.c.due_at).where(_RATE.c.key == _of_key)


@cache
def waiting(of_one_channel: bool) -> Select[int]:
    """Say whether any work of a kind is due and free."""
    return select(literal(1)).select_from(_WORK).where(*_is_free(of_one_channel)).limit(1)


@cache
def claim(of_one_channel: bool) -> ReturningUpdate[Any]:
    """Take the longest waiting work; returns its key and generation."""
    longest = select(_WORK.c.key).where(*_is_free(of_one_channel)).order_by(_WORK.c.due_at).limit(1)
    return (
        update(_WORK)
        .where(_WORK.c.kind == _of_kind, _WORK.c.key == longest.with_for_update(skip_locked=True).scalar_subquery())
        .values(owner=bindparam("to_owner"), leased_until=bindparam("to_moment"))
        .returning(_WORK.c.key, _WORK.c.generation)
    )


def _is_free(of_one_channel: bool) -> list[Any]:
    mine = [or_(_WORK.c.channel == bindparam("of_channel"), _WORK.c.channel.is_(None))] if of_one_channel else []
    # A moment is believed only within the longest wait that its rule can give: a clock that went back silences nobody.
    is_due = or_(_WORK.c.due_at <= _at, _WORK.c.set_at > _at + STEP_SECONDS, _WORK.c.due_at > _at + MAX_WAIT_SECONDS)
    is_open = or_(_WORK.c.leased_until < _at, _WORK.c.leased_until > _at + LEASE_SECONDS + STEP_SECONDS)
    return [_WORK.c.kind == _of_kind, is_due, is_open, *mine]


@cache
def remove_work(kind: WorkKind) -> ReturningDelete[Any]:
    """Remove a piece of work to which nothing was added since its claim and of which nothing is left."""
    left = exists().where(_INBOX.c.work_key == _of_key) if kind is WorkKind.INBOX else exists().where(*_owed)
    is_same = _WORK.c.generation == bindparam("of_generation")
    return delete(_WORK).where(*_held, is_same, ~left).returning(_WORK.c.key)


@cache
def add_update(dialect: str) -> ReturningInsert[Any]:
    """Keep an update, unless it is known; returns its id when it was not."""
    return insert_for(dialect, _INBOX).on_conflict_do_nothing().returning(_INBOX.c.update_id)


@cache
def add_work(dialect: str) -> ReturningInsert[Any]:
    """Let a conversation be worked on; one that is worked on already is looked at again. Gives the generation."""
    insert = insert_for(dialect, _WORK)
    changed = {"generation": _WORK.c.generation + 1, "channel": insert.excluded.channel}
    return insert.on_conflict_do_update(index_elements=["kind", "key"], set_=changed).returning(_WORK.c.generation)


@cache
def open_window(dialect: str) -> sqlite.Insert:
    """Keep the latest end of a window for free text."""
    insert = insert_for(dialect, _WINDOW)
    return insert.on_conflict_do_update(
        index_elements=["key"],
        set_={"open_until": insert.excluded.open_until},
        where=_WINDOW.c.open_until < insert.excluded.open_until,
    )


@cache
def acquire_token(dialect: str) -> ReturningInsert[Any]:
    """Move the time at which a source is next due, unless that lies too far ahead; returns it when it was moved."""
    highest = func.max if dialect == "sqlite" else func.greatest
    interval = bindparam("interval", type_=_RATE.c.due_at.type)
    # What was set by a clock that has gone back since, or lies farther ahead than any rule puts off, counts as now.
    is_void = or_(
        _RATE.c.set_at > _at + STEP_SECONDS, _RATE.c.due_at > bindparam("farthest", type_=_RATE.c.due_at.type)
    )
    return (
        insert_for(dialect, _RATE)
        .values(key=_of_key, due_at=_at + interval, set_at=_at)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={"due_at": case((is_void, _at), else_=highest(_RATE.c.due_at, _at)) + interval, "set_at": _at},
            where=or_(_RATE.c.due_at <= bindparam("latest", type_=_RATE.c.due_at.type), is_void),
        )
        .returning(_RATE.c.due_at)
    )
