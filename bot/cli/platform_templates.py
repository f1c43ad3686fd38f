"""`sinetral template list|sync|propose`."""

import argparse

from bot.bootstrap.channels import keeping_templates
from bot.bootstrap.services import Services, open_services
from bot.core.campaigns.platform_template import REQUIRED_TEMPLATES, unfit
from bot.settings import Settings
from bot.storage.campaigns.platform_templates import DatabaseTemplates


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands about message templates."""
    of_template = commands.add_parser("template", help="template pesan WhatsApp").add_subparsers(
        required=True, metavar="PERINTAH"
    )
    listing = of_template.add_parser("list", help="tampilkan yang diketahui, dan mana yang bisa dipakai")
    listing.set_defaults(command=show)
    syncing = of_template.add_parser("sync", help="samakan dengan Meta sekarang")
    syncing.set_defaults(command=sync)
    proposing = of_template.add_parser("propose", help="ajukan template yang belum ada untuk ditinjau Meta")
    proposing.set_defaults(command=propose)


async def show(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Print every template; exit code 1 when one of ours may not be used."""
    async with open_services(settings) as parts:
        return await _show(parts)


async def sync(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Ask Meta, then print."""
    async with open_services(settings) as parts:
        async with keeping_templates(parts) as templates:
            await templates.sync(parts.clock.now())
        return await _show(parts)


async def propose(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Hand in what is missing, then print."""
    async with open_services(settings) as parts:
        async with keeping_templates(parts) as templates:
            for name, status in await templates.propose_missing(parts.clock.now()):
                print(f"{name}: diajukan, status {status}")
        return await _show(parts)


async def _show(parts: Services) -> int:
    known = tuple(await DatabaseTemplates(parts.store).templates())
    for each in known:
        print(f"{each.name}\t{each.language}\t{each.status}\t{each.category}\t{each.parameters} isian")
    wrong = [(wanted.name, why) for wanted in REQUIRED_TEMPLATES if (why := unfit(wanted, known)) is not None]
    for name, why in wrong:
        print(f"belum bisa dipakai: {name} ({why.value})")
    return 1 if wrong else 0
