"""The last event of the audit trail, noted in a file beside the key: who only has the database cannot set it back."""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.core.accounts.audit_trail import Anchor
from bot.secret_files import replace_whole

logger = logging.getLogger(__name__)

FILE_NAME = "audit-anchors.json"
OWNER_ONLY = 0o600


class AuditAnchor:
    """The anchor of one database on this machine; several databases may share the file."""

    def __init__(self, key_file: Path, database: str) -> None:
        """Name the database; the file lies beside the key.

        Args:
            database: its address without a password; kept as a hash.
        """
        self._file = key_file.parent / FILE_NAME
        self._name = hashlib.sha256(database.encode()).hexdigest()[:32]

    def read(self) -> Anchor | None:
        """Return what was noted last, None when nothing was."""
        noted = self._noted().get(self._name)
        if not isinstance(noted, dict):
            return None
        try:
            return Anchor(number=int(noted["number"]), hash=bytes.fromhex(noted["hash"]))
        except (KeyError, TypeError, ValueError):
            return None

    def note(self, anchor: Anchor) -> None:
        """Note an event that was committed; an older one changes nothing. Never raises: the event stands already."""
        try:
            with self._alone():
                noted = self._noted()
                present = noted.get(self._name)
                if isinstance(present, dict) and int(present.get("number", 0)) >= anchor.number:
                    return
                noted[self._name] = {"number": anchor.number, "hash": anchor.hash.hex()}
                replace_whole(self._file, json.dumps(noted))
        except (OSError, TypeError, ValueError) as error:
            logger.error("the audit trail's anchor could not be noted", extra={"error": type(error).__name__})

    def _noted(self) -> dict[str, Any]:
        try:
            noted = json.loads(self._file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) else {}

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process of this machine write at a time."""
        lock = self._file.with_suffix(".lock")
        with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, OWNER_ONLY), "w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
