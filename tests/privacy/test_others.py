"""What is left of sentences that other hands have written and marked, half of which are traps."""

import pytest

from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon
from tests.benchmarks.masking import Report, read_set, report_of

pytestmark = pytest.mark.privacy

MIN_SENTENCES = 400
LEAST_STRUCTURED = 0.98
LEAST_NAMES = 0.94
MAX_ALTERED = 0.04
"""Of the traps, without those of which a small unit alone is masked."""


@pytest.fixture(scope="module")
def report() -> Report:
    """Return what masking makes of the set."""
    return report_of(read_set(), read_lexicon(read_seed(SEED_FOLDER).instruments))


def test_half_of_the_set_are_traps() -> None:
    lines = read_set()
    assert len(lines) >= MIN_SENTENCES
    assert sum(not line.spans for line in lines) * 2 >= len(lines)


def test_hardly_a_number_or_an_address_is_left(report: Report) -> None:
    assert report.recall(names=False) >= LEAST_STRUCTURED, "\n".join(report.lines())


def test_hardly_a_name_is_left(report: Report) -> None:
    assert report.recall(names=True) >= LEAST_NAMES, "\n".join(report.lines())


def test_hardly_a_trap_is_altered(report: Report) -> None:
    assert (report.altered - report.only_units) / report.traps <= MAX_ALTERED, "\n".join(report.lines())
