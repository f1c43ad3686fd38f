"""`sinetral user` and `sinetral audit`: the first administrator, help for locked-out ones, and the audit trail."""

import argparse
import asyncio
import sys

from bot.application.accounts.manage_users import Wanted
from bot.bootstrap.services import open_services
from bot.bootstrap.web import admin_site
from bot.cli.acting_user import ask_hidden
from bot.core.accounts.users import Role, sorted_roles
from bot.core.errors import InvalidInputError
from bot.settings import Settings
from bot.storage.accounts.audit_trail import verify

BROKEN = 1


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both to the parser."""
    users = commands.add_parser("user", help="pengguna ruang pengelola (/admin)")
    kinds = users.add_subparsers(required=True, metavar="PERINTAH")
    new = kinds.add_parser("add", help="tambah pengguna; kata sandi pertama ditanyakan di terminal")
    new.add_argument("name", metavar="NAMA", help="nama pengguna, huruf kecil")
    new.add_argument("--full-name", required=True, metavar="NAMA_LENGKAP")
    new.add_argument(
        "--role", action="append", required=True, choices=[role.value for role in Role], help="boleh lebih dari sekali"
    )
    scope = new.add_mutually_exclusive_group(required=True)
    scope.add_argument("--agency", metavar="INSTANSI", help="cakupan: pengingat dan pengguna instansi ini saja")
    scope.add_argument("--national", action="store_true", help="cakupan: jawaban bagi semua orang, semua instansi")
    new.set_defaults(command=add)
    kinds.add_parser("list", help="daftar pengguna").set_defaults(command=show)
    for word, what, command in (
        ("disable", "nonaktifkan pengguna dan akhiri sesinya", disable),
        ("enable", "aktifkan kembali", enable),
        ("reset-totp", "hapus faktor kedua; dipasang lagi saat masuk berikutnya", reset_totp),
        ("reset-password", "setel kata sandi sementara", reset_password),
    ):
        one = kinds.add_parser(word, help=what)
        one.add_argument("name", metavar="NAMA")
        one.set_defaults(command=command)
    vouch = kinds.add_parser(
        "confirm", help="setujui, sebagai orang kedua, akun yang dibuat, diubah, atau disetel ulang"
    )
    vouch.add_argument("names", metavar="NAMA", nargs="+", help="setelah memastikan kepada orangnya sendiri")
    vouch.set_defaults(command=confirm)
    trail = commands.add_parser("audit", help="jejak audit").add_subparsers(required=True, metavar="PERINTAH")
    trail.add_parser("verify", help="periksa keutuhannya; keluar dengan 1 bila rusak").set_defaults(command=check)


async def add(settings: Settings, arguments: argparse.Namespace) -> int:
    """Add a user."""
    password = await _new_password()
    wanted = Wanted(
        full_name=arguments.full_name,
        roles=frozenset(Role(value) for value in arguments.role),
        agency=arguments.agency,
        is_national=arguments.national,
    )
    async with open_services(settings) as parts:
        user = await admin_site(parts).manage_users().add(None, arguments.name, wanted, password)
    print(f"{user.name} ditambahkan. Masuk di /admin, lalu ganti kata sandinya.")
    return 0


async def show(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Print every user."""
    async with open_services(settings) as parts, parts.admin_store.unit() as unit:
        users = await unit.accounts.users()
    for user in users:
        roles = ",".join(role.value for role in sorted_roles(user.roles))
        state = "nonaktif" if user.is_disabled else "aktif"
        factor = "totp" if user.has_second_factor else "-"
        print(f"{user.name:<20} {roles:<30} {state:<9} {factor:<5} {user.agency or 'nasional'}")
    if not users:
        print(
            "Belum ada pengguna. Tambahkan: sinetral user add NAMA --full-name '...' --role admin --national",
            file=sys.stderr,
        )
    return 0


async def disable(settings: Settings, arguments: argparse.Namespace) -> int:
    """Disable a user."""
    async with open_services(settings) as parts:
        await admin_site(parts).manage_users().set_disabled(None, arguments.name, True)
    print(f"{arguments.name} dinonaktifkan.")
    return 0


async def enable(settings: Settings, arguments: argparse.Namespace) -> int:
    """Enable a user."""
    async with open_services(settings) as parts:
        await admin_site(parts).manage_users().set_disabled(None, arguments.name, False)
    print(f"{arguments.name} aktif.")
    return 0


async def reset_totp(settings: Settings, arguments: argparse.Namespace) -> int:
    """Take the second factor away."""
    async with open_services(settings) as parts:
        await admin_site(parts).manage_users().reset_second_factor(None, arguments.name)
    print(f"Faktor kedua {arguments.name} dihapus; dipasang lagi saat masuk berikutnya.")
    return 0


async def reset_password(settings: Settings, arguments: argparse.Namespace) -> int:
    """Set a password that must be changed at the next login."""
    password = await _new_password()
    async with open_services(settings) as parts:
        await admin_site(parts).manage_users().reset_password(None, arguments.name, password)
    print(f"Kata sandi {arguments.name} disetel; harus diganti saat masuk berikutnya.")
    return 0


async def confirm(settings: Settings, arguments: argparse.Namespace) -> int:
    """Confirm accounts for whoever owns the machine."""
    async with open_services(settings) as parts:
        for name in arguments.names:
            await admin_site(parts).manage_users().confirm(None, name)
            print(f"{name} disetujui.")
    return 0


async def check(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Check the audit trail; 1 when it is broken."""
    async with open_services(settings) as parts:
        count, broken = await verify(parts.store)
    if broken:
        print(f"jejak audit rusak di catatan {broken.number}: {broken.reason}", file=sys.stderr)
        return BROKEN
    print(f"Jejak audit utuh: {count} catatan.")
    return 0


async def _new_password() -> str:
    password = await asyncio.to_thread(ask_hidden, "Kata sandi: ")
    if await asyncio.to_thread(ask_hidden, "Kata sandi, sekali lagi: ") != password:
        raise InvalidInputError("kedua kata sandi tidak sama")
    return password
