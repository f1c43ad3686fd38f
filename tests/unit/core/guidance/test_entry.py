"""What is in force on a day, which answers may be sent, and which variant fits."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.guidance.book import GuidanceBook, WithheldAnswer, WithheldReason
from bot.core.guidance.entry import (
    Certainty,
    Citation,
    CitationRole,
    GuidanceEntry,
    Topic,
    Variant,
    Verdict,
    review_day,
)
from bot.core.guidance.instrument import Instrument, InstrumentStatus
from bot.core.vocabulary import Slot

TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)
YESTERDAY = TODAY - timedelta(days=1)
TOPIC = "naik_perahu"


def _instrument(
    status: InstrumentStatus = InstrumentStatus.IN_FORCE,
    start: date | None = None,
    end: date | None = None,
    code: str = "UU 1/2000",
) -> Instrument:
    return Instrument(
        code=code,
        title="Perahu",
        number=None,
        dated=None,
        status=status,
        in_force_from=start,
        in_force_to=end,
        amended_by=(),
        replaced_by=None,
        source="https://example.invalid",
        note=None,
    )


def _citation(instrument: str = "UU 1/2000", role: CitationRole = CitationRole.BASIS) -> Citation:
    return Citation(instrument=instrument, article="Pasal 2", says="perahu milik umum", role=role)


def _variant(label: str, when: Mapping[Slot, set[str]]) -> Variant:
    conditions = {slot: frozenset(values) for slot, values in when.items()}
    return Variant(when=conditions, label=label, verdict=Verdict.FORBIDDEN, text="Jangan.")


def _entry(
    *citations: Citation, review_by: date = TODAY, topic: str = TOPIC, variants: tuple[Variant, ...] = ()
) -> GuidanceEntry:
    return GuidanceEntry(
        topic=topic,
        version=1,
        verdict=Verdict.ALLOWED,
        certainty=Certainty.HIGH,
        short="Boleh.",
        explanation="Boleh.",
        instead=(),
        exceptions="Tidak ada.",
        interpretation=(),
        advice=(),
        sanctions={},
        variants=variants,
        citations=citations,
        checked_on=YESTERDAY,
        review_by=review_by,
    )


def _topic(name: str) -> Topic:
    return Topic(id=name, group="dasar", title=name, label=name, description=name, keywords=(), related=())


def _book(*entries: GuidanceEntry, instruments: tuple[Instrument, ...] = (_instrument(),)) -> GuidanceBook:
    return GuidanceBook(
        topics={entry.topic: _topic(entry.topic) for entry in entries},
        entries={entry.topic: entry for entry in entries},
        instruments={instrument.code: instrument for instrument in instruments},
        groups={"dasar": "Dasar"},
    )


# In force


@pytest.mark.parametrize(
    ("status", "is_in_force"),
    [
        (InstrumentStatus.IN_FORCE, True),
        (InstrumentStatus.AMENDED, True),
        (InstrumentStatus.REVOKED, False),
        (InstrumentStatus.LAPSED, False),
    ],
)
def test_without_dates_the_status_decides(status: InstrumentStatus, is_in_force: bool) -> None:
    assert _instrument(status).is_in_force(TODAY) == is_in_force


@pytest.mark.parametrize(
    ("start", "end", "is_in_force"),
    [
        (TODAY, None, True),
        (TOMORROW, None, False),
        (None, TODAY, True),
        (None, YESTERDAY, False),
        (TODAY, TODAY, True),
        (YESTERDAY, TOMORROW, True),
    ],
)
def test_both_the_first_and_the_last_day_count(start: date | None, end: date | None, is_in_force: bool) -> None:
    assert _instrument(start=start, end=end).is_in_force(TODAY) == is_in_force


def test_what_is_revoked_from_a_later_day_is_still_in_force_until_then() -> None:
    revoked = _instrument(InstrumentStatus.REVOKED, end=TODAY)
    assert (revoked.is_in_force(TODAY), revoked.is_in_force(TOMORROW)) == (True, False)


# Standing


def test_an_answer_with_its_basis_in_force_and_its_review_ahead_stands() -> None:
    entry = _entry(_citation(), review_by=TOMORROW)
    assert _book(entry).answer_on(TOPIC, TODAY) == entry


def test_an_answer_stands_on_its_review_day_and_not_after() -> None:
    entry = _entry(_citation(), review_by=TODAY)
    due = WithheldAnswer(topic=TOPIC, reason=WithheldReason.REVIEW_DUE, detail="2026-11-24")
    assert (_book(entry).answer_on(TOPIC, TODAY), _book(entry).answer_on(TOPIC, TOMORROW)) == (entry, due)


def test_a_topic_without_an_answer_is_withheld() -> None:
    expected = WithheldAnswer(topic=TOPIC, reason=WithheldReason.NO_GUIDANCE, detail="")
    assert _book().answer_on(TOPIC, TODAY) == expected


@pytest.mark.parametrize("citations", [(), (_citation(role=CitationRole.BACKGROUND),)])
def test_an_answer_without_a_basis_is_withheld(citations: tuple[Citation, ...]) -> None:
    expected = WithheldAnswer(topic=TOPIC, reason=WithheldReason.NO_BASIS, detail="")
    assert _book(_entry(*citations)).answer_on(TOPIC, TODAY) == expected


def test_one_basis_out_of_force_is_enough_to_withhold() -> None:
    old = _instrument(InstrumentStatus.REVOKED, code="PP 9/1990")
    book = _book(_entry(_citation(), _citation("PP 9/1990")), instruments=(_instrument(), old))
    expected = WithheldAnswer(topic=TOPIC, reason=WithheldReason.BASIS_NOT_IN_FORCE, detail="PP 9/1990")
    assert book.answer_on(TOPIC, TODAY) == expected


def test_every_basis_out_of_force_is_named_once() -> None:
    book = _book(_entry(_citation("UU 2"), _citation("UU 1"), _citation("UU 2")), instruments=())
    expected = WithheldAnswer(topic=TOPIC, reason=WithheldReason.BASIS_NOT_IN_FORCE, detail="UU 1, UU 2")
    assert book.answer_on(TOPIC, TODAY) == expected


def test_history_may_be_out_of_force() -> None:
    old = _instrument(InstrumentStatus.LAPSED, code="SE 9/1999")
    entry = _entry(_citation(), _citation("SE 9/1999", CitationRole.BACKGROUND))
    assert _book(entry, instruments=(_instrument(), old)).answer_on(TOPIC, TODAY) == entry


def test_what_is_withheld_is_listed_in_the_order_of_topics_without_the_unwritten() -> None:
    entries = [_entry(topic="b"), _entry(_citation(), topic="c"), _entry(topic="a")]
    book = _book(*entries)
    book = replace(book, topics={**book.topics, "belum_ditulis": _topic("belum_ditulis")})
    assert [withheld.topic for withheld in book.withheld(TODAY)] == ["b", "a"]


def test_basis_and_background_are_told_apart_in_the_order_written() -> None:
    history, first, second = _citation("SE", CitationRole.BACKGROUND), _citation("UU 1"), _citation("UU 2")
    entry = _entry(history, first, second)
    assert (entry.bases(), entry.backgrounds()) == ((first, second), (history,))


# Review day


@pytest.mark.parametrize(
    ("checked_on", "review_by"),
    [
        (date(2026, 11, 23), date(2027, 5, 23)),
        (date(2026, 1, 1), date(2026, 7, 1)),
        (date(2026, 12, 31), date(2027, 6, 30)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2027, 8, 29), date(2028, 2, 29)),
        (date(2026, 3, 31), date(2026, 9, 30)),
        (date(2026, 6, 30), date(2026, 12, 30)),
    ],
)
def test_a_review_falls_due_six_months_after_the_check(checked_on: date, review_by: date) -> None:
    assert review_day(checked_on) == review_by


@settings(deadline=None)
@given(checked_on=st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_review_day_is_the_same_day_or_the_last_of_its_month(checked_on: date) -> None:
    due = review_day(checked_on)
    months = (due.year - checked_on.year) * 12 + due.month - checked_on.month
    assert (months, due.day) == (6, min(checked_on.day, monthrange(due.year, due.month)[1]))


# Variants

TEACHER = _variant("Guru", {Slot.ROLE: {"guru", "dosen"}})
CAMPAIGN = _variant("Kampanye", {Slot.STAGE: {"kampanye"}})
BOTH = _variant("Guru saat kampanye", {Slot.ROLE: {"guru"}, Slot.STAGE: {"kampanye"}})


@pytest.mark.parametrize(
    ("slots", "label"),
    [
        ({}, None),
        ({Slot.ROLE: "pns"}, None),
        ({Slot.MEDIUM: "guru"}, None),
        ({Slot.ROLE: "guru"}, "Guru"),
        ({Slot.ROLE: "dosen"}, "Guru"),
        ({Slot.ROLE: "dosen", Slot.STAGE: "masa_tenang"}, "Guru"),
        ({Slot.STAGE: "kampanye"}, "Kampanye"),
        ({Slot.ROLE: "guru", Slot.STAGE: "kampanye"}, "Guru saat kampanye"),
        ({Slot.ROLE: "dosen", Slot.STAGE: "kampanye"}, "Guru"),
    ],
)
def test_the_variant_with_the_most_conditions_met_is_chosen_the_first_of_equals(
    slots: dict[Slot, str], label: str | None
) -> None:
    chosen = _entry(variants=(TEACHER, CAMPAIGN, BOTH)).variant_for(slots)
    assert (chosen.label if chosen else None) == label
