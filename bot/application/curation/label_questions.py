"""Say what unanswered questions are about: to a topic, to a proposed one, or out of scope; and take it back."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from bot.application.curation.edit_drafts import GuidanceUnit
from bot.application.ports import Clock
from bot.core.accounts.audit_trail import Action, Event
from bot.core.accounts.permissions import Deed, require
from bot.core.accounts.users import User
from bot.core.curation.labels import (
    Label,
    LabelKind,
    LabelledExample,
    Proposal,
    ProposalState,
    UnansweredQuestion,
    proposal_problem,
)
from bot.core.errors import InvalidInputError
from bot.core.legal_day import legal_day
from bot.core.privacy.masking import mask, may_identify
from bot.core.privacy.person_names import NameLexicon

MAX_GROUPED = 5_000
"""Questions put together at once, the newest: a few seconds of work in a thread."""
ALREADY_GONE = "Pertanyaan ini sudah dilabeli atau dihapus. Muat ulang daftarnya."


class Questions(Protocol):
    """Unanswered questions, examples made of them, and proposals, within a transaction."""

    async def ids(self) -> frozenset[str]:
        """Return the ids of the newest unanswered questions, at most `MAX_GROUPED`."""

    async def unanswered(self) -> Sequence[UnansweredQuestion]:
        """Return those questions, newest day first."""

    async def words(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Return what questions that are still unanswered say, by id."""

    async def take(self, ids: Iterable[str]) -> Sequence[UnansweredQuestion]:
        """Remove questions from the unanswered ones; returns those that still were among them."""

    async def put_back(self, questions: Iterable[UnansweredQuestion]) -> None:
        """Add questions to the unanswered ones again."""

    async def keep(self, examples: Iterable[LabelledExample]) -> None:
        """Add examples, or keep them as they are now."""

    async def remove(self, ids: Iterable[str]) -> int:
        """Delete examples; returns how many there were."""

    async def of_batch(self, batch: str) -> Sequence[LabelledExample]:
        """Return what was labelled in one act, and let nobody else change it until the end."""

    async def of_proposal(self, proposal: str) -> Sequence[LabelledExample]:
        """Return the examples of a proposal, and let nobody else change them until the end."""

    async def examples(self, first: int = 0, most: int | None = None) -> Sequence[LabelledExample]:
        """Return examples, labelled last first."""

    async def example_count(self) -> int:
        """Count the examples."""

    async def proposals(self) -> Sequence[Proposal]:
        """Return every proposal, the newest first."""

    async def proposal(self, proposal: str) -> Proposal | None:
        """Return a proposal, and let nobody else change it until the end."""

    async def keep_proposal(self, proposal: Proposal) -> None:
        """Add a proposal, or keep it as it is now."""

    async def remove_proposal(self, proposal: str) -> None:
        """Delete a proposal."""


class QuestionUnit(GuidanceUnit, Protocol):
    """A transaction that reaches questions too."""

    @property
    def questions(self) -> Questions:
        """Return the questions."""


class QuestionStore(Protocol):
    """Where it is kept."""

    def unit(self) -> AbstractAsyncContextManager[QuestionUnit]:
        """Begin a transaction."""

    def reading(self) -> AbstractAsyncContextManager[QuestionUnit]:
        """Begin a transaction that only reads."""


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """What became of questions in one act."""

    batch: str
    """What undoes it."""
    kept: int
    dropped: int
    """Questions that look as if they named somebody after all: deleted, not kept."""


@dataclass(frozen=True, kw_only=True)
class LabelQuestions:
    """The use cases around unanswered questions; each leaves a line in the audit trail, without a question in it."""

    store: QuestionStore
    clock: Clock
    new_id: Callable[[], str]
    lexicon: NameLexicon | None
    """Masks once more what is kept for longer; without it nothing can be labelled."""

    async def label(self, user: User, ids: Iterable[str], label: Label) -> Labelled:
        """Label questions as about a topic or out of scope.

        Raises:
            InvalidInputError: when there is no such topic, or none of the questions is unanswered any more.
        """
        require(user, Deed.LABEL_QUESTIONS)
        now = self.clock.now()
        masked = await self._masked(ids)
        async with self.store.unit() as unit:
            await _check(unit, label)
            done = await _keep(unit, user, masked, label, self.new_id(), legal_day(now))
            await _note(unit, Action.QUESTIONS_LABELLED, user, _name(label), _told(done), now)
            return done

    async def propose(self, user: User, ids: Iterable[str], name: str, scope: str) -> Labelled:
        """Label questions as about a topic that is missing.

        Raises:
            InvalidInputError: saying what is wrong with the name, or when none of the questions is unanswered any more.
        """
        require(user, Deed.LABEL_QUESTIONS)
        name, scope = " ".join(name.split()), " ".join(scope.split())
        problem = proposal_problem(name, scope)
        if problem is not None:
            raise InvalidInputError(problem)
        now, batch = self.clock.now(), self.new_id()
        proposal = Proposal(
            id=batch,
            name=name,
            scope=scope,
            state=ProposalState.OPEN,
            proposed_by=user.name,
            proposed_on=legal_day(now),
        )
        masked = await self._masked(ids)
        async with self.store.unit() as unit:
            await unit.questions.keep_proposal(proposal)
            label = Label(kind=LabelKind.PROPOSAL, subject=batch)
            done = await _keep(unit, user, masked, label, batch, legal_day(now))
            await _note(unit, Action.TOPIC_PROPOSED, user, name, _told(done), now)
            return done

    async def undo(self, user: User, batch: str) -> int:
        """Put the questions of one act back among the unanswered ones; returns how many.

        Raises:
            InvalidInputError: when nothing of it can go back any more.
        """
        require(user, Deed.LABEL_QUESTIONS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            back = [each for each in await unit.questions.of_batch(batch) if each.asked_on is not None]
            if not back:
                raise InvalidInputError("Tidak ada yang bisa diurungkan: sudah diurungkan, atau masa simpannya lewat.")
            await _put_back(unit, back)
            proposal = await unit.questions.proposal(batch)
            if proposal is not None and not await unit.questions.of_proposal(batch):
                await unit.questions.remove_proposal(batch)
            await _note(unit, Action.LABELS_UNDONE, user, _name(back[0].label), f"{len(back)} pertanyaan", now)
            return len(back)

    async def merge(self, user: User, proposal_id: str, topic: str) -> int:
        """Return the questions of a proposal to a topic that exists; returns how many.

        Raises:
            InvalidInputError: when there is no such topic or no such open proposal.
        """
        require(user, Deed.LABEL_QUESTIONS)
        now = self.clock.now()
        label = Label(kind=LabelKind.TOPIC, subject=topic)
        async with self.store.unit() as unit:
            await _check(unit, label)
            proposal = await _open_proposal(unit, proposal_id)
            examples = await unit.questions.of_proposal(proposal_id)
            await unit.questions.keep(replace(each, label=label) for each in examples)
            await unit.questions.keep_proposal(replace(proposal, state=ProposalState.MERGED))
            await _note(unit, Action.PROPOSAL_MERGED, user, topic, f"{proposal.name}; {len(examples)} pertanyaan", now)
            return len(examples)

    async def close(self, user: User, proposal_id: str) -> int:
        """Return a proposal up; its questions go back among the unanswered ones, those past their time are deleted.

        Raises:
            InvalidInputError: when there is no such open proposal.
        """
        require(user, Deed.LABEL_QUESTIONS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            proposal = await _open_proposal(unit, proposal_id)
            examples = await unit.questions.of_proposal(proposal_id)
            await _put_back(unit, examples)
            await unit.questions.keep_proposal(replace(proposal, state=ProposalState.CLOSED))
            await _note(unit, Action.PROPOSAL_CLOSED, user, proposal.name, f"{len(examples)} pertanyaan", now)
            return len(examples)

    async def discard(self, user: User, ids: Iterable[str]) -> int:
        """Delete unanswered questions for good, since they name somebody after all; returns how many.

        Raises:
            InvalidInputError: when none of them is there any more.
        """
        require(user, Deed.LABEL_QUESTIONS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            gone = await unit.questions.take(ids)
            if not gone:
                raise InvalidInputError(ALREADY_GONE)
            await _note(unit, Action.QUESTIONS_DELETED, user, "", f"{len(gone)} pertanyaan", now)
            return len(gone)

    async def delete(self, user: User, example: str) -> None:
        """Delete an example for good.

        Raises:
            InvalidInputError: when there is none.
        """
        require(user, Deed.LABEL_QUESTIONS)
        now = self.clock.now()
        async with self.store.unit() as unit:
            if not await unit.questions.remove([example]):
                raise InvalidInputError("Contoh itu sudah tidak ada.")
            await _note(unit, Action.EXAMPLE_DELETED, user, "", "1 contoh", now)

    async def _masked(self, ids: Iterable[str]) -> Mapping[str, str | None]:
        """Mask questions once more, before anything is written and one after the other: others wait for neither.

        Returns:
            By id what may be kept of it, None where it may still name somebody.
        """
        if self.lexicon is None:
            raise InvalidInputError("Daftar kata penutup data pribadi tidak terpasang, jadi tidak ada yang disimpan.")
        async with self.store.reading() as unit:
            words = await unit.questions.words(ids)
        safe: dict[str, str | None] = {}
        for identifier, text in words.items():
            masked = mask(text, self.lexicon).text
            safe[identifier] = None if may_identify(masked, self.lexicon) else masked
            await asyncio.sleep(0)
        return safe


async def _keep(
    unit: QuestionUnit, user: User, masked: Mapping[str, str | None], label: Label, batch: str, today: date
) -> Labelled:
    """Make examples of the questions that still are unanswered, those of which nothing may be kept left out."""
    taken = await unit.questions.take(masked)
    if not taken:
        raise InvalidInputError(ALREADY_GONE)
    safe = [(each, words) for each in taken if (words := masked[each.id]) is not None]
    await unit.questions.keep(
        LabelledExample(
            id=each.id,
            words=words,
            label=label,
            labelled_by=user.name,
            labelled_on=today,
            asked_on=each.day,
            batch=batch,
        )
        for each, words in safe
    )
    return Labelled(batch=batch, kept=len(safe), dropped=len(taken) - len(safe))


async def _put_back(unit: QuestionUnit, examples: Sequence[LabelledExample]) -> None:
    await unit.questions.remove(each.id for each in examples)
    questions = [each.as_question() for each in examples]
    await unit.questions.put_back(each for each in questions if each is not None)


async def _check(unit: QuestionUnit, label: Label) -> None:
    if label.kind is LabelKind.TOPIC and label.subject not in (await unit.desk.guidance()).topics:
        raise InvalidInputError("Pilih topiknya dulu.")


async def _open_proposal(unit: QuestionUnit, proposal_id: str) -> Proposal:
    proposal = await unit.questions.proposal(proposal_id)
    if proposal is None or proposal.state is not ProposalState.OPEN:
        raise InvalidInputError("Usulan itu sudah diselesaikan. Muat ulang daftarnya.")
    return proposal


async def _note(unit: QuestionUnit, action: Action, user: User, subject: str, detail: str, now: datetime) -> None:
    event = Event(action=action, actor=user.name, subject=subject, detail=detail, agency=user.agency or "")
    await unit.audit.add(event, now)


def _name(label: Label) -> str:
    return label.subject or label.kind.value


def _told(done: Labelled) -> str:
    dropped = f"; {done.dropped} dihapus karena mirip data pribadi" if done.dropped else ""
    return f"{done.kept} pertanyaan{dropped}"
