"""An answer survives every way it is written down."""

import json
from dataclasses import fields
from datetime import date

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.guidance.entry import (
    Certainty,
    Citation,
    CitationRole,
    GuidanceEntry,
    SanctionKind,
    Variant,
    Verdict,
)
from bot.core.guidance.entry_fields import entry_from_fields, entry_to_fields
from bot.core.vocabulary import Slot
from bot.storage.guidance.rows import from_guidance, plain_guidance, to_guidance
from tests.conftest import NOW

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)
lists = st.lists(words, max_size=3).map(tuple)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
variants = st.builds(
    Variant,
    when=st.dictionaries(st.sampled_from(Slot), st.frozensets(words, min_size=1, max_size=3), min_size=1, max_size=2),
    label=words,
    verdict=st.sampled_from(Verdict),
    text=words,
)
citations = st.builds(Citation, instrument=words, article=words, says=words, role=st.sampled_from(CitationRole))
entries = st.builds(
    GuidanceEntry,
    topic=st.just("hak_pilih"),
    version=st.integers(1, 9),
    verdict=st.sampled_from(Verdict),
    certainty=st.sampled_from(Certainty),
    short=words,
    explanation=words,
    exceptions=words,
    instead=lists,
    interpretation=lists,
    advice=lists,
    sanctions=st.dictionaries(st.sampled_from(SanctionKind), words),
    variants=st.lists(variants, max_size=2).map(tuple),
    citations=st.lists(citations, max_size=2).map(tuple),
    checked_on=days,
    review_by=days,
)


@given(entries)
@settings(deadline=None)
def test_an_answer_comes_back_from_json_yaml_and_rows_as_it_was(entry: GuidanceEntry) -> None:
    stored = json.loads(json.dumps(plain_guidance(entry)))
    assert entry_from_fields(stored, entry.topic, entry.version) == entry
    exported = yaml.safe_load(yaml.safe_dump(entry_to_fields(entry), allow_unicode=True))
    assert entry_from_fields(exported, entry.topic, entry.version) == entry
    assert to_guidance(from_guidance(entry, NOW)) == entry


def test_no_field_of_an_answer_is_forgotten() -> None:
    written = plain_guidance(
        GuidanceEntry(
            topic="hak_pilih", version=1, verdict=Verdict.ALLOWED, certainty=Certainty.HIGH, short="", explanation="",
            exceptions="", instead=(), interpretation=(), advice=(), sanctions={}, variants=(), citations=(),
            checked_on=NOW.date(), review_by=NOW.date(),
        )
    )  # fmt: skip
    assert set(written) == {field.name for field in fields(GuidanceEntry)}


@pytest.mark.parametrize("name", ["verdict", "short", "citations", "checked_on"])
def test_a_field_that_is_missing_is_named(name: str) -> None:
    written: dict[str, object] = dict.fromkeys(("short", "explanation", "exceptions"), "")
    written |= {each: [] for each in ("instead", "interpretation", "advice", "variants", "citations")}
    written |= {"verdict": "boleh", "certainty": "tinggi", "checked_on": date(2026, 1, 1), "sanctions": {}}
    del written[name]
    with pytest.raises(KeyError, match=name):
        entry_from_fields(written, "hak_pilih", 1)
