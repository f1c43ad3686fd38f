"""The errors of the database's libraries, translated once: what is the matter, and what an operator does about it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import psycopg
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.core.errors import BotError, DatabaseBusyError, DatabaseDownError, PermanentError


class Cause(StrEnum):
    """Why the database does not take part."""

    BUSY = "busy"
    """Another process holds it for longer than we wait."""
    FULL = "full"
    READ_ONLY = "read_only"
    UNREACHABLE = "unreachable"
    DAMAGED = "damaged"
    NOT_ALLOWED = "not_allowed"
    CONFLICT = "conflict"
    """Somebody else wrote the same just now."""
    NEWER = "newer"
    """A later release made its schema."""
    OTHER = "other"


_OUTAGES = frozenset({Cause.BUSY, Cause.FULL, Cause.READ_ONLY, Cause.UNREACHABLE})
"""What passes by itself or by an operator's hand, and leaves what is kept whole."""
LINES = {
    Cause.BUSY: "basis data sedang dipakai proses lain terlalu lama; tunggu sebentar, lalu ulangi",
    Cause.FULL: "ruang disk basis data penuh; kosongkan ruang, lalu ulangi. Yang belum selesai tidak disimpan",
    Cause.READ_ONLY: "basis data hanya bisa dibaca; periksa izin berkas dan folder pada SINETRAL_DATABASE_URL",
    Cause.UNREACHABLE: "basis data tidak bisa dibuka atau tidak menjawab; periksa SINETRAL_DATABASE_URL dan servernya",
    Cause.DAMAGED: "isi basis data rusak; hentikan SiNetral dan pulihkan berkasnya dari cadangan",
    Cause.NOT_ALLOWED: "basis data menolak masuk; periksa nama dan kata sandi pada SINETRAL_DATABASE_URL",
    Cause.CONFLICT: "perintah lain baru saja mengubah hal yang sama; periksa keadaannya, lalu ulangi bila perlu",
    Cause.NEWER: "basis data dibuat oleh rilis SiNetral yang lebih baru; jalankan rilis itu atau pulihkan cadangan",
    Cause.OTHER: "basis data menolak sebuah perintah; ulangi, dan bila tetap laporkan bersama versi SiNetral",
}
_FIRST_AID = {
    Cause.BUSY: "proses lain memakainya terlalu lama; tunggu sebentar, lalu ulangi",
    Cause.FULL: "ruang disk penuh; kosongkan, lalu ulangi",
    Cause.READ_ONLY: "periksa izin berkas dan folder pada SINETRAL_DATABASE_URL",
    Cause.UNREACHABLE: "periksa SINETRAL_DATABASE_URL dan servernya",
    Cause.DAMAGED: "periksa SINETRAL_DATABASE_URL, atau pulihkan berkas itu dari cadangan",
    Cause.NOT_ALLOWED: "periksa nama dan kata sandi pada SINETRAL_DATABASE_URL",
}
# The low byte of SQLite's result code (sqlite.org/rescode.html).
_SQLITE = {
    sqlite3.SQLITE_BUSY: Cause.BUSY,
    sqlite3.SQLITE_LOCKED: Cause.BUSY,
    sqlite3.SQLITE_FULL: Cause.FULL,
    sqlite3.SQLITE_READONLY: Cause.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Cause.UNREACHABLE,
    sqlite3.SQLITE_IOERR: Cause.UNREACHABLE,
    sqlite3.SQLITE_PERM: Cause.NOT_ALLOWED,
    sqlite3.SQLITE_CONSTRAINT: Cause.CONFLICT,
    sqlite3.SQLITE_CORRUPT: Cause.DAMAGED,
    sqlite3.SQLITE_NOTADB: Cause.DAMAGED,
}
# The beginning of PostgreSQL's SQLSTATE (PostgreSQL manual, appendix A).
_POSTGRES = {
    "08": Cause.UNREACHABLE,
    "57P": Cause.UNREACHABLE,
    "57014": Cause.BUSY,
    "55P03": Cause.BUSY,
    "40": Cause.BUSY,
    "53100": Cause.FULL,
    "53": Cause.UNREACHABLE,
    "23": Cause.CONFLICT,
    "25006": Cause.READ_ONLY,
    "28": Cause.NOT_ALLOWED,
    "42501": Cause.NOT_ALLOWED,
    "3D": Cause.UNREACHABLE,
    "XX001": Cause.DAMAGED,
    "XX002": Cause.DAMAGED,
}


def cause_of(error: BaseException) -> Cause | None:
    """Return why the database does not take part; None for an error that is not one of its libraries'."""
    if isinstance(error, CommandError):
        return Cause.NEWER if "locate revision" in str(error) else Cause.OTHER
    if isinstance(error, PoolTimeoutError):
        return Cause.BUSY
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        return _SQLITE.get((getattr(original, "sqlite_errorcode", None) or 0) & 0xFF, Cause.OTHER)
    if isinstance(original, psycopg.Error):
        return _cause_in_postgres(original)
    return Cause.OTHER if isinstance(error, SQLAlchemyError) else None


def _cause_in_postgres(error: psycopg.Error) -> Cause:
    state = error.sqlstate
    if state is None:
        # No server said anything: there was no connection, or it broke.
        return (
            Cause.UNREACHABLE if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else Cause.OTHER
        )
    longest = max((known for known in _POSTGRES if state.startswith(known)), key=len, default=None)
    return _POSTGRES[longest] if longest is not None else Cause.OTHER


def translated(error: BaseException) -> BotError | None:
    """Return our error for one of the database's libraries; its message never carries a statement or its values."""
    cause = cause_of(error)
    if cause is None:
        return None
    if cause is Cause.BUSY:
        return DatabaseBusyError(LINES[cause])
    return (DatabaseDownError if cause in _OUTAGES else PermanentError)(LINES[cause])


def translated_at_start(error: BaseException) -> BotError | None:
    """Return the same for the time before anything is kept, when what the library says names no content of rows."""
    cause = cause_of(error)
    if cause is None:
        return None
    said = str(getattr(error, "orig", None) or error).strip().split("\n", maxsplit=1)[0]
    if cause is Cause.NEWER:
        return PermanentError(LINES[cause])
    if cause in {Cause.OTHER, Cause.CONFLICT}:
        return PermanentError(
            f"skema basis data tidak bisa diperbarui ({said}); tidak ada yang diubah. Jalankan lagi rilis sebelumnya"
            " atau pulihkan cadangan, dan laporkan baris ini"
        )
    return PermanentError(f"basis data tidak bisa dibuka: {said}; {_FIRST_AID[cause]}")


@contextmanager
def outages_translated() -> Iterator[None]:
    """Raise `DatabaseDownError` where the database does not take part; any other error leaves as it is."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, psycopg.Error) as error:
        if cause_of(error) in _OUTAGES:
            raise translated(error) from error  # type: ignore[misc]  # an outage always has a translation
        raise
