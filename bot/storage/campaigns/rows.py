"""Campaigns as rows and as values."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.campaigns.campaign import Campaign
from bot.core.campaigns.consent import Agency, TimeZone
from bot.core.campaigns.delivery import Delivery
from bot.core.campaigns.segment import Segment
from bot.core.replies.reply import Button, Paragraph, Reply, Style
from bot.core.vocabulary import Channel, Stage
from bot.storage.accounts.tables import AgencyRow
from bot.storage.campaigns.tables import CampaignRow, DeliveryRow
from bot.storage.engine.base import AnyRow

MAX_SEGMENTS = 256
"""Kept as they were read: each tick of a sender asks for those of its campaigns."""


async def read_agencies(session: AsyncSession) -> Mapping[str, Agency]:
    """Return the agencies by code, in the order of their names."""
    rows = await session.scalars(select(AgencyRow).order_by(AgencyRow.name))
    return {row.code: Agency(code=row.code, name=row.name, region=row.region, zone=TimeZone(row.zone)) for row in rows}


def to_campaign(row: CampaignRow) -> Campaign:
    """Make the value of a row."""
    return Campaign(
        id=row.id,
        name=row.name,
        status=row.status,
        topic=row.topic_id,
        template=row.template_id,
        agency=row.agency,
        editors=tuple(row.editors or ()),
        version=row.guidance_version,
        message=reply_from_json(row.message) if row.message is not None else None,
        segment=segment_from_json(row.segment),
        schedule=row.schedule,
        valid_hours=row.valid_hours,
        in_doubt=row.in_doubt,
        weekly_limit=row.weekly_limit,
        created_by=row.created_by,
        submitted_by=row.submitted_by,
        approved_by=row.approved_by,
        next_run=datetime.fromtimestamp(row.next_run, UTC) if row.next_run is not None else None,
        run=row.run,
        deadline=datetime.fromtimestamp(row.deadline, UTC) if row.run else None,
        missed=row.missed,
        note=row.note,
    )


def segment_to_json(segment: Segment) -> str:
    """Write a segment."""
    return json.dumps({each.name: sorted(getattr(segment, each.name)) for each in fields(segment)})


@lru_cache(maxsize=MAX_SEGMENTS)
def segment_from_json(written: str) -> Segment:
    """Read a segment."""
    found = json.loads(written)
    return Segment(
        agencies=frozenset(found["agencies"]),
        regions=frozenset(found["regions"]),
        roles=frozenset(found["roles"]),
        stages=frozenset(map(Stage, found["stages"])),
        channels=frozenset(map(Channel, found["channels"])),
    )


def reply_to_json(reply: Reply) -> str:
    """Write a reply."""
    return json.dumps(
        {
            "paragraphs": [[each.style.value, list(each.lines)] for each in reply.paragraphs],
            "buttons": [[each.label, each.payload] for each in reply.buttons],
        },
        ensure_ascii=False,
    )


def reply_from_json(written: str) -> Reply:
    """Read a reply."""
    found = json.loads(written)
    return Reply(
        paragraphs=tuple(Paragraph(style=Style(style), lines=tuple(lines)) for style, lines in found["paragraphs"]),
        buttons=tuple(Button(label=label, payload=payload) for label, payload in found["buttons"]),
    )


DELIVERY_COLUMNS = (
    DeliveryRow.key,
    DeliveryRow.status,
    DeliveryRow.attempts,
    DeliveryRow.doubts,
    DeliveryRow.reason,
    DeliveryRow.not_before,
    DeliveryRow.number,
)


def to_delivery(row: AnyRow) -> Delivery:
    """Make the value of a row with `DELIVERY_COLUMNS`."""
    return Delivery(
        status=row.status,
        attempts=row.attempts,
        doubts=row.doubts,
        reason=row.reason,
        not_before=datetime.fromtimestamp(row.not_before, UTC) if row.not_before is not None else None,
        number=row.number or 0,
    )
