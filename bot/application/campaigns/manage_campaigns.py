"""What people do with campaigns: role, agency and second person are checked here, and each deed is in the audit trail.

Pages and commands both come this way; neither checks anything of it by itself.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.application.accounts.ports import AdminUnit
from bot.application.accounts.second_person import require_second_person, require_settled
from bot.application.campaigns import edit_campaigns
from bot.application.campaigns.campaign_reports import RunReport, reports_of, told
from bot.application.campaigns.edit_campaigns import CampaignPreview, CampaignUnit, SendingRates
from bot.application.ports import Clock
from bot.core.accounts.audit_trail import Action, Event
from bot.core.accounts.permissions import Deed, may, require
from bot.core.accounts.review import is_second_person
from bot.core.accounts.users import User, is_same_agency
from bot.core.campaigns.campaign import Campaign, CampaignStatus, fingerprint
from bot.core.campaigns.consent import Agency
from bot.core.campaigns.delivery import UnknownDeliveryPolicy
from bot.core.campaigns.platform_template import PlatformTemplate, TemplateProblem
from bot.core.campaigns.reminder_forms import template_for
from bot.core.campaigns.reminder_template import ReminderTemplate, TemplateState
from bot.core.campaigns.segment import Segment
from bot.core.errors import InvalidInputError
from bot.core.legal_day import legal_day
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel

MAX_NAME = 100
MAX_WHY = 500
CODE = re.compile(r"[a-z0-9_-]{1,40}")
"""An agency's code; with the word before it a Telegram link holds 64 of these characters."""


class CampaignDesk(CampaignUnit, Protocol):
    """Campaigns within a transaction, and what is chosen from when one is written."""

    async def all(self) -> Sequence[Campaign]:
        """Return every campaign, the newest first."""

    async def templates(self) -> Sequence[ReminderTemplate]:
        """Return every template by title."""

    async def keep_template(self, template: ReminderTemplate) -> None:
        """Add a template, or keep it as it is now."""

    async def agencies(self) -> Mapping[str, Agency]:
        """Return the agencies by code, in the order of their names."""

    async def add_agency(self, agency: Agency) -> None:
        """Add or change an agency."""

    async def opt_in_counts(self, agency: str | None) -> Mapping[tuple[str, str], int]:
        """Count those who can be reached, by column and its value; of one agency when one is named."""


class CampaignAdminUnit(AdminUnit, Protocol):
    """A transaction that reaches campaigns too."""

    @property
    def campaigns(self) -> CampaignDesk:
        """Return the campaigns."""


class CampaignStore(Protocol):
    """Where it is kept."""

    def unit(self) -> AbstractAsyncContextManager[CampaignAdminUnit]:
        """Begin a transaction."""

    def reading(self) -> AbstractAsyncContextManager[CampaignAdminUnit]:
        """Begin one that only reads, and that senders and replies do not wait for."""


@dataclass(frozen=True, kw_only=True)
class CampaignInput:
    """A campaign as somebody wants it."""

    name: str
    topic: str
    """Empty where a template is chosen."""
    template: str | None
    segment: Segment
    schedule: str
    valid_hours: int
    in_doubt: UnknownDeliveryPolicy
    weekly_limit: int


@dataclass(frozen=True, kw_only=True)
class CampaignDetails:
    """A campaign with all that one looks at before one decides."""

    preview: CampaignPreview | None
    """None where its text may not be sent now."""
    problem: str | None
    """Why not, in Indonesian."""
    campaign: Campaign
    fingerprint: str
    """What an approval must name; empty where there is nothing to approve."""
    reports: Sequence[RunReport]
    """Of each run, the first one first."""
    agencies: Mapping[str, Agency]
    title: str
    """Of the topic or template."""


@dataclass(frozen=True, kw_only=True)
class CampaignOptions:
    """What may be chosen from when a campaign is written."""

    topics: Mapping[str, str]
    """Id and title of those whose answers may be given now."""
    templates: Sequence[ReminderTemplate]
    agencies: Mapping[str, Agency]
    own_agency: str | None
    """The code of the agency that everything is restricted to."""


SendTest = Callable[[str, Reply], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class ManageCampaigns:
    """The use cases; each raises `InvalidInputError` naming what is not so."""

    store: CampaignStore
    clock: Clock
    new_id: Callable[[], str]
    rates: SendingRates
    unfit: Callable[[PlatformTemplate], Awaitable[TemplateProblem | None]]
    """Says why a template of reminders on WhatsApp may not be used now."""

    # To look at

    async def all(self, user: User) -> Sequence[Campaign]:
        """Return the campaigns that a user sees, the newest first."""
        require(user, Deed.SEE_REMINDERS)
        async with self.store.reading() as unit:
            scope = user.agency
            return [each for each in await unit.campaigns.all() if is_within(each.agency, scope)]

    async def look(self, user: User, id_: str) -> CampaignDetails:
        """Return one with its text, its recipients and its results."""
        require(user, Deed.SEE_REMINDERS)
        now = self.clock.now()
        async with self.store.reading() as unit:
            campaign = await _found(unit, user, id_)
            shown, problem = None, None
            try:
                shown = await edit_campaigns.preview(unit.campaigns, id_, self.rates, now)
            except InvalidInputError as error:
                problem = str(error)
            return CampaignDetails(
                preview=await self._judged(shown) if shown else None,
                problem=problem,
                campaign=campaign,
                fingerprint=fingerprint(campaign, shown.message) if shown else "",
                reports=reports_of(await unit.campaigns.results(id_)),
                agencies=await unit.campaigns.agencies(),
                title=await _title(unit, campaign),
            )

    async def watch(self, user: User, id_: str) -> tuple[Campaign, Sequence[RunReport]]:
        """Return how one stands, run by run."""
        require(user, Deed.SEE_REMINDERS)
        async with self.store.reading() as unit:
            return await _found(unit, user, id_), reports_of(await unit.campaigns.results(id_))

    async def choices(self, user: User) -> CampaignOptions:
        """Return what may be chosen from."""
        require(user, Deed.WRITE_REMINDERS)
        today = legal_day(self.clock.now())
        async with self.store.reading() as unit:
            book, scope = await unit.campaigns.guidance(), user.agency
            held = {each.topic for each in book.withheld(today)}
            given = {id_: each.title for id_, each in book.topics.items() if id_ in book.entries and id_ not in held}
            templates = [each for each in await unit.campaigns.templates() if may_use(each, scope)]
            known = await unit.campaigns.agencies()
        mine = {code: each for code, each in known.items() if scope in {None, code}}
        return CampaignOptions(topics=given, templates=templates, agencies=mine, own_agency=scope)

    async def estimate(self, user: User, wanted: CampaignInput) -> CampaignPreview:
        """Show what a campaign would do if it were written so; nothing is kept."""
        require(user, Deed.WRITE_REMINDERS)
        now = self.clock.now()
        async with self.store.reading() as unit:
            draft = await _draft(unit, user, "", wanted)
            message, _ = await edit_campaigns.composed(unit.campaigns, draft, now)
            return await self._judged(await edit_campaigns.estimate(unit.campaigns, draft, message, self.rates, now))

    async def _judged(self, shown: CampaignPreview) -> CampaignPreview:
        """Say of a preview that may reach people on WhatsApp whether its template may be used."""
        if Channel.WHATSAPP not in shown.channels:
            return shown
        template = template_for(shown.message)
        return replace(shown, unfit=await self.unfit(template) if template is not None else None)

    async def waiting_for(self, user: User) -> int:
        """Count what waits for this user to approve."""
        if not may(user, Deed.SEE_REMINDERS):
            return 0
        submitted = [each for each in await self.all(user) if each.status is CampaignStatus.SUBMITTED]
        return sum(is_second_person(each.involved, user.name) for each in submitted)

    async def opt_in_counts(self, user: User) -> Mapping[tuple[str, str], int]:
        """Count those who can be reached, by column and its value; of the user's own agency where there is one."""
        require(user, Deed.SEE_REMINDERS)
        async with self.store.reading() as unit:
            return await unit.campaigns.opt_in_counts(user.agency)

    async def agencies(self, user: User) -> Mapping[str, Agency]:
        """Return the agencies that a user sees, by code."""
        require(user, Deed.SEE_REMINDERS)
        async with self.store.reading() as unit:
            scope = user.agency
            return {code: each for code, each in (await unit.campaigns.agencies()).items() if is_within(code, scope)}

    async def agencies_to_give(self, user: User) -> Mapping[str, Agency]:
        """Return every agency, by code, for whoever adds users."""
        require(user, Deed.MANAGE_USERS)
        async with self.store.reading() as unit:
            return await unit.campaigns.agencies()

    # To write

    async def save_agency(self, user: User, agency: Agency) -> None:
        """Add or change an agency; its code, which its links hold, stays for good."""
        require(user, Deed.SAVE_AGENCIES)
        if not CODE.fullmatch(agency.code):
            raise InvalidInputError("kode instansi: 1-40 dari a-z, 0-9, - dan _")
        if not agency.name or not agency.region:
            raise InvalidInputError("instansi perlu nama dan wilayah")
        async with self.store.unit() as unit:
            await require_settled(unit.audit, user.name, self.clock.now())
            await unit.campaigns.add_agency(agency)
            detail = f"{agency.name}; {agency.region}; {agency.zone.value}"
            await note(unit, Action.AGENCY_SAVED, user, agency.code, self.clock.now(), detail)

    async def create(self, user: User, wanted: CampaignInput) -> str:
        """Keep a draft; returns its id."""
        require(user, Deed.WRITE_REMINDERS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            draft = await _draft(unit, user, self.new_id(), wanted)
            await edit_campaigns.create(unit.campaigns, draft, now)
            await note(unit, Action.CAMPAIGN_CREATED, user, draft.id, now, draft.name)
            return draft.id

    async def rewrite(self, user: User, id_: str, wanted: CampaignInput) -> None:
        """Change a draft; whoever changed it cannot approve it."""
        require(user, Deed.WRITE_REMINDERS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            present = await _found(unit, user, id_)
            changed = await _draft(unit, user, id_, wanted)
            editors = tuple(dict.fromkeys((*present.editors, user.name)))
            draft = replace(
                changed,
                status=present.status,
                agency=present.agency,
                created_by=present.created_by,
                editors=editors,
            )
            await edit_campaigns.rewrite(unit.campaigns, draft, now)
            await note(unit, Action.CAMPAIGN_CHANGED, user, id_, now, draft.name)

    async def submit(self, user: User, id_: str) -> None:
        """Hand a draft in."""
        require(user, Deed.WRITE_REMINDERS)
        async with self._acting(user, id_, Action.CAMPAIGN_SUBMITTED) as (unit, now):
            # What cannot be sent is not worth anybody's reading.
            shown = await edit_campaigns.preview(unit, id_, self.rates, now)
            edit_campaigns.require_forms(shown.campaign.segment, shown.message)
            await edit_campaigns.submit(unit, id_, user.name)

    async def return_for_changes(self, user: User, id_: str, why: str) -> None:
        """Return it back to its writer."""
        require(user, Deed.DECIDE_REMINDERS)
        why = " ".join(why.split())[:MAX_WHY]
        if not why:
            raise InvalidInputError("Tuliskan apa yang perlu diperbaiki, agar penulisnya tahu.")
        async with self._acting(user, id_, Action.CAMPAIGN_RETURNED, why) as (unit, _):
            await edit_campaigns.send_back(unit, id_, why)

    async def approve(self, user: User, id_: str, seen: str) -> None:
        """Approve as a second person what was seen."""
        require(user, Deed.DECIDE_REMINDERS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            campaign = await _found(unit, user, id_)
            await edit_campaigns.approve(unit.campaigns, id_, user.name, seen, now)
            await require_second_person(unit.audit, user.name, campaign.involved, now)
            await note(unit, Action.CAMPAIGN_APPROVED, user, id_, now)

    # To run

    async def start(self, user: User, id_: str) -> datetime | None:
        """Schedule one, or let a paused one go on; returns when its first run begins, None if it goes on."""
        require(user, Deed.RUN_REMINDERS)
        async with self._acting(user, id_, Action.CAMPAIGN_STARTED, waits=True) as (unit, now):
            return await edit_campaigns.start(unit, id_, now)

    async def pause(self, user: User, id_: str) -> None:
        """Send nothing until it is started again."""
        require(user, Deed.RUN_REMINDERS)
        async with self._acting(user, id_, Action.CAMPAIGN_PAUSED) as (unit, _):
            await edit_campaigns.pause(unit, id_)

    async def stop(self, user: User, id_: str) -> None:
        """End it for good."""
        require(user, Deed.RUN_REMINDERS)
        async with self._acting(user, id_, Action.CAMPAIGN_STOPPED) as (unit, _):
            await edit_campaigns.stop(unit, id_)

    async def settle(self, user: User, id_: str, *, resend: bool) -> int | None:
        """Decide about messages that may have arrived; returns how many, as reports tell it."""
        require(user, Deed.RUN_REMINDERS)
        way = "kirim ulang" if resend else "anggap sampai"
        async with self._acting(user, id_, Action.CAMPAIGN_SETTLED, way, waits=True) as (unit, _):
            return told(await edit_campaigns.settle(unit, id_, resend=resend))

    async def send_test(self, user: User, id_: str, person: str, send: SendTest) -> str:
        """Send it to one person who opted in; returns what became of it, in a word."""
        require(user, Deed.WRITE_REMINDERS)
        async with self._acting(user, id_, Action.CAMPAIGN_TESTED) as (unit, now):
            message = (await edit_campaigns.preview(unit, id_, self.rates, now)).message
        return await send(person, message)

    @asynccontextmanager
    async def _acting(
        self, user: User, id_: str, action: Action, detail: str = "", *, waits: bool = False
    ) -> AsyncIterator[tuple[CampaignDesk, datetime]]:
        """Begin a transaction on a campaign that the user may see; the deed is noted in it.

        Args:
            waits: refuse whoever was just made, changed or reset by somebody else.
        """
        now = self.clock.now()
        async with self.store.unit() as unit:
            if waits:
                await require_settled(unit.audit, user.name, now)
            await _found(unit, user, id_)
            yield unit.campaigns, now
            await note(unit, action, user, id_, now, detail)


def is_within(agency: str | None, scope: str | None) -> bool:
    """Say whether something of an agency is within reach of a user with this scope."""
    return scope is None or is_same_agency(agency, scope)


def may_use(template: ReminderTemplate, scope: str | None) -> bool:
    """Say whether a campaign of this scope may carry a template: its own agency's, or everybody's."""
    return template.state is TemplateState.APPROVED and (template.agency is None or is_within(template.agency, scope))


async def note(
    unit: CampaignAdminUnit, action: Action, user: User, subject: str, now: datetime, detail: str = ""
) -> None:
    """Append to the audit trail."""
    event = Event(action=action, actor=user.name, subject=subject, detail=detail, agency=user.agency or "")
    await unit.audit.add(event, now)


async def _found(unit: CampaignAdminUnit, user: User, id_: str) -> Campaign:
    """Return a campaign; one of another agency looks like none at all."""
    campaign = await unit.campaigns.get(id_)
    if not is_within(campaign.agency, user.agency):
        raise InvalidInputError(f"tidak ada pengingat {id_}")
    return campaign


async def _draft(unit: CampaignAdminUnit, user: User, id_: str, wanted: CampaignInput) -> Campaign:
    """Make the draft that a user may write, kept within the agency of the user."""
    scope, agencies = user.agency, await unit.campaigns.agencies()
    segment = wanted.segment if scope is None else replace(wanted.segment, agencies=frozenset({scope}))
    if scope is not None and wanted.segment.agencies - {scope}:
        raise InvalidInputError("Anda hanya bisa mengirim kepada pelanggan instansi Anda sendiri.")
    unknown = sorted(segment.agencies - set(agencies))
    if unknown:
        raise InvalidInputError(f"Instansi {', '.join(unknown)} belum terdaftar; tambahkan dulu di halaman Instansi.")
    if wanted.template is not None:
        template = await unit.campaigns.template(wanted.template)
        if template is None or not may_use(template, scope):
            raise InvalidInputError("Templat itu tidak ada atau belum disetujui.")
    return Campaign(
        id=id_,
        name=" ".join(wanted.name.split())[:MAX_NAME],
        status=CampaignStatus.DRAFT,
        topic="" if wanted.template is not None else wanted.topic,
        template=wanted.template,
        version=None,
        message=None,
        segment=segment,
        schedule=wanted.schedule,
        valid_hours=wanted.valid_hours,
        in_doubt=wanted.in_doubt,
        weekly_limit=wanted.weekly_limit,
        agency=scope,
        created_by=user.name,
    )


async def _title(unit: CampaignAdminUnit, campaign: Campaign) -> str:
    if campaign.template is not None:
        template = await unit.campaigns.template(campaign.template)
        return template.title if template is not None else campaign.template
    topic = (await unit.campaigns.guidance()).topics.get(campaign.topic)
    return topic.title if topic is not None else campaign.topic
