"""The NLU: where models are made, a process of our own or somebody else's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.core.errors import PermanentError
from bot.nlu_secret import nlu_secret
from bot.nlu_service.client import NluClient, Standing
from bot.nlu_service.models import ModelStore
from bot.nlu_service.supervisor import NluSupervisor, free_port
from bot.settings import ROOT, Settings
from bot.workers.supervision import Supervisor, progress

MAX_NLU_SECONDS = 30.0
"""Without an answer after which the watch over the NLU counts as vain; its restart takes some seconds."""


def workshop(settings: Settings) -> ModelStore:
    """Return where models are made."""
    return ModelStore(root=ROOT, python=settings.nlu_python, models=settings.model_folder)


def _serving(settings: Settings, secret: str) -> ModelStore:
    return replace(workshop(settings), secret=secret)


@asynccontextmanager
async def running_nlu(settings: Settings) -> AsyncIterator[NluClient]:
    """Return a client of the running NLU; start one for as long as this lasts when none runs."""
    secret = secret_of(settings)
    client = NluClient(settings.nlu_url, secret)
    try:
        if await _is_running(client, settings):
            yield client
            return
    finally:
        await client.close()
    url = f"http://127.0.0.1:{free_port()}"
    client = NluClient(url, secret)
    process = NluSupervisor(_serving(settings, secret), url, settings.log_folder, lambda: _is_ready(client))
    try:
        await process.start()
        yield client
    finally:
        await process.stop()
        await client.close()


@asynccontextmanager
async def supervised_nlu(settings: Settings, supervisor: Supervisor) -> AsyncIterator[NluClient]:
    """Return a client of the NLU; keep our own answering unless somebody else runs one at its address."""
    secret = secret_of(settings)
    client = NluClient(settings.nlu_url, secret)
    try:
        if await _is_running(client, settings):
            yield client
            return
        process = NluSupervisor(
            _serving(settings, secret),
            settings.nlu_url,
            settings.log_folder,
            lambda: _is_ready(client),
            client.answers,
        )
        print("Menyalakan NLU …", flush=True)
        try:
            await process.start()
            supervisor.start("nlu_watch", lambda: process.run(progress), longest_silence=MAX_NLU_SECONDS)
            yield client
        finally:
            await supervisor.stop()
            await process.stop()
    finally:
        await client.close()


def secret_of(settings: Settings) -> str:
    """Return what bot and NLU prove themselves by; made at the first start."""
    return nlu_secret(settings.nlu_secret, settings.key_file, settings.nlu_url)


async def _is_running(client: NluClient, settings: Settings) -> bool:
    """Say whether a NLU of ours runs already.

    Raises:
        PermanentError: when somebody else answers there; nothing that people write may go to them.
    """
    standing = await client.standing()
    if standing is Standing.FOREIGN:
        raise PermanentError(
            f"yang menjawab di {settings.nlu_url} bukan NLU milik SiNetral ini, atau macet; hentikan proses itu,"
            " samakan SINETRAL_NLU_SECRET di keduanya, atau ubah SINETRAL_NLU_URL"
        )
    return standing is Standing.OURS


async def _is_ready(client: NluClient) -> bool:
    return await client.model() is not None
