"""`sinetral campaign`: write, preview, approve, run, pause, stop and report reminders; agencies."""

import argparse
import csv
import re
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from bot.application import edit_campaigns
from bot.bootstrap import Parts, opened, reminder_intervals, send_test
from bot.core.campaign import MOST_A_WEEK, Agency, Campaign, CampaignStatus, Segment, Zone
from bot.core.conversation import Channel, Stage
from bot.core.delivery import InDoubt
from bot.core.delivery_texts import ADVICE, LABELS
from bot.core.errors import InvalidInputError
from bot.core.reply import as_text
from bot.settings import Settings
from bot.storage.campaigns import DatabaseCampaigns, campaigns

ID_BYTES = 4
USUAL_VALID_HOURS = 24
_CODE = re.compile(r"[a-z0-9_-]{1,40}")
_USER = re.compile(r"[\w.@-]{1,100}")


def acting(arguments: argparse.Namespace) -> str:
    """Give who acts; the one place where an account will be checked."""
    name: str = arguments.user.strip()
    if not _USER.fullmatch(name):
        raise InvalidInputError("--as memerlukan nama pengguna")
    return name


@asynccontextmanager
async def _unit(settings: Settings) -> AsyncIterator[tuple[Parts, DatabaseCampaigns, datetime]]:
    async with opened(settings) as parts, campaigns(parts.store, parts.holidays()) as unit:
        yield parts, unit, parts.clock.now()


async def create(settings: Settings, arguments: argparse.Namespace) -> int:
    """Write a draft."""
    draft = Campaign(
        id=secrets.token_hex(ID_BYTES),
        name=arguments.name,
        status=CampaignStatus.DRAFT,
        topic=arguments.topic,
        version=None,
        message=None,
        segment=Segment(
            agencies=frozenset(arguments.agency),
            regions=frozenset(arguments.region),
            roles=frozenset(arguments.role),
            stages=frozenset(arguments.stage),
            channels=frozenset(arguments.channel),
        ),
        schedule=arguments.schedule,
        valid_hours=arguments.valid_hours,
        in_doubt=InDoubt.HOLD if arguments.hold else InDoubt.RESEND,
        weekly_limit=arguments.weekly,
        created_by=acting(arguments),
    )
    async with _unit(settings) as (_, unit, now):
        await edit_campaigns.create(unit, draft, now)
    print(f"Konsep {draft.id} dibuat. Lihat: sinetral campaign preview {draft.id} --as NAMA")
    return 0


async def preview(settings: Settings, arguments: argparse.Namespace) -> int:
    """Show what would be sent, to how many and when; on request send it to oneself."""
    acting(arguments)
    async with _unit(settings) as (parts, unit, now):
        seen = await edit_campaigns.preview(unit, arguments.id, reminder_intervals(settings), now)
    print(f"{seen.campaign.id}  {seen.campaign.name}  [{seen.campaign.status.value}]  {seen.campaign.schedule}")
    print(f"\n{as_text(seen.message)}\n[{'] ['.join(button.label for button in seen.message.buttons)}]\n")
    for (channel, zone), number in sorted(seen.people.items()):
        print(f"{channel.value:<10} {zone.value:<5} {number:>9} orang")
    print(f"Seluruhnya {seen.total} orang; lama pengiriman {edit_campaigns.longest(seen.seconds)}.")
    print(f"Mulai: {f'{seen.first:%Y-%m-%d %H.%M %Z}' if seen.first else 'tidak ada waktu lagi (terlambat)'}")
    if seen.asleep:
        print(f"Jam tenang di {', '.join(seen.asleep)}: di sana dikirim pukul 07.00.")
    if arguments.to is not None:
        async with opened(settings) as parts:
            print(f"Kirim uji: {await send_test(parts, arguments.to, seen.message)}")
    return 0


async def submit(settings: Settings, arguments: argparse.Namespace) -> int:
    """Hand a draft in."""
    async with _unit(settings) as (_, unit, _now):
        await edit_campaigns.submit(unit, arguments.id, acting(arguments))
    print("Diajukan. Orang lain menyetujuinya: sinetral campaign approve")
    return 0


async def approve(settings: Settings, arguments: argparse.Namespace) -> int:
    """Approve as a second person."""
    async with _unit(settings) as (_, unit, now):
        await edit_campaigns.approve(unit, arguments.id, acting(arguments), now)
    print("Disetujui; teksnya sekarang tetap. Jalankan: sinetral campaign run")
    return 0


async def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Schedule, or go on after a pause."""
    acting(arguments)
    async with _unit(settings) as (_, unit, now):
        first = await edit_campaigns.start(unit, arguments.id, now)
    print(f"Dijadwalkan {first:%Y-%m-%d %H.%M %Z}." if first else "Dilanjutkan.")
    return 0


async def pause(settings: Settings, arguments: argparse.Namespace) -> int:
    """Pause."""
    acting(arguments)
    async with _unit(settings) as (_, unit, _now):
        await edit_campaigns.pause(unit, arguments.id)
    print("Dijeda. Lanjutkan: sinetral campaign run")
    return 0


async def stop(settings: Settings, arguments: argparse.Namespace) -> int:
    """Stop for good."""
    acting(arguments)
    async with _unit(settings) as (_, unit, _now):
        await edit_campaigns.stop(unit, arguments.id)
    print("Dihentikan untuk seterusnya.")
    return 0


async def settle(settings: Settings, arguments: argparse.Namespace) -> int:
    """Decide about messages that may have arrived."""
    acting(arguments)
    async with _unit(settings) as (_, unit, _now):
        settled = await edit_campaigns.settle(unit, arguments.id, resend=arguments.resend)
    print(f"{settled} pesan ragu {'akan dikirim ulang' if arguments.resend else 'dianggap sampai'}.")
    return 0


async def report(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print how campaigns stand, without any identity."""
    acting(arguments)
    async with _unit(settings) as (_, unit, _now):
        if arguments.id is None:
            for one in await unit.all():
                print(f"{one.id}  {one.status.value:<10} {one.schedule:<40} {one.name}")
            return 0
        campaign, results = await unit.get(arguments.id), await unit.results(arguments.id)
    if arguments.csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(("kampanye", "putaran", "kanal", "status", "alasan", "jumlah"))
        for number, counts in results.items():
            writer.writerows(
                (campaign.id, number, each.channel.value, each.status.value, each.reason, each.messages)
                for each in counts
            )
        return 0
    print(f"{campaign.id}  {campaign.name}  [{campaign.status.value}]  terlewat {campaign.missed}")
    if campaign.note:
        print(f"Catatan: {campaign.note}")
    for number, counts in results.items():
        print(f"Putaran {number}:")
        for each in counts:
            reason = f" ({each.reason})" if each.reason else ""
            advice = f": {ADVICE[each.status]}" if each.status in ADVICE else ""
            print(f"  {each.channel.value:<10} {each.messages:>9} {LABELS[each.status]}{reason}{advice}")
    return 0


async def add_agency(settings: Settings, arguments: argparse.Namespace) -> int:
    """Add or change an agency."""
    acting(arguments)
    if not _CODE.fullmatch(arguments.code):
        raise InvalidInputError("kode instansi: 1-40 dari a-z, 0-9, - dan _")
    agency = Agency(code=arguments.code, name=arguments.name, region=arguments.region, zone=arguments.zone)
    async with _unit(settings) as (_, unit, _now):
        await unit.add_agency(agency)
    print(f"{agency.name}: tautannya https://t.me/NAMA_BOT?start=langganan_{agency.code}")
    return 0


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add what may be typed after `sinetral campaign`."""
    top = commands.add_parser("campaign", help="pengingat: tulis, setujui, kirim, laporkan")
    ours = top.add_subparsers(required=True, metavar="PERINTAH")
    _add_create(ours)
    shown = _one(ours, "preview", preview, "teks, jumlah orang, lama, dan waktunya")
    shown.add_argument("--to", metavar="CHAT", help="kirim uji ke diri sendiri (chat Telegram yang berlangganan)")
    _one(ours, "submit", submit, "ajukan untuk disetujui")
    _one(ours, "approve", approve, "setujui sebagai orang kedua")
    _one(ours, "run", run, "jadwalkan, atau lanjutkan yang dijeda")
    _one(ours, "pause", pause, "jeda")
    _one(ours, "stop", stop, "hentikan untuk seterusnya")
    settled = _one(ours, "settle", settle, "putuskan pesan yang ragu")
    way = settled.add_mutually_exclusive_group(required=True)
    way.add_argument("--resend", action="store_true", help="kirim ulang")
    way.add_argument("--believe", dest="resend", action="store_false", help="anggap sampai")
    told = ours.add_parser("report", help="hasil per putaran; tanpa ID: semua kampanye")
    told.add_argument("id", nargs="?", metavar="ID")
    told.add_argument("--csv", action="store_true", help="sebagai CSV tanpa identitas")
    _acting(told, report)
    agency = ours.add_parser("agency", help="tambah atau ubah instansi")
    agency.add_argument("code", metavar="KODE")
    agency.add_argument("name", metavar="NAMA")
    agency.add_argument("--region", required=True, metavar="WILAYAH")
    agency.add_argument("--zone", type=Zone, choices=list(Zone), default=Zone.WIB)
    _acting(agency, add_agency)


def _add_create(ours: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    made = ours.add_parser("create", help="tulis konsep")
    made.add_argument("name", metavar="NAMA")
    made.add_argument("--topic", required=True, metavar="TOPIK", help="topik yang jawabannya dikirim")
    made.add_argument("--schedule", required=True, metavar="JADWAL", help="misalnya 'H-3 masa tenang 08.00 WIB'")
    for name, kind in (("agency", str), ("region", str), ("role", str), ("stage", Stage), ("channel", Channel)):
        made.add_argument(f"--{name}", type=kind, action="append", default=[], help="boleh diulang; bawaan: semua")
    made.add_argument("--hold", action="store_true", help="pesan yang ragu ditahan, bukan dikirim ulang")
    made.add_argument("--weekly", type=int, default=MOST_A_WEEK, help="paling banyak per orang dalam sepekan")
    made.add_argument("--valid-hours", type=int, default=USUAL_VALID_HOURS, help="lewat ini tidak dikirim lagi")
    _acting(made, create)


def _one(
    ours: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, command: object, words: str
) -> argparse.ArgumentParser:
    made = ours.add_parser(name, help=words)
    made.add_argument("id", metavar="ID")
    _acting(made, command)
    return made


def _acting(made: argparse.ArgumentParser, command: object) -> None:
    made.add_argument("--as", dest="user", required=True, metavar="PENGGUNA", help="siapa yang melakukan")
    made.set_defaults(command=command)
