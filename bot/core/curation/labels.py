"""What curators make of unanswered questions: labelled examples, proposals of topics, and lines to train on."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.dialogue.evidence import OUT_OF_SCOPE_INTENT
from bot.core.privacy.personal_data import PLACEHOLDER

MIN_NAME = 3
MAX_NAME = 80
MAX_SCOPE = 500
"""Characters of a proposed topic's name and scope."""


class LabelKind(StrEnum):
    """What a question turned out to be."""

    TOPIC = "topic"
    OUT_OF_SCOPE = "out_of_scope"
    PROPOSAL = "proposal"
    """About something that has no topic yet."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """What one question is about."""

    kind: LabelKind
    subject: str = ""
    """A topic's or proposal's id; empty for what is out of scope."""


@dataclass(frozen=True, kw_only=True)
class UnansweredQuestion:
    """One question that got no answer."""

    id: str
    """Random."""
    day: date
    words: str
    """Masked."""


@dataclass(frozen=True, kw_only=True)
class LabelledExample:
    """One question with its label."""

    id: str
    """The question's."""
    words: str
    """Masked."""
    label: Label
    labelled_by: str
    """A user's name."""
    labelled_on: date
    asked_on: date | None
    """None once the question itself would be deleted: it cannot go back to the unanswered ones."""
    batch: str
    """What was labelled in one act has one of these."""

    def as_question(self) -> UnansweredQuestion | None:
        """Return the question it was, None when that may not be kept any more."""
        return UnansweredQuestion(id=self.id, day=self.asked_on, words=self.words) if self.asked_on else None


class ProposalState(StrEnum):
    """What became of a proposed topic."""

    OPEN = "open"
    MERGED = "merged"
    """Its questions were given to an existing topic."""
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A topic that somebody thinks is missing."""

    id: str
    name: str
    scope: str
    state: ProposalState
    proposed_by: str
    proposed_on: date


def proposal_problem(name: str, scope: str) -> str | None:
    """Say in Indonesian what is wrong with a proposal, None when it may be kept."""
    if not MIN_NAME <= len(name) <= MAX_NAME:
        return f"Beri topik barunya nama, {MIN_NAME} sampai {MAX_NAME} huruf."
    if len(scope) > MAX_SCOPE:
        return f"Cakupannya paling panjang {MAX_SCOPE} huruf."
    return None


def training_yaml(examples: Iterable[LabelledExample], proposals: Mapping[str, Proposal]) -> str:
    """Write examples as Rasa's training data, in the form of `nlu/data`; what is only proposed stands in comments.

    Returns:
        One block an intent, by name; each line once, in the order of the alphabet.
    """
    lines: dict[str, set[str]] = {}
    waiting: dict[str, set[str]] = {}
    for example in examples:
        kind, subject = example.label.kind, example.label.subject
        line = training_line(example.words)
        if line and kind is LabelKind.PROPOSAL:
            waiting.setdefault(subject, set()).add(line)
        elif line:
            intent = OUT_OF_SCOPE_INTENT if kind is LabelKind.OUT_OF_SCOPE else subject
            lines.setdefault(intent, set()).add(line)
    blocks = ['version: "3.1"', "nlu:" if lines else "nlu: []"]
    for intent in sorted(lines):
        blocks += [f"  - intent: {intent}", "    examples: |", *(f"      - {line}" for line in sorted(lines[intent]))]
    for subject in sorted(waiting):
        blocks += [f"# {line}" for line in _proposed(proposals.get(subject), sorted(waiting[subject]))]
    return "\n".join([*blocks, ""])


def training_line(words: str) -> str:
    """Return a masked text as a line to train on: X for what was masked, and no mark that Rasa would read."""
    return " ".join(_MARKS.sub(" ", PLACEHOLDER.sub("X", words)).split()).lstrip("-/ ")


def _proposed(proposal: Proposal | None, lines: Sequence[str]) -> list[str]:
    name, scope = (proposal.name, proposal.scope) if proposal else ("?", "")
    about = f"usulan topik: {name}" + (f" ({scope})" if scope else "")
    return [" ".join(about.split()), *(f"  - {line}" for line in lines)]


_MARKS = re.compile(r"[\[\]{}|]+")
"""What marks entities in Rasa's format; a slash at the start would mark an intent."""
