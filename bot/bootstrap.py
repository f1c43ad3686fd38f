"""The only module that knows every part: builds, wires, closes."""

import asyncio
import contextlib
import logging
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from bot.application.admit import Admit
from bot.application.handle_message import HandleMessage
from bot.channels.web.routes import WebChat
from bot.core.errors import InvalidInputError
from bot.nlu_client import NluClient
from bot.nlu_process import NluProcess, NluWorkshop, free_port
from bot.operations.health import health_route
from bot.settings import ROOT, Settings
from bot.storage.encryption import keys_from_file
from bot.storage.engine import make_engine
from bot.storage.migrate import upgrade
from bot.storage.store import DatabaseStore
from bot.workers.purges import purge_for_ever

ROW_ID_BYTES = 16


class SystemClock:
    """The real `Clock`."""

    def __init__(self, timezone: ZoneInfo) -> None:
        """Take the agency's own time zone."""
        self._timezone = timezone

    def now(self) -> datetime:
        """Give the present."""
        return datetime.now(self._timezone)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that a command may need, wired."""

    settings: Settings
    engine: AsyncEngine
    store: DatabaseStore
    clock: SystemClock


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Parts]:
    """Open the store, bring its schema up to date, and close it at the end."""
    engine = make_engine(settings.database_url)
    try:
        await upgrade(engine)
        keys = keys_from_file(settings.key_file)
        store = DatabaseStore(engine, keys, lambda: secrets.token_hex(ROW_ID_BYTES), settings.contact)
        yield Parts(settings=settings, engine=engine, store=store, clock=SystemClock(settings.timezone))
    finally:
        await engine.dispose()


def workshop(settings: Settings) -> NluWorkshop:
    """Give where models are made."""
    return NluWorkshop(root=ROOT, python=settings.nlu_python, models=settings.model_folder)


@asynccontextmanager
async def running_nlu(settings: Settings) -> AsyncIterator[NluClient]:
    """Give a client of the running NLU; start one for as long as this lasts when none runs."""
    client = NluClient(settings.nlu_url)
    if await client.model() is not None:
        try:
            yield client
        finally:
            await client.close()
        return
    await client.close()
    url = f"http://127.0.0.1:{free_port()}"
    client = NluClient(url)
    process = NluProcess(workshop(settings), url, settings.log_folder, lambda: _is_ready(client))
    try:
        await process.start()
        yield client
    finally:
        await process.stop()
        await client.close()


def build_app(parts: Parts, nlu: NluClient) -> Starlette:
    """Make the web application: chat and health."""
    settings = parts.settings
    chat = WebChat(
        handle=HandleMessage(interpreter=nlu, store=parts.store, clock=parts.clock),
        admit=Admit(store=parts.store, clock=parts.clock),
        messages_per_minute=settings.messages_per_minute,
        address_messages_per_minute=settings.address_messages_per_minute,
        agency=settings.agency,
    )
    return Starlette(routes=[health_route(nlu.model, parts.store, parts.clock), *chat.routes()])


async def serve(settings: Settings) -> None:
    """Serve until a signal: NLU first, then the web; stop both cleanly.

    Raises:
        InvalidInputError: when the address to serve on is taken.
        PermanentError: when the NLU cannot be started.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    listener = _listen(settings)
    async with opened(settings) as parts, _supervised_nlu(settings) as nlu:
        config = uvicorn.Config(build_app(parts, nlu), access_log=False, log_level="warning", lifespan="off")
        server = _Server(config)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, server.ask_to_stop)
        purges = asyncio.create_task(purge_for_ever(parts.store, parts.clock))
        print(f"SiNetral siap di http://{settings.host}:{settings.port} (Ctrl-C untuk berhenti)", flush=True)
        try:
            await server.serve(sockets=[listener])
        finally:
            await _cancelled(purges)


class _Server(uvicorn.Server):
    """Leaves signals to us, so that the NLU and the store are closed after it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    def ask_to_stop(self) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


@asynccontextmanager
async def _supervised_nlu(settings: Settings) -> AsyncIterator[NluClient]:
    """Give a client of the NLU; keep our own alive unless somebody else runs one at its address."""
    client = NluClient(settings.nlu_url)
    try:
        if await client.model() is not None:
            yield client
            return
        process = NluProcess(workshop(settings), settings.nlu_url, settings.log_folder, lambda: _is_ready(client))
        print("Menyalakan NLU …", flush=True)
        try:
            await process.start()
            watch = asyncio.create_task(process.run())
            yield client
            await _cancelled(watch)
        finally:
            await process.stop()
    finally:
        await client.close()


async def _is_ready(client: NluClient) -> bool:
    return await client.model() is not None


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _listen(settings: Settings) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise InvalidInputError(
            f"alamat {settings.host}:{settings.port} tidak bisa dipakai ({error.strerror});"
            " hentikan yang memakainya atau ubah SINETRAL_PORT"
        ) from error
    return listener
