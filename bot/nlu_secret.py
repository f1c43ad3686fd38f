"""What bot and NLU prove to each other that they belong together by."""

import hashlib
import hmac
import ipaddress
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from bot.core.errors import InvalidInputError, PermanentError
from bot.secret_files import make_whole, require_owner_only

FILE_NAME = "nlu-secret"
SECRET_BYTES = 32
MIN_CHARACTERS = 16


def nlu_secret(chosen: str | None, key_file: Path, url: str) -> str:
    """Return the secret that was set, else the one beside the key file, which is made when there is none.

    Raises:
        InvalidInputError: when the NLU is on another machine and no secret was set, or nothing hides what is asked.
        PermanentError: when others may read the file, or it cannot be used.
    """
    if not _is_loopback(url):
        _require_safe_way(chosen, url)
    if chosen is not None:
        if len(chosen) < MIN_CHARACTERS or not chosen.isascii() or not chosen.isprintable() or " " in chosen:
            raise InvalidInputError(
                f"SINETRAL_NLU_SECRET must have at least {MIN_CHARACTERS} letters, digits or signs, without blanks"
            )
        return chosen
    file = key_file.parent / FILE_NAME
    try:
        if not file.exists():
            make_whole(file, secrets.token_urlsafe(SECRET_BYTES))
        require_owner_only(file, "berkas")
        secret = file.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise PermanentError(f"berkas rahasia NLU {file} tidak bisa dipakai ({type(error).__name__})") from error
    if len(secret) < MIN_CHARACTERS:
        raise PermanentError(f"berkas rahasia NLU {file} kosong atau rusak; hapus berkas itu, lalu nyalakan ulang")
    return secret


def proof_of(secret: str, nonce: str, model: str) -> str:
    """Return what only who knows the secret can answer to a nonce, in hexadecimal."""
    return hmac.new(secret.encode(), f"{nonce}\n{model}".encode(), hashlib.sha256).hexdigest()


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _require_safe_way(chosen: str | None, url: str) -> None:
    split = urlsplit(url)
    try:
        is_private = ipaddress.ip_address(split.hostname or "").is_private
    except ValueError:
        is_private = False
    if chosen is None or not (split.scheme == "https" or is_private):
        raise InvalidInputError(
            "SINETRAL_NLU_URL names another machine: set SINETRAL_NLU_SECRET on both, and use https or a private"
            " address"
        )
