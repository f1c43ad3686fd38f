"""What keeps a draft back, what a change of law does to answers, what comes due, and what changed."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.curation.drafts import InstrumentImpact, impact_of_change, needs_approver, validation_errors
from bot.core.curation.entry_diff import PieceKind, diff_entries, diff_words
from bot.core.curation.review_agenda import reviews_on
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.guidance.entry import CitationRole, GuidanceEntry
from bot.core.guidance.instrument import InstrumentStatus
from bot.core.vocabulary import Stage

TOPIC = "tim_sukses"
CODE = "SKB Netralitas 2022"
DAY = date(2026, 11, 24)


def test_every_published_answer_could_be_submitted_again(book: GuidanceBook) -> None:
    assert {topic: found for topic, e in book.entries.items() if (found := validation_errors(e, book, DAY))} == {}


def test_a_basis_that_does_not_exist_is_named(book: GuidanceBook) -> None:
    entry = book.entries[TOPIC]
    odd = replace(entry, citations=(replace(entry.citations[0], instrument="UU 0/1900"),))
    assert validation_errors(odd, book, DAY) == ("Peraturan UU 0/1900 tidak ada di daftar.",)


@pytest.mark.parametrize("status", list(InstrumentStatus))
def test_the_effects_of_a_change_are_what_the_book_then_says(book: GuidanceBook, status: InstrumentStatus) -> None:
    changed = replace(book.instruments[CODE], status=status)
    after = replace(book, instruments={**book.instruments, CODE: changed})
    for effect in impact_of_change(book, changed, DAY):
        is_given = isinstance(after.answer_on(effect.topic, DAY), GuidanceEntry)
        if effect.consequence in (InstrumentImpact.WITHHELD, InstrumentImpact.STILL_WITHHELD):
            assert not is_given
        if effect.consequence in (InstrumentImpact.CHECK, InstrumentImpact.GIVEN_AGAIN):
            assert is_given
    cited = {t for t, e in book.entries.items() if any(c.instrument == CODE for c in e.citations)}
    assert {effect.topic for effect in impact_of_change(book, changed, DAY)} == cited


def test_history_is_not_touched_by_a_change(book: GuidanceBook) -> None:
    entry = book.entries[TOPIC]
    citations = tuple(replace(c, role=CitationRole.BACKGROUND) if c.instrument == CODE else c for c in entry.citations)
    other = replace(book, entries={TOPIC: replace(entry, citations=citations)})
    revoked = replace(book.instruments[CODE], status=InstrumentStatus.REVOKED)
    assert [effect.consequence for effect in impact_of_change(other, revoked, DAY)] == [InstrumentImpact.HISTORY]


def test_taking_out_of_force_needs_no_approver_and_bringing_back_does(book: GuidanceBook) -> None:
    present = book.instruments[CODE]
    revoked = replace(present, status=InstrumentStatus.REVOKED)
    later = replace(book, instruments={**book.instruments, CODE: revoked})
    assert not needs_approver(book, revoked, DAY)
    assert needs_approver(later, present, DAY)


def test_an_answer_due_before_the_end_of_the_next_stage_rings(book: GuidanceBook) -> None:
    review_by = book.entries[TOPIC].review_by

    def stage(ends_on: date) -> StagePeriod:
        return StagePeriod(election="P", stage=Stage.CAMPAIGN, starts_on=DAY + timedelta(days=60), ends_on=ends_on)

    late = reviews_on(book, [stage(review_by + timedelta(days=1))], DAY)
    assert (len(late.before_next_stage), late.soon, late.withheld) == (len(book.entries), (), ())
    assert reviews_on(book, [stage(review_by)], DAY).before_next_stage == ()
    assert reviews_on(book, [], DAY).next_stage is None


def test_each_answer_is_on_one_list_only(book: GuidanceBook, now: datetime) -> None:
    entry = book.entries[TOPIC]
    entries = {**book.entries, TOPIC: replace(entry, review_by=DAY + timedelta(days=30))}
    entries["hak_pilih"] = replace(entries["hak_pilih"], review_by=DAY - timedelta(days=1))
    stage = StagePeriod(election="P", stage=Stage.CAMPAIGN, starts_on=date(2027, 1, 1), ends_on=date(2028, 1, 1))
    found = reviews_on(replace(book, entries=entries), [stage], now.date())
    assert [each.topic for each in found.soon] == [TOPIC]
    assert [each.topic for each in found.withheld] == ["hak_pilih"]
    assert len(found.before_next_stage) == len(entries) - 2


@given(st.text(), st.text())
def test_both_texts_can_be_read_back_from_their_comparison(older: str, newer: str) -> None:
    pieces = diff_words(older, newer)
    assert "".join(p.words for p in pieces if p.kind is not PieceKind.ADDED) == older
    assert "".join(p.words for p in pieces if p.kind is not PieceKind.REMOVED) == newer


def test_only_what_changed_is_shown(book: GuidanceBook) -> None:
    entry = book.entries[TOPIC]
    assert diff_entries(entry, entry) == ()
    changed = replace(entry, short="Baru.", variants=entry.variants[1:])
    parts = [each.part for each in diff_entries(entry, changed)]
    assert parts == ["Jawaban singkat", f"Keadaan khusus: {entry.variants[0].label}"]
    assert len(diff_entries(None, entry)) > 5
