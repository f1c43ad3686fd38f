"""Tables of this room, as SQLAlchemy sees them; the migrations make the same."""

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.core.curation.drafts import DraftState
from bot.core.curation.labels import LabelKind, ProposalState
from bot.storage.engine.base import _UNORDERED, Base, Day, Identifier, Moment, Words, by_value


class DraftRow(Base):
    """A coming version of an answer."""

    __tablename__ = "guidance_draft"

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random."""
    topic_id: Mapped[Identifier] = mapped_column(ForeignKey("topic.id"), index=True)
    content: Mapped[dict[str, Any]]
    """The whole answer, as `bot.storage.curation.drafts` writes it."""
    state: Mapped[DraftState] = mapped_column(by_value(DraftState, "state"), index=True)
    authors: Mapped[list[str]]
    effective_from: Mapped[Day | None]
    summary: Mapped[Words]
    review_note: Mapped[Words]
    edition: Mapped[int]
    changed_at: Mapped[Moment]
    approver: Mapped[Identifier | None]
    published_version: Mapped[int | None]


class LabelledExampleRow(Base):
    """A masked question that got no answer, with what a curator says it is about; it outlives the unanswered ones."""

    __tablename__ = "labelled_example"
    __table_args__ = _UNORDERED

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random; the one that the question had."""
    words: Mapped[Words]
    kind: Mapped[LabelKind] = mapped_column(by_value(LabelKind, "kind"))
    subject: Mapped[Identifier]
    """A topic's or proposal's id; empty for what is out of scope."""
    labelled_by: Mapped[Identifier]
    labelled_on: Mapped[Day]
    asked_on: Mapped[Day | None]
    """Emptied when the question itself would have been deleted."""
    batch: Mapped[Identifier] = mapped_column(index=True)
    """One for everything that was labelled in one act."""


class TopicProposalRow(Base):
    """A topic that somebody thinks is missing."""

    __tablename__ = "topic_proposal"

    id: Mapped[Identifier] = mapped_column(primary_key=True)
    """Random; the batch of the questions that it was proposed with."""
    name: Mapped[Identifier]
    scope: Mapped[Words]
    state: Mapped[ProposalState] = mapped_column(by_value(ProposalState, "state"))
    proposed_by: Mapped[Identifier]
    proposed_on: Mapped[Day]
