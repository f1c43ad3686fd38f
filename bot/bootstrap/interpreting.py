"""The NLU: where models are made, a process of our own or somebody else's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.bootstrap.tasks import cancelled
from bot.nlu_client import NluClient
from bot.nlu_process import NluProcess, NluWorkshop, free_port
from bot.settings import ROOT, Settings


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
async def supervised_nlu(settings: Settings) -> AsyncIterator[NluClient]:
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
            await cancelled(watch)
        finally:
            await process.stop()
    finally:
        await client.close()


async def _is_ready(client: NluClient) -> bool:
    return await client.model() is not None
