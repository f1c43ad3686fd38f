"""Unanswered questions in the database, what curators made of them, and proposals."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.application.curation.label_questions import MAX_GROUPED
from bot.core.curation.labels import Label, LabelledExample, Proposal, UnansweredQuestion
from bot.storage.curation.tables import LabelledExampleRow, TopicProposalRow
from bot.storage.figures.tables import UnansweredRow

MAX_IDS = 500
"""In one statement: SQLite takes some 32,000 parameters, short statements are kinder to both."""

_NEWEST_FIRST = (UnansweredRow.day.desc(), UnansweredRow.id)


class DatabaseQuestions:
    """The real `Questions`."""

    def __init__(self, session: AsyncSession) -> None:
        """Hold the transaction."""
        self._session = session

    async def ids(self) -> frozenset[str]:
        """Return the ids of the newest."""
        query = select(UnansweredRow.id).order_by(*_NEWEST_FIRST).limit(MAX_GROUPED)
        return frozenset(await self._session.scalars(query))

    async def unanswered(self) -> Sequence[UnansweredQuestion]:
        """Return the newest."""
        query = select(UnansweredRow.id, UnansweredRow.day, UnansweredRow.words)
        found = await self._session.execute(query.order_by(*_NEWEST_FIRST).limit(MAX_GROUPED))
        return [UnansweredQuestion(id=identifier, day=day, words=words) for identifier, day, words in found]

    async def words(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Read."""
        words: dict[str, str] = {}
        for some in _portions(ids):
            asked = select(UnansweredRow.id, UnansweredRow.words).where(UnansweredRow.id.in_(some))
            words.update((identifier, text) for identifier, text in await self._session.execute(asked))
        return words

    async def take(self, ids: Iterable[str]) -> Sequence[UnansweredQuestion]:
        """Remove and give."""
        taken: list[UnansweredQuestion] = []
        for some in _portions(ids):
            gone = await self._session.execute(
                delete(UnansweredRow)
                .where(UnansweredRow.id.in_(some))
                .returning(UnansweredRow.id, UnansweredRow.day, UnansweredRow.words)
            )
            taken += [UnansweredQuestion(id=identifier, day=day, words=words) for identifier, day, words in gone]
        return taken

    async def put_back(self, questions: Iterable[UnansweredQuestion]) -> None:
        """Add again."""
        self._session.add_all(UnansweredRow(id=each.id, day=each.day, words=each.words) for each in questions)
        await self._session.flush()

    async def keep(self, examples: Iterable[LabelledExample]) -> None:
        """Add or change."""
        for each in examples:
            await self._session.merge(_row(each))
        await self._session.flush()

    async def remove(self, ids: Iterable[str]) -> int:
        """Delete."""
        removed = 0
        for some in _portions(ids):
            gone = await self._session.execute(
                delete(LabelledExampleRow).where(LabelledExampleRow.id.in_(some)).returning(LabelledExampleRow.id)
            )
            removed += len(gone.all())
        return removed

    async def of_batch(self, batch: str) -> Sequence[LabelledExample]:
        """Return and lock."""
        return await self._found(select(LabelledExampleRow).where(LabelledExampleRow.batch == batch).with_for_update())

    async def of_proposal(self, proposal: str) -> Sequence[LabelledExample]:
        """Return and lock."""
        query = select(LabelledExampleRow).where(LabelledExampleRow.subject == proposal)
        return await self._found(query.with_for_update())

    async def examples(self, first: int = 0, most: int | None = None) -> Sequence[LabelledExample]:
        """Return, labelled last first."""
        query = select(LabelledExampleRow).order_by(LabelledExampleRow.labelled_on.desc(), LabelledExampleRow.id)
        return await self._found(query.offset(first).limit(most))

    async def example_count(self) -> int:
        """Count."""
        return await self._session.scalar(select(func.count()).select_from(LabelledExampleRow)) or 0

    async def proposals(self) -> Sequence[Proposal]:
        """Return, the newest first."""
        query = select(TopicProposalRow).order_by(TopicProposalRow.proposed_on.desc(), TopicProposalRow.name)
        return [_proposal(row) for row in await self._session.scalars(query)]

    async def proposal(self, proposal: str) -> Proposal | None:
        """Return and lock."""
        row = await self._session.get(TopicProposalRow, proposal, with_for_update=True, populate_existing=True)
        return _proposal(row) if row else None

    async def keep_proposal(self, proposal: Proposal) -> None:
        """Add or change."""
        await self._session.merge(TopicProposalRow(**vars(proposal)))
        await self._session.flush()

    async def remove_proposal(self, proposal: str) -> None:
        """Delete."""
        await self._session.execute(delete(TopicProposalRow).where(TopicProposalRow.id == proposal))

    async def _found(self, query: Select[LabelledExampleRow]) -> Sequence[LabelledExample]:
        rows = await self._session.scalars(query.execution_options(populate_existing=True))
        return [_example(row) for row in rows]


def _portions(ids: Iterable[str]) -> Iterable[list[str]]:
    every = sorted(set(ids))
    return (every[start : start + MAX_IDS] for start in range(0, len(every), MAX_IDS))


def _row(example: LabelledExample) -> LabelledExampleRow:
    return LabelledExampleRow(
        id=example.id,
        words=example.words,
        kind=example.label.kind,
        subject=example.label.subject,
        labelled_by=example.labelled_by,
        labelled_on=example.labelled_on,
        asked_on=example.asked_on,
        batch=example.batch,
    )


def _example(row: LabelledExampleRow) -> LabelledExample:
    return LabelledExample(
        id=row.id,
        words=row.words,
        label=Label(kind=row.kind, subject=row.subject),
        labelled_by=row.labelled_by,
        labelled_on=row.labelled_on,
        asked_on=row.asked_on,
        batch=row.batch,
    )


def _proposal(row: TopicProposalRow) -> Proposal:
    return Proposal(
        id=row.id,
        name=row.name,
        scope=row.scope,
        state=row.state,
        proposed_by=row.proposed_by,
        proposed_on=row.proposed_on,
    )
