"""What is counted of a handled question; nothing in it can point to a person."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from bot.core.dialogue.conversation import Parse, TurnInput
from bot.core.dialogue.decision import ConfidenceBand, Decision, DecisionKind, Feedback
from bot.core.figures.measures import measured
from bot.core.legal_day import legal_day
from bot.core.privacy.masking import mask, may_identify
from bot.core.privacy.person_names import NameLexicon
from bot.core.vocabulary import Channel, Stage

MIN_WORDS_TO_KEEP = 2
"""Of an unanswered question: a single word tells a curator nothing."""
MAX_TEXT_BYTES = 1_000
"""Of a kept text, in UTF-8: enough to learn from, and every row of the log waits in a row of the same size."""
MIN_WORDS_OF_COMMENT = 3
"""A feedback of fewer words says no more than its yes or no."""


@dataclass(frozen=True, kw_only=True)
class LogRow:
    """One handled question."""

    hour: datetime
    """UTC, cut to the hour."""
    day: date
    """In the agency's own time zone."""
    channel: Channel
    topic: str | None
    decision: DecisionKind
    band: ConfidenceBand
    stage: Stage | None
    """The election stage that the calendar gave."""
    model: str | None
    """Content id of the NLU model, None when it was not asked."""
    guidance_version: int | None
    feedback: Feedback | None
    """Kept in a table of its own, tied to the answer's version only."""
    measures: frozenset[str] = frozenset()
    """Names of the measures that it counts for (`bot.core.figures.measures`)."""
    unanswered: str | None = None
    """The masked text of a question that got no answer, in a table of its own; None when it is not kept."""


def log_row(
    decision: Decision,
    channel: Channel,
    heard: TurnInput,
    now: datetime,
    stage: Stage | None = None,
    masked: str | None = None,
) -> LogRow:
    """Make the row of one decision.

    Args:
        masked: what `text_to_keep` gave; it is kept only when the question was not answered, or beside feedback.
    """
    feedback = decision.feedback
    if feedback is not None and masked is not None and len(masked.split()) >= MIN_WORDS_OF_COMMENT:
        feedback = replace(feedback, comment=masked)
    return LogRow(
        hour=now.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
        day=legal_day(now),
        channel=channel,
        topic=decision.topic,
        decision=decision.kind,
        band=decision.band,
        stage=stage,
        model=heard.model if isinstance(heard, Parse) else None,
        guidance_version=decision.version,
        feedback=feedback,
        measures=measured(decision, heard),
        unanswered=masked if _is_unanswered(decision) else None,
    )


@dataclass(frozen=True, kw_only=True)
class MaskedText:
    """What was made of an utterance outside any transaction, in which masking has no place."""

    masked: str | None
    """None when nothing of it may be kept."""


def is_maskable(heard: TurnInput, said: str | None, lexicon: NameLexicon | None) -> bool:
    """Say whether words may be kept at all: something that was written and interpreted, where it can be masked."""
    return said is not None and lexicon is not None and isinstance(heard, Parse)


def masked_text(heard: TurnInput, said: str | None, lexicon: NameLexicon | None) -> MaskedText:
    """Return what may be kept of an utterance."""
    return MaskedText(masked=text_to_keep(heard, said, lexicon))


def keeps_text(decision: Decision) -> bool:
    """Say whether the words of a question are kept: of one without an answer, and beside feedback."""
    return decision.feedback is not None or _is_unanswered(decision)


def text_to_keep(heard: TurnInput, said: str | None, lexicon: NameLexicon | None) -> str | None:
    """Return the masked form of what was written; None when there is none, or when it may still name somebody.

    Args:
        said: the utterance as written, None for what was not written.
        lexicon: without it no text is kept at all.
    """
    if said is None or lexicon is None or not isinstance(heard, Parse):
        return None
    return masked_to_keep(said, lexicon)


def masked_to_keep(said: str, lexicon: NameLexicon) -> str | None:
    """Return the masked form of a text, cut to whole words that may be kept; None when nothing of it may."""
    # Masking folds, so that what is kept is what was understood; nothing but the cut may come between it and keeping.
    masked = _whole_words(mask(said.strip(), lexicon).text.rstrip())
    return masked if is_storable(masked, lexicon) else None


def is_storable(masked: str, lexicon: NameLexicon) -> bool:
    """Say whether a masked text may be kept: it tells a curator something, and hardly names anybody."""
    return len(masked.split()) >= MIN_WORDS_TO_KEEP and not may_identify(masked, lexicon)


def _whole_words(text: str) -> str:
    """Cut a masked text to the longest that is kept, where a word ends: half a placeholder would be none."""
    written = text.encode("utf-8", "replace")
    if len(written) <= MAX_TEXT_BYTES:
        return text
    return written[: MAX_TEXT_BYTES + 1].decode("utf-8", "ignore").rpartition(" ")[0].rstrip()


def _is_unanswered(decision: Decision) -> bool:
    # With a topic the question was understood and its answer withheld: there is nothing to learn from the words.
    return decision.kind is DecisionKind.FALLBACK and decision.topic is None
