"""Opt-ins as recipients of campaigns, and the conditions that narrow them in SQL."""

from sqlalchemy import ColumnElement, or_

from bot.core.campaign import Segment
from bot.storage.tables import OptInRow


def meant(segment: Segment) -> list[ColumnElement[bool]]:
    """Give the conditions on opt-ins that `Segment.fits` states of recipients, and that they can be reached."""
    conditions: list[ColumnElement[bool]] = [OptInRow.unreachable_since.is_(None)]
    if segment.agencies:
        conditions.append(OptInRow.agency.in_(sorted(segment.agencies)))
    if segment.regions:
        conditions.append(OptInRow.region.in_(sorted(segment.regions)))
    if segment.roles:
        conditions.append(OptInRow.role.in_(sorted(segment.roles)))
    if segment.channels:
        conditions.append(OptInRow.channel.in_(sorted(segment.channels)))
    if segment.stages:
        wanted = [OptInRow.stages.contains(f",{stage.value},", autoescape=True) for stage in sorted(segment.stages)]
        conditions.append(or_(OptInRow.stages.is_(None), *wanted))
    return conditions
