"""What was decided about one turn."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.core.campaigns.consent import ReminderPreferences
from bot.core.dialogue.conversation import Conversation
from bot.core.guidance.entry import Citation
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Aspect


class DecisionKind(StrEnum):
    """What can be decided of an utterance (`docs/architecture.md`, What decides an answer)."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    FALLBACK = "fallback"
    SMALLTALK = "smalltalk"
    REFUSE = "refuse"


class ConfidenceBand(StrEnum):
    """Where the confidence fell."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    FALLBACK = "fallback"
    NOT_ASKED = "not_asked"
    """No utterance was interpreted: a button, a command, or nothing to read."""


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """A yes or no to one version of one answer."""

    topic: str
    version: int
    helpful: bool
    comment: str | None = None
    """What was said beside it, masked."""
    replaces: date | None = None
    """When the opposite was counted that this takes the place of; None for a first word on the answer."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One turn decided: what to say, what to remember, what to do."""

    kind: DecisionKind
    reply: Reply
    conversation: Conversation
    """As it is to be remembered."""
    topic: str | None = None
    """Set for an answer, and for an answer withheld (then the kind is fallback)."""
    options: tuple[str, ...] = ()
    """Topic ids offered; only for clarify."""
    aspect: Aspect | None = None
    """Only for an answer."""
    citations: tuple[Citation, ...] = ()
    version: int | None = None
    """Version of the guidance given."""
    intent: str | None = None
    """The NLU's, None when it was not asked."""
    confidence: float = 0.0
    band: ConfidenceBand = ConfidenceBand.NOT_ASKED
    feedback: Feedback | None = None
    erase: bool = False
    """Whether everything kept of this person is to be deleted: conversation, opt-ins, what is still to be sent."""
    withdraw: bool = False
    """Whether the person's opt-ins end here."""
    subscribe: ReminderPreferences | None = None
    """What the person agreed to or changed, to be kept."""
    is_silent: bool = False
    """Whether nothing is said or counted: a button pressed again, or two machines that answer each other."""
