"""Who a command acts for: password and code are asked on the terminal, and taken from nowhere else."""

import asyncio
import getpass
import os
import sys

from bot.bootstrap.services import Services
from bot.bootstrap.web import admin_site
from bot.core.accounts.users import Permission, User
from bot.core.errors import InvalidInputError


async def acting_user(parts: Services, name: str | None, permission: Permission) -> User:
    """Return the user named by `--as`, after password and code were right.

    Raises:
        InvalidInputError: when nobody is named, the terminal is missing, or something is wrong.
    """
    if name is None:
        raise InvalidInputError("perintah ini bertindak atas nama seseorang; tambahkan --as NAMA")
    password = await asyncio.to_thread(ask_hidden, f"Kata sandi {name}: ")
    code = await asyncio.to_thread(ask_hidden, "Kode enam angka (kosongkan bila tidak memakai): ")
    user = await admin_site(parts).log_in().authenticate_once(name, password, code)
    if user is None:
        raise InvalidInputError(
            "nama, kata sandi, atau kode salah (kode hanya sekali pakai); akun nonaktif atau belum"
            " siap; atau sudah terlalu sering dicoba (tunggu tiga menit)"
        )
    if not user.may(permission):
        raise InvalidInputError(f"peran {name} tidak mencakup perintah ini")
    return user


def ask_hidden(prompt: str) -> str:
    """Ask for a secret on the terminal without showing it.

    Raises:
        InvalidInputError: when there is no terminal: secrets in a pipe or the environment end up in files.
    """
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError as error:
        raise InvalidInputError("rahasia hanya diterima di terminal, bukan dari pipa atau variabel") from error
    return getpass.getpass(prompt, sys.stderr)
