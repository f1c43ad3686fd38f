"""Whatever a stranger writes, masking takes a short time and is done at once."""

import time

import pytest

from bot.core.privacy.masking import MAX_TEXT, mask, may_identify
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon
from tests.privacy.adversarial import TRIGGERS, adversarial_texts

pytestmark = pytest.mark.privacy

LEXICON = read_lexicon(read_seed(SEED_FOLDER).instruments)
SAMPLED = len(TRIGGERS) + 154
MAX_SECONDS = 0.15
"""Some fifteen times what a slow machine needs for the worst of five thousand; quadratic work takes far more."""


def test_no_text_of_the_longest_message_takes_long() -> None:
    slow = []
    for text in adversarial_texts(SAMPLED, seed=1):
        started = time.process_time()
        may_identify(mask(text, LEXICON).text, LEXICON)
        may_identify(text, LEXICON)
        seconds = time.process_time() - started
        if seconds > MAX_SECONDS:
            slow.append((seconds, text[:40]))
    assert slow == []


def test_masking_a_hostile_text_twice_is_masking_it_once() -> None:
    differing = []
    for text in adversarial_texts(SAMPLED, seed=2):
        once = mask(text, LEXICON).text
        again = mask(once, LEXICON)
        if (again.text, again.kinds) != (once, ()):
            differing.append((text[:40], once[:80], again.text[:80]))
    assert differing == []


@pytest.mark.parametrize(
    "piece", ["a", "Budi ", "@si", "hp 081234567890 ", "a@b.id ", "\ufdfa", "kata \u200b", "0 8 1 "]
)
def test_a_masked_text_has_a_longest_length(piece: str) -> None:
    assert len(mask(piece * 4_096, LEXICON).text) <= MAX_TEXT


@pytest.mark.parametrize("length", range(MAX_TEXT - 20, MAX_TEXT + 3))
def test_no_half_of_a_number_stays_where_a_text_is_cut(length: int) -> None:
    text = ("boleh kah ini " * 100)[:length] + " 0812 3456 7890"
    masked = mask(text, LEXICON).text
    assert not any(character.isdigit() for character in masked)
