"""The database knows its key: another file is refused at start, and nothing that waits is lost by one."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.messaging.ports import ReceivedUpdate
from bot.bootstrap.services import open_services
from bot.core.dialogue.conversation import Conversation
from bot.core.errors import PermanentError
from bot.core.vocabulary import Channel
from bot.settings import Settings
from bot.storage.engine.engine import make_engine
from bot.storage.engine.key_ring import add_key, drop_older_keys, keys_from_file
from bot.storage.key_check import check_key, needs_key_file
from bot.storage.retention import leave_old_keys
from bot.storage.unit_of_work import DatabaseQueues, DatabaseStore
from tests.conftest import NOW
from tests.support.database import database_store, execute, rows, settings_for

pytestmark = [pytest.mark.privacy, pytest.mark.faults]


@pytest.fixture(
    params=[
        pytest.param("seeded_sqlite", id="sqlite"),
        pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Return the settings of each kind of database, with a key file that does not exist yet."""
    return settings_for(str(request.getfixturevalue(request.param)), tmp_path)


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """What one kind of row is sealed by."""

    name: str

    async def put(self, store: DatabaseStore) -> None:
        """Seal one row of this kind."""
        if self.name == "inbox":
            update = ReceivedUpdate(channel=Channel.WHATSAPP, update_id="1", position=1, person="a", payload=b"halo")
            await DatabaseQueues(store).accept([update])
        if self.name == "conversation":
            async with store.unit() as unit:
                await unit.save_conversation(Channel.WEB, "a", Conversation(topic="tim_sukses"), NOW)
        if self.name == "opt_in":
            async with store.unit() as unit:
                await unit.add_opt_in(Channel.TELEGRAM, "a", NOW, "v1")
        if self.name == "outbox":
            async with store.session() as session:
                dialect = session.get_bind().dialect.name
                key = _literal(dialect, store.key_of(Channel.WEB, "a"))
                payload = _literal(dialect, store.seal_bytes(b"isi", b"x"))
                await (await session.connection()).exec_driver_sql(
                    f"INSERT INTO outbox (channel, work_key, attempts, payload) VALUES ('web', {key}, 0, {payload})"
                )


def _literal(dialect: str, value: bytes) -> str:
    return f"'\\x{value.hex()}'::bytea" if dialect == "postgresql" else f"x'{value.hex()}'"


KINDS = [Sealed(name=name) for name in ("inbox", "outbox", "conversation", "opt_in")]


async def _open(settings: Settings) -> None:
    async with open_services(settings):
        pass


def _another(settings: Settings, folder: Path) -> Settings:
    other = replace(settings, key_file=folder / "lain.key")
    keys_from_file(other.key_file)
    return other


async def test_the_same_key_is_taken_again(settings: Settings) -> None:
    await _open(settings)
    await _open(settings)


async def test_another_key_file_is_refused_though_nothing_waits(settings: Settings, tmp_path: Path) -> None:
    await _open(settings)
    with pytest.raises(PermanentError, match="kunci lain") as refused:
        await _open(_another(settings, tmp_path))
    assert str(tmp_path / "lain.key") in str(refused.value)
    assert "\n" not in str(refused.value)
    await _open(settings)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_missing_key_file_is_refused_and_not_made_anew(settings: Settings, kind: Sealed) -> None:
    async with open_services(settings) as parts:
        await kind.put(parts.store)
        # As an older release left it.
        await execute(parts.engine, "DELETE FROM key_check")
    settings.key_file.unlink()
    with pytest.raises(PermanentError, match="tidak ada, padahal"):
        await _open(settings)
    assert not settings.key_file.exists()


async def test_a_missing_key_file_is_refused_though_nothing_waits(settings: Settings) -> None:
    await _open(settings)
    settings.key_file.unlink()
    with pytest.raises(PermanentError, match="tidak ada, padahal"):
        await _open(settings)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_database_of_an_older_release_refuses_a_key_that_opens_nothing_of_it(
    settings: Settings, tmp_path: Path, kind: Sealed
) -> None:
    async with open_services(settings) as parts:
        await kind.put(parts.store)
        await execute(parts.engine, "DELETE FROM key_check")
    with pytest.raises(PermanentError, match="kunci lain"):
        await _open(_another(settings, tmp_path))
    await _open(settings)
    with pytest.raises(PermanentError, match="kunci lain"):
        await _open(_another(settings, tmp_path))


async def test_what_waits_is_still_there_for_the_right_key(settings: Settings, tmp_path: Path) -> None:
    async with open_services(settings) as parts:
        await KINDS[0].put(parts.store)
    with pytest.raises(PermanentError):
        await _open(_another(settings, tmp_path))
    async with open_services(settings) as parts:
        assert await rows(parts.engine, "SELECT count(*) FROM inbox WHERE payload IS NOT NULL") == [(1,)]


async def test_a_rotation_and_a_retirement_take_the_check_along(settings: Settings, tmp_path: Path) -> None:
    await _open(settings)
    former = tmp_path / "lama.key"
    former.write_bytes(settings.key_file.read_bytes())
    former.chmod(0o600)
    add_key(settings.key_file)
    async with open_services(settings) as parts:
        await leave_old_keys(parts.store, NOW)
    drop_older_keys(settings.key_file)
    await _open(settings)
    with pytest.raises(PermanentError, match="kunci lain"):
        await _open(replace(settings, key_file=former))


async def test_of_two_first_starts_with_two_keys_one_is_refused(settings: Settings, tmp_path: Path) -> None:
    one, other = _another(settings, tmp_path / "a"), _another(settings, tmp_path / "b")

    async def start(each: Settings, engine: AsyncEngine) -> str:
        try:
            await check_key(engine, keys_from_file(each.key_file), each.key_file)
        except PermanentError:
            return "refused"
        return "taken"

    engines = [make_engine(settings.database_url) for _ in range(2)]
    outcomes = await asyncio.gather(*(start(each, engine) for each, engine in zip((one, other), engines, strict=True)))
    assert sorted(outcomes) == ["refused", "taken"]
    for engine in engines:
        await engine.dispose()


async def test_first_starts_at_once_with_one_key_are_all_taken(settings: Settings) -> None:
    keys = keys_from_file(settings.key_file)
    engines = [make_engine(settings.database_url) for _ in range(4)]
    await asyncio.gather(*(check_key(engine, keys, settings.key_file) for engine in engines))
    assert await rows(engines[0], "SELECT count(*) FROM key_check") == [(1,)]
    for engine in engines:
        await engine.dispose()


async def test_a_database_in_which_nothing_was_sealed_needs_no_key_file(settings: Settings) -> None:
    engine = make_engine(settings.database_url)
    assert not await needs_key_file(engine)
    await KINDS[2].put(database_store(engine))
    assert await needs_key_file(engine)
    await engine.dispose()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602])
def test_a_key_that_others_may_open_is_refused_with_what_to_run(tmp_path: Path, mode: int) -> None:
    key = tmp_path / "master.key"
    keys_from_file(key)
    key.chmod(mode)
    with pytest.raises(PermanentError, match="chmod 600"):
        keys_from_file(key)
    key.chmod(0o600)
    keys_from_file(key)
