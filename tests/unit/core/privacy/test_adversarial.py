"""What one text of full length costs where other people wait for it."""

from functools import cache

import pytest

from bot.core.dialogue.utterance import MAX_UTTERANCE
from bot.core.figures.query_log import MAX_TEXT_BYTES, masked_to_keep
from bot.core.privacy.number_runs import MIN_OF_A_RISK
from bot.core.privacy.person_names import NameLexicon
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon
from tests.benchmarks.adversarial import Longest, longest_works
from tests.privacy.adversarial import TRIGGERS, adversarial_texts

SECONDS = 0.25
"""Of processor time; work in proportion to the length takes a tenth, work that grows with its square more."""
TEXTS = len(TRIGGERS) + 154
"""Every trigger alone, and as many mixtures again as make each kind of them come often."""
WORKS = ("fold", "hear", "search", "other words", "mask", "is risky", "text to keep", "split (NLU)")


@cache
def lexicon() -> NameLexicon:
    return read_lexicon(read_seed(SEED_FOLDER).instruments)


@cache
def measured() -> dict[str, Longest]:
    return longest_works(TEXTS, 7, lexicon())


@pytest.mark.parametrize("work", WORKS)
def test_no_text_that_a_stranger_may_write_holds_everybody_up(work: str) -> None:
    longest = measured()[work]
    assert longest.seconds < SECONDS, (work, longest)


def test_every_work_is_measured() -> None:
    assert set(measured()) == set(WORKS)


@pytest.mark.parametrize(
    "unit",
    ["@si", "o8", "pak ", "a ", " ", "C:", "@j", "(", "[NAMA]", "1.000", "ig Z", "zz::", "a.n. ", "nik 3"],
)
def test_one_sign_or_word_over_and_over_is_no_more_work_than_any_text(unit: str) -> None:
    text = (unit * MAX_UTTERANCE)[:MAX_UTTERANCE]
    longest = longest_works(0, 1, lexicon(), [text])
    assert {name: work for name, work in longest.items() if work.seconds >= SECONDS} == {}


@pytest.mark.parametrize("text", list(adversarial_texts(len(TRIGGERS) + 44, 3))[-44:])
def test_what_is_kept_of_any_text_is_short_and_masked(text: str) -> None:
    masked = masked_to_keep(text, lexicon())
    assert masked is None or len(masked.encode()) <= MAX_TEXT_BYTES
    assert masked is None or masked_to_keep(masked, lexicon()) in (masked, None)


def test_a_long_text_is_kept_up_to_a_word_and_no_number_is_cut_in_two() -> None:
    long = "boleh tidak ya " * 66 + "nomor 0812 3456 7890 dan seterusnya " * 20
    masked = masked_to_keep(long, lexicon())
    assert masked is None or sum(map(str.isdigit, masked)) < MIN_OF_A_RISK
    assert masked_to_keep("boleh " * 400, lexicon()) == ("boleh " * 166).rstrip()
