"""Campaigns that stand still until a person has mended something, and the refusals that are judged together.

A refusal that names no cause with the person is written as such, and marked as suspect until somebody else of the same
campaign got through the same way. When several wait for that, nobody gets through: the campaign is paused, and they
wait again with the others.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from sqlalchemy import Select, and_, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.core.campaigns.campaign import CampaignEvent, CampaignStatus, next_status
from bot.core.campaigns.delivery import OPEN, DeliveryStatus
from bot.core.vocabulary import Channel
from bot.storage.campaigns.tables import CampaignRow, ChunkRow, DeliveryRow

ARRIVED = (DeliveryStatus.DELIVERED, DeliveryStatus.READ)
MAX_PARAMETERS = 400


class Way(StrEnum):
    """By which way a platform refused."""

    ANSWER = "answer"
    """At once."""
    RECEIPT = "receipt"
    """Later, after it had taken the message."""


PROOFS: Mapping[Way, tuple[DeliveryStatus, ...]] = {
    Way.ANSWER: (DeliveryStatus.SENT, *ARRIVED),
    Way.RECEIPT: ARRIVED,
}
"""What shows that others get through; that a platform took a message is no proof against its later refusals."""
DISPROVED: Mapping[Way, tuple[str, ...]] = {Way.ANSWER: (Way.ANSWER.value,), Way.RECEIPT: tuple(Way)}
"""Whose suspicion ends when somebody got through by a way: whoever arrived was taken, too."""


async def lock_campaigns(session: AsyncSession, ids: Collection[str]) -> Mapping[str, CampaignRow]:
    """Lock campaigns in one order, before their chunks: so does everybody, and nobody blocks another for ever."""
    found = await session.scalars(
        select(CampaignRow)
        .where(CampaignRow.id.in_(sorted(ids)))
        .order_by(CampaignRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in found}


async def pause(session: AsyncSession, campaign: str, note: str) -> bool:
    """Pause a running campaign with a note, and let those wait again whose refusal was not judged yet.

    Returns:
        False where it does not run any more, which is left as it is.
    """
    paused = await session.execute(
        update(CampaignRow)
        .where(CampaignRow.id == campaign, CampaignRow.status == CampaignStatus.RUNNING)
        .values(status=next_status(CampaignStatus.RUNNING, CampaignEvent.PAUSE), note=note)
        .returning(CampaignRow.id)
    )
    if paused.first() is None:
        return False
    await give_suspects_back(session, campaign)
    return True


async def suspect(session: AsyncSession, chunk: int, keys: Sequence[bytes], way: Way) -> None:
    """Mark refusals that are to be judged."""
    for start in range(0, len(keys), MAX_PARAMETERS):
        await session.execute(
            update(DeliveryRow)
            .where(
                DeliveryRow.chunk_id == chunk,
                DeliveryRow.key.in_(keys[start : start + MAX_PARAMETERS]),
                DeliveryRow.status == DeliveryStatus.REFUSED,
            )
            .values(suspect=way.value)
        )


async def count_suspects(session: AsyncSession, chunk: int, way: Way) -> int:
    """Count the refusals that wait to be judged in the run and channel of a chunk."""
    counted = select(func.count()).where(DeliveryRow.chunk_id.in_(_siblings(chunk)), DeliveryRow.suspect == way.value)
    return await session.scalar(counted) or 0


async def clear_suspects(session: AsyncSession, chunks: Collection[int], way: Way) -> None:
    """Let refusals count for the persons, in the runs and channels of these chunks: others got through."""
    for chunk in sorted(chunks):
        await session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.chunk_id.in_(_siblings(chunk)), DeliveryRow.suspect.in_(DISPROVED[way]))
            .values(suspect=None)
        )


async def give_suspects_back(session: AsyncSession, campaign: str) -> int:
    """Let everybody of a campaign wait again whose refusal was not judged; returns how many."""
    chunks = select(ChunkRow.id).where(ChunkRow.campaign_id == campaign)
    back = await session.scalars(
        update(DeliveryRow)
        .where(
            DeliveryRow.chunk_id.in_(chunks),
            DeliveryRow.suspect.is_not(None),
            DeliveryRow.status == DeliveryStatus.REFUSED,
        )
        .values(status=DeliveryStatus.WAITING, suspect=None, number=func.coalesce(DeliveryRow.number, 1) + 1)
        .returning(DeliveryRow.chunk_id)
    )
    touched = set(back)
    await reopen_chunks(session, touched)
    return len(touched)


async def reopen_chunks(session: AsyncSession, chunks: Collection[int]) -> None:
    """Let chunks be taken again in which messages wait again."""
    if chunks:
        await session.execute(update(ChunkRow).where(ChunkRow.id.in_(sorted(chunks))).values(is_done=False))


async def is_everybody_refused(session: AsyncSession, chunk: int) -> bool:
    """Say whether several of the run and channel of a chunk were refused without a reason, and nobody else is left."""
    here = DeliveryRow.chunk_id.in_(_siblings(chunk))
    suspects = await session.scalar(select(func.count()).where(here, DeliveryRow.suspect.is_not(None)))
    others = exists().where(here, DeliveryRow.status.in_((*OPEN, *PROOFS[Way.ANSWER], DeliveryStatus.IN_DOUBT)))
    return (suspects or 0) > 1 and not await session.scalar(select(others))


async def refused_without_proof(
    session: AsyncSession, campaign: str, run: int
) -> tuple[Channel, int, str | None] | None:
    """Say of a run that is through on which channel several refusals are left to judge while nobody got through.

    Returns:
        The channel, how many, and one of the reasons.
    """
    places = await session.execute(
        select(ChunkRow.channel, DeliveryRow.suspect, func.count(), func.max(DeliveryRow.reason))
        .join(ChunkRow, ChunkRow.id == DeliveryRow.chunk_id)
        .where(ChunkRow.campaign_id == campaign, ChunkRow.run == run, DeliveryRow.suspect.is_not(None))
        .group_by(ChunkRow.channel, DeliveryRow.suspect)
    )
    for channel, way, people, reason in places.all():
        proof = exists().where(
            DeliveryRow.chunk_id == ChunkRow.id,
            ChunkRow.campaign_id == campaign,
            ChunkRow.run == run,
            ChunkRow.channel == channel,
            DeliveryRow.status.in_(PROOFS[Way(str(way))]),
        )
        if people > 1 and not await session.scalar(select(proof)):
            return channel, people, reason
    return None


def _siblings(chunk: int) -> Select[int]:
    """Select the chunks of the same run and channel."""
    named = aliased(ChunkRow)
    is_same = and_(
        named.campaign_id == ChunkRow.campaign_id, named.run == ChunkRow.run, named.channel == ChunkRow.channel
    )
    return select(ChunkRow.id).join(named, is_same).where(named.id == chunk)
