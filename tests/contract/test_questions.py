"""What curators make of unanswered questions, on both databases."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.curation.label_questions import Labelled, LabelQuestions
from bot.core.accounts.users import Role, User
from bot.core.curation.labels import Label, LabelKind, LabelledExample, ProposalState, UnansweredQuestion
from bot.core.errors import InvalidInputError
from bot.storage.curation.questions import MAX_IDS
from bot.storage.engine.engine import make_engine
from bot.storage.privacy.word_lists import read_lexicon
from bot.storage.retention import purge_texts
from bot.storage.unit_of_work import DatabaseAdminStore, DatabaseAdminUnit
from tests.conftest import NOW
from tests.fakes.clock import FakeClock
from tests.support.database import database_store, rows

pytestmark = pytest.mark.learning

DAY = NOW.date()
TOPIC = Label(kind=LabelKind.TOPIC, subject="tim_sukses")
OUT = Label(kind=LabelKind.OUT_OF_SCOPE)
ANI = User(
    id="ani",
    name="ani",
    full_name="Ani",
    roles=frozenset({Role.CURATOR}),
    agency=None,
    is_disabled=False,
    has_second_factor=False,
    must_change_password=False,
)
WORDS = {"q1": "boleh bikin podcast politik", "q2": "podcast soal pilkada boleh", "q3": "kapan gaji 13 cair"}
RISKY = "acara Xorvan Plimbeks boleh diikuti"


@dataclass(frozen=True, kw_only=True)
class Case:
    """The use cases on a real database."""

    store: DatabaseAdminStore
    engine: AsyncEngine
    use: LabelQuestions

    async def ask(self, words: dict[str, str], day: date = DAY) -> None:
        async with self.store.unit() as unit:
            await unit.questions.put_back(
                UnansweredQuestion(id=key, day=day, words=text) for key, text in words.items()
            )

    async def left(self) -> set[str]:
        async with self.store.unit() as unit:
            assert {each.id for each in await unit.questions.unanswered()} == await unit.questions.ids()
            return set(await unit.questions.ids())

    async def examples(self) -> dict[str, LabelledExample]:
        async with self.store.unit() as unit:
            assert len(await unit.questions.examples()) == await unit.questions.example_count()
            return {each.id: each for each in await unit.questions.examples()}

    async def proposed(self) -> Sequence[tuple[str, ProposalState]]:
        async with self.store.unit() as unit:
            return [(each.name, each.state) for each in await unit.questions.proposals()]

    async def actions(self) -> list[tuple[object, ...]]:
        return await rows(self.engine, "SELECT action, subject, detail FROM audit_event ORDER BY number")

    async def podcast(self) -> Labelled:
        return await self.use.propose(ANI, ["q1", "q2"], "Podcast politik", "siaran sendiri")


@pytest.fixture(
    params=[
        pytest.param("seeded_sqlite", id="sqlite"),
        pytest.param("seeded_postgres", id="postgres", marks=pytest.mark.full),
    ]
)
def address(request: pytest.FixtureRequest) -> str:
    """Return the address of each database; there is no fake of this store."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def case(address: str) -> AsyncIterator[Case]:
    """Return the use cases with three questions."""
    engine = make_engine(address)
    store = DatabaseAdminStore(database_store(engine))
    ids = iter(f"batch-{number}" for number in range(1, 100))
    use = LabelQuestions(store=store, clock=FakeClock(at=NOW), new_id=lambda: next(ids), lexicon=read_lexicon(()))
    made = Case(store=store, engine=engine, use=use)
    await made.ask(WORDS)
    yield made
    await engine.dispose()


async def test_a_labelled_question_becomes_an_example_and_is_unanswered_no_more(case: Case) -> None:
    assert await case.use.label(ANI, ["q1", "q2"], TOPIC) == Labelled(batch="batch-1", kept=2, dropped=0)
    assert await case.left() == {"q3"}
    assert (await case.examples())["q1"] == LabelledExample(
        id="q1", words=WORDS["q1"], label=TOPIC, labelled_by="ani", labelled_on=DAY, asked_on=DAY, batch="batch-1"
    )
    assert await case.actions() == [("questions_labelled", "tim_sukses", "2 pertanyaan")]


async def test_undo_brings_the_questions_of_one_act_back_as_they_were(case: Case) -> None:
    await case.use.label(ANI, ["q3"], OUT)
    done = await case.use.label(ANI, ["q1", "q2"], TOPIC)
    assert await case.use.undo(ANI, done.batch) == 2
    assert await case.left() == {"q1", "q2"}
    assert set(await case.examples()) == {"q3"}
    async with case.store.unit() as unit:
        assert UnansweredQuestion(id="q1", day=DAY, words=WORDS["q1"]) in await unit.questions.unanswered()
    with pytest.raises(InvalidInputError, match="Tidak ada yang bisa diurungkan"):
        await case.use.undo(ANI, done.batch)


async def test_what_looks_like_a_name_after_all_is_deleted_and_not_kept(case: Case) -> None:
    await case.ask({"q4": RISKY, "q5": "nomor saya 0812 3456 7890 boleh ikut"})
    assert await case.use.label(ANI, ["q1", "q4", "q5"], TOPIC) == Labelled(batch="batch-1", kept=2, dropped=1)
    assert await case.left() == {"q2", "q3"}
    kept = await case.examples()
    assert set(kept) == {"q1", "q5"}
    assert "3456" not in kept["q5"].words
    assert RISKY not in str(await case.actions())


async def test_two_curators_do_not_label_a_question_twice(case: Case) -> None:
    await case.use.label(ANI, ["q1"], TOPIC)
    assert (await case.use.label(ANI, ["q1", "q2"], OUT)).kept == 1
    with pytest.raises(InvalidInputError, match="sudah dilabeli"):
        await case.use.label(ANI, ["q1", "q2"], OUT)
    assert (await case.examples())["q1"].label == TOPIC


async def test_a_topic_that_does_not_exist_takes_nothing(case: Case) -> None:
    for subject in ("", "tidak_ada"):
        with pytest.raises(InvalidInputError, match="Pilih topiknya"):
            await case.use.label(ANI, ["q1"], Label(kind=LabelKind.TOPIC, subject=subject))
    assert await case.left() == set(WORDS)
    assert await case.actions() == []


async def test_a_proposal_gathers_its_questions_and_undo_takes_it_away(case: Case) -> None:
    done = await case.podcast()
    assert await case.proposed() == [("Podcast politik", ProposalState.OPEN)]
    assert (await case.examples())["q2"].label == Label(kind=LabelKind.PROPOSAL, subject=done.batch)
    await case.use.undo(ANI, done.batch)
    assert (await case.proposed(), await case.left()) == ([], set(WORDS))


async def test_a_proposal_without_a_name_or_questions_leaves_nothing(case: Case) -> None:
    with pytest.raises(InvalidInputError, match="nama"):
        await case.use.propose(ANI, ["q1"], " ", "")
    with pytest.raises(InvalidInputError, match="sudah dilabeli"):
        await case.use.propose(ANI, ["hilang"], "Podcast", "")
    assert (await case.proposed(), await case.left()) == ([], set(WORDS))


async def test_a_proposal_may_be_merged_into_a_topic_once(case: Case) -> None:
    done = await case.podcast()
    assert await case.use.merge(ANI, done.batch, "tim_sukses") == 2
    assert {each.label for each in (await case.examples()).values()} == {TOPIC}
    assert await case.proposed() == [("Podcast politik", ProposalState.MERGED)]
    with pytest.raises(InvalidInputError, match="sudah diselesaikan"):
        await case.use.close(ANI, done.batch)


async def test_a_closed_proposal_gives_its_questions_back_but_not_those_past_their_days(case: Case) -> None:
    await case.ask({"q0": "podcast lama sekali boleh"}, DAY - timedelta(days=59))
    done = await case.use.propose(ANI, ["q0", "q1"], "Podcast politik", "")
    await purge_texts(database_store(case.engine), NOW + timedelta(days=1), 60)
    assert await case.use.close(ANI, done.batch) == 2
    assert await case.left() == set(WORDS)
    assert await case.examples() == {}


async def test_an_example_outlives_the_purge_but_cannot_go_back_after_it(case: Case) -> None:
    done = await case.use.label(ANI, ["q1"], TOPIC)
    await purge_texts(database_store(case.engine), NOW + timedelta(days=60), 60)
    assert await case.left() == set()
    assert (await case.examples())["q1"].asked_on is None
    with pytest.raises(InvalidInputError, match="masa simpannya lewat"):
        await case.use.undo(ANI, done.batch)


async def test_an_example_can_be_deleted_for_good(case: Case) -> None:
    await case.use.label(ANI, ["q1"], TOPIC)
    await case.use.delete(ANI, "q1")
    assert (await case.examples(), await case.left()) == ({}, {"q2", "q3"})
    with pytest.raises(InvalidInputError, match="sudah tidak ada"):
        await case.use.delete(ANI, "q1")


async def test_more_questions_than_one_statement_takes_are_labelled_and_brought_back(case: Case) -> None:
    many = {f"m{number:04}": f"kapan gaji cair {number}" for number in range(MAX_IDS + 7)}
    await case.ask(many)
    done = await case.use.label(ANI, many, OUT)
    assert done.kept == len(many)
    assert await case.use.undo(ANI, done.batch) == len(many)


async def test_without_the_masking_nothing_is_kept(case: Case) -> None:
    blind = LabelQuestions(store=case.store, clock=FakeClock(at=NOW), new_id=lambda: "x", lexicon=None)
    with pytest.raises(InvalidInputError):
        await blind.label(ANI, ["q1"], TOPIC)
    assert await case.left() == set(WORDS)


async def test_nothing_is_masked_while_a_transaction_that_writes_is_open(case: Case) -> None:
    await case.ask({f"m{number}": f"boleh podcast politik nomor {number}" for number in range(30)})
    lexicon, masked_in = case.use.lexicon, list[bool]()
    assert lexicon is not None

    @dataclass
    class Store:
        is_open: bool = False

        @asynccontextmanager
        async def unit(self) -> AsyncIterator[DatabaseAdminUnit]:
            async with case.store.unit() as unit:
                self.is_open = True
                yield unit
                self.is_open = False

        def reading(self) -> AbstractAsyncContextManager[DatabaseAdminUnit]:
            return case.store.reading()

    store = Store()

    class Kinds(dict[str, int]):
        def get(self, word: str, default: int = 0) -> int:  # type: ignore[override]  # as the lexicon asks
            masked_in.append(store.is_open)
            return super().get(word, default)

    watched = replace(lexicon, kinds=Kinds(lexicon.kinds))
    use = replace(case.use, store=store, lexicon=watched)
    done = await use.label(ANI, [f"m{number}" for number in range(30)], TOPIC)
    assert done.kept == 30
    assert masked_in
    assert not any(masked_in)
