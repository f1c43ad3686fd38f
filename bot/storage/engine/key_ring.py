"""Keys outside the database: one file, from which every purpose gets a key of its own."""

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.core.errors import PermanentError
from bot.secret_files import make_whole, replace_whole, require_owner_only

KEY_BYTES = 32
NONCE_BYTES = 12
NAME_BYTES = 4
"""Of the name of the key, which stands before what it sealed."""


class KeyRing:
    """Hashes identifiers and seals payloads; neither can be undone with the database alone."""

    def __init__(self, master: bytes, *older: bytes) -> None:
        """Take the master keys of 32 bytes each: the current one, and older ones that still open what they sealed."""
        self._identifiers = [_derive(each, b"sinetral identifiers v1") for each in (master, *older)]
        self._name = _derive(master, b"sinetral key name v1")[:NAME_BYTES]
        self._ciphers = {
            _derive(each, b"sinetral key name v1")[:NAME_BYTES]: ChaCha20Poly1305(
                _derive(each, b"sinetral payloads v1")
            )
            for each in (master, *older)
        }

    def keyed_hash(self, *parts: str) -> bytes:
        """Return 32 bytes that stand for these parts; equal parts give equal bytes under the current key."""
        return self.keyed_hashes(*parts)[0]

    def keyed_hashes(self, *parts: str) -> list[bytes]:
        """Return what stands for these parts under every known key, the current one first."""
        message = "\x1f".join(parts).encode()
        return [hmac.new(key, message, hashlib.sha256).digest() for key in self._identifiers]

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        """Encrypt; `bound_to` must be the same when opened, so that rows cannot be swapped."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._name + nonce + self._ciphers[self._name].encrypt(nonce, plain, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes | None:
        """Decrypt; None when the key or the row is another one."""
        cipher = self._ciphers.get(sealed[:NAME_BYTES])
        if cipher is None:
            return None
        sealed = sealed[NAME_BYTES:]
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
        except InvalidTag:
            return None

    @property
    def names(self) -> list[str]:
        """Return the names of the keys, the current one first; nothing of a key can be had from its name."""
        return [name.hex() for name in self._ciphers]

    def knows(self, sealed: bytes) -> bool:
        """Say whether something was sealed with any of these keys."""
        return sealed[:NAME_BYTES] in self._ciphers

    def is_current(self, sealed: bytes) -> bool:
        """Say whether something was sealed with the current key."""
        return sealed[:NAME_BYTES] == self._name


def name_of(sealed: bytes) -> str:
    """Return the name of the key that sealed something."""
    return sealed[:NAME_BYTES].hex()


def keys_from_file(path: Path) -> KeyRing:
    """Read the key file; make it, readable by its owner alone, when it does not exist.

    Raises:
        PermanentError: when the file holds no key.
    """
    try:
        if not path.exists():
            make_whole(path, _written([secrets.token_bytes(KEY_BYTES)]))
    except OSError as error:
        raise PermanentError(f"the key file {path} cannot be used ({error.strerror})") from error
    return KeyRing(*_read(path))


def add_key(path: Path) -> None:
    """Make a new current key; the older ones still open what they sealed.

    Raises:
        PermanentError: when the file holds an older key already, which must be retired first.
    """
    masters = _read(path)
    if len(masters) > 1:
        raise PermanentError("kunci lama belum dipensiunkan; jalankan `sinetral keys retire` dahulu")
    replace_whole(path, _written([secrets.token_bytes(KEY_BYTES), *masters]))


def drop_older_keys(path: Path) -> int:
    """Forget every key but the current one; returns how many went."""
    masters = _read(path)
    replace_whole(path, _written(masters[:1]))
    return len(masters) - 1


def _read(path: Path) -> list[bytes]:
    try:
        require_owner_only(path, "berkas kunci")
        masters = [base64.urlsafe_b64decode(line) for line in path.read_text(encoding="ascii").split()]
    except OSError as error:
        raise PermanentError(f"the key file {path} cannot be used ({error.strerror})") from error
    except ValueError as error:
        raise PermanentError(f"the key file {path} is damaged; restore it from its backup") from error
    if not masters or any(len(master) != KEY_BYTES for master in masters):
        raise PermanentError(f"the key file {path} holds no key of {KEY_BYTES} bytes; restore it from its backup")
    return masters


def _written(masters: list[bytes]) -> str:
    return "\n".join(base64.urlsafe_b64encode(master).decode() for master in masters)


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(master)
