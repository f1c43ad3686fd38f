"""Fixtures that several folders share."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.guidance.book import GuidanceBook
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from tests.support.bot_process import Bot

NOW = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(scope="session")
def book() -> GuidanceBook:
    """Return the seed as it would be published."""
    seed = read_seed(SEED_FOLDER)
    return GuidanceBook(
        topics={topic.id: topic for topic in seed.topics},
        entries={entry.topic: entry for entry in seed.entries},
        instruments={instrument.code: instrument for instrument in seed.instruments},
        groups=dict(seed.groups),
    )


@pytest.fixture
def now() -> datetime:
    """Return a day on which every answer of the seed may be sent."""
    return NOW


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise AssertionError("a test tried to reach another machine")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the project's folder."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Return one running bot with its NLU, shared by the tests that do not stop it."""
    running = Bot(tmp_path_factory.mktemp("bot"))
    running.start()
    yield running
    running.stop()
