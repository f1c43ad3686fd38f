"""What figures tell of questions beside how many there were.

One entry here is everything that a new column needs: it is counted, kept, added up and shown from this list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.dialogue.conversation import TurnInput
from bot.core.dialogue.decision import ConfidenceBand, Decision


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One thing that a question is counted for or not."""

    name: str
    """Stored; never changed, and never given to another measure."""
    label: str
    """Heading of its column, in Indonesian."""
    note: str
    """How to read it, a sentence in Indonesian that goes on from the label and a colon."""
    counts: Callable[[Decision, TurnInput], bool]
    """Says whether a question counts."""


UNDERSTOOD_AT_ONCE = "at_once"
MEASURES: Sequence[Measure] = (
    Measure(
        name=UNDERSTOOD_AT_ONCE,
        label="Langsung dijawab",
        note="bot memahami topiknya dari kata-kata penanya, tanpa tombol atau pilihan",
        counts=lambda decision, _: decision.band is ConfidenceBand.ANSWER,
    ),
)
NAMES = frozenset(measure.name for measure in MEASURES)


def measured(decision: Decision, turn_input: TurnInput) -> frozenset[str]:
    """Return the names of the measures that a question counts for."""
    return frozenset(measure.name for measure in MEASURES if measure.counts(decision, turn_input))


def of_measure(counted: Mapping[str, int], name: str) -> int:
    """Return how many questions counted for a measure; none where nothing was counted."""
    return counted.get(name, 0)
