"""No trace of who asked what: what stands in files and logs after people have talked."""

import logging
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.messaging.rate_limiter import RateLimit, RateLimiter
from bot.bootstrap.services import open_services
from bot.core.dialogue.decision import DecisionKind
from bot.core.errors import PermanentError
from bot.core.replies import texts
from bot.core.vocabulary import Channel
from bot.storage.key_check import needs_key_file
from tests.fakes.clock import FakeClock
from tests.fakes.interpreter import parsed
from tests.integration.campaigns.engine.harness import add_opt_ins
from tests.integration.conftest import Conversing
from tests.support.database import execute, rows, settings_for

pytestmark = pytest.mark.privacy

UTTERANCE = "bolehkah Zorblatta Quixendra dari Wumbolo ikut tim sukses"
"""Distinctive: none of its names stands in the guidance."""
PERSON = "orang-7f3c9a51d2e84b06"
ADDRESS = "203.0.113.77"
TELLING = ["Zorblatta", "Quixendra", "Wumbolo", PERSON, ADDRESS]


@pytest.fixture
def folder(seeded_sqlite: str) -> Path:
    """Return the folder of the database."""
    return Path(seeded_sqlite.removeprefix("sqlite:///")).parent


async def test_neither_words_nor_person_stand_in_any_file(
    conversing: Conversing, engine: AsyncEngine, folder: Path
) -> None:
    await _talk(conversing)
    assert _names(folder) == {"sinetral.db", "sinetral.db-wal", "sinetral.db-shm"}
    assert _found_in_files(folder) == []
    await engine.dispose()
    assert _found_in_files(folder) == []


async def test_the_search_of_files_would_find_a_trace(engine: AsyncEngine, folder: Path) -> None:
    await execute(engine, "UPDATE guidance SET short = :trace WHERE id = 1", trace=f"{UTTERANCE} {PERSON}")
    assert _found_in_files(folder) == ["Zorblatta", "Quixendra", "Wumbolo", PERSON]


async def test_neither_words_nor_person_stand_in_any_log(
    conversing: Conversing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await _talk(conversing)
    assert caplog.records != []
    assert _found(caplog.text.encode()) == []


async def test_when_the_nlu_fails_neither_words_nor_person_are_kept(
    conversing: Conversing, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    conversing.interpreter.is_down = True
    decision = await conversing.handle.on_text(Channel.WEB, PERSON, UTTERANCE)
    assert decision.kind == DecisionKind.FALLBACK
    assert _found_in_files(folder) == []
    assert _found(caplog.text.encode()) == []


async def test_the_log_has_no_column_that_could_hold_a_person(engine: AsyncEngine) -> None:
    columns = [name for _, name, *_ in await rows(engine, "PRAGMA table_info(query_log)")]
    expected = ["id", "hour", "channel", "topic_id", "decision", "band", "model", "guidance_version", "stage"]
    assert columns == expected


async def test_feedback_has_no_column_that_could_hold_a_person(engine: AsyncEngine) -> None:
    columns = [name for _, name, *_ in await rows(engine, "PRAGMA table_info(feedback)")]
    assert columns == ["id", "hour", "topic_id", "guidance_version", "helpful", "comment"]


async def test_a_handled_question_is_one_row_that_counts_it(conversing: Conversing, engine: AsyncEngine) -> None:
    await conversing.about("tim_sukses", UTTERANCE, PERSON)
    await conversing.flush_query_log()
    counted = await rows(engine, "SELECT channel, topic_id, decision, band, model, guidance_version FROM query_log")
    assert counted == [("web", "tim_sukses", "answer", "answer", "fake-model", 1)]


async def test_no_time_finer_than_the_hour_is_kept(conversing: Conversing, engine: AsyncEngine) -> None:
    conversing.clock.at = conversing.clock.at.replace(minute=47, second=13, microsecond=5)
    await _talk(conversing)
    await conversing.flush_query_log()
    hours = await rows(engine, "SELECT hour FROM query_log UNION SELECT hour FROM feedback")
    assert hours == [(f"{conversing.clock.at:%Y-%m-%d %H}:00:00.000000",)]


@pytest.mark.parametrize("table", ["query_log", "feedback"])
async def test_the_order_of_arrival_is_not_kept(engine: AsyncEngine, table: str) -> None:
    with pytest.raises(OperationalError, match="no such column: rowid"):
        await rows(engine, f"SELECT rowid FROM {table}")


async def test_the_real_ids_of_rows_are_random(seeded_sqlite: str, tmp_path: Path, now: datetime) -> None:
    async with open_services(settings_for(seeded_sqlite, tmp_path)) as parts:
        conversing = Conversing(store=parts.store, clock=FakeClock(at=now))
        await _talk(conversing)
        await conversing.flush_query_log()
        ids = [str(number) for (number,) in await rows(parts.engine, "SELECT id FROM query_log")]
        ids += [str(number) for (number,) in await rows(parts.engine, "SELECT id FROM feedback")]
    assert len(ids) == 6
    assert [number for number in ids if re.fullmatch("[0-9a-f]{32}", number)] == ids
    # Ids of a counter or a clock would share their beginning.
    assert len({number[:8] for number in ids}) == 6


async def test_the_sources_that_are_counted_are_kept_as_hashes_that_change_every_day(
    conversing: Conversing, engine: AsyncEngine, folder: Path
) -> None:
    await _admit(conversing)
    conversing.clock.at += timedelta(days=1)
    await _admit(conversing)
    keys = {key for (key,) in await rows(engine, "SELECT key FROM rate")}
    assert len(keys) == 4
    assert _found_in_files(folder) == []


async def test_erasing_leaves_no_row_of_the_conversation(conversing: Conversing, engine: AsyncEngine) -> None:
    await conversing.about("tim_sukses", UTTERANCE, PERSON)
    await conversing.about("hak_pilih", person="orang lain")
    await conversing.handle.on_text(Channel.WEB, PERSON, "/hapus")
    kept = await rows(engine, "SELECT key FROM conversation")
    assert kept == [(conversing.store.key_of(Channel.WEB, "orang lain"),)]


async def test_what_is_deleted_is_overwritten(engine: AsyncEngine) -> None:
    assert await rows(engine, "PRAGMA secure_delete") == [(1,)]


async def _talk(conversing: Conversing) -> None:
    """Ask, ask on, press, thumb, and ask what nobody knows: five rows of the log and one of feedback."""
    follow_up = f"{UTTERANCE} sanksinya apa"
    conversing.interpreter.parses[follow_up] = parsed(("tanya_sanksi", 0.95), entities={"peran": "pppk"})
    await _admit(conversing)
    answer = await conversing.about("tim_sukses", UTTERANCE, PERSON)
    [unhelpful] = [button for button in answer.reply.buttons if button.label == texts.BUTTON_UNHELPFUL]
    kinds = [
        answer.kind,
        (await conversing.handle.on_text(Channel.WEB, PERSON, follow_up)).kind,
        (await conversing.handle.on_press(Channel.WEB, PERSON, unhelpful.payload)).kind,
        (await conversing.handle.on_text(Channel.WEB, PERSON, "👍")).kind,
        (await conversing.handle.on_text(Channel.WEB, PERSON, f"{UTTERANCE} tak dikenal")).kind,
    ]
    assert kinds == [
        DecisionKind.ANSWER,
        DecisionKind.ANSWER,
        DecisionKind.SMALLTALK,
        DecisionKind.SMALLTALK,
        DecisionKind.FALLBACK,
    ]


async def _admit(conversing: Conversing) -> None:
    sources = [f"web {PERSON}", f"address {ADDRESS}"]
    admit = RateLimiter(store=conversing.store, clock=conversing.clock)
    wait = await admit.acquire([RateLimit(source=source, per_minute=20, burst=10) for source in sources])
    assert wait == 0.0


def _names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def _found_in_files(folder: Path) -> list[str]:
    return _found(b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()))


def _found(content: bytes) -> list[str]:
    return [word for word in TELLING if word.encode() in content]


async def test_a_database_with_consents_is_not_opened_without_its_key(seeded_sqlite: str, tmp_path: Path) -> None:
    settings = settings_for(seeded_sqlite, tmp_path)
    async with open_services(settings) as parts:
        await add_opt_ins(parts.store, [1])
    kept = settings.key_file.read_bytes()
    settings.key_file.unlink()
    with pytest.raises(PermanentError, match=str(settings.key_file)):
        async with open_services(settings):
            pass
    assert not settings.key_file.exists()
    settings.key_file.write_bytes(kept)
    settings.key_file.chmod(0o600)
    async with open_services(settings) as parts:
        assert await needs_key_file(parts.engine)
