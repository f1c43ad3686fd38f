"""Templates of reminders: no source, no text; and it fits everywhere."""

from dataclasses import replace
from datetime import date

import pytest

from bot.admin.web.previews import whatsapp_messages
from bot.core.campaigns.reminder_template import (
    MAX_CITATIONS,
    MAX_TITLE,
    MAX_WORDS,
    ReminderTemplate,
    TemplateState,
    problems_of_template,
    template_reminder,
    withheld_template,
)
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import Citation, CitationRole
from bot.core.guidance.instrument import InstrumentStatus
from bot.core.replies.canned import STOP_BUTTON
from bot.core.replies.reply import as_text
from bot.core.replies.whatsapp_layout import MAX_INTERACTIVE

pytestmark = pytest.mark.broadcast

DAY = date(2026, 11, 24)
PLACE = Citation(instrument="UU 20/2023", article="Pasal 9 ayat (2)", says="", role=CitationRole.BASIS)
APPROVED = ReminderTemplate(
    id="t",
    title="Masa tenang mulai besok",
    words="Mulai besok masa tenang.\n\nJangan bagikan unggahan calon.",
    citations=(PLACE,),
    state=TemplateState.APPROVED,
    authors=("ani",),
    agency=None,
    edition=1,
    approved_by="budi",
    checked_on=DAY,
    review_by=date(2027, 5, 24),
)


def test_the_words_are_the_writers_with_source_and_way_out() -> None:
    reply = template_reminder(APPROVED)
    said = as_text(reply)
    assert "Mulai besok masa tenang.\n\nJangan bagikan unggahan calon." in said
    assert ("UU 20/2023 Pasal 9 ayat (2)" in said, "24 November 2026" in said) == (True, True)
    assert reply.buttons == (STOP_BUTTON,)


@pytest.mark.parametrize(
    "changed",
    [
        replace(APPROVED, title=""),
        replace(APPROVED, words=""),
        replace(APPROVED, citations=()),
        replace(APPROVED, title="x" * (MAX_TITLE + 1)),
        replace(APPROVED, words="x" * (MAX_WORDS + 1)),
        replace(APPROVED, citations=(PLACE,) * (MAX_CITATIONS + 1)),
        replace(APPROVED, citations=(replace(PLACE, instrument="UU 1/1900"),)),
        replace(APPROVED, words="x" * MAX_WORDS, citations=(replace(PLACE, article="y" * 200),) * 2),
    ],
    ids=["title", "words", "source", "long title", "long words", "many sources", "unknown source", "long whole"],
)
def test_what_must_be_mended_is_named(changed: ReminderTemplate, book: GuidanceBook) -> None:
    assert problems_of_template(APPROVED, book, DAY) == ()
    assert problems_of_template(changed, book, DAY)


def test_the_longest_that_may_be_submitted_is_one_message_on_whatsapp(book: GuidanceBook) -> None:
    length = MAX_WORDS
    longest = replace(APPROVED, title="x" * MAX_TITLE, citations=(replace(PLACE, article="y" * 60),) * 3)
    while problems_of_template(replace(longest, words="x" * length), book, DAY):
        length -= 1
    [message] = whatsapp_messages(template_reminder(replace(longest, words="x" * length)))
    assert length > MAX_WORDS / 2
    assert len(message.text) <= MAX_INTERACTIVE


def test_a_template_whose_law_lapsed_or_whose_review_is_due_is_withheld(book: GuidanceBook) -> None:
    assert withheld_template(APPROVED, book, DAY) is None
    lapsed = replace(book.instruments["UU 20/2023"], status=InstrumentStatus.REVOKED)
    without = replace(book, instruments={**book.instruments, "UU 20/2023": lapsed})
    assert withheld_template(APPROVED, without, DAY)
    assert withheld_template(APPROVED, book, date(2027, 5, 25))
    assert withheld_template(replace(APPROVED, state=TemplateState.SUBMITTED), book, DAY)
    assert withheld_template(replace(APPROVED, state=TemplateState.RETIRED), book, DAY)
    assert withheld_template(replace(APPROVED, citations=()), book, DAY)
