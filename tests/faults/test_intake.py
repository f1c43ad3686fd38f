"""Malformed updates through the real intake: nothing blocks, nothing is lost silently, nothing is logged.

A sample of the corpus; `make bench-faults` feeds all of it, and so does `SINETRAL_FAULTS=full` here.
"""

import os
from pathlib import Path

import pytest

from tests.faults.corpus_run import feed
from tests.faults.malformed import variants
from tests.faults.world import world

pytestmark = [pytest.mark.full, pytest.mark.faults, pytest.mark.timeout(3_600)]

IS_FULL = os.environ.get("SINETRAL_FAULTS") == "full"
SAMPLE = 240


@pytest.mark.parametrize(
    ("channel", "intake"),
    [
        pytest.param("telegram", "polling", marks=pytest.mark.telegram),
        pytest.param("telegram", "webhook", marks=pytest.mark.telegram),
        pytest.param("whatsapp", "webhook", marks=pytest.mark.whatsapp),
    ],
)
def test_no_malformed_update_keeps_anybody_from_an_answer(
    channel: str, intake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    most = len(variants(channel)) if IS_FULL else SAMPLE
    with world(tmp_path / "bot", webhook=intake == "webhook") as made:
        books = feed(made, channel, polls=intake == "polling", most=most)
    with capsys.disabled():
        print("\n" + "\n".join(books.lines_of_report()))
    assert books.problems() == []
