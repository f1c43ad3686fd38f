"""However a number, an address of mail or a plate is written, masking leaves nothing of it that could be looked up."""

from collections import Counter

import pytest

from bot.core.privacy.masking import mask, may_identify
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon
from tests.privacy.corpus import LAWS
from tests.privacy.typography import disguised, is_told

pytestmark = pytest.mark.privacy

TYPOGRAPHIC = str.maketrans({"-": "\u2011", " ": "\u00a0", "/": "\u2215", ".": "\uff0e"})


def test_no_identifier_is_left_in_any_disguise() -> None:
    lexicon = read_lexicon(read_seed(SEED_FOLDER).instruments)
    total: Counter[str] = Counter()
    told: dict[str, list[tuple[str, str]]] = {}
    for case in disguised():
        masked = mask(case.text, lexicon).text
        total[case.form] += 1
        if is_told(case, masked):
            told.setdefault(case.form, []).append((case.text, masked))
    assert len(total) >= 40
    assert total.total() >= 5_000
    assert told == {}


def test_law_survives_typographic_signs() -> None:
    lexicon = read_lexicon(read_seed(SEED_FOLDER).instruments)
    for law in LAWS:
        done = mask(f"apa isi {law.translate(TYPOGRAPHIC)}?", lexicon)
        assert (done.text, done.kinds) == (f"apa isi {law}?", ())
        assert not may_identify(done.text, lexicon)
