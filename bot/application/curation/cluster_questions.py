"""Put the unanswered questions together by meaning, in the background, and remember it while nothing is added."""

import asyncio
import logging
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.application.curation.label_questions import QuestionStore
from bot.application.ports import Clock, Embedder, Interpreter
from bot.core.curation.clusters import (
    EMBEDDING_RADIUS,
    SIMHASH_RADIUS,
    SPLIT_RADIUS,
    WORDING_BITS,
    Cluster,
    EmbeddedText,
    centre_of,
    clusters,
    embedding_bits,
    largest_first,
    simhash_bits,
    split_cluster,
)
from bot.core.curation.labels import UnansweredQuestion
from bot.core.dialogue.conversation import IntentScore, Parse
from bot.core.errors import BotError, TemporaryError
from bot.core.guidance.entry import Topic

logger = logging.getLogger(__name__)

PAGE_WAIT_SECONDS = 1.0
"""Seconds that a page waits for the questions to be put together before it shows how far that has come."""
EMBEDDED_BETWEEN = 64
"""Questions whose vectors are fetched between two reports of progress."""
TRIED_AGAIN_AFTER = timedelta(seconds=30)
"""So often at most the NLU is asked again after it was down."""
MAX_SUGGESTIONS = 3
PILE = 12
"""Questions in one group; when it is out of scope, what it has in common may be only that, and it is looked into."""


@dataclass(frozen=True, kw_only=True)
class ClusteringResult:
    """The unanswered questions, put together."""

    clusters: tuple[Cluster, ...]
    """The largest first."""
    by_meaning: bool
    """False: the NLU was down, so only words were compared."""
    made_at: datetime

    @property
    def ids(self) -> frozenset[str]:
        """Return the ids of all questions in it."""
        return frozenset(point.id for cluster in self.clusters for point in cluster.points)

    def among(self, ids: frozenset[str]) -> "ClusteringResult":
        """Return what is left of it when only these questions are."""
        if self.ids <= ids:
            return self
        left = [cluster.among(ids) for cluster in self.clusters]
        kept = sorted((each for each in left if each is not None), key=lambda each: -len(each.points))
        return replace(self, clusters=tuple(kept))


@dataclass(frozen=True, kw_only=True)
class ClusteringProgress:
    """How far putting together has come."""

    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Suggested:
    """What the NLU makes of one question."""

    topics: tuple[IntentScore, ...]
    """The likeliest first."""
    out_of_scope: float
    """How likely it is none of ours, 0..1."""


@dataclass(kw_only=True)
class ClusterQuestions:
    """Holds what was put together last, in memory only; one for a process."""

    store: QuestionStore
    embedder: Embedder
    interpreter: Interpreter
    clock: Clock
    progress: ClusteringProgress = field(default_factory=lambda: ClusteringProgress(done=0, total=0))
    _grouping: ClusteringResult | None = None
    _vectors: "dict[str, array[float]]" = field(default_factory=dict)
    _parses: dict[str, Parse] = field(default_factory=dict)
    _centre: tuple[float, ...] = ()
    _model: str | None = None
    _work: "asyncio.Task[ClusteringResult] | None" = None

    async def present(self) -> ClusteringResult | None:
        """Return the questions put together; None while that still goes on for the first time.

        What was labelled or deleted since is left out. While something new is being put in, the state before is given.
        """
        async with self.store.unit() as unit:
            ids = await unit.questions.ids()
        known = self._grouping
        if known is None or self._is_stale(known, ids):
            known = await self._soon()
        return known.among(ids) if known is not None else None

    async def refresh(self, _now: datetime) -> int:
        """Put in what is new before anybody looks, as a job; returns 0, since no row is touched."""
        async with self.store.unit() as unit:
            ids = await unit.questions.ids()
        if self._grouping is None or self._is_stale(self._grouping, ids):
            await asyncio.shield(self._begun())
        elif not self._grouping.ids <= ids:
            self._grouping = self._grouping.among(ids)
            self._forget_but(ids)
        return 0

    async def suggestions(self, text: str, topics: Mapping[str, Topic]) -> Suggested | None:
        """Return the nearest topics of a question; None while the NLU is down."""
        parse = await self._parse(text)
        if parse is None:
            return None
        known = tuple(each for each in parse.intent_ranking if each.intent in topics)
        return Suggested(topics=known[:MAX_SUGGESTIONS], out_of_scope=parse.out_of_scope)

    async def _parse(self, text: str) -> Parse | None:
        if text not in self._parses:
            try:
                self._parses[text] = await self.interpreter.parse(text)
            except TemporaryError:
                return None
        return self._parses[text]

    def _is_stale(self, known: ClusteringResult, ids: frozenset[str]) -> bool:
        if not known.by_meaning and self.clock.now() - known.made_at >= TRIED_AGAIN_AFTER:
            return True
        return not ids <= known.ids

    async def _soon(self) -> ClusteringResult | None:
        work = self._begun()
        await asyncio.wait([work], timeout=PAGE_WAIT_SECONDS)
        if work.done():
            return work.result()
        return self._grouping

    def _begun(self) -> "asyncio.Task[ClusteringResult]":
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._put_together())
            self._work.add_done_callback(_tell_failure)
        return self._work

    async def _put_together(self) -> ClusteringResult:
        async with self.store.unit() as unit:
            questions = await unit.questions.unanswered()
            topics = (await unit.desk.guidance()).topics.values()
        self.progress = ClusteringProgress(done=0, total=len(questions))
        self._forget_but({question.id for question in questions})
        by_meaning = await self._embed(questions, topics)
        found = await (self._by_meaning(questions) if by_meaning else self._by_wording(questions))
        self._grouping = ClusteringResult(clusters=found, by_meaning=by_meaning, made_at=self.clock.now())
        return self._grouping

    async def _by_wording(self, questions: Sequence[UnansweredQuestion]) -> tuple[Cluster, ...]:
        bits = await asyncio.to_thread(simhash_bits, [question.words for question in questions])
        return await asyncio.to_thread(clusters, _points(questions, bits), WORDING_BITS, SIMHASH_RADIUS)

    async def _by_meaning(self, questions: Sequence[UnansweredQuestion]) -> tuple[Cluster, ...]:
        bits = await asyncio.to_thread(self._bits, [question.id for question in questions], self._centre)
        found = await asyncio.to_thread(clusters, _points(questions, bits), len(self._centre), EMBEDDING_RADIUS)
        parts: list[Cluster] = []
        for cluster in found:
            if len(cluster.points) >= PILE and await self._is_out_of_scope(cluster.centre.text):
                parts += await asyncio.to_thread(self._parts, cluster)
            else:
                parts.append(cluster)
        return largest_first(parts)

    async def _is_out_of_scope(self, text: str) -> bool:
        parse = await self._parse(text)
        return parse is not None and parse.out_of_scope >= parse.bands.out_of_scope

    def _parts(self, pile: Cluster) -> tuple[Cluster, ...]:
        ids = [point.id for point in pile.points]
        middle = centre_of([self._vectors[identifier] for identifier in ids])
        bits = dict(zip(ids, self._bits(ids, middle), strict=True))
        return split_cluster(pile, bits, len(middle), SPLIT_RADIUS)

    def _bits(self, ids: Iterable[str], centre: Sequence[float]) -> list[int]:
        return [embedding_bits(self._vectors[identifier], centre) for identifier in ids]

    async def _embed(self, questions: Sequence[UnansweredQuestion], topics: Iterable[Topic]) -> bool:
        """Get the vector of every question that has none yet; False when the NLU gives none."""
        try:
            await self._follow_model(topics)
            missing = [question for question in questions if question.id not in self._vectors]
            for start in range(0, len(missing), EMBEDDED_BETWEEN):
                some = missing[start : start + EMBEDDED_BETWEEN]
                vectors = await self.embedder.embed([question.words for question in some])
                for question, vector in zip(some, vectors, strict=True):
                    self._vectors[question.id] = array("f", vector)
                self.progress = ClusteringProgress(
                    done=len(questions) - len(missing) + start + len(some), total=len(questions)
                )
        except (TemporaryError, ValueError):
            return False
        width = len(self._centre)
        return width > 0 and all(len(self._vectors[question.id]) == width for question in questions)

    async def _follow_model(self, topics: Iterable[Topic]) -> None:
        """Forget vectors of another model; the middle of what the topics are about is the centre."""
        model = await self.embedder.model()
        if model is None:
            raise TemporaryError("the NLU is down")
        if model == self._model:
            return
        self._vectors.clear()
        self._parses.clear()
        about = [f"{topic.title}. {topic.description}" for topic in topics]
        self._centre = centre_of(await self.embedder.embed(about)) if about else ()
        self._model = model

    def _forget_but(self, ids: Iterable[str]) -> None:
        kept = set(ids)
        self._vectors = {identifier: vector for identifier, vector in self._vectors.items() if identifier in kept}
        texts = (
            {point.text for cluster in self._grouping.clusters for point in cluster.points} if self._grouping else ()
        )
        self._parses = {text: parse for text, parse in self._parses.items() if text in texts}


def _points(questions: Sequence[UnansweredQuestion], bits: Sequence[int]) -> list[EmbeddedText]:
    return [
        EmbeddedText(id=question.id, text=question.words, day=question.day, bits=each)
        for question, each in zip(questions, bits, strict=True)
    ]


def _tell_failure(work: "asyncio.Task[ClusteringResult]") -> None:
    error = None if work.cancelled() else work.exception()
    if error is not None and not isinstance(error, BotError):
        logger.error("questions could not be put together", extra={"error": type(error).__name__})
