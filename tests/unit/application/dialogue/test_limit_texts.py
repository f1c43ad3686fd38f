"""How many unanswered texts of one source are kept."""

from datetime import date, datetime, timedelta

import pytest

from bot.application.dialogue.handle_message import HandleMessage
from bot.application.dialogue.limit_texts import MAX_SOURCES, MAX_TEXTS_A_DAY, LimitTexts
from bot.core.guidance.book import GuidanceBook
from bot.core.privacy.person_names import NameLexicon
from bot.core.vocabulary import Channel
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon
from tests.fakes.clock import FakeClock
from tests.fakes.interpreter import FakeInterpreter
from tests.fakes.store import FakeStore

TODAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def lexicon() -> NameLexicon:
    """Return the project's own lists."""
    return read_lexicon(read_seed(SEED_FOLDER).instruments)


def test_a_source_has_so_many_texts_kept_a_day_and_others_theirs() -> None:
    limit = LimitTexts(most=2)
    kept = [limit.may_keep(Channel.TELEGRAM, "satu", TODAY) for _ in range(4)]
    assert kept == [True, True, False, False]
    assert limit.may_keep(Channel.TELEGRAM, "dua", TODAY)
    assert limit.may_keep(Channel.WHATSAPP, "satu", TODAY)
    assert limit.may_keep(Channel.TELEGRAM, "satu", TODAY + timedelta(days=1))


def test_whoever_has_a_shell_here_is_not_limited() -> None:
    limit = LimitTexts(most=1)
    assert all(limit.may_keep(Channel.TERMINAL, "x", TODAY) for _ in range(3))


def test_no_more_sources_are_remembered_than_a_stranger_should_fill_memory_with() -> None:
    limit = LimitTexts(most=1)
    for number in range(MAX_SOURCES + 5):
        limit.may_keep(Channel.WEB, str(number), TODAY)
    assert len(limit._kept) == MAX_SOURCES


def test_what_is_remembered_of_a_source_is_another_hash_in_every_process() -> None:
    one, other = LimitTexts(), LimitTexts()
    for limit in (one, other):
        limit.may_keep(Channel.TELEGRAM, "628123456789", TODAY)
    assert b"628123456789" not in b"".join(one._kept)
    assert set(one._kept).isdisjoint(other._kept)


@pytest.mark.parametrize("source", [None, "address 203.0.113.7"])
async def test_a_flood_is_counted_but_its_texts_are_not_kept(
    book: GuidanceBook, now: datetime, lexicon: NameLexicon, source: str | None
) -> None:
    store = FakeStore(book)
    handle = HandleMessage(interpreter=FakeInterpreter(), store=store, clock=FakeClock(now), lexicon=lexicon)
    asked = MAX_TEXTS_A_DAY + 10
    for number in range(asked):
        # Another browser each time, where it is the address that counts.
        person = "orang" if source is None else f"peramban {number}"
        await handle.on_text(Channel.WEB, person, f"harga beras naik {'sekali ' * number}", source)
    await handle.on_text(Channel.WEB, "orang lain", "cuaca besok bagaimana")
    kept = [row.unanswered for row in store.log if row.unanswered is not None]
    assert len(store.log) == asked + 1
    assert len(kept) == MAX_TEXTS_A_DAY + 1
    assert "cuaca besok bagaimana" in kept
