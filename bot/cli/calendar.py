"""`sinetral calendar show|set|remove`."""

import argparse
from datetime import date

from bot.application.curation.edit_drafts import EditLaw
from bot.bootstrap.services import Services, open_services
from bot.cli.acting_user import acting_user
from bot.core.accounts.users import Permission
from bot.core.errors import InvalidInputError
from bot.core.guidance.election_calendar import StagePeriod, stage_on
from bot.core.legal_day import legal_day
from bot.core.vocabulary import Stage
from bot.settings import Settings

Period = tuple[Stage, date, date]


def period(written: str) -> Period:
    """Read `masa_tenang=2031-01-05..2031-01-07`."""
    try:
        stage, days = written.split("=")
        first, last = days.split("..")
        read = (Stage(stage), date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"tulis TAHAPAN=MULAI..SELESAI dengan tahapan {', '.join(s.value for s in Stage)}"
        ) from error
    if read[1] > read[2]:
        raise argparse.ArgumentTypeError(f"{written}: mulai sesudah selesai")
    return read


async def show(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Print the calendar and today's stage."""
    async with open_services(settings) as parts:
        async with parts.store.unit() as unit:
            periods = await unit.stage_periods()
        today = legal_day(parts.clock.now())
    for each in periods:
        print(f"{each.starts_on}..{each.ends_on}  {each.stage.value:<20} {each.election}")
    stage = stage_on(periods, today)
    print(f"Hari ini ({today}): {stage.value if stage else 'tidak ada tahapan; aturan umum yang berlaku'}.")
    return 0


async def put(settings: Settings, arguments: argparse.Namespace) -> int:
    """Set the stages of one election."""
    stages: list[Period] = arguments.periods
    if len({stage for stage, _, _ in stages}) < len(stages):
        raise InvalidInputError("satu tahapan ditulis dua kali")
    periods = tuple(
        StagePeriod(election=arguments.election, stage=stage, starts_on=first, ends_on=last)
        for stage, first, last in stages
    )
    async with open_services(settings) as parts:
        await _set_stages(parts, arguments, periods)
    print(f"{arguments.election}: {len(periods)} tahapan ditetapkan.")
    return 0


async def remove(settings: Settings, arguments: argparse.Namespace) -> int:
    """Remove one election."""
    async with open_services(settings) as parts:
        async with parts.store.unit() as unit:
            if all(each.election != arguments.election for each in await unit.stage_periods()):
                raise InvalidInputError(f"tidak ada pemilihan bernama {arguments.election} di kalender")
        await _set_stages(parts, arguments, ())
    print(f"{arguments.election} dihapus dari kalender.")
    return 0


async def _set_stages(parts: Services, arguments: argparse.Namespace, periods: tuple[StagePeriod, ...]) -> None:
    """Set them for the person of `--as`, or for nobody in particular; the audit trail says which."""
    user = await acting_user(parts, arguments.acting, Permission.EDIT_GUIDANCE) if arguments.acting else None
    await EditLaw(store=parts.admin_store, clock=parts.clock).set_stages(user, arguments.election, periods)
