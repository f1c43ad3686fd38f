"""Write templates of reminders and have them reviewed: two persons for every word that is sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.application.accounts.second_person import require_second_person
from bot.application.campaigns.manage_campaigns import CampaignAdminUnit, CampaignStore, is_within, note
from bot.application.ports import Clock
from bot.core.accounts.audit_trail import Action
from bot.core.accounts.permissions import Deed, require
from bot.core.accounts.review import reason_of_return, require_review
from bot.core.accounts.users import User
from bot.core.campaigns.reminder_template import ReminderTemplate, TemplateState, problems_of_template
from bot.core.errors import InvalidInputError
from bot.core.guidance.entry import Citation, review_day
from bot.core.guidance.instrument import Instrument
from bot.core.legal_day import legal_day


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a writer sent."""

    title: str
    words: str
    citations: tuple[Citation, ...]
    edition: int
    """The one that the writer had before the eyes; 0 for a new one."""


@dataclass(frozen=True, kw_only=True)
class ManageTemplates:
    """The use cases; each leaves a line in the audit trail and raises `InvalidInputError` naming what is not so."""

    store: CampaignStore
    clock: Clock
    new_id: Callable[[], str]

    async def all(self, user: User) -> Sequence[ReminderTemplate]:
        """Return the templates that a user sees: of the own agency and of all."""
        require(user, Deed.SEE_REMINDERS)
        async with self.store.reading() as unit:
            scope = user.agency
            found = await unit.campaigns.templates()
            return [each for each in found if each.agency is None or is_within(each.agency, scope)]

    async def look(self, user: User, id_: str) -> tuple[ReminderTemplate, Sequence[str]]:
        """Return one, and what must be mended in it."""
        require(user, Deed.SEE_REMINDERS)
        async with self.store.reading() as unit:
            template = await _seen(unit, user, id_)
            return template, problems_of_template(
                template, await unit.campaigns.guidance(), legal_day(self.clock.now())
            )

    async def instruments(self) -> Sequence[Instrument]:
        """Return the instruments in force that a template may stand on."""
        today = legal_day(self.clock.now())
        async with self.store.reading() as unit:
            known = (await unit.campaigns.guidance()).instruments.values()
            return [each for each in known if each.is_in_force(today)]

    async def save(self, user: User, id_: str | None, written: Written) -> str:
        """Keep what was written, as a new template where no id is given; returns the id."""
        require(user, Deed.WRITE_REMINDERS)
        async with self.store.unit() as unit:
            if id_ is None:
                present = _blank(self.new_id(), user, user.agency)
            else:
                present = await _own(unit, user, id_, TemplateState.WRITING)
            if present.edition != written.edition:
                raise InvalidInputError(
                    "Templat ini baru saja disimpan orang lain. Salin tulisan Anda, lalu buka lagi."
                )
            if not written.title:
                raise InvalidInputError("Templat perlu judul.")
            changed = replace(
                present,
                title=written.title,
                words=written.words,
                citations=written.citations,
                authors=tuple(dict.fromkeys((*present.authors, user.name))),
                edition=present.edition + 1,
            )
            await unit.campaigns.keep_template(changed)
            await note(unit, Action.TEMPLATE_SAVED, user, changed.id, self.clock.now(), changed.title)
            return changed.id

    async def submit(self, user: User, id_: str) -> None:
        """Hand one in for review."""
        require(user, Deed.WRITE_REMINDERS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            template = await _own(unit, user, id_, TemplateState.WRITING)
            problems = problems_of_template(template, await unit.campaigns.guidance(), legal_day(now))
            if problems:
                raise InvalidInputError(problems[0])
            submitted = replace(
                template,
                state=TemplateState.SUBMITTED,
                authors=tuple(dict.fromkeys((*template.authors, user.name))),
                note=None,
            )
            await unit.campaigns.keep_template(submitted)
            await note(unit, Action.TEMPLATE_SUBMITTED, user, id_, now, template.title)

    async def return_for_changes(self, user: User, id_: str, why: str) -> None:
        """Return one back to its writers."""
        require(user, Deed.DECIDE_REMINDERS)
        why = reason_of_return(why)
        async with self.store.unit() as unit:
            template = await _own(unit, user, id_, TemplateState.SUBMITTED)
            await unit.campaigns.keep_template(replace(template, state=TemplateState.WRITING, note=why))
            await note(unit, Action.TEMPLATE_RETURNED, user, id_, self.clock.now(), why)

    async def approve(self, user: User, id_: str, edition: int) -> None:
        """Approve as a second person; from then on it never changes."""
        require(user, Deed.DECIDE_REMINDERS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            template = await _own(unit, user, id_, TemplateState.SUBMITTED)
            require_review(template.authors, user.name, is_as_read=template.edition == edition)
            await require_second_person(unit.audit, user.name, template.authors, now)
            problems = problems_of_template(template, await unit.campaigns.guidance(), legal_day(now))
            if problems:
                raise InvalidInputError(problems[0])
            approved = replace(
                template,
                state=TemplateState.APPROVED,
                approved_by=user.name,
                checked_on=legal_day(now),
                review_by=review_day(legal_day(now)),
            )
            await unit.campaigns.keep_template(approved)
            await note(unit, Action.TEMPLATE_APPROVED, user, id_, now, template.title)

    async def retire(self, user: User, id_: str) -> None:
        """Let no campaign carry it any more."""
        require(user, Deed.WRITE_REMINDERS)
        async with self.store.unit() as unit:
            template = await _own(unit, user, id_, *TemplateState)
            await unit.campaigns.keep_template(replace(template, state=TemplateState.RETIRED))
            await note(unit, Action.TEMPLATE_RETIRED, user, id_, self.clock.now(), template.title)


def _blank(id_: str, user: User, scope: str | None) -> ReminderTemplate:
    return ReminderTemplate(
        id=id_,
        title="",
        words="",
        citations=(),
        state=TemplateState.WRITING,
        authors=(user.name,),
        agency=scope,
        edition=0,
    )


async def _seen(unit: CampaignAdminUnit, user: User, id_: str) -> ReminderTemplate:
    template = await unit.campaigns.template(id_)
    if template is None or not (template.agency is None or is_within(template.agency, user.agency)):
        raise InvalidInputError("Templat itu tidak ada.")
    return template


async def _own(unit: CampaignAdminUnit, user: User, id_: str, *states: TemplateState) -> ReminderTemplate:
    """Return a template to act on: everybody's only to whoever holds all agencies."""
    template = await _seen(unit, user, id_)
    if not is_within(template.agency, user.agency):
        raise InvalidInputError("Templat ini milik semua instansi; hanya penyiar pusat yang mengubahnya.")
    if template.state not in states:
        raise InvalidInputError("Templat ini sudah berpindah tahap. Muat ulang halamannya.")
    return template
