"""What was deleted stands in no file any more: neither in the database nor in the write-ahead file beside it."""

import asyncio
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, make_url

from bot.core.dialogue.conversation import Conversation
from bot.core.vocabulary import Channel
from bot.storage.engine.write_ahead import empty_write_ahead
from bot.storage.figures.tables import UnansweredRow
from bot.storage.retention import purge_texts
from bot.storage.unit_of_work import DatabaseStore

pytestmark = pytest.mark.privacy

WORDS = "pertanyaan-yang-tak-terlupakan"


@pytest.fixture
def files(seeded_sqlite: str) -> list[Path]:
    """Return the database's files."""
    file = make_url(seeded_sqlite).database
    assert file is not None
    return [Path(file), Path(f"{file}-wal")]


def _stands_in(files: list[Path]) -> bool:
    return any(WORDS.encode() in file.read_bytes() for file in files if file.exists())


async def _keep_and_purge(store: DatabaseStore, now: datetime) -> None:
    for number in range(40):
        async with store.session() as session:
            row = {"id": f"{number:032x}", "day": now.date(), "words": f"{WORDS} {number} " * 20}
            await session.execute(insert(UnansweredRow), [row])
    assert await purge_texts(store, now + timedelta(days=100), 60) == 40


async def test_a_purged_text_stands_in_no_file_any_more(store: DatabaseStore, files: list[Path], now: datetime) -> None:
    await _keep_and_purge(store, now)
    assert _stands_in(files), "otherwise this test shows nothing"
    assert await empty_write_ahead(store) > 0
    assert not _stands_in(files)
    assert files[1].stat().st_size == 0


async def test_replies_go_on_after_the_file_was_cut(store: DatabaseStore, now: datetime) -> None:
    await _keep_and_purge(store, now)
    await empty_write_ahead(store)
    async with store.unit() as unit:
        await unit.save_conversation(Channel.WEB, "orang", Conversation(topic="tim_sukses"), now)
    async with store.unit() as unit:
        assert (await unit.load_conversation(Channel.WEB, "orang", now)).topic == "tim_sukses"


async def test_a_reader_in_the_way_is_waited_for_a_little_and_then_left_alone(
    store: DatabaseStore, files: list[Path], now: datetime
) -> None:
    reader = sqlite3.connect(files[0])
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM topic").fetchone()
    await _keep_and_purge(store, now)
    began = asyncio.get_running_loop().time()
    assert await empty_write_ahead(store, tries=2) == 0
    assert asyncio.get_running_loop().time() - began < 5.0
    reader.close()
    assert await empty_write_ahead(store) > 0
    assert not _stands_in(files)
