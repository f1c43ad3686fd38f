"""Small files that only their owner may open: written whole, so that nobody ever reads half of one."""

import contextlib
import os
import tempfile
from pathlib import Path

from bot.core.errors import PermanentError

OTHERS = 0o077
"""Permissions of anybody but the owner."""


def require_owner_only(file: Path, name: str) -> None:
    """Refuse a file that others may read or write.

    Args:
        name: what the file is, in Indonesian.

    Raises:
        OSError: when there is no such file.
        PermanentError: saying what to run.
    """
    if file.stat().st_mode & OTHERS:
        raise PermanentError(f"{name} {file} bisa dibuka pengguna lain; jalankan `chmod 600 {file}`, lalu ulangi")


def make_whole(file: Path, content: str) -> None:
    """Make a file, and leave one that another process made meanwhile.

    Raises:
        OSError: when it cannot be made.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = _written_beside(file, content)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(written, file)
    finally:
        written.unlink()


def replace_whole(file: Path, content: str) -> None:
    """Put new content in a file's place: a crash leaves the old or the new one, whole.

    Raises:
        OSError: when it cannot be replaced.
    """
    os.replace(_written_beside(file, content), file)


def _written_beside(file: Path, content: str) -> Path:
    """Write a file of another name in the same folder; such a file is readable by its owner alone."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, encoding="ascii", delete=False) as made:
        made.write(content)
        made.flush()
        os.fsync(made.fileno())
    return Path(made.name)
