"""The database knows its key: a value sealed at first start, which another key file cannot open."""

from pathlib import Path
from typing import Any

from sqlalchemy import literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import InstrumentedAttribute

from bot.core.errors import PermanentError
from bot.storage.accounts.tables import UserRow
from bot.storage.engine.key_ring import KeyRing, name_of
from bot.storage.engine.known_value import BINDING, KNOWN, ROW, KeyCheckRow
from bot.storage.retention import SEALED

LOOKED_AT = 200
"""Rows of a column that are looked at in a database that does not know its key yet."""


async def needs_key_file(engine: AsyncEngine) -> bool:
    """Say whether a database was ever sealed, so that a new key would open nothing of it."""
    async with engine.connect() as connection:
        if await connection.scalar(select(literal(1)).select_from(KeyCheckRow).limit(1)):
            return True
        return await connection.scalar(select(literal(1)).select_from(UserRow).limit(1)) is not None or any(
            [await _sample(connection, column, 1) for column in SEALED]
        )


async def check_key(engine: AsyncEngine, keys: KeyRing, file: Path) -> None:
    """Compare the keys with what the database was sealed with; the first start seals the value to compare with.

    Several processes may start at once: one seals, the others find it done.

    Args:
        file: where the keys were read, for the message.

    Raises:
        PermanentError: when the database was sealed with another key.
    """
    async with engine.begin() as connection:
        known = await _known(connection)
        if known is None:
            await _refuse_foreign(connection, keys, file)
            insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
            value = {"id": ROW, "sealed": keys.seal(KNOWN, BINDING)}
            await connection.execute(insert(KeyCheckRow).values(**value).on_conflict_do_nothing())
            known = await _known(connection)
        if known is None or keys.open(known, BINDING) != KNOWN:
            raise _foreign(known or b"", keys, file)
        if not keys.is_current(known):
            await connection.execute(
                update(KeyCheckRow).where(KeyCheckRow.id == ROW).values(sealed=keys.seal(KNOWN, BINDING))
            )


async def _known(connection: AsyncConnection) -> bytes | None:
    found: bytes | None = await connection.scalar(select(KeyCheckRow.sealed).where(KeyCheckRow.id == ROW))
    return found


async def _refuse_foreign(connection: AsyncConnection, keys: KeyRing, file: Path) -> None:
    """Look at what an older release sealed: when there is something and none of it under our keys, they are others."""
    foreign: bytes | None = None
    for column in SEALED:
        for sealed in await _sample(connection, column, LOOKED_AT):
            if keys.knows(sealed):
                return
            foreign = foreign or sealed
    if foreign is not None:
        raise _foreign(foreign, keys, file)


async def _sample(connection: AsyncConnection, column: InstrumentedAttribute[Any], most: int) -> list[bytes]:
    return list(await connection.scalars(select(column).where(column.is_not(None)).limit(most)))


def _foreign(sealed: bytes, keys: KeyRing, file: Path) -> PermanentError:
    return PermanentError(
        f"basis data ini disegel dengan kunci lain ({name_of(sealed)}) daripada isi berkas {file}"
        f" ({', '.join(keys.names)}); pulihkan berkas kunci yang benar dari cadangannya, atau periksa"
        " SINETRAL_KEY_FILE dan SINETRAL_DATABASE_URL"
    )
