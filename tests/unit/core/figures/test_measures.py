"""What a question counts for."""

import pytest

from bot.core.dialogue.conversation import Conversation
from bot.core.dialogue.decision import ConfidenceBand, Decision, DecisionKind
from bot.core.figures.measures import MEASURES, UNDERSTOOD_AT_ONCE, measured, of_measure
from bot.core.replies.reply import Reply
from tests.fakes.interpreter import parsed


@pytest.mark.parametrize("band", list(ConfidenceBand))
def test_only_what_was_understood_from_its_words_counts_as_that(band: ConfidenceBand) -> None:
    decision = Decision(kind=DecisionKind.ANSWER, reply=Reply(paragraphs=()), conversation=Conversation(), band=band)
    counted = measured(decision, parsed(("hak_pilih", 0.9)))
    assert (UNDERSTOOD_AT_ONCE in counted) is (band is ConfidenceBand.ANSWER)


def test_no_two_measures_share_a_name_or_a_label() -> None:
    assert len({measure.name for measure in MEASURES}) == len({measure.label for measure in MEASURES}) == len(MEASURES)


def test_what_was_never_counted_is_none() -> None:
    assert (of_measure({}, "at_once"), of_measure({"at_once": 3}, "at_once")) == (0, 3)
