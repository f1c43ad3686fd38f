"""Keys outside the database: one file, from which every purpose gets a key of its own."""

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.core.errors import PermanentError

KEY_BYTES = 32
NONCE_BYTES = 12


class Keys:
    """Hashes identifiers and seals payloads; neither can be undone with the database alone."""

    def __init__(self, master: bytes) -> None:
        """Take the master key of 32 bytes."""
        self._identifier = _derive(master, b"sinetral identifiers v1")
        self._cipher = ChaCha20Poly1305(_derive(master, b"sinetral payloads v1"))

    def identifier(self, *parts: str) -> bytes:
        """Give 32 bytes that stand for these parts; equal parts give equal bytes."""
        message = "\x1f".join(parts).encode()
        return hmac.new(self._identifier, message, hashlib.sha256).digest()

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        """Encrypt; `bound_to` must be the same when opened, so that rows cannot be swapped."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes | None:
        """Decrypt; None when the key or the row is another one."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
        except InvalidTag:
            return None


def keys_from_file(path: Path) -> Keys:
    """Read the key file; make it, readable by its owner alone, when it does not exist.

    Raises:
        PermanentError: when the file holds no key.
    """
    try:
        if not path.exists():
            _make(path)
        master = base64.urlsafe_b64decode(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise PermanentError(f"the key file {path} cannot be used ({error.strerror})") from error
    except ValueError as error:
        raise PermanentError(f"the key file {path} is damaged; restore it from its backup") from error
    if len(master) != KEY_BYTES:
        raise PermanentError(f"the key file {path} holds no key of {KEY_BYTES} bytes; restore it from its backup")
    return Keys(master)


def _make(path: Path) -> None:
    """Write a new key whole, then give it its name: a second process sees no half-written file."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii") as file:
        # Such a file is readable by its owner alone.
        file.write(base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        file.flush()
        os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(file.name, path)


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(master)
