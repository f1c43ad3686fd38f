"""Labelled examples as lines to train on."""

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.core.curation.labels import (
    MAX_NAME,
    Label,
    LabelKind,
    LabelledExample,
    Proposal,
    ProposalState,
    proposal_problem,
    training_line,
    training_yaml,
)

pytestmark = pytest.mark.learning

DAY = date(2026, 11, 24)
TOPIC = Label(kind=LabelKind.TOPIC, subject="tim_sukses")
OUT = Label(kind=LabelKind.OUT_OF_SCOPE)
PROPOSED = Label(kind=LabelKind.PROPOSAL, subject="usulan-1")
PROPOSAL = Proposal(
    id="usulan-1",
    name="Podcast politik",
    scope="siaran\nsendiri",
    state=ProposalState.OPEN,
    proposed_by="ani",
    proposed_on=DAY,
)


def example(words: str, label: Label = TOPIC) -> LabelledExample:
    return LabelledExample(
        id=words, words=words, label=label, labelled_by="ani", labelled_on=DAY, asked_on=DAY, batch="sekali"
    )


def test_lines_are_written_by_intent_each_once_as_in_the_training_data() -> None:
    written = training_yaml(
        [example("jadi timses?"), example("gaji 13 kapan", OUT), example("bantu kampanye"), example("jadi timses?")], {}
    )
    assert written == (
        'version: "3.1"\nnlu:\n'
        "  - intent: di_luar_cakupan\n    examples: |\n      - gaji 13 kapan\n"
        "  - intent: tim_sukses\n    examples: |\n      - bantu kampanye\n      - jadi timses?\n"
    )


def test_what_is_only_proposed_stands_in_comments() -> None:
    written = training_yaml([example("bikin podcast politik?", PROPOSED)], {"usulan-1": PROPOSAL})
    assert yaml.safe_load(written) == {"version": "3.1", "nlu": []}
    assert "# usulan topik: Podcast politik (siaran sendiri)\n#   - bikin podcast politik?\n" in written


def test_a_placeholder_becomes_x_and_no_mark_of_an_entity_is_left() -> None:
    assert training_line("kalau [NAMA] nyalon, [JABATAN](peran) boleh?") == "kalau X nyalon, JABATAN (peran) boleh?"
    assert training_line("/mulai jadi timses") == "mulai jadi timses"
    assert training_line("[NIP] ") == "X"
    assert training_line("[]") == ""


@given(st.lists(st.text(max_size=80)))
def test_any_texts_give_data_that_can_be_read_back(texts: list[str]) -> None:
    kept = ["".join(each if each.isprintable() else " " for each in text) for text in texts]
    read = yaml.safe_load(training_yaml([example(text) for text in kept], {}))
    lines = {line.removeprefix("- ") for block in read["nlu"] for line in block["examples"].splitlines()}
    assert lines == {training_line(text) for text in kept} - {""}


@pytest.mark.parametrize(("name", "scope"), [("", ""), ("ab", ""), ("x" * (MAX_NAME + 1), ""), ("baik", "y" * 501)])
def test_a_proposal_needs_a_name_and_no_novel(name: str, scope: str) -> None:
    assert proposal_problem(name, scope) is not None
    assert proposal_problem("Podcast", "siaran sendiri") is None
