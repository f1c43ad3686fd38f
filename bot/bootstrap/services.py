"""What every command needs: settings, store, clock."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.guidance.load_seed import LoadReport, load_seed
from bot.core.errors import PermanentError
from bot.core.privacy.person_names import NameLexicon
from bot.core.vocabulary import Channel
from bot.operations.holidays import national_holidays
from bot.settings import Settings
from bot.storage.accounts.audit_anchor import AuditAnchor
from bot.storage.engine.engine import make_engine
from bot.storage.engine.errors import Cause, cause_of, translated_at_start
from bot.storage.engine.key_ring import KeyRing, keys_from_file
from bot.storage.engine.migrate import upgrade
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.key_check import check_key, needs_key_file
from bot.storage.privacy.word_lists import read_lexicon
from bot.storage.unit_of_work import DatabaseAdminStore, DatabaseStore

ROW_ID_BYTES = 16
MAX_UPGRADE_SECONDS = 60.0
"""How long a process waits for another that makes the schema."""
AGAIN_SECONDS = 0.2


class SystemClock:
    """The real `Clock`."""

    def __init__(self, timezone: ZoneInfo) -> None:
        """Take the agency's own time zone."""
        self._timezone = timezone

    def now(self) -> datetime:
        """Return the present."""
        return datetime.now(self._timezone)


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything that a command may need, wired."""

    settings: Settings
    engine: AsyncEngine
    store: DatabaseStore
    clock: SystemClock
    bot_names: dict[Channel, str] = field(default_factory=dict)
    """The bot's name on a channel, once the channel told it."""

    @property
    def admin_store(self) -> DatabaseAdminStore:
        """Return what administrators work with."""
        return DatabaseAdminStore(self.store, self.holidays())

    def holidays(self) -> Collection[date]:
        """Return the national holidays of the years around."""
        return holidays_around(self.clock.now())

    async def lexicon(self) -> NameLexicon:
        """Read the masking's word lists; the instruments of the store are its citations."""
        async with self.store.unit() as unit:
            return read_lexicon((await unit.guidance()).instruments.values())


@asynccontextmanager
async def open_services(settings: Settings, clock: SystemClock | None = None) -> AsyncIterator[Services]:
    """Open the store, bring its schema up to date, and close it at the end."""
    engine = make_engine(settings.database_url)
    try:
        try:
            await _upgraded(engine)
            keys = await _checked_keys(settings.key_file, engine)
        except Exception as error:
            known = translated_at_start(error)
            if known is None:
                raise
            raise known from error
        store = DatabaseStore(
            engine,
            keys,
            lambda: secrets.token_hex(ROW_ID_BYTES),
            settings.contact,
            settings.agency,
            AuditAnchor(settings.key_file, engine.url.render_as_string(hide_password=True)),
        )
        yield Services(settings=settings, engine=engine, store=store, clock=clock or SystemClock(settings.timezone))
    finally:
        await engine.dispose()


async def _upgraded(engine: AsyncEngine) -> None:
    """Bring the schema up to date; of several processes that start at once one does it, and the others wait."""
    until = time.monotonic() + MAX_UPGRADE_SECONDS
    while True:
        try:
            await upgrade(engine)
            return
        except Exception as error:
            if cause_of(error) is not Cause.BUSY or time.monotonic() > until:
                raise
        await asyncio.sleep(AGAIN_SECONDS)


async def load_when_empty(parts: Services) -> LoadReport | None:
    """Load the project's guidance into a database that holds none; None when it holds any."""
    async with parts.store.unit() as unit:
        if (await unit.guidance()).topics:
            return None
    seed = await asyncio.to_thread(read_seed, SEED_FOLDER)
    async with parts.store.unit() as unit:
        return await load_seed(unit, seed, parts.clock.now())


async def _checked_keys(file: Path, engine: AsyncEngine) -> KeyRing:
    """Read the keys and compare them with the database's; a new file is made only where nothing was ever sealed."""
    if not await asyncio.to_thread(file.exists) and await needs_key_file(engine):
        raise PermanentError(
            f"berkas kunci {file} tidak ada, padahal isi basis data disegel dengannya;"
            " pulihkan berkas itu dari cadangannya, atau periksa SINETRAL_KEY_FILE"
        )
    keys = keys_from_file(file)
    await check_key(engine, keys, file)
    return keys


def holidays_around(now: datetime) -> Collection[date]:
    """Return the national holidays from last year to three years ahead."""
    return _holidays(now.year)


@cache
def _holidays(year: int) -> Collection[date]:
    return national_holidays(range(year - 1, year + 4))
