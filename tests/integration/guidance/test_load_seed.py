"""Loading the seed, keeping what was edited, and writing it back to files."""

import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.guidance.load_seed import LoadReport, load_seed
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import GuidanceEntry, Verdict
from bot.storage.engine.engine import make_engine
from bot.storage.engine.migrate import upgrade
from bot.storage.guidance.seed import read_seed, write_seed
from bot.storage.unit_of_work import DatabaseStore
from tests.support.database import database_store, execute, rows, the_seed

TOPIC = "tim_sukses"
RELATED = "saksi_parpol"
DAY = "must be a day, such as 2026-11-23"


@pytest.fixture
async def empty_store(empty_sqlite: str) -> AsyncIterator[DatabaseStore]:
    """Return a store with the newest schema and nothing in it."""
    engine = make_engine(empty_sqlite)
    await upgrade(engine)
    yield database_store(engine)
    await engine.dispose()


@pytest.fixture
def small(book: GuidanceBook, tmp_path: Path) -> Path:
    """Return a folder with two topics of the seed, one for the other to be related to, that may be damaged."""
    group = book.topics[TOPIC].group
    topics = [replace(book.topics[TOPIC], related=(RELATED,)), replace(book.topics[RELATED], related=())]
    cited = {place.instrument for topic in topics for place in book.entries[topic.id].citations}
    write_seed(
        GuidanceBook(
            topics={topic.id: topic for topic in topics},
            entries={topic.id: book.entries[topic.id] for topic in topics},
            instruments={code: book.instruments[code] for code in cited},
            groups={group: book.groups[group]},
        ),
        tmp_path,
    )
    return tmp_path


# Loading


async def test_the_first_load_publishes_every_topic_with_its_answer_as_the_files_say(
    empty_store: DatabaseStore, book: GuidanceBook, now: datetime
) -> None:
    report = await _load(empty_store, now)
    assert await _book(empty_store) == book
    assert (len(book.topics), set(book.entries)) == (59, set(book.topics))
    assert len(report.added) == len(book.groups) + len(book.instruments) + 59 + 59
    assert (report.unchanged, report.differing) == (0, [])


async def test_a_second_load_changes_nothing(store: DatabaseStore, engine: AsyncEngine, now: datetime) -> None:
    before, revision = await _book(store), await _revision(engine)
    report = await _load(store, now)
    assert report == LoadReport(unchanged=len(before.groups) + len(before.instruments) + 59 + 59)
    assert await _book(store) == before
    assert await _revision(engine) == revision


async def test_an_answer_edited_in_the_database_is_kept_and_reported(
    store: DatabaseStore, engine: AsyncEngine, now: datetime
) -> None:
    await execute(engine, "UPDATE guidance SET short = 'Disunting.' WHERE topic_id = :topic", topic=TOPIC)
    report = await _load(store, now)
    assert (report.added, report.differing) == ([], [f"jawaban {TOPIC}"])
    assert (await _book(store)).entries[TOPIC].short == "Disunting."


async def test_an_instrument_edited_in_the_database_is_kept_and_reported(
    store: DatabaseStore, engine: AsyncEngine, now: datetime
) -> None:
    await execute(engine, "UPDATE instrument SET status = 'dicabut' WHERE code = 'PP 94/2021'")
    report = await _load(store, now)
    assert (report.added, report.differing) == ([], ["peraturan PP 94/2021"])
    assert await rows(engine, "SELECT status FROM instrument WHERE code = 'PP 94/2021'") == [("dicabut",)]


async def test_a_group_heading_edited_in_the_database_is_kept_and_reported(
    store: DatabaseStore, engine: AsyncEngine, book: GuidanceBook, now: datetime
) -> None:
    group = book.topics[TOPIC].group
    await execute(engine, "UPDATE topic_group SET title = 'Disunting' WHERE id = :group", group=group)
    report = await _load(store, now)
    assert (report.added, report.differing) == ([], [f"kelompok {group}"])
    assert (await _book(store)).groups[group] == "Disunting"


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE guidance_citation SET article = 'Pasal 1' WHERE position = 0 AND guidance_id = :id",
        "UPDATE guidance_citation SET role = 'background' WHERE position = 0 AND guidance_id = :id",
        "UPDATE guidance_point SET words = 'Lain.' WHERE kind = 'instead' AND position = 0 AND guidance_id = :id",
        "UPDATE guidance_sanction SET words = 'Lain.' WHERE kind = 'pidana' AND guidance_id = :id",
        'UPDATE guidance_variant SET condition = \'{"peran": ["cpns"]}\' WHERE position = 0 AND guidance_id = :id',
        "DELETE FROM guidance_variant WHERE position = 3 AND guidance_id = :id",
        "UPDATE guidance SET review_by = '2027-01-01' WHERE id = :id",
    ],
)
async def test_an_edit_of_any_part_of_an_answer_is_reported(
    store: DatabaseStore, engine: AsyncEngine, now: datetime, edit: str
) -> None:
    [(number,)] = await rows(engine, "SELECT id FROM guidance WHERE topic_id = :topic", topic=TOPIC)
    await execute(engine, edit, id=number)
    assert (await _load(store, now)).differing == [f"jawaban {TOPIC}"]


async def test_a_later_version_is_kept_and_reported(
    store: DatabaseStore, engine: AsyncEngine, book: GuidanceBook, now: datetime
) -> None:
    await _publish(store, _second_version(book), now)
    report = await _load(store, now)
    assert (report.added, report.differing) == ([], [f"jawaban {TOPIC}"])
    assert (await _book(store)).entries[TOPIC] == _second_version(book)


async def test_a_later_version_with_the_content_of_the_files_is_no_difference(
    store: DatabaseStore, book: GuidanceBook, now: datetime
) -> None:
    await _publish(store, replace(book.entries[TOPIC], version=2), now)
    assert (await _load(store, now)).differing == []


async def test_a_load_that_fails_halfway_leaves_nothing(empty_store: DatabaseStore, now: datetime) -> None:
    with pytest.raises(RuntimeError, match="afterwards"):
        await _load_and_fail(empty_store, now)
    assert await _book(empty_store) == GuidanceBook(topics={}, entries={}, instruments={}, groups={})


async def test_the_database_refuses_an_answer_that_cites_what_does_not_exist(
    store: DatabaseStore, book: GuidanceBook, now: datetime
) -> None:
    cited = replace(book.entries[TOPIC].citations[0], instrument="PP 1/1900")
    with pytest.raises(IntegrityError):
        await _publish(store, replace(_second_version(book), citations=(cited,)), now)


# What a running process sees


async def test_a_process_that_read_guidance_sees_what_another_published(
    store: DatabaseStore, engine: AsyncEngine, book: GuidanceBook, now: datetime
) -> None:
    assert (await _book(store)).entries[TOPIC].version == 1
    await _publish(database_store(engine), _second_version(book), now)
    assert (await _book(store)).entries[TOPIC] == _second_version(book)


async def test_guidance_is_read_again_only_when_something_was_published(
    store: DatabaseStore, book: GuidanceBook, now: datetime
) -> None:
    first = await _book(store)
    assert await _book(store) is first
    await _publish(store, _second_version(book), now)
    assert await _book(store) is not first


async def test_what_was_not_committed_is_seen_by_nobody(
    store: DatabaseStore, book: GuidanceBook, now: datetime
) -> None:
    with pytest.raises(RuntimeError, match="afterwards"):
        await _publish_and_fail(store, _second_version(book), now)
    assert (await _book(store)).entries[TOPIC].version == 1


# Files


def test_exported_files_read_back_the_same(book: GuidanceBook, tmp_path: Path) -> None:
    edited = replace(book.entries[TOPIC], review_by=date(2027, 1, 1))
    entries = {**book.entries, TOPIC: edited}
    assert write_seed(replace(book, entries=entries), tmp_path) == 59 + 2
    again = read_seed(tmp_path)
    assert {topic.id: topic for topic in again.topics} == book.topics
    assert {entry.topic: entry for entry in again.entries} == entries
    assert {instrument.code: instrument for instrument in again.instruments} == book.instruments
    assert again.groups == book.groups


def test_a_topic_without_an_answer_may_stand_in_the_files(small: Path) -> None:
    file = small / "topics" / f"{TOPIC}.yml"
    file.write_text(file.read_text(encoding="utf-8").split("answer:")[0], encoding="utf-8")
    seed = read_seed(small)
    assert TOPIC in {topic.id for topic in seed.topics}
    assert TOPIC not in {entry.topic for entry in seed.entries}


@pytest.mark.parametrize("file", ["groups.yml", "instruments.yml", f"topics/{TOPIC}.yml"])
@pytest.mark.parametrize(
    "content", ["id: [", "", "sekadar tulisan", "- satu", "id: tim_sukses", "\ttab: 1", "\ufeff\x00"]
)
def test_a_malformed_file_is_refused_by_its_name(small: Path, file: str, content: str) -> None:
    (small / file).write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInputError) as refused:
        read_seed(small)
    assert str(refused.value).startswith(str(small / file))
    assert "\n" not in str(refused.value)


def test_a_control_character_in_a_file_is_refused_by_its_name(small: Path) -> None:
    file = small / "topics" / f"{TOPIC}.yml"
    written = file.read_text(encoding="utf-8")
    file.write_text(re.sub("(?m)^title: .*$", 'title: "Tim\\\\0sukses"', written), encoding="utf-8")
    with pytest.raises(InvalidInputError) as refused:
        read_seed(small)
    assert str(refused.value) == f"{file}: a text holds a control character; write it again without"


def test_a_file_that_is_not_utf_8_is_refused_by_its_name(small: Path) -> None:
    (small / "groups.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInputError) as refused:
        read_seed(small)
    assert str(refused.value).startswith(f"{small / 'groups.yml'}: ")


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("verdict: dilarang", "verdict: entah", "'entah' is not a valid Verdict"),
        ("certainty: tinggi", "certainty: pasti", "'pasti' is not a valid Certainty"),
        ("role: basis", "role: dasar", "'dasar' is not a valid CitationRole"),
        ("pidana:", "perdata:", "'perdata' is not a valid SanctionKind"),
        ("tahapan:", "bulan:", "'bulan' is not a valid Slot"),
        ("checked_on: 2026-11-23", "", "'checked_on' is missing"),
        ("verdict: dilarang", "", "'verdict' is missing"),
        ("group: kampanye", "group: lain", "no group lain in groups.yml"),
        (f"- {RELATED}", "- tak_ada", "no topic tak_ada to be related to"),
        ("instrument: PP 94/2021", "instrument: PP 1/1900", "no instrument PP 1/1900 in instruments.yml"),
    ],
)
def test_a_wrong_value_is_refused_with_its_file_and_what_is_wrong(
    small: Path, right: str, wrong: str, said: str
) -> None:
    file = small / "topics" / f"{TOPIC}.yml"
    _edit(file, right, wrong)
    with pytest.raises(InvalidInputError) as refused:
        read_seed(small)
    assert str(refused.value) == f"{file}: {said}"


@pytest.mark.parametrize(
    ("name", "right", "wrong", "said"),
    [
        (f"topics/{TOPIC}.yml", "title: ", "title: 7 #", "title must be text, not 7"),
        (f"topics/{TOPIC}.yml", "label: ", "label: ' ' #", "label must be text, not ' '"),
        (f"topics/{TOPIC}.yml", "keywords:", "keywords: tim\nlain:", "keywords must be a list of texts"),
        (f"topics/{TOPIC}.yml", "keywords:", "keywords: [7]\nlain:", "keywords must be a list of texts"),
        (f"topics/{TOPIC}.yml", "review_by: ", "review_by: besok #", f"review_by {DAY}, not 'besok'"),
        (f"topics/{TOPIC}.yml", "checked_on: ", "checked_on: null #", "checked_on must be a day"),
        ("instruments.yml", "in_force_from: ", "in_force_from: dulu #", f"in_force_from {DAY}, not 'dulu'"),
        ("instruments.yml", "amended_by: ", "amended_by: PP #", "amended_by must be a list of texts"),
    ],
)
def test_a_value_of_a_wrong_type_is_refused_with_its_file_and_field(
    small: Path, name: str, right: str, wrong: str, said: str
) -> None:
    _edit(small / name, right, wrong)
    with pytest.raises(InvalidInputError) as refused:
        read_seed(small)
    assert str(refused.value) == f"{small / name}: {said}"


def test_a_slip_of_yaml_is_one_line_with_its_place(small: Path) -> None:
    file = small / "topics" / f"{TOPIC}.yml"
    file.write_text("id: tim_sukses\ngroup: kampanye\ntitle: 'tanpa penutup: ya\n", encoding="utf-8")
    with pytest.raises(InvalidInputError) as refused:
        read_seed(small)
    assert str(refused.value) == f"{file}, line 4: found unexpected end of stream"


def test_seed_files_without_topics_are_refused(small: Path) -> None:
    shutil.rmtree(small / "topics")
    with pytest.raises(InvalidInputError) as refused:
        read_seed(small)
    assert str(refused.value) == f"{small / 'topics'}: no topic files (*.yml) there"


def test_an_instrument_that_is_there_twice_is_refused(small: Path) -> None:
    file = small / "instruments.yml"
    _, listed = file.read_text(encoding="utf-8").split("instruments:\n")
    file.write_text(f"instruments:\n{listed}{listed}", encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"instruments\.yml: .+ is there twice$"):
        read_seed(small)


def test_a_topic_that_is_there_twice_is_refused(small: Path) -> None:
    shutil.copy(small / "topics" / f"{TOPIC}.yml", small / "topics" / "salinan.yml")
    with pytest.raises(InvalidInputError) as refused:
        read_seed(small)
    assert str(refused.value) == f"{small / 'topics'}: {TOPIC} is there twice"


def test_a_folder_that_is_missing_is_refused_by_its_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_seed(tmp_path / "tak-ada")
    assert str(refused.value) == f"{tmp_path / 'tak-ada' / 'groups.yml'}: cannot be read"


def _edit(file: Path, right: str, wrong: str) -> None:
    written = file.read_text(encoding="utf-8")
    assert right in written
    file.write_text(written.replace(right, wrong, 1), encoding="utf-8")


def _second_version(book: GuidanceBook) -> GuidanceEntry:
    return replace(book.entries[TOPIC], version=2, verdict=Verdict.CONDITIONAL, short="Versi kedua.")


async def _load(store: DatabaseStore, now: datetime) -> LoadReport:
    async with store.unit() as unit:
        return await load_seed(unit, the_seed(), now)


async def _load_and_fail(store: DatabaseStore, now: datetime) -> None:
    async with store.unit() as unit:
        await load_seed(unit, the_seed(), now)
        raise RuntimeError("afterwards")


async def _publish(store: DatabaseStore, entry: GuidanceEntry, now: datetime) -> None:
    async with store.unit() as unit:
        await unit.publish(entry, now)


async def _publish_and_fail(store: DatabaseStore, entry: GuidanceEntry, now: datetime) -> None:
    async with store.unit() as unit:
        await unit.publish(entry, now)
        raise RuntimeError("afterwards")


async def _book(store: DatabaseStore) -> GuidanceBook:
    async with store.unit() as unit:
        return await unit.guidance()


async def _revision(engine: AsyncEngine) -> object:
    [(number,)] = await rows(engine, "SELECT number FROM guidance_revision")
    return number
