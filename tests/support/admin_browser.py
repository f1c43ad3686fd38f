"""The administrators' web in a test: users with any role, a browser for each, the database beside it."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pyotp
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.testclient import TestClient

from bot.admin.accounts.credentials import Argon2Passwords
from bot.admin.web.gate import COOKIE, TOKEN_FIELD, new_session_id, token_of
from bot.application.curation.edit_drafts import EditDrafts
from bot.bootstrap.services import Services
from bot.bootstrap.web import build_app
from bot.core.accounts.audit_trail import ChainBreak
from bot.core.accounts.sessions import SessionStage
from bot.core.accounts.users import Role, User
from bot.core.campaigns.campaign import Campaign, CampaignStatus
from bot.core.campaigns.delivery import UnknownDeliveryPolicy
from bot.core.campaigns.segment import Segment
from bot.settings import WhatsAppSettings
from bot.storage.accounts import audit_trail
from bot.storage.engine.base import Base
from bot.storage.engine.engine import make_engine
from bot.storage.messaging.tables import HeartbeatRow
from bot.storage.privacy.word_lists import read_lexicon
from bot.storage.unit_of_work import DatabaseAdminUnit
from tests.fakes.interpreter import FakeInterpreter
from tests.fakes.nlu import FakeNlu
from tests.support.clock import StillClock
from tests.support.database import database_store, execute, rows, settings_for

Value = TypeVar("Value")
PASSWORD = "empat kuda biru terbang"
NEW_PASSWORD = "lima gajah hijau berenang"
SEEN = "session.seen_at"


@dataclass(kw_only=True)
class Desk:
    """The application and what it stands on."""

    client: TestClient
    parts: Services
    clock: StillClock
    interpreter: FakeInterpreter
    hashed: str = ""
    secrets: dict[str, str] = field(default_factory=dict)

    def call(self, function: Callable[[], Any]) -> Any:
        """Run something in the application's own loop."""
        assert self.client.portal is not None
        return self.client.portal.call(function)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[DatabaseAdminUnit]:
        """Begin a transaction beside the application."""
        async with self.parts.admin_store.unit() as unit:
            yield unit

    def user(self, name: str, *roles: Role, agency: str | None = None, must_change: bool = False) -> User:
        """Add a user whose password is `PASSWORD`, with a second factor where the role needs one."""

        async def add() -> User:
            async with self.unit() as unit:
                if not self.hashed:
                    self.hashed = await Argon2Passwords(memory_kib=64).hash(PASSWORD)
                user = await unit.accounts.add(name, name.title(), frozenset(roles), agency, self.hashed)
                await unit.accounts.set_password(user, self.hashed, must_change)
                if user.needs_second_factor:
                    self.secrets[name] = pyotp.random_base32()
                    await unit.accounts.set_secret(user, self.secrets[name], 0)
                found = await unit.accounts.user(name)
                assert found is not None
                return found

        made = self.call(add)
        assert isinstance(made, User)
        return made

    def session(self, user: User, stage: SessionStage = SessionStage.OPEN) -> str:
        """Begin a session as if the user had logged in."""
        session_id = new_session_id()

        async def begin() -> None:
            async with self.unit() as unit:
                await unit.accounts.begin_session(session_id, user, stage, self.clock.now())

        self.call(begin)
        return session_id

    def get(self, path: str, session_id: str = "") -> httpx2.Response:
        """Open a page."""
        self._be(session_id)
        return self.client.get(path, follow_redirects=False)

    def post(
        self,
        path: str,
        fields: Mapping[str, str | list[str]] | None = None,
        session_id: str = "",
        token: str | None = "own",
        **headers: str,
    ) -> httpx2.Response:
        """Send a form: with the session's own token, another one, or none; by nobody's browser without a session."""
        session_id = session_id or new_session_id()
        self._be(session_id)
        sent = dict(fields or {})
        if token is not None:
            sent[TOKEN_FIELD] = token_of(session_id) if token == "own" else token
        return self.client.post(path, data=sent, follow_redirects=False, headers=headers)

    def code(self, name: str) -> str:
        """Return the present code of a user."""
        return pyotp.TOTP(self.secrets[name]).at(self.clock.now())

    def sql(self, statement: str, **values: object) -> None:
        """Change rows behind the program's back."""
        self.call(lambda: execute(self.parts.engine, statement, **values))

    def rows(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Read rows behind the program's back."""
        found = self.call(lambda: rows(self.parts.engine, statement, **values))
        assert isinstance(found, list)
        return found

    def dump(self) -> dict[str, list[tuple[object, ...]]]:
        """Return everything that is stored, but when sessions were used last and when a write was tried."""
        found = self.call(lambda: dump(self.parts.engine))
        assert isinstance(found, dict)
        return found

    def verify(self) -> tuple[int, ChainBreak | None]:
        """Check the audit trail."""
        count, broken = self.call(lambda: audit_trail.verify(self.parts.store))
        return count, broken

    def actions(self) -> list[object]:
        """Return what the audit trail says was done, oldest first."""
        return [action for (action,) in self.rows("SELECT action FROM audit_event ORDER BY number")]

    def _be(self, session_id: str) -> None:
        self.client.cookies.clear()
        if session_id:
            self.client.cookies.set(COOKIE, session_id, path="/admin")


def begin_draft(desk: Desk, user: User, topic: str, draft_id: str) -> None:
    """Begin a draft with an id of the test's own, under somebody's name, whatever they may."""
    edit = EditDrafts(store=desk.parts.admin_store, clock=desk.clock, new_id=lambda: draft_id)
    writer = replace(user, roles=frozenset({Role.CURATOR}), agency=None)
    desk.call(lambda: edit.begin(writer, topic))


def add_campaign(
    desk: Desk, id_: str, *, author: str = "penulis", agency: str | None = None, topic: str = "foto_bersama_calon"
) -> None:
    """Keep a draft of a reminder with an id of the test's own."""

    async def add() -> None:
        async with desk.unit() as unit:
            await unit.campaigns.add(
                Campaign(
                    id=id_,
                    name=f"Pengingat {id_}",
                    status=CampaignStatus.DRAFT,
                    topic=topic,
                    version=None,
                    message=None,
                    segment=Segment(agencies=frozenset({agency} if agency else ())),
                    schedule="sekarang",
                    valid_hours=24,
                    in_doubt=UnknownDeliveryPolicy.RESEND,
                    weekly_limit=3,
                    created_by=author,
                    agency=agency,
                ),
                desk.clock.now(),
            )

    desk.call(add)


@contextmanager
def open_desk(address: str, folder: Path, now: datetime, whatsapp: WhatsAppSettings | None = None) -> Iterator[Desk]:
    """Return the application on a database of the test's own."""
    engine = make_engine(address)
    clock = StillClock(now)
    settings = replace(settings_for(address, folder), whatsapp=whatsapp)
    parts = Services(settings=settings, engine=engine, store=database_store(engine), clock=clock)
    interpreter = FakeInterpreter()
    app = build_app(parts, FakeNlu(interpreter), read_lexicon(()))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Desk(client=client, parts=parts, clock=clock, interpreter=interpreter)
        assert client.portal is not None
        client.portal.call(engine.dispose)


async def dump(engine: AsyncEngine) -> dict[str, list[tuple[object, ...]]]:
    """Read every table; the order of rows does not count."""
    found = {}
    async with engine.connect() as connection:
        for name, table in Base.metadata.tables.items():
            if name == HeartbeatRow.__tablename__:
                # Whoever looks at the overview has a write tried; nothing is kept by it.
                continue
            columns = [column for column in table.columns if f"{name}.{column.name}" != SEEN]
            read = await connection.execute(select(*columns))
            found[name] = sorted((tuple(row) for row in read), key=repr)
    return found


def next_session(answer: httpx2.Response) -> str:
    """Return the id of the session that an answer began."""
    header = [value for value in answer.headers.get_list("set-cookie") if value.startswith(f"{COOKIE}=")]
    assert header, answer.text
    return header[0].split(";")[0].split("=", 1)[1]
