"""What platforms say later of messages they took, written by the group; the opt-ins that it ends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.campaigns.record_receipts import Receipt, Ticket, read_ticket
from bot.application.campaigns.sending_state import rested
from bot.core.campaigns import status_notes
from bot.core.campaigns.campaign import CampaignEvent, CampaignStatus, next_status
from bot.core.campaigns.delivery import (
    MAX_UNEXPLAINED,
    TRANSITIONS,
    Delivery,
    DeliveryStatus,
    after_failure,
    rest_seconds,
)
from bot.core.messaging.send_outcome import SendOutcome, SendResult, is_held, is_unexplained
from bot.core.privacy.retention import PrivacyEvent
from bot.core.vocabulary import Channel
from bot.storage.campaigns import holding, statements
from bot.storage.campaigns.holding import Way
from bot.storage.campaigns.recipients import once_more_unreachable
from bot.storage.campaigns.rows import DELIVERY_COLUMNS, to_delivery
from bot.storage.campaigns.tables import CampaignRow, ChunkRow, DeliveryRow, OptInRow
from bot.storage.engine.database import Database
from bot.storage.privacy.events import add_event

ORDER = list(DeliveryStatus)
"""Sent, delivered, read, then failures: of one message in one group the earlier comes first."""
OF_ANY_ATTEMPT = frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.READ, DeliveryStatus.WITHDRAWN})
"""True of the person whichever attempt it is said of; everything else only of the present one."""
MAX_PARAMETERS = 400


@dataclass(frozen=True, kw_only=True)
class _Failure:
    """One message of which the platform says later that it failed."""

    ticket: Ticket
    attempt: SendResult


@dataclass(frozen=True, kw_only=True)
class _Place:
    """The chunk of a failed message, and whether there is time left to send it again."""

    chunk: int
    campaign: str
    channel: Channel
    may_wait: bool


class DatabaseReceipts:
    """The real `Receipts`."""

    def __init__(self, store: Database, now: Callable[[], datetime]) -> None:
        """Take the store and the time."""
        self._store = store
        self._now = now

    async def record(self, receipts: Sequence[Receipt]) -> int:
        """Change what a receipt may change; one statement for all that are alike."""
        alike: dict[tuple[int, int, int, str | None], set[bytes]] = {}
        failures: list[_Failure] = []
        for receipt in receipts:
            ticket = read_ticket(receipt.ticket)
            if ticket is None:
                continue
            if receipt.attempt is not None and receipt.attempt.outcome is not SendOutcome.ACCEPTED:
                failures.append(_Failure(ticket=ticket, attempt=receipt.attempt))
                continue
            place = (ORDER.index(receipt.status), ticket.chunk, ticket.number, receipt.reason)
            alike.setdefault(place, set()).add(ticket.key)
        changed = 0
        async with self._store.brief_session() as session:
            # Campaigns, then chunks, then messages, in one order for everybody, so that no two block each other.
            places = await self._places(session, failures)
            arrived: set[int] = set()
            for (rank, chunk, number, reason), keys in sorted(alike.items(), key=lambda item: item[0][:3]):
                became = await _become(session, chunk, sorted(keys), (number, ORDER[rank], reason))
                await note_fates(self._store, session, [(key, ORDER[rank]) for key in became], self._now())
                changed += len(became)
                if ORDER[rank] in holding.ARRIVED and became:
                    arrived.add(chunk)
            if arrived:
                await holding.clear_suspects(session, arrived, Way.RECEIPT)
            changed += await self._fail(session, failures, places, bool(arrived))
        return changed

    async def _places(self, session: AsyncSession, failures: Sequence[_Failure]) -> Mapping[int, _Place]:
        """Lock the campaigns and chunks of failed messages, and say where time is left."""
        ids = sorted({each.ticket.chunk for each in failures})
        if not ids:
            return {}
        named = await session.execute(select(ChunkRow.id, ChunkRow.campaign_id).where(ChunkRow.id.in_(ids)))
        campaign_of = {row.id: row.campaign_id for row in named}
        campaigns = await holding.lock_campaigns(session, set(campaign_of.values()))
        chunks = await session.execute(
            select(ChunkRow.id, ChunkRow.run, ChunkRow.channel)
            .where(ChunkRow.id.in_(ids))
            .order_by(ChunkRow.id)
            .with_for_update()
        )
        now = self._now().timestamp()
        places = {}
        for row in chunks:
            campaign = campaigns[campaign_of[row.id]]
            is_open = campaign.status is not CampaignStatus.STOPPED and row.run == campaign.run
            places[row.id] = _Place(
                chunk=row.id,
                campaign=campaign.id,
                channel=row.channel,
                may_wait=is_open and now <= campaign.deadline,
            )
        return places

    async def _fail(
        self, session: AsyncSession, failures: Sequence[_Failure], places: Mapping[int, _Place], others_arrived: bool
    ) -> int:
        """Let failed messages become what the table says of their code; each message once."""
        changed = 0
        refused: dict[int, list[bytes]] = {}
        reopened: set[int] = set()
        notes: dict[str, str] = {}
        reasons: dict[int, str | None] = {}
        for each in failures:
            place = places.get(each.ticket.chunk)
            became = await self._failed(session, each, place) if place is not None else None
            if place is None or became is None:
                continue
            changed += 1
            if became.status is DeliveryStatus.WAITING:
                reopened.add(place.chunk)
            if is_held(each.attempt) and place.may_wait:
                notes.setdefault(place.campaign, status_notes.refused_for_us(place.channel, each.attempt))
            if became.status is DeliveryStatus.REFUSED and is_unexplained(each.attempt) and not others_arrived:
                refused.setdefault(place.chunk, []).append(each.ticket.key)
                reasons[place.chunk] = each.attempt.reason
        await holding.reopen_chunks(session, reopened)
        for chunk, keys in sorted(refused.items()):
            place = places[chunk]
            await holding.suspect(session, chunk, keys, Way.RECEIPT)
            times = await holding.count_suspects(session, chunk, Way.RECEIPT)
            is_everybody = times >= MAX_UNEXPLAINED or await holding.is_everybody_refused(session, chunk)
            if is_everybody and place.may_wait:
                note = status_notes.refused_in_a_row(place.channel, times, reasons[chunk])
                notes.setdefault(place.campaign, note)
        touched = {places[chunk].campaign for chunk in reopened} | set(notes)
        await self._go_on(session, touched, notes)
        return changed

    async def _failed(self, session: AsyncSession, failure: _Failure, place: _Place) -> Delivery | None:
        """Change one message; None where nothing changed: it is over, or another attempt is meant."""
        mine = (DeliveryRow.chunk_id == failure.ticket.chunk, DeliveryRow.key == failure.ticket.key)
        found = await session.execute(select(*DELIVERY_COLUMNS).where(*mine).with_for_update())
        row = found.first()
        is_present = row is not None and (row.number or 1) == failure.ticket.number
        if row is None or not (is_present or failure.attempt.outcome is SendOutcome.WITHDRAWN):
            return None
        before = to_delivery(row)
        after = after_failure(before, failure.attempt, may_wait=place.may_wait)
        if after.status is before.status:
            return None
        tries = after.attempts if after.attempts > before.attempts else 0
        after = rested(after, rest_seconds(failure.attempt, tries), self._now())
        values = {
            "status": after.status,
            "attempts": after.attempts,
            "reason": after.reason,
            "not_before": after.not_before.timestamp() if after.not_before is not None else None,
        }
        if after.status is DeliveryStatus.WAITING:
            # What is said of this attempt from now on is no news of the next one.
            values["number"] = func.coalesce(DeliveryRow.number, 1) + 1
        await session.execute(update(DeliveryRow).where(*mine).values(values))
        await note_fates(self._store, session, [(row.key, after.status)], self._now())
        return after

    async def _go_on(self, session: AsyncSession, touched: set[str], notes: Mapping[str, str]) -> None:
        """Let campaigns run again in which messages wait again, and pause those that cannot go on."""
        for campaign in sorted(touched):
            status = await session.scalar(select(CampaignRow.status).where(CampaignRow.id == campaign))
            after = next_status(status, CampaignEvent.REOPEN) if status is not None else None
            if after is None:
                continue
            await session.execute(update(CampaignRow).where(CampaignRow.id == campaign).values(status=after))
            if campaign in notes:
                await holding.pause(session, campaign, notes[campaign])


async def _become(
    session: AsyncSession, chunk: int, keys: Sequence[bytes], fate: tuple[int, DeliveryStatus, str | None]
) -> list[bytes]:
    number, status, reason = fate
    before = [each for each, later in TRANSITIONS.items() if status in later]
    became: list[bytes] = []
    for start in range(0, len(keys), MAX_PARAMETERS):
        alike = {
            "of_chunk": chunk,
            "of_keys": keys[start : start + MAX_PARAMETERS],
            "of_statuses": before,
            "of_number": number,
            "of_any": status in OF_ANY_ATTEMPT,
            "to_status": status,
            "to_reason": reason,
        }
        became += await session.scalars(statements.RECEIPT, alike)
    return became


async def note_fates(
    store: Database, session: AsyncSession, fates: Sequence[tuple[bytes, DeliveryStatus]], now: datetime
) -> None:
    """Remember who cannot be reached, and end the opt-ins of those who opted out at the platform."""
    gone = [key for key, status in fates if status is DeliveryStatus.UNREACHABLE]
    if gone:
        marked = {"unreachable_since": now, "unreachable_times": once_more_unreachable()}
        await session.execute(update(OptInRow).where(OptInRow.key.in_(gone)).values(marked))
    withdrawn = [key for key, status in fates if status is DeliveryStatus.WITHDRAWN]
    if withdrawn:
        ended = await session.execute(delete(OptInRow).where(OptInRow.key.in_(withdrawn)).returning(OptInRow.key))
        count = len(ended.all())
        if count:
            add_event(store, session, PrivacyEvent.WITHDRAWN, count, now)
