"""Whatever fails on our side, people get a sentence with the contact, and nothing of the error."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.bootstrap.problems import Problems, TimeLimit
from bot.bootstrap.services import Services
from bot.bootstrap.web import build_app
from bot.core.errors import DatabaseDownError
from bot.storage.engine.engine import make_engine
from bot.storage.privacy.word_lists import read_lexicon
from tests.fakes.interpreter import FakeInterpreter
from tests.fakes.nlu import FakeNlu
from tests.support.clock import StillClock
from tests.support.database import database_store, execute, settings_for

pytestmark = pytest.mark.faults

CONTACT = "BKPSDM 0274-000"
SECRET = "zwartbolk"
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def _broken(_request: Request) -> Response:
    raise DatabaseDownError(SECRET)


@pytest.fixture
async def client(seeded_sqlite: str, tmp_path: Path, now: datetime) -> AsyncIterator[httpx2.AsyncClient]:
    """Return the application, with a webhook that fails."""
    engine = make_engine(seeded_sqlite)
    settings = replace(settings_for(seeded_sqlite, tmp_path), contact=CONTACT)
    parts = Services(settings=settings, engine=engine, store=database_store(engine), clock=StillClock(now))
    broken = Route("/telegram/webhook", _broken, methods=["POST"])
    app = build_app(parts, FakeNlu(FakeInterpreter()), read_lexicon(()), [broken])
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app, raise_app_exceptions=False), base_url="http://uji"
    ) as client:
        yield client
    await engine.dispose()


@pytest.fixture
async def without_tables(client: httpx2.AsyncClient, seeded_sqlite: str) -> AsyncIterator[None]:
    """Take away what every request needs."""
    engine = make_engine(seeded_sqlite)
    for table in ("rate", "session", "conversation"):
        await execute(engine, f'ALTER TABLE "{table}" RENAME TO {table}_away')
    yield
    await engine.dispose()


def _is_a_sentence(answer: httpx2.Response) -> bool:
    told = "sedang terganggu" in answer.text and CONTACT in answer.text
    leaks = [word for word in ("Error", "sqlite", "table", SECRET, "Traceback") if word in answer.text]
    return answer.status_code == 503 and told and leaks == []


@pytest.mark.usefixtures("without_tables")
@pytest.mark.parametrize("headers", [{}, {"x-sinetral-fragment": "1"}, {"accept": "application/json"}])
async def test_the_chat_says_that_it_is_out_of_order(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post("/chat", content="text=halo", headers=FORM | headers)
    assert _is_a_sentence(answer)
    assert answer.headers["content-type"].startswith("application/json" if "accept" in headers else "text/html")
    assert answer.headers["retry-after"] == "30"


@pytest.mark.usefixtures("without_tables")
@pytest.mark.parametrize("path", ["/admin", "/admin/draf"])
async def test_the_admin_says_that_it_is_out_of_order(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"cookie": f"sinetral_admin={'a' * 43}"})
    assert _is_a_sentence(answer)


async def test_a_platform_is_told_to_come_again_without_words(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/telegram/webhook", content=b"{}")
    assert (answer.status_code, answer.content) == (503, b"")


@pytest.mark.full
async def test_a_locked_database_is_told_in_seconds_however_many_ask(
    client: httpx2.AsyncClient, seeded_sqlite: str
) -> None:
    holder = sqlite3.connect(seeded_sqlite.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    answers = await asyncio.gather(*(client.post("/chat", content="text=halo", headers=FORM) for _ in range(8)))
    assert time.monotonic() - began < 15
    holder.execute("ROLLBACK")
    holder.close()
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in answers} == {(503, "5")}
    assert all("coba lagi sebentar" in answer.text for answer in answers)
    assert (await client.post("/chat", content="text=halo", headers=FORM)).status_code == 200


@pytest.mark.full
@pytest.mark.parametrize("path", ["/admin", "/admin/masuk", "/admin/draf"])
async def test_a_locked_database_is_told_in_the_admin_too(
    client: httpx2.AsyncClient, seeded_sqlite: str, path: str
) -> None:
    holder = sqlite3.connect(seeded_sqlite.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    answer = await client.get(path, headers={"cookie": f"sinetral_admin={'a' * 43}"})
    holder.execute("ROLLBACK")
    holder.close()
    assert answer.status_code in {200, 303, 503}
    assert answer.status_code != 503 or "coba lagi sebentar" in answer.text


async def test_a_request_that_hangs_is_ended(client: httpx2.AsyncClient) -> None:
    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    limited = TimeLimit(hangs, Problems(None, CONTACT), seconds=0.05)  # type: ignore[arg-type]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(limited), base_url="http://uji") as other:
        answer = await other.get("/lain", headers={"accept": "text/html"})
    assert _is_a_sentence(answer)
