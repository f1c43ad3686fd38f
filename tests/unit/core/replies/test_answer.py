"""How one guidance entry becomes replies."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import (
    Certainty,
    Citation,
    CitationRole,
    GuidanceEntry,
    SanctionKind,
    Topic,
    Variant,
    Verdict,
)
from bot.core.replies import texts
from bot.core.replies.answer import (
    answer_reply,
    exception_reply,
    explanation_reply,
    format_citation,
    format_date,
    legal_basis_reply,
    sanction_reply,
    variant_reply,
)
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.replies.reply import Button, Paragraph, Reply, Style, bullets, citation, heading, note, text
from bot.core.vocabulary import Slot

MAX_LABEL = 20
MAX_PAYLOAD = 64
TOPIC = Topic(
    id="naik_perahu",
    group="dasar",
    title="Naik perahu",
    label="Perahu",
    description="Naik perahu di sungai",
    keywords=(),
    related=(),
)
BASIS = Citation(instrument="UU 1/2000", article="Pasal 2", says="perahu milik umum", role=CitationRole.BASIS)
VAGUE_BASIS = Citation(
    instrument="PP 3/2001", article=texts.ARTICLE_UNKNOWN, says="dayung dijaga", role=CitationRole.BASIS
)
HISTORY = Citation(instrument="SE 9/1999", article="angka 4", says="dulu dilarang", role=CitationRole.BACKGROUND)
CHECKED = note(texts.CHECKED.format(day="5 Maret 2026"))
CITED = (
    note(f"{texts.BUTTON_LEGAL_BASIS}:"),
    citation("UU 1/2000 Pasal 2"),
    citation("PP 3/2001"),
    CHECKED,
)
"""How every reply but the legal basis ends."""

Compose = Callable[[GuidanceEntry], Reply]


def _variant(label: str, **when: str) -> Variant:
    return Variant(
        when={Slot(slot): frozenset({value}) for slot, value in when.items()},
        label=label,
        verdict=Verdict.FORBIDDEN,
        text=f"Untuk {label}: jangan.",
    )


PPPK = _variant("PPPK", peran="pppk")
TEACHER = _variant("Guru", peran="guru")
QUIET = _variant("Masa tenang", tahapan="masa_tenang")
SPOUSE = _variant("Pasangan", hubungan_keluarga="pasangan")

ENTRY = GuidanceEntry(
    topic=TOPIC.id,
    version=1,
    verdict=Verdict.ALLOWED,
    certainty=Certainty.HIGH,
    short="Boleh saja.",
    explanation="Sungai milik bersama.",
    instead=("Berenang.", "Berjalan.", "Bersepeda.", "Diam."),
    exceptions="Kecuali banjir.",
    interpretation=("Rakit termasuk perahu.",),
    advice=("Pakai pelampung.",),
    sanctions={SanctionKind.CRIMINAL: "denda", SanctionKind.ETHICS: "teguran"},
    variants=(PPPK, TEACHER, QUIET, SPOUSE),
    citations=(HISTORY, BASIS, VAGUE_BASIS),
    checked_on=date(2026, 3, 5),
    review_by=date(2026, 9, 5),
)


def _answer(entry: GuidanceEntry) -> Reply:
    return answer_reply(TOPIC, entry, {})


def _explanation(entry: GuidanceEntry) -> Reply:
    return explanation_reply(TOPIC, entry, ())


def _sanction(entry: GuidanceEntry) -> Reply:
    return sanction_reply(TOPIC, entry)


def _legal_basis(entry: GuidanceEntry) -> Reply:
    return legal_basis_reply(TOPIC, entry)


def _exception(entry: GuidanceEntry) -> Reply:
    return exception_reply(TOPIC, entry)


def _of_variant(entry: GuidanceEntry) -> Reply:
    return variant_reply(TOPIC, entry, PPPK)


def _of_no_variant(entry: GuidanceEntry) -> Reply:
    return variant_reply(TOPIC, entry, None)


COMPOSERS: list[Compose] = [
    _answer,
    _explanation,
    _sanction,
    _legal_basis,
    _exception,
    _of_variant,
    _of_no_variant,
]


def _labels(reply: Reply) -> list[str]:
    return [button.label for button in reply.buttons]


# The first answer


def test_an_answer_gives_verdict_reason_alternatives_and_law_in_this_order() -> None:
    assert _answer(ENTRY).paragraphs == (
        heading("🟢 Boleh · Naik perahu"),
        text("Boleh saja."),
        note(f"{texts.INSTEAD}:"),
        bullets(("Berenang.", "Berjalan.", "Bersepeda.")),
        *CITED,
    )


def test_an_answer_for_a_situation_gives_its_variant_before_the_general_rule() -> None:
    assert answer_reply(TOPIC, ENTRY, {Slot.ROLE: "guru"}).paragraphs[:4] == (
        heading("🔴 Tidak boleh · Naik perahu · Guru"),
        text("Untuk Guru: jangan."),
        note(f"{texts.IN_GENERAL}:"),
        text("Boleh saja."),
    )


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_headline_opens_with_the_verdict(verdict: Verdict) -> None:
    first = _answer(replace(ENTRY, verdict=verdict)).paragraphs[0]
    assert first == heading(f"{texts.VERDICTS[verdict]} · Naik perahu")


# The other parts


def test_an_explanation_keeps_interpretation_and_advice_apart_from_law() -> None:
    assert _explanation(ENTRY).paragraphs == (
        heading("Penjelasan · Naik perahu"),
        text("Sungai milik bersama."),
        note(f"{texts.INTERPRETATION}:"),
        bullets(("Rakit termasuk perahu.",)),
        note(f"{texts.ADVICE}:"),
        bullets(("Pakai pelampung.",)),
        note(f"{texts.INSTEAD}:"),
        bullets(ENTRY.instead),
        *CITED,
    )


def test_an_explanation_has_no_headings_for_what_it_lacks() -> None:
    paragraphs = _explanation(replace(ENTRY, interpretation=(), advice=())).paragraphs
    assert paragraphs[2] == note(f"{texts.INSTEAD}:")


def test_an_explanation_names_related_topics_and_leads_to_them() -> None:
    dock = replace(TOPIC, id="dermaga", title="Dermaga", label="Dermaga kota")
    raft = replace(TOPIC, id="rakit", title="Naik rakit", label="Rakit")
    reply = explanation_reply(TOPIC, ENTRY, (dock, raft))
    assert reply.paragraphs[-2:] == (note("Lihat juga: Dermaga; Naik rakit."), CHECKED)
    assert reply.buttons[-2:] == (
        Button(label="Dermaga kota", payload="t:dermaga"),
        Button(label="Rakit", payload="t:rakit"),
    )


def test_an_explanation_offers_no_variants() -> None:
    assert _variant_buttons(_explanation(ENTRY)) == []


def test_sanctions_are_given_by_kind_the_mildest_first() -> None:
    assert _sanction(ENTRY).paragraphs == (
        heading("Sanksi · Naik perahu"),
        text("Etik: teguran"),
        text("Pidana: denda"),
        *CITED,
    )


def test_no_sanction_is_said_plainly() -> None:
    assert _sanction(replace(ENTRY, sanctions={})).paragraphs[1:2] == (text(texts.NO_SANCTION),)


def test_the_legal_basis_says_what_each_place_says_and_sets_history_apart() -> None:
    assert _legal_basis(ENTRY).paragraphs == (
        heading("Dasar hukum · Naik perahu"),
        citation("UU 1/2000 Pasal 2: perahu milik umum"),
        citation("PP 3/2001: dayung dijaga"),
        note("Riwayat (tidak lagi menjadi dasar):"),
        citation("SE 9/1999 angka 4: dulu dilarang"),
        CHECKED,
    )


def test_the_legal_basis_without_history_has_no_heading_for_it() -> None:
    assert _legal_basis(replace(ENTRY, citations=(BASIS,))).paragraphs[1:] == (
        citation("UU 1/2000 Pasal 2: perahu milik umum"),
        CHECKED,
    )


def test_exceptions_are_given_with_their_law() -> None:
    expected = (heading("Pengecualian · Naik perahu"), text("Kecuali banjir."), *CITED)
    assert _exception(ENTRY).paragraphs == expected


def test_a_variant_is_given_alone() -> None:
    expected = (heading("🔴 Tidak boleh · Naik perahu · PPPK"), text("Untuk PPPK: jangan."), *CITED)
    assert _of_variant(ENTRY).paragraphs == expected


def test_without_a_variant_the_general_rule_is_given_as_such() -> None:
    expected = (heading("🟢 Boleh · Naik perahu"), text(texts.NO_VARIANT), text("Boleh saja."), *CITED)
    assert _of_no_variant(ENTRY).paragraphs == expected


# What holds for every part


@pytest.mark.parametrize("compose", [c for c in COMPOSERS if c is not _legal_basis])
@pytest.mark.parametrize(
    ("certainty", "doubts"),
    [
        (Certainty.HIGH, ()),
        (Certainty.MEDIUM, (note(texts.UNCLEAR),)),
        (Certainty.LOW, (note(texts.DOUBTFUL),)),
    ],
)
def test_doubt_is_stated_with_every_rule_and_only_where_there_is_doubt(
    compose: Compose, certainty: Certainty, doubts: tuple[Paragraph, ...]
) -> None:
    said = {note(texts.UNCLEAR), note(texts.DOUBTFUL)}
    paragraphs = compose(replace(ENTRY, certainty=certainty)).paragraphs
    assert tuple(paragraph for paragraph in paragraphs if paragraph in said) == doubts


@pytest.mark.parametrize("compose", COMPOSERS)
def test_every_part_ends_with_the_day_it_was_checked(compose: Compose) -> None:
    assert compose(ENTRY).paragraphs[-1] == CHECKED


@pytest.mark.parametrize("compose", [c for c in COMPOSERS if c is not _legal_basis])
def test_history_is_never_shown_as_basis(compose: Compose) -> None:
    shown = [p.lines[0] for p in compose(ENTRY).paragraphs if p.style is Style.CITATION]
    assert shown == ["UU 1/2000 Pasal 2", "PP 3/2001"]


def test_a_place_without_an_article_is_cited_by_its_instrument() -> None:
    assert (format_citation(BASIS), format_citation(VAGUE_BASIS)) == ("UU 1/2000 Pasal 2", "PP 3/2001")


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 1, 1), "1 Januari 2026"),
        (date(2026, 8, 17), "17 Agustus 2026"),
        (date(2027, 12, 31), "31 Desember 2027"),
    ],
)
def test_a_day_is_written_as_indonesians_read_it(day: date, written: str) -> None:
    assert format_date(day) == written


# Buttons

STEPS: dict[Compose, list[str]] = {
    _answer: [texts.BUTTON_EXPLAIN, texts.BUTTON_SANCTION, texts.BUTTON_LEGAL_BASIS, texts.BUTTON_EXCEPTION],
    _explanation: [texts.BUTTON_BACK, texts.BUTTON_SANCTION, texts.BUTTON_LEGAL_BASIS, texts.BUTTON_EXCEPTION],
    _sanction: [texts.BUTTON_BACK, texts.BUTTON_LEGAL_BASIS, texts.BUTTON_EXCEPTION],
    _legal_basis: [texts.BUTTON_BACK, texts.BUTTON_SANCTION, texts.BUTTON_EXCEPTION],
    _exception: [texts.BUTTON_BACK, texts.BUTTON_SANCTION, texts.BUTTON_LEGAL_BASIS],
    _of_variant: [texts.BUTTON_BACK, texts.BUTTON_SANCTION, texts.BUTTON_LEGAL_BASIS, texts.BUTTON_EXCEPTION],
}


@pytest.mark.parametrize("compose", list(STEPS))
def test_the_buttons_offer_the_next_steps_without_the_one_just_taken(compose: Compose) -> None:
    assert _labels(compose(replace(ENTRY, variants=()))) == [
        *STEPS[compose],
        texts.BUTTON_HELPFUL,
        texts.BUTTON_UNHELPFUL,
    ]


def test_no_button_asks_for_sanctions_where_there_are_none() -> None:
    assert texts.BUTTON_SANCTION not in _labels(_answer(replace(ENTRY, sanctions={})))


@pytest.mark.parametrize("compose", COMPOSERS)
def test_the_feedback_buttons_carry_the_version_shown(compose: Compose) -> None:
    wanted = (texts.BUTTON_HELPFUL, texts.BUTTON_UNHELPFUL)
    buttons = compose(replace(ENTRY, version=7)).buttons
    assert [b.payload for b in buttons if b.label in wanted] == ["y:naik_perahu:7", "n:naik_perahu:7"]


def _variant_buttons(reply: Reply) -> list[Button]:
    return [button for button in reply.buttons if button.payload.startswith(f"{ActionKind.VARIANT}:")]


def _variant_button(label: str, number: int) -> Button:
    return Button(label=label, payload=encode(ButtonAction(act=ActionKind.VARIANT, target=TOPIC.id, number=number)))


def test_at_most_three_variants_are_offered() -> None:
    expected = [_variant_button("PPPK", 0), _variant_button("Guru", 1), _variant_button("Masa tenang", 2)]
    assert _variant_buttons(_answer(ENTRY)) == expected


@pytest.mark.parametrize("compose", [_of_variant, lambda entry: answer_reply(TOPIC, entry, {Slot.ROLE: "pppk"})])
def test_the_variant_just_given_is_not_offered_and_the_others_keep_their_places(compose: Compose) -> None:
    expected = [_variant_button("Guru", 1), _variant_button("Masa tenang", 2), _variant_button("Pasangan", 3)]
    assert _variant_buttons(compose(ENTRY)) == expected


def test_every_button_of_the_seed_keeps_to_the_platforms_limits(book: GuidanceBook) -> None:
    entries = [(book.topics[topic], entry) for topic, entry in book.entries.items()]
    buttons = [button for topic, entry in entries for button in answer_reply(topic, entry, {}).buttons]
    too_long = [b for b in buttons if len(b.label) > MAX_LABEL or len(b.payload.encode()) > MAX_PAYLOAD]
    assert too_long == []
