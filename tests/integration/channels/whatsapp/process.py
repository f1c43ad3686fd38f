"""A real bot process behind the fake Graph API, with the NLU of another running bot."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot.channels.whatsapp.webhook import WEBHOOK_PATH
from tests.fakes.whatsapp.graph_api import FakeGraph
from tests.support.bot_process import Bot, free_port


@contextmanager
def running(
    folder: Path, nlu: Bot, graph: FakeGraph, database: str = "", extra: Mapping[str, str] | None = None
) -> Iterator[Bot]:
    """Return a running bot."""
    own = whatsapp_bot(folder, nlu, graph, database, extra)
    own.start()
    try:
        yield own
    finally:
        own.stop()


def whatsapp_bot(
    folder: Path, nlu: Bot, graph: FakeGraph, database: str = "", extra: Mapping[str, str] | None = None
) -> Bot:
    """Return a bot, not yet started; the fake knows its webhook."""
    environment = {**graph.environment, **(extra or {})}
    if database:
        environment["SINETRAL_DATABASE_URL"] = database
    own = Bot(folder, port=free_port(), nlu_port=nlu.nlu_port, extra=environment)
    graph.webhook = own.url + WEBHOOK_PATH
    return own
