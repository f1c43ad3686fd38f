"""Each kind of form is masked by its rule, and what only looks like it stays, so that its question is not lost."""

import re

import pytest

from bot.core.privacy.masking import mask, may_identify
from bot.core.privacy.text_folding import fold_to_line
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon
from tests.privacy.kinds import KINDS

pytestmark = pytest.mark.privacy

LEXICON = read_lexicon(read_seed(SEED_FOLDER).instruments)
FEWEST = 10


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_of_what_a_kind_names(kind: str) -> None:
    left = {}
    for sentence, secret in KINDS[kind].masked:
        masked = mask(sentence, LEXICON).text
        words = set(re.findall(r"[\w.]+", masked.lower()))
        if any(word.lower() in words for word in secret.split()):
            left[sentence] = masked
    assert left == {}


@pytest.mark.parametrize("kind", KINDS)
def test_what_only_looks_like_a_kind_stays_and_is_stored(kind: str) -> None:
    changed = {}
    for sentence in KINDS[kind].kept:
        masked = mask(sentence, LEXICON).text
        if masked != fold_to_line(sentence) or may_identify(masked, LEXICON):
            changed[sentence] = masked
    assert changed == {}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_enough_of_both(kind: str) -> None:
    assert len(KINDS[kind].masked) >= FEWEST
    assert len(KINDS[kind].kept) >= FEWEST
