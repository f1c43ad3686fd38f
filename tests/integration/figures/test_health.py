"""/health tells the truth about each part, and within a second whatever hangs."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import httpx2 as httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.figures.service_health import PartHealth
from bot.application.messaging.channel_state import ChannelState, Trouble
from bot.bootstrap.health import ServiceWatch
from bot.bootstrap.services import Services
from bot.bootstrap.web import build_app
from bot.core.accounts.audit_trail import Action, Event
from bot.core.vocabulary import Channel
from bot.operations.health import FRESH_SECONDS, LOOK_SECONDS, STALE_SECONDS, HealthWatch
from bot.storage.engine.engine import make_engine
from bot.storage.engine.probe import DatabaseProbe
from bot.storage.privacy.word_lists import read_lexicon
from bot.storage.unit_of_work import DatabaseAdminStore
from bot.workers.supervision import Supervisor
from tests.fakes.interpreter import FakeInterpreter
from tests.fakes.nlu import FakeNlu
from tests.support.clock import StillClock
from tests.support.database import database_store, execute, settings_for

pytestmark = pytest.mark.faults


class HungNlu(FakeNlu):
    """Says that it is ready, and never gives a parse."""

    async def answers(self) -> bool:
        """Hang."""
        await asyncio.Event().wait()
        raise AssertionError


# One check


@dataclass(kw_only=True)
class Seconds:
    """A clock that is moved by hand."""

    at: float = 100.0

    def __call__(self) -> float:
        """Return the set seconds."""
        return self.at


async def _hangs() -> PartHealth:
    await asyncio.Event().wait()
    raise AssertionError


async def _works() -> PartHealth:
    return PartHealth(name="baik", is_working=True)


async def _raises() -> PartHealth:
    raise ValueError("rahasia")


async def test_a_check_that_hangs_keeps_no_other_back_and_does_not_work() -> None:
    watch = HealthWatch(monotonic=time.monotonic)
    watch.add("macet", _hangs)
    watch.add("baik", _works)
    began = time.monotonic()
    found = await watch.look()
    assert time.monotonic() - began < LOOK_SECONDS + 1
    assert (found["baik"].is_working, found["macet"].is_working, found["macet"].trouble) == (True, False, "no_answer")
    await watch.close()


async def test_a_check_that_raises_does_not_work() -> None:
    watch = HealthWatch(monotonic=time.monotonic)
    watch.add("rusak", _raises)
    assert (await watch.look())["rusak"].trouble == "error"


async def test_a_check_under_way_is_not_begun_again() -> None:
    begun: list[int] = []
    watch = HealthWatch(monotonic=time.monotonic)

    async def hangs() -> PartHealth:
        begun.append(1)
        return await _hangs()

    watch.add("macet", hangs)
    await watch.look()
    await watch.look()
    assert len(begun) == 1
    await watch.close()


async def test_what_was_seen_last_counts_for_some_seconds_and_then_no_more() -> None:
    clock, is_hung = Seconds(), asyncio.Event()
    watch = HealthWatch(monotonic=clock)

    async def once() -> PartHealth:
        return await (_hangs() if is_hung.is_set() else _works())

    watch.add("baik", once)
    assert (await watch.look())["baik"].is_working
    is_hung.set()
    clock.at += FRESH_SECONDS
    assert ((await watch.look())["baik"].is_working, (await watch.look())["baik"].age_seconds) == (True, FRESH_SECONDS)
    clock.at += STALE_SECONDS
    seen = (await watch.look())["baik"]
    assert (seen.is_working, seen.trouble, seen.age_seconds) == (False, "no_answer", FRESH_SECONDS + STALE_SECONDS)
    await watch.close()


# The database


@pytest.fixture(
    params=[
        pytest.param("seeded_sqlite", id="sqlite"),
        pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
def database(request: pytest.FixtureRequest) -> str:
    """Return the address of each kind of database."""
    return str(request.getfixturevalue(request.param))


async def test_a_database_that_is_written_to_has_no_trouble(database: str) -> None:
    engine = make_engine(database)
    probe = DatabaseProbe(engine)
    assert [await probe.trouble(), await probe.trouble()] == [None, None]
    await engine.dispose()


async def test_a_database_that_cannot_be_written_to_says_so(database: str) -> None:
    engine = make_engine(database)
    await execute(engine, "DROP TABLE heartbeat")
    assert await DatabaseProbe(engine).trouble() == "other"
    await engine.dispose()


async def test_a_database_that_another_holds_says_so_in_time(database: str) -> None:
    engine = make_engine(database)
    await execute(engine, "INSERT INTO heartbeat (id, written_at) VALUES (1, 0)")
    async with engine.connect() as other:
        await other.exec_driver_sql("UPDATE heartbeat SET written_at = 1")
        began = time.monotonic()
        assert await DatabaseProbe(engine).trouble() == "busy"
        assert time.monotonic() - began < 3
    await engine.dispose()


async def test_a_database_that_is_not_there_says_so(tmp_path: Path) -> None:
    for address in (f"sqlite:///{tmp_path / 'ada.db'}", "postgresql://u@127.0.0.1:9/tidak_ada"):
        engine = make_engine(address)
        (tmp_path / "ada.db").unlink(missing_ok=True)
        assert await DatabaseProbe(engine).trouble() == "unreachable"
        await engine.dispose()


async def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    file = tmp_path / "ada.db"
    engine = make_engine(f"sqlite:///{file}")
    file.write_bytes(b"bukan basis data" * 400)
    assert await DatabaseProbe(engine).trouble() == "damaged"
    await engine.dispose()


# The route


@dataclass(frozen=True, kw_only=True)
class Service:
    """The application with its watch, in this loop."""

    parts: Services
    supervisor: Supervisor
    state: ChannelState
    watch: ServiceWatch
    client: httpx.AsyncClient

    async def health(self) -> tuple[int, list[str], float]:
        """Return status, the names of what fails, and the seconds that the answer took."""
        began = time.monotonic()
        answer = await self.client.get("/health")
        return answer.status_code, answer.json()["failing"], time.monotonic() - began

    async def close(self) -> None:
        """End everything."""
        await self.supervisor.stop(0.0)
        await self.watch.close()
        await self.client.aclose()

    async def becomes(self, status: int, failing: list[str]) -> None:
        """Wait until that is told, ten seconds at most."""
        async with asyncio.timeout(10):
            while (await self.health())[:2] != (status, failing):  # noqa: ASYNC110 (nothing there sets an event)
                await asyncio.sleep(0.1)


@contextmanager
def locked(address: str) -> Iterator[None]:
    """Hold SQLite's one place for a writer."""
    connection = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


def _service(address: str, folder: Path, engine: AsyncEngine, nlu: FakeNlu, now: datetime) -> Service:
    settings = replace(settings_for(address, folder), contact="BKPSDM, 0274-000", telegram_token="1:a")
    clock = StillClock(now)
    parts = Services(settings=settings, engine=engine, store=database_store(engine), clock=clock)
    supervisor = Supervisor(first_pause=30.0)
    state = ChannelState(time.monotonic)
    watch = ServiceWatch(parts=parts, nlu=nlu, supervisor=supervisor, states={Channel.TELEGRAM: state})
    app = build_app(parts, nlu, read_lexicon(()), watch=watch)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://uji")
    return Service(parts=parts, supervisor=supervisor, state=state, watch=watch, client=client)


@pytest.fixture
async def service(seeded_sqlite: str, tmp_path: Path, now: datetime) -> AsyncIterator[Service]:
    """Return the application on a SQLite file."""
    engine = make_engine(seeded_sqlite)
    made = _service(seeded_sqlite, tmp_path, engine, FakeNlu(FakeInterpreter()), now)
    yield made
    await made.close()
    await engine.dispose()


async def test_a_locked_database_is_told_within_a_second_and_so_is_its_end(
    service: Service, seeded_sqlite: str
) -> None:
    await service.becomes(200, [])
    with locked(seeded_sqlite):
        await service.becomes(503, ["database"])
        assert (await service.health())[2] < 1.5
    await service.becomes(200, [])


async def test_a_nlu_that_is_ready_and_parses_nothing_does_not_work(
    seeded_sqlite: str, tmp_path: Path, now: datetime
) -> None:
    engine = make_engine(seeded_sqlite)
    service = _service(seeded_sqlite, tmp_path, engine, HungNlu(FakeInterpreter()), now)
    status, failing, seconds = await service.health()
    assert (status, failing) == (503, ["nlu"])
    assert seconds < 2
    await service.close()
    await engine.dispose()


@pytest.mark.parametrize("trouble", ["token", "other_poller", "webhook_set", "no_connection", "database", "error"])
async def test_a_channel_that_is_refused_is_named_until_it_works(service: Service, trouble: Trouble) -> None:
    service.state.failed(trouble)
    await service.becomes(503, ["telegram"])
    service.state.worked()
    await service.becomes(200, [])


async def test_a_worker_that_fails_is_named_with_its_channel(service: Service) -> None:
    service.supervisor.start("telegram_inbox", _raises_nothing_of_use)
    await service.becomes(503, ["telegram", "telegram_inbox"])


async def test_a_hung_loop_is_named(service: Service) -> None:
    service.supervisor.start("jobs", _hangs_for_ever, longest_silence=0.05)
    await service.becomes(503, ["jobs"])


async def test_a_database_without_guidance_is_not_ready(service: Service) -> None:
    for table in ("guidance_citation", "guidance_point", "guidance_sanction", "guidance_variant", "guidance"):
        await execute(service.parts.engine, f"DELETE FROM {table}")
    await service.becomes(503, ["guidance"])


async def test_an_update_that_waits_too_long_is_told(service: Service) -> None:
    await execute(
        service.parts.engine,
        "INSERT INTO inbox (channel, update_id, work_key, position, arrived_at, payload)"
        " VALUES ('telegram', '1', x'00', 1, :at, x'00')",
        at=service.parts.clock.now().timestamp() - 61,
    )
    await service.becomes(503, ["queues", "telegram"])


async def test_a_trail_that_was_changed_is_told_and_takes_nobody_the_answers(service: Service) -> None:
    async with DatabaseAdminStore(service.parts.store).unit() as unit:
        await unit.audit.add(Event(action=Action.LOGGED_IN, actor="budi"), service.parts.clock.now())
    await service.becomes(200, [])
    await execute(service.parts.engine, "DELETE FROM audit_head")
    await service.becomes(200, ["audit"])


async def _raises_nothing_of_use() -> None:
    raise ValueError("rahasia")


async def _hangs_for_ever() -> None:
    await asyncio.Event().wait()
