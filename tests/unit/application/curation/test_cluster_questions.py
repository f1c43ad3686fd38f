"""Questions put together in the background, whatever the NLU does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.application.curation.cluster_questions import TRIED_AGAIN_AFTER, ClusterQuestions
from bot.application.curation.label_questions import QuestionStore
from bot.core.curation.labels import UnansweredQuestion
from bot.core.guidance.book import GuidanceBook
from tests.conftest import NOW
from tests.fakes.clock import FakeClock
from tests.fakes.embedder import VECTOR_WIDTH, FakeEmbedder
from tests.fakes.interpreter import FakeInterpreter, parsed

pytestmark = pytest.mark.learning


@dataclass
class Desk:
    """Unanswered questions in memory, and the NLU's fakes."""

    book: GuidanceBook
    words: dict[str, str] = field(default_factory=dict)
    embedder: FakeEmbedder = field(default_factory=FakeEmbedder)
    interpreter: FakeInterpreter = field(default_factory=FakeInterpreter)
    clock: FakeClock = field(default_factory=lambda: FakeClock(at=NOW))

    def use(self) -> ClusterQuestions:
        return ClusterQuestions(
            store=cast(QuestionStore, self), embedder=self.embedder, interpreter=self.interpreter, clock=self.clock
        )

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Any]:
        yield SimpleNamespace(questions=self, desk=self)

    async def ids(self) -> frozenset[str]:
        return frozenset(self.words)

    async def unanswered(self) -> list[UnansweredQuestion]:
        return [UnansweredQuestion(id=key, day=NOW.date(), words=text) for key, text in self.words.items()]

    async def guidance(self) -> GuidanceBook:
        return self.book


@pytest.fixture
def desk(book: GuidanceBook) -> Desk:
    """Return three questions, two of which are near."""
    return Desk(book=book, words={"a": "gaji 13 kapan", "b": "gaji ke-13", "c": "cuti haji"})


async def grouped(use: ClusterQuestions) -> tuple[bool, set[frozenset[str]]]:
    grouping = await use.present()
    assert grouping is not None
    return grouping.by_meaning, {frozenset(each.id for each in cluster.points) for cluster in grouping.clusters}


async def test_near_questions_come_together_and_are_embedded_once(desk: Desk) -> None:
    use = desk.use()
    for _ in range(2):
        assert await grouped(use) == (True, {frozenset("ab"), frozenset("c")})
    assert sorted(desk.embedder.embedded[len(desk.book.topics) :]) == sorted(desk.words.values())


async def test_what_was_labelled_leaves_its_group_without_anything_done_again(desk: Desk) -> None:
    use = desk.use()
    await use.present()
    del desk.words["a"]
    desk.embedder.is_down = True
    assert await grouped(use) == (True, {frozenset("b"), frozenset("c")})


async def test_a_new_question_is_put_in(desk: Desk) -> None:
    use = desk.use()
    await use.present()
    desk.words["d"] = "cuti besar"
    assert await grouped(use) == (True, {frozenset("ab"), frozenset("cd")})


async def test_while_the_nlu_is_down_words_are_compared_and_the_nlu_is_asked_again_later(desk: Desk) -> None:
    desk.embedder.is_down = True
    use = desk.use()
    by_meaning, _ = await grouped(use)
    assert not by_meaning
    desk.embedder.is_down = False
    assert (await grouped(use))[0] is False
    desk.clock.at += TRIED_AGAIN_AFTER
    assert await grouped(use) == (True, {frozenset("ab"), frozenset("c")})


async def test_vectors_of_another_model_are_not_mixed_in(desk: Desk) -> None:
    use = desk.use()
    await use.present()
    desk.embedder.name, desk.words["d"] = "another", "cuti besar"
    before = len(desk.embedder.embedded)
    await use.present()
    assert set(desk.embedder.embedded[before:]) >= set(desk.words.values())


async def test_a_job_puts_in_what_is_new_before_anybody_looks(desk: Desk) -> None:
    use = desk.use()
    await use.refresh(NOW)
    desk.embedder.is_down = True
    assert await grouped(use) == (True, {frozenset("ab"), frozenset("c")})
    desk.words.clear()
    await use.refresh(NOW + timedelta(minutes=15))
    assert await grouped(use) == (True, set())


async def test_a_page_does_not_wait_for_long_and_sees_how_far_it_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.application.curation.cluster_questions.PAGE_WAIT_SECONDS", 0.01)
    gate = asyncio.Event()

    class Slow(FakeEmbedder):
        async def embed(self, texts: Any) -> list[list[float]]:
            await gate.wait()
            return await super().embed(texts)

    desk.embedder = Slow()
    use = desk.use()
    assert await use.present() is None
    assert use.progress.total == len(desk.words)
    gate.set()
    await use.refresh(NOW)
    assert await use.present() is not None


async def test_a_pile_out_of_scope_is_looked_into_for_what_is_asked_often(desk: Desk) -> None:
    """Vectors of a pile share what lies far from the topics; what sets some apart shows only around its own middle."""
    shared = [4.0, -4.0] * (VECTOR_WIDTH // 2)

    class Piled(FakeEmbedder):
        async def embed(self, texts: Any) -> list[list[float]]:
            return [
                vector if "." in text else [far + 0.1 * own for far, own in zip(shared, vector, strict=True)]
                for text, vector in zip(texts, await super().embed(texts), strict=True)
            ]

    desk.embedder = Piled()
    others = ("beras", "cuti", "demam", "haji", "kurs", "mimpi", "otp", "samsat", "soto", "stiker", "tiket", "zoom")
    desk.words = {f"gaji-{number}": f"gaji 13 {number}" for number in range(4)} | {each: each for each in others}
    use = desk.use()
    for text in desk.words.values():
        desk.interpreter.parses[text] = parsed(("di_luar_cakupan", 0.9), out_of_scope=0.9)
    _, groups = await grouped(use)
    assert frozenset(f"gaji-{number}" for number in range(4)) in groups
    assert len(groups) == 2
    for text in desk.words.values():
        desk.interpreter.parses[text] = parsed(("tim_sukses", 0.9))
    assert len((await grouped(desk.use()))[1]) == 1


async def test_suggestions_are_the_likeliest_topics_and_none_while_the_nlu_is_down(desk: Desk) -> None:
    use = desk.use()
    ranking = (
        ("di_luar_cakupan", 0.5),
        ("tim_sukses", 0.2),
        ("hak_pilih", 0.1),
        ("tni_polri", 0.09),
        ("anggota_parpol", 0.01),
    )
    desk.interpreter.parses["gaji 13 kapan"] = parsed(*ranking, out_of_scope=0.6)
    suggested = await use.suggestions("gaji 13 kapan", desk.book.topics)
    assert suggested is not None
    assert suggested.out_of_scope == 0.6
    assert [each.intent for each in suggested.topics] == ["tim_sukses", "hak_pilih", "tni_polri"]
    desk.interpreter.is_down = True
    assert await use.suggestions("yang lain", desk.book.topics) is None
    assert await use.suggestions("gaji 13 kapan", desk.book.topics) == suggested
