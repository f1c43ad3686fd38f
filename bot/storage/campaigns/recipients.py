"""Opt-ins as recipients of campaigns, and the conditions that narrow them in SQL.

The rule is `bot.core.campaigns.segment.skip_reason`, asked for everybody just before a message leaves; the conditions
here only keep from collecting in vain, and count for previews. A test holds them equal to `Segment.includes` and
`can_be_reached`.
"""

from sqlalchemy import ColumnElement, and_, case, func, or_

from bot.core.campaigns.consent import MAX_UNREACHABLE, TimeZone, can_be_reached
from bot.core.campaigns.segment import Recipient, Segment
from bot.core.vocabulary import Channel, Stage
from bot.storage.campaigns.tables import OptInRow
from bot.storage.engine.base import AnyRow

UNREACHABLE_FOR_GOOD = max(MAX_UNREACHABLE.values())
"""Of people of whom the platform says so by itself: no message needs to be refused for it."""


def to_recipient(row: AnyRow) -> Recipient:
    """Make the value that sending goes by."""
    channel = Channel(row.channel)
    refusals = 0 if row.unreachable_since is None else (row.unreachable_times or 1)
    return Recipient(
        channel=channel,
        agency=row.agency,
        region=row.region,
        role=row.role,
        zone=TimeZone(row.zone or TimeZone.WIB),
        stages=stages_of(row.stages),
        is_reachable=can_be_reached(channel, refusals),
    )


def stages_of(written: str | None) -> frozenset[Stage]:
    """Read what somebody wants to be reminded of."""
    if written is None:
        return frozenset(Stage)
    # What another release wrote and this one does not know is nobody's wish here.
    return frozenset(stage for stage in Stage if stage.value in written.split(","))


def reachable() -> ColumnElement[bool]:
    """Return the condition on opt-ins that `can_be_reached` states."""
    times = func.coalesce(OptInRow.unreachable_times, 1)
    once_more = [and_(OptInRow.channel == channel, times < most) for channel, most in MAX_UNREACHABLE.items()]
    return or_(OptInRow.unreachable_since.is_(None), *once_more)


def once_more_unreachable() -> ColumnElement[int]:
    """Return how often a person was found unreachable, this time included."""
    return case((OptInRow.unreachable_since.is_(None), 1), else_=func.coalesce(OptInRow.unreachable_times, 1) + 1)


def segment_filter(segment: Segment) -> list[ColumnElement[bool]]:
    """Return the conditions on opt-ins that `Segment.includes` states of recipients, and that they can be reached."""
    conditions: list[ColumnElement[bool]] = [reachable()]
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
