"""Consents to reminders: who opted in, on which terms, and whom a reminder may be tried on."""

import hmac
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select, update

from bot.core.campaigns.campaign import FINAL, Campaign
from bot.core.campaigns.consent import Agency, ReminderPreferences, TimeZone
from bot.core.campaigns.reminder_template import ReminderTemplate
from bot.core.legal_day import legal_day
from bot.core.privacy.retention import PrivacyEvent
from bot.core.vocabulary import Channel, Stage
from bot.storage.campaigns.recipients import UNREACHABLE_FOR_GOOD, stages_of
from bot.storage.campaigns.reminder_templates import read_template
from bot.storage.campaigns.rows import read_agencies, to_campaign
from bot.storage.campaigns.tables import CampaignRow, OptInRow
from bot.storage.engine.database import Repository, insert_into
from bot.storage.privacy.events import add_event


class Consents(Repository):
    """Opt-ins of people."""

    async def withdraw_opt_ins(self, channel: Channel, person: str, now: datetime) -> None:
        """Delete the opt-ins of a person."""
        keys = self._store.keys_of(channel, person)
        gone = await self.session.execute(delete(OptInRow).where(OptInRow.key.in_(keys)).returning(OptInRow.key))
        withdrawn = len(gone.all())
        if withdrawn:
            add_event(self._store, self.session, PrivacyEvent.WITHDRAWN, withdrawn, now)

    async def subscription(self, channel: Channel, person: str) -> ReminderPreferences | None:
        """Read an opt-in."""
        keys = self._store.keys_of(channel, person)
        row = await self.session.scalar(select(OptInRow).where(OptInRow.key.in_(keys)).limit(1))
        return to_subscription(row) if row is not None else None

    async def subscribe(self, channel: Channel, person: str, subscription: ReminderPreferences, now: datetime) -> None:
        """Keep an opt-in; who writes to us can be reached again."""
        key = self._store.key_of(channel, person)
        chosen = from_subscription(subscription)
        values = {
            "channel": channel,
            "address": self._store.seal_bytes(person.encode(), opt_in_binding(key)),
            "opted_in_at": now,
            **chosen,
        }
        insert = insert_into(self.session, OptInRow).values(key=key, **values)
        changed = {**chosen, "unreachable_since": None, "unreachable_times": None}
        await self.session.execute(insert.on_conflict_do_update(index_elements=["key"], set_=changed))
        older = [each for each in self._store.keys_of(channel, person) if each != key]
        await self.session.execute(delete(OptInRow).where(OptInRow.key.in_(older)))

    async def agencies(self) -> Mapping[str, Agency]:
        """Read the agencies."""
        return await read_agencies(self.session)

    async def set_reachable(self, channel: Channel, person: str, is_reachable: bool, now: datetime) -> None:
        """Remember that a person left, or came back; the consent stays."""
        mine = OptInRow.key.in_(self._store.keys_of(channel, person))
        if is_reachable:
            # Everybody who writes comes this way; a row is written only where there is something to take off.
            marked = update(OptInRow).where(mine, OptInRow.unreachable_since.is_not(None))
            await self.session.execute(marked.values(unreachable_since=None, unreachable_times=None))
            return
        await self.session.execute(
            update(OptInRow).where(mine).values(unreachable_since=now, unreachable_times=UNREACHABLE_FOR_GOOD)
        )

    async def campaign_of_test_link(self, token: str, now: datetime) -> tuple[Campaign, ReminderTemplate | None] | None:
        """Return the campaign that a test link of today names, with its template."""
        day = legal_day(now).isoformat()
        rows = await self.session.scalars(select(CampaignRow).where(CampaignRow.status.not_in(FINAL)))
        for row in rows:
            if hmac.compare_digest(self._store.test_link_token(row.id, day).encode(), token.encode()):
                template = await read_template(self.session, row.template_id) if row.template_id else None
                return to_campaign(row), template
        return None

    async def add_opt_in(self, channel: Channel, person: str, now: datetime, text_version: str) -> None:
        """Keep a consent; another one of the same person replaces it."""
        key = self._store.key_of(channel, person)
        values = {
            "channel": channel,
            "address": self._store.seal_bytes(person.encode(), opt_in_binding(key)),
            "opted_in_at": now,
            "text_version": text_version,
        }
        insert = insert_into(self.session, OptInRow).values(key=key, **values)
        await self.session.execute(insert.on_conflict_do_update(index_elements=["key"], set_=values))


def to_subscription(row: OptInRow) -> ReminderPreferences:
    """Make the value of a row."""
    return ReminderPreferences(
        method=row.method or "",
        text_version=row.text_version,
        agency=row.agency,
        region=row.region,
        role=row.role,
        zone=TimeZone(row.zone or TimeZone.WIB),
        stages=stages_of(row.stages),
    )


def from_subscription(subscription: ReminderPreferences) -> dict[str, str | None]:
    """Make the columns of a value."""
    is_everything = subscription.stages == frozenset(Stage)
    return {
        "method": subscription.method,
        "text_version": subscription.text_version,
        "agency": subscription.agency,
        "region": subscription.region,
        "role": subscription.role,
        "zone": subscription.zone.value,
        "stages": None if is_everything else f",{','.join(sorted(subscription.stages))},",
    }


def opt_in_binding(key: bytes) -> bytes:
    """Return what the address of an opt-in is bound to."""
    return b"opt-in " + key
