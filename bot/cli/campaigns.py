"""`sinetral campaign`: write, preview, approve or return, run, pause, stop and report reminders; agencies.

What changes something acts for a person: password and code are asked, role, agency and second person are checked.
Reading asks nothing: whoever has the server's shell can read the database.
"""

import argparse
import csv
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.application.campaigns import edit_campaigns
from bot.application.campaigns.manage_campaigns import CampaignDetails, CampaignInput, ManageCampaigns
from bot.bootstrap.campaigns import manage_campaigns, send_test
from bot.bootstrap.services import Services, open_services
from bot.cli.acting_user import acting_user
from bot.core.accounts.users import Permission, Role, User
from bot.core.campaigns.campaign import CampaignStatus
from bot.core.campaigns.consent import Agency, TimeZone
from bot.core.campaigns.delivery import UnknownDeliveryPolicy
from bot.core.campaigns.reminder_forms import template_form
from bot.core.campaigns.segment import MAX_A_WEEK, Segment
from bot.core.campaigns.status_texts import ADVICE, FEW, LABELS, ONLY_OPEN_WINDOWS, REASONS, UNFIT
from bot.core.errors import InvalidInputError
from bot.core.replies.reply import as_text
from bot.core.vocabulary import CHANNEL_NAMES, Channel, Stage
from bot.settings import Settings

USUAL_VALID_HOURS = 24
NOTED = frozenset({CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED})
"""In these states a note asks for something."""
READER = User(
    id="",
    name="",
    full_name="",
    roles=frozenset({Role.BROADCASTER}),
    agency=None,
    is_disabled=False,
    has_second_factor=False,
    must_change_password=False,
)
"""Who reads on the server when nobody is named."""


@asynccontextmanager
async def _acting(
    settings: Settings, arguments: argparse.Namespace, permission: Permission = Permission.BROADCAST
) -> AsyncIterator[tuple[Services, ManageCampaigns, User]]:
    """Return the use cases and who acts, after password and code were right."""
    async with open_services(settings) as parts:
        yield parts, manage_campaigns(parts), await acting_user(parts, arguments.user, permission)


@asynccontextmanager
async def _reading(
    settings: Settings, arguments: argparse.Namespace
) -> AsyncIterator[tuple[Services, ManageCampaigns, User]]:
    """Return the use cases, and through whose eyes to look."""
    async with open_services(settings) as parts:
        reader = READER
        if arguments.user is not None:
            async with parts.admin_store.unit() as unit:
                found = await unit.accounts.user(arguments.user)
            if found is None:
                raise InvalidInputError(f"tidak ada pengguna {arguments.user}")
            reader = found
        yield parts, manage_campaigns(parts), reader


async def create(settings: Settings, arguments: argparse.Namespace) -> int:
    """Write a draft."""
    wanted = CampaignInput(
        name=arguments.name,
        topic=arguments.topic or "",
        template=arguments.template,
        segment=Segment(
            agencies=frozenset(arguments.agency),
            regions=frozenset(arguments.region),
            roles=frozenset(arguments.role),
            stages=frozenset(arguments.stage),
            channels=frozenset(arguments.channel),
        ),
        schedule=arguments.schedule,
        valid_hours=arguments.valid_hours,
        in_doubt=UnknownDeliveryPolicy.HOLD if arguments.hold else UnknownDeliveryPolicy.RESEND,
        weekly_limit=arguments.weekly,
    )
    async with _acting(settings, arguments) as (_, manage, user):
        id_ = await manage.create(user, wanted)
    print(f"Draf {id_} dibuat. Lihat: sinetral campaign preview {id_}")
    return 0


async def preview(settings: Settings, arguments: argparse.Namespace) -> int:
    """Show what would be sent, to how many and when; on request send it to oneself."""
    async with _reading(settings, arguments) as (_, manage, reader):
        _show(await manage.look(reader, arguments.id))
    if arguments.to is not None:
        async with _acting(settings, arguments) as (parts, manage, user):
            told = await manage.send_test(
                user, arguments.id, arguments.to, lambda person, message: send_test(parts, person, message)
            )
        print(f"Kirim uji: {told}")
    return 0


def _show(seen: CampaignDetails) -> None:
    campaign, shown = seen.campaign, seen.preview
    print(f"{campaign.id}  {campaign.name}  [{campaign.status.value}]  {campaign.schedule}")
    if shown is None:
        raise InvalidInputError(seen.problem or "pengingat ini tidak bisa dikirim sekarang")
    print(f"\n{as_text(shown.message)}\n[{'] ['.join(button.label for button in shown.message.buttons)}]\n")
    form = template_form(shown.message)
    if form is not None and (not campaign.segment.channels or Channel.WHATSAPP in campaign.segment.channels):
        name, body, labels = form
        print(f"Di WhatsApp lewat templat {name}:\n{body}\n[{'] ['.join(labels)}]\n")
    for channel, told in shown.problems.items():
        print(f"Tidak bisa dibuat untuk {CHANNEL_NAMES[channel]}: {'; '.join(told)}.")
    for (channel, zone), number in sorted(shown.people.items()):
        print(f"{channel.value:<10} {zone.value:<5} {_rough(number):>14} orang")
    print(f"Seluruhnya {_rough(shown.total)} orang; lama pengiriman {edit_campaigns.longest(shown.seconds)}.")
    for channel, cost in shown.costs.items():
        print(f"Biaya {channel.value}: sekitar Rp{cost:,}".replace(",", "."))
    print(f"Mulai: {f'{shown.first:%Y-%m-%d %H.%M %Z}' if shown.first else 'tidak ada waktu lagi (terlambat)'}")
    if shown.unfit is not None:
        print(ONLY_OPEN_WINDOWS.format(problem=UNFIT[shown.unfit]))
    if shown.asleep:
        print(f"Jam tenang di {', '.join(shown.asleep)}: di sana dikirim pukul 07.00.")


def _rough(number: int | None) -> str:
    """Write a number that is told roughly."""
    return FEW if number is None else str(number)


async def submit(settings: Settings, arguments: argparse.Namespace) -> int:
    """Hand a draft in."""
    async with _acting(settings, arguments) as (_, manage, user):
        await manage.submit(user, arguments.id)
    print("Diajukan. Orang lain menyetujuinya: sinetral campaign approve")
    return 0


async def approve(settings: Settings, arguments: argparse.Namespace) -> int:
    """Show it, then approve it as a second person."""
    async with _reading(settings, arguments) as (_, manage, reader):
        seen = await manage.look(reader, arguments.id)
    if seen.campaign.status is not CampaignStatus.SUBMITTED:
        raise InvalidInputError(f"pengingat {arguments.id} sedang {seen.campaign.status.value}, bukan menunggu")
    _show(seen)
    async with _acting(settings, arguments, Permission.REVIEW_CAMPAIGNS) as (_, manage, user):
        await manage.approve(user, arguments.id, seen.fingerprint)
    print("Disetujui; teksnya sekarang tetap. Jalankan: sinetral campaign run")
    return 0


async def send_back(settings: Settings, arguments: argparse.Namespace) -> int:
    """Return it back to its writer, saying why."""
    async with _acting(settings, arguments, Permission.REVIEW_CAMPAIGNS) as (_, manage, user):
        await manage.return_for_changes(user, arguments.id, arguments.why)
    print("Dikembalikan; penulisnya melihat alasannya dan bisa mengubahnya lagi.")
    return 0


async def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Schedule, or go on after a pause."""
    async with _acting(settings, arguments) as (_, manage, user):
        first = await manage.start(user, arguments.id)
    print(f"Dijadwalkan {first:%Y-%m-%d %H.%M %Z}." if first else "Dilanjutkan.")
    return 0


async def pause(settings: Settings, arguments: argparse.Namespace) -> int:
    """Pause."""
    async with _acting(settings, arguments) as (_, manage, user):
        await manage.pause(user, arguments.id)
    print("Dijeda. Lanjutkan: sinetral campaign run")
    return 0


async def stop(settings: Settings, arguments: argparse.Namespace) -> int:
    """Stop for good."""
    async with _acting(settings, arguments) as (_, manage, user):
        await manage.stop(user, arguments.id)
    print("Dihentikan untuk seterusnya.")
    return 0


async def settle(settings: Settings, arguments: argparse.Namespace) -> int:
    """Decide about messages that may have arrived."""
    async with _acting(settings, arguments) as (_, manage, user):
        settled = await manage.settle(user, arguments.id, resend=arguments.resend)
    print(f"{_rough(settled)} pesan ragu {'akan dikirim ulang' if arguments.resend else 'dianggap sampai'}.")
    return 0


async def report(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print how campaigns stand, without any identity."""
    async with _reading(settings, arguments) as (_, manage, reader):
        if arguments.id is None:
            for one in await manage.all(reader):
                print(f"{one.id}  {one.status.value:<10} {one.schedule:<40} {one.name}")
                if one.note and one.status in NOTED:
                    print(f"    Catatan: {one.note}")
            return 0
        campaign, reports = await manage.watch(reader, arguments.id)
    if arguments.csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(("kampanye", "putaran", "kanal", "status", "alasan", "jumlah"))
        for run in reports:
            writer.writerows(
                (campaign.id, run.number, each.channel.value, each.status.value, each.reason, _rough(each.messages))
                for each in run.lines
            )
        return 0
    print(f"{campaign.id}  {campaign.name}  [{campaign.status.value}]  terlewat {campaign.missed}")
    if campaign.note:
        print(f"Catatan: {campaign.note}")
    for run in reports:
        print(f"Putaran {run.number}:")
        for each in run.lines:
            reason = f" ({REASONS.get(each.reason, each.reason)})" if each.reason else ""
            advice = f": {ADVICE[each.status]}" if each.status in ADVICE else ""
            print(f"  {each.channel.value:<10} {_rough(each.messages):>14} {LABELS[each.status]}{reason}{advice}")
    return 0


async def add_agency(settings: Settings, arguments: argparse.Namespace) -> int:
    """Add or change an agency."""
    agency = Agency(code=arguments.code, name=arguments.name, region=arguments.region, zone=arguments.zone)
    async with _acting(settings, arguments) as (_, manage, user):
        await manage.save_agency(user, agency)
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
    returned = _one(ours, "return", send_back, "kembalikan ke penulisnya")
    returned.add_argument("why", metavar="ALASAN", help="apa yang perlu diperbaiki")
    _one(ours, "run", run, "jadwalkan, atau lanjutkan yang dijeda")
    _one(ours, "pause", pause, "jeda")
    _one(ours, "stop", stop, "hentikan untuk seterusnya")
    settled = _one(ours, "settle", settle, "putuskan pesan yang ragu")
    way = settled.add_mutually_exclusive_group(required=True)
    way.add_argument("--resend", action="store_true", help="kirim ulang")
    way.add_argument("--believe", dest="resend", action="store_false", help="anggap sampai")
    told = ours.add_parser("report", help="hasil per putaran; tanpa ID: semua pengingat")
    told.add_argument("id", nargs="?", metavar="ID")
    told.add_argument("--csv", action="store_true", help="sebagai CSV tanpa identitas")
    _for_a_person(told, report)
    agency = ours.add_parser("agency", help="tambah atau ubah instansi")
    agency.add_argument("code", metavar="KODE")
    agency.add_argument("name", metavar="NAMA")
    agency.add_argument("--region", required=True, metavar="WILAYAH")
    agency.add_argument("--zone", type=TimeZone, choices=list(TimeZone), default=TimeZone.WIB)
    _for_a_person(agency, add_agency)


def _add_create(ours: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    made = ours.add_parser("create", help="tulis draf")
    made.add_argument("name", metavar="NAMA")
    says = made.add_mutually_exclusive_group(required=True)
    says.add_argument("--topic", metavar="TOPIK", help="topik yang jawabannya dikirim")
    says.add_argument("--template", metavar="TEMPLAT", help="templat yang sudah disetujui")
    made.add_argument("--schedule", required=True, metavar="JADWAL", help="misalnya 'H-3 masa tenang 08.00 WIB'")
    for name, kind in (("agency", str), ("region", str), ("role", str), ("stage", Stage), ("channel", Channel)):
        made.add_argument(f"--{name}", type=kind, action="append", default=[], help="boleh diulang; bawaan: semua")
    made.add_argument("--hold", action="store_true", help="pesan yang ragu ditahan, bukan dikirim ulang")
    made.add_argument("--weekly", type=int, default=MAX_A_WEEK, help="paling banyak per orang dalam sepekan")
    made.add_argument("--valid-hours", type=int, default=USUAL_VALID_HOURS, help="lewat ini tidak dikirim lagi")
    _for_a_person(made, create)


def _one(
    ours: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, command: object, words: str
) -> argparse.ArgumentParser:
    made = ours.add_parser(name, help=words)
    made.add_argument("id", metavar="ID")
    _for_a_person(made, command)
    return made


def _for_a_person(made: argparse.ArgumentParser, command: object) -> None:
    made.add_argument("--as", dest="user", metavar="PENGGUNA", help="atas nama pengguna; rahasianya ditanyakan")
    made.set_defaults(command=command)
