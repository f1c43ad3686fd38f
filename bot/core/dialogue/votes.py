"""One vote a person, answer and version: what a vote is about, and what is remembered of it for a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

MAX_VOTES = 40
"""Remembered of one conversation; more answers than anybody judges in a day."""
MAX_SHOWN = 6
"""Sent messages of which it is remembered which answer they hold."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One version of one answer, as it was shown."""

    topic: str
    version: int


UNKNOWN_ANSWER = Answered(topic="", version=0)
"""A message that is not known to hold an answer."""


About: TypeAlias = Answered | None
"""The answer that a yes or no stands under; None where it stands under nothing, so that it is about the newest."""


@dataclass(frozen=True, kw_only=True)
class Vote:
    """What a person said last of one version of one answer."""

    topic: str
    version: int
    helpful: bool
    day: date
    """On which it was counted, in the agency's own time zone."""


@dataclass(frozen=True, kw_only=True)
class ShownAnswer:
    """Which answer a sent message holds."""

    message: str
    """A keyed hash of the platform's own id of the message."""
    topic: str
    version: int


def vote_on(votes: Sequence[Vote], answer: Answered) -> Vote | None:
    """Return what was said of an answer before, None when nothing was."""
    return next((each for each in votes if (each.topic, each.version) == (answer.topic, answer.version)), None)


def with_vote(votes: Sequence[Vote], vote: Vote) -> tuple[Vote, ...]:
    """Return the votes with one more, which takes the place of an earlier one on the same answer."""
    others = [each for each in votes if (each.topic, each.version) != (vote.topic, vote.version)]
    return (*others, vote)[-MAX_VOTES:]


def with_shown(shown: Sequence[ShownAnswer], one: ShownAnswer) -> tuple[ShownAnswer, ...]:
    """Return what is known of sent messages with one more; the oldest are forgotten."""
    return (*shown, one)[-MAX_SHOWN:]


def answer_in(shown: Sequence[ShownAnswer], message: str) -> Answered:
    """Return which answer a message holds; `UNKNOWN_ANSWER` when that is not known."""
    for each in shown:
        if each.message == message:
            return Answered(topic=each.topic, version=each.version)
    return UNKNOWN_ANSWER
