"""The NLU: where models are made, a process of our own or somebody else's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.nlu_client import NluClient
from bot.nlu_process import NluProcess, NluWorkshop, free_port
from bot.settings import ROOT, Settings
from bot.workers.supervision import Supervisor, progress

LONGEST_NLU_SECONDS = 30.0
"""Without an answer after which the watch over the NLU counts as vain; its restart takes some seconds."""


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


@asynccontextmanager
async def supervised_nlu(settings: Settings, supervisor: Supervisor) -> AsyncIterator[NluClient]:
    """Give a client of the NLU; keep our own answering unless somebody else runs one at its address."""
    client = NluClient(settings.nlu_url)
    try:
        if await client.model() is not None:
            yield client
            return
        process = NluProcess(
            workshop(settings),
            settings.nlu_url,
            settings.log_folder,
            lambda: _is_ready(client),
            client.answers,
        )
        print("Menyalakan NLU …", flush=True)
        try:
            await process.start()
            supervisor.start("nlu_watch", lambda: process.run(progress), longest_silence=LONGEST_NLU_SECONDS)
            yield client
        finally:
            await supervisor.stop()
            await process.stop()
    finally:
        await client.close()


async def _is_ready(client: NluClient) -> bool:
    return await client.model() is not None
