"""The statements of every tick of the reminders, made once (`message_statements` says why)."""

from typing import Any

from sqlalchemy import BindParameter, Boolean, Integer, bindparam, case, cast, func, or_, select, update

from bot.core.campaigns.delivery import DeliveryStatus
from bot.storage.campaigns.tables import CampaignRow, ChunkRow, DeliveryRow, OptInRow
from bot.storage.engine.statements import table_of
from bot.storage.messaging.tables import RateRow

_CAMPAIGN, _CHUNK, _DELIVERY = table_of(CampaignRow), table_of(ChunkRow), table_of(DeliveryRow)
_OPT_IN, _RATE = table_of(OptInRow), table_of(RateRow)
_of_keys: BindParameter[Any] = bindparam("of_keys", expanding=True)
_of_chunks: BindParameter[Any] = bindparam("of_chunks", expanding=True)
_to_week = bindparam("to_week", type_=_OPT_IN.c.week.type)

RENEW = (
    update(_CHUNK)
    .where(_CHUNK.c.id.in_(_of_chunks), _CHUNK.c.owner == bindparam("of_owner"), ~_CHUNK.c.is_done)
    .values(leased_until=bindparam("to_moment"))
    .returning(_CHUNK.c.id)
)
STANDING = (
    select(_CHUNK.c.id, _CAMPAIGN.c.status, _CAMPAIGN.c.deadline, _CAMPAIGN.c.segment, _CAMPAIGN.c.weekly_limit)
    .join(_CAMPAIGN, _CAMPAIGN.c.id == _CHUNK.c.campaign_id)
    .where(_CHUNK.c.id.in_(_of_chunks))
)
OPT_INS = (
    select(
        _OPT_IN.c.key,
        _OPT_IN.c.address,
        _OPT_IN.c.channel,
        _OPT_IN.c.agency,
        _OPT_IN.c.region,
        _OPT_IN.c.role,
        _OPT_IN.c.zone,
        _OPT_IN.c.stages,
        _OPT_IN.c.unreachable_since,
        _OPT_IN.c.unreachable_times,
        _OPT_IN.c.week,
        _OPT_IN.c.week_count,
    )
    .where(_OPT_IN.c.key.in_(_of_keys))
    .order_by(_OPT_IN.c.key)
    .with_for_update()
)
_mine = (_DELIVERY.c.chunk_id == bindparam("of_chunk"), _DELIVERY.c.key.in_(_of_keys))
_waits = (*_mine, _DELIVERY.c.status == DeliveryStatus.WAITING)
LEAVE_OUT = update(_DELIVERY).where(*_waits).values(status=bindparam("to_status")).returning(_DELIVERY.c.key)
MARK = (
    update(_DELIVERY)
    .where(*_waits)
    .values(status=DeliveryStatus.SENDING, number=func.coalesce(_DELIVERY.c.number, 0) + 1, not_before=None)
    .returning(_DELIVERY.c.key, _DELIVERY.c.number)
)
"""Every marking is an attempt of its own, by whose number a late receipt is known."""
BECOME = (
    update(_DELIVERY)
    .where(*_mine, _DELIVERY.c.status == bindparam("of_status"))
    .values(
        status=bindparam("to_status"),
        attempts=bindparam("to_attempts"),
        doubts=bindparam("to_doubts"),
        reason=bindparam("to_reason"),
        not_before=bindparam("to_not_before"),
    )
)
COUNT = (
    update(_OPT_IN)
    .where(_OPT_IN.c.key.in_(_of_keys))
    .values(
        week=_to_week,
        week_count=cast(
            case((_OPT_IN.c.week == _to_week, func.coalesce(_OPT_IN.c.week_count, 0) + 1), else_=1), Integer
        ),
    )
)
DUE = select(_RATE.c.due_at, _RATE.c.set_at).where(_RATE.c.key == bindparam("of_key")).with_for_update()
MOVE_DUE = (
    update(_RATE)
    .where(_RATE.c.key == bindparam("of_key"))
    .values(due_at=bindparam("to_moment"), set_at=bindparam("to_present"))
)

RECEIPT = (
    update(_DELIVERY)
    .where(
        _DELIVERY.c.chunk_id == bindparam("of_chunk"),
        _DELIVERY.c.key.in_(bindparam("of_keys", expanding=True)),
        _DELIVERY.c.status.in_(bindparam("of_statuses", expanding=True)),
        or_(bindparam("of_any", type_=Boolean), func.coalesce(_DELIVERY.c.number, 1) == bindparam("of_number")),
    )
    .values(status=bindparam("to_status"), reason=bindparam("to_reason"), suspect=None)
    .returning(_DELIVERY.c.key)
)
