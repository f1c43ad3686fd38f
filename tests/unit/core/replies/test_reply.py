"""Replies as plain text, and how they are cut to a length."""

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.guidance.book import GuidanceBook
from bot.core.replies.answer import answer_reply, explanation_reply, legal_basis_reply
from bot.core.replies.reply import (
    Button,
    Paragraph,
    Reply,
    Style,
    as_text,
    bullets,
    citation,
    heading,
    note,
    split,
    text,
)

BUTTONS = (Button(label="Penjelasan", payload="p:x"), Button(label="Sanksinya?", payload="s:x"))

word = st.text(alphabet="abü.", min_size=1, max_size=12)
words = st.one_of(
    st.lists(word, min_size=1, max_size=25).map(" ".join),
    st.text(alphabet="abc", min_size=1, max_size=90),
)
paragraphs = st.one_of(
    st.builds(heading, words),
    st.builds(text, words),
    st.builds(note, words),
    st.builds(citation, words),
    st.builds(bullets, st.lists(words, min_size=1, max_size=5).map(tuple)),
)
replies = st.builds(
    lambda made: Reply(paragraphs=tuple(made), buttons=BUTTONS), st.lists(paragraphs, min_size=1, max_size=8)
)
limits = st.integers(min_value=8, max_value=150)
quick = settings(deadline=None, max_examples=150)


def _letters(pieces: tuple[Reply, ...]) -> str:
    """Return everything but white space, in order."""
    lines = [line for piece in pieces for paragraph in piece.paragraphs for line in paragraph.lines]
    return "".join("".join(lines).split())


def _alone(paragraph: Paragraph) -> str:
    return as_text(Reply(paragraphs=(paragraph,)))


def _paragraphs(pieces: tuple[Reply, ...]) -> list[Paragraph]:
    return [paragraph for piece in pieces for paragraph in piece.paragraphs]


# Plain text


def test_paragraphs_are_parted_by_an_empty_line_and_citations_only_by_a_break() -> None:
    reply = Reply(
        paragraphs=(
            heading("Judul"),
            text("Isi."),
            bullets(("satu", "dua")),
            note("Dasar:"),
            citation("UU 1"),
            citation("UU 2"),
            note("Diperiksa."),
        ),
        buttons=BUTTONS,
    )
    assert as_text(reply) == "Judul\n\nIsi.\n\n• satu\n• dua\n\nDasar:\n\n• UU 1\n• UU 2\n\nDiperiksa."


def test_an_empty_reply_is_an_empty_text() -> None:
    assert as_text(Reply(paragraphs=())) == ""


# Cutting


def test_what_fits_is_not_cut() -> None:
    reply = Reply(paragraphs=(heading("Judul"), text("Isi.")), buttons=BUTTONS)
    assert split(reply, len(as_text(reply))) == (reply,)


def test_one_character_too_many_cuts_between_paragraphs() -> None:
    reply = Reply(paragraphs=(heading("Judul"), text("Isi.")), buttons=BUTTONS)
    assert split(reply, len(as_text(reply)) - 1) == (
        Reply(paragraphs=(heading("Judul"),)),
        Reply(paragraphs=(text("Isi."),), buttons=BUTTONS),
    )


def test_a_list_is_cut_between_its_lines() -> None:
    pieces = split(Reply(paragraphs=(bullets(("satu dua", "tiga empat")),)), 12)
    assert [as_text(piece) for piece in pieces] == ["• satu dua", "• tiga empat"]


def test_a_long_paragraph_is_cut_after_a_sentence() -> None:
    pieces = split(Reply(paragraphs=(text("Satu dua. Tiga empat lima."),)), 20)
    assert [as_text(piece) for piece in pieces] == ["Satu dua.", "Tiga empat lima."]


def test_a_long_sentence_is_cut_at_a_space() -> None:
    pieces = split(Reply(paragraphs=(text("satu dua tiga empat"),)), 10)
    assert [as_text(piece) for piece in pieces] == ["satu dua", "tiga empat"]


def test_a_word_longer_than_the_limit_is_cut_at_the_limit() -> None:
    pieces = split(Reply(paragraphs=(text("abcdefghij"),)), 4)
    assert [as_text(piece) for piece in pieces] == ["abcd", "efgh", "ij"]


def test_a_citation_longer_than_the_limit_is_cut_for_want_of_another_way() -> None:
    pieces = split(Reply(paragraphs=(citation("satu dua tiga"),)), 10)
    assert _paragraphs(pieces) == [citation("satu dua"), citation("tiga")]


def test_the_mark_of_a_citation_counts_towards_the_limit() -> None:
    pieces = split(Reply(paragraphs=(citation("satu dua tiga"),)), 9)
    assert [as_text(piece) for piece in pieces] == ["• satu", "• dua", "• tiga"]


def test_a_list_of_exactly_the_limit_stays_whole() -> None:
    reply = Reply(paragraphs=(heading("Judul"), bullets(("satu", "dua"))))
    assert _paragraphs(split(reply, len("• satu\n• dua"))) == list(reply.paragraphs)


def test_an_empty_reply_still_brings_its_buttons() -> None:
    reply = Reply(paragraphs=(), buttons=BUTTONS)
    assert split(reply, 10) == (reply,)


@quick
@given(reply=replies, limit=limits)
def test_every_piece_is_within_the_limit(reply: Reply, limit: int) -> None:
    assert [piece for piece in split(reply, limit) if len(as_text(piece)) > limit] == []


@quick
@given(reply=replies, limit=limits)
def test_nothing_is_lost_and_the_order_stays(reply: Reply, limit: int) -> None:
    assert _letters(split(reply, limit)) == _letters((reply,))


@pytest.mark.parametrize("limit", [2, 1, 0])
def test_a_limit_that_leaves_no_room_beside_the_mark_still_gives_a_letter_at_a_time(limit: int) -> None:
    reply = Reply(paragraphs=(citation("ab"), bullets(("cd",))))
    assert _paragraphs(split(reply, limit)) == [citation("a"), citation("b"), bullets(("c",)), bullets(("d",))]


@quick
@given(reply=replies, limit=st.integers(min_value=0, max_value=7))
def test_the_tiniest_limit_loses_nothing_either(reply: Reply, limit: int) -> None:
    assert _letters(split(reply, limit)) == _letters((reply,))


@quick
@given(reply=replies, limit=limits)
def test_only_a_paragraph_longer_than_the_limit_is_cut(reply: Reply, limit: int) -> None:
    fitting = [paragraph for paragraph in reply.paragraphs if len(_alone(paragraph)) <= limit]
    whole = _paragraphs(split(reply, limit))
    remaining = iter(whole)
    assert [paragraph for paragraph in fitting if paragraph not in remaining] == []


@quick
@given(reply=replies, limit=limits)
def test_a_citation_is_never_cut_unless_it_alone_is_longer_than_the_limit(reply: Reply, limit: int) -> None:
    assume(all(len(_alone(p)) <= limit for p in reply.paragraphs if p.style is Style.CITATION))
    before = [p for p in reply.paragraphs if p.style is Style.CITATION]
    assert [p for p in _paragraphs(split(reply, limit)) if p.style is Style.CITATION] == before


@quick
@given(reply=replies, limit=limits)
def test_the_last_piece_and_no_other_has_the_buttons(reply: Reply, limit: int) -> None:
    pieces = split(reply, limit)
    assert [piece.buttons for piece in pieces] == [*[()] * (len(pieces) - 1), BUTTONS]


@quick
@given(reply=replies, limit=limits)
def test_no_line_of_a_piece_is_blank(reply: Reply, limit: int) -> None:
    pieces = split(reply, limit)
    assert [piece for piece in pieces if not piece.paragraphs] == []
    assert [line for paragraph in _paragraphs(pieces) for line in paragraph.lines if not line.strip()] == []


@quick
@given(reply=replies, limit=limits)
def test_a_piece_ends_only_where_the_next_paragraph_would_not_fit(reply: Reply, limit: int) -> None:
    pieces = split(reply, limit)
    joined = [Reply(paragraphs=(*one.paragraphs, other.paragraphs[0])) for one, other in pairwise(pieces)]
    assert [both for both in joined if len(as_text(both)) <= limit] == []


@pytest.mark.parametrize("limit", [256, 1_024, 4_096])
def test_no_citation_of_the_seed_is_cut(book: GuidanceBook, limit: int) -> None:
    made = [
        reply
        for topic, entry in book.entries.items()
        for reply in (
            answer_reply(book.topics[topic], entry, {}),
            explanation_reply(book.topics[topic], entry, ()),
            legal_basis_reply(book.topics[topic], entry),
        )
    ]
    before = [[p for p in reply.paragraphs if p.style is Style.CITATION] for reply in made]
    after = [[p for p in _paragraphs(split(reply, limit)) if p.style is Style.CITATION] for reply in made]
    assert after == before
