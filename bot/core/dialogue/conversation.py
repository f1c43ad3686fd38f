"""What a person sent, what the NLU made of it, and the thread it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bot.core.dialogue.loop_guard import LoopState
from bot.core.dialogue.votes import ShownAnswer, Vote
from bot.core.vocabulary import Pending, Slot, Unreadable

ORDINAL_ENTITY = "urutan"

LAST_ORDINAL = "terakhir"
"""The value of that entity that counts from the end; the others are numbers from 1."""

PRESSURE_ENTITY = "tekanan_atasan"


@dataclass(frozen=True, kw_only=True)
class Entity:
    """One thing found in an utterance."""

    kind: str
    value: str
    """Canonical, as the synonyms of the training data map it."""


@dataclass(frozen=True, kw_only=True)
class IntentScore:
    """One intent and how likely it is."""

    intent: str
    confidence: float
    """0..1"""


@dataclass(frozen=True, kw_only=True)
class SubQuestion(IntentScore):
    """One question of a message that asks several."""

    out_of_scope: float
    """How likely it is none of ours, 0..1."""


@dataclass(frozen=True, kw_only=True)
class Bands:
    """The model's calibrated thresholds on its confidence, 0..1."""

    answer: float
    clarify: float
    out_of_scope: float
    """Out-of-scope score from which a question is none of ours."""


@dataclass(frozen=True, kw_only=True)
class Parse:
    """What the NLU made of an utterance."""

    intent_ranking: tuple[IntentScore, ...]
    """Most likely first; never empty."""
    entities: tuple[Entity, ...]
    bands: Bands
    out_of_scope: float
    """How likely the question is none of ours, 0..1."""
    out_of_scope_caution: float
    """From this likelihood on topics are only offered, however likely one is."""
    model: str
    """Content id of the model that answered."""
    words: int
    """How many words the utterance had."""
    other_words: tuple[str, ...] = field(repr=False)
    """Those that are neither inside an entity nor function words, lower case, in the order written."""
    sub_questions: tuple[SubQuestion, ...] = ()
    """What the message asks, in the order written, when it asks more than one thing."""

    @property
    def intent(self) -> str:
        """The most likely intent."""
        return self.intent_ranking[0].intent

    @property
    def confidence(self) -> float:
        """The confidence of the most likely intent, 0..1."""
        return self.intent_ranking[0].confidence

    def values(self, kind: str) -> tuple[str, ...]:
        """Return the values found of one entity kind, in the order written."""
        return tuple(entity.value for entity in self.entities if entity.kind == kind)


class Thumb(StrEnum):
    """An utterance that is a thumb: feedback without words."""

    UP = "up"
    DOWN = "down"


class Command(StrEnum):
    """What a slash command asks for; the value is the command without its slash."""

    START = "start"
    HELP = "help"
    TOPICS = "topik"
    PRIVACY = "privasi"
    ERASE = "hapus"
    STOP = "berhenti"
    SUBSCRIBE = "langganan"


@dataclass(frozen=True, kw_only=True)
class Press:
    """A pressed button."""

    payload: str
    """As the button was made with, or anything else that a client sent."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """A slash command that asks for topics by words."""

    words: str


TurnInput: TypeAlias = Parse | Press | Command | Search | Thumb | Unreadable
"""Everything that `decide` can be handed."""


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """What is remembered of one person's thread; holds no text."""

    topic: str | None = None
    """The topic last answered, None before the first answer."""
    version: int | None = None
    """The version of the guidance that was shown of it."""
    options: tuple[str, ...] = ()
    """Topic ids offered in the last turn, in the order shown."""
    alternatives: tuple[str, ...] = ()
    """The next likely topics at the last answer, offered after "not that"."""
    slots: Mapping[Slot, str] = field(default_factory=dict)
    """What the person said of their situation."""
    pending: tuple[Pending, ...] = ()
    """What is still to be told; it is told once."""
    heard: tuple[str, ...] = ()
    """Short hashes of the last messages, by which `repeats` tells what a client sends twice; no text."""
    votes: tuple[Vote, ...] = ()
    """What was said of which answers, the latest last: each counts once."""
    shown: tuple[ShownAnswer, ...] = ()
    """Which of the last messages sent hold which answers, the latest last."""
    loop: LoopState = field(default_factory=LoopState)
    """What tells two machines that answer each other from a person."""
    pressed: "Pressed | None" = None
    """The last press; None after anything else."""


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """One press of a button, by which the impatient ones after it are known."""

    button: str
    """A keyed hash of what the button stands for and of the message that it stands under."""
    second: int
    """Since 1970."""
