"""Reminders in words of their own: a text and the law behind it, reviewed by a second person, never changed after."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from bot.core.campaigns.reminder_forms import problems_by_channel
from bot.core.guidance.book import GuidanceBook, WithheldReason
from bot.core.guidance.entry import Citation
from bot.core.replies import texts
from bot.core.replies.answer import format_citation, format_date
from bot.core.replies.canned import STOP_BUTTON
from bot.core.replies.reply import Reply, as_text, citation, heading, note, text
from bot.core.vocabulary import CHANNEL_NAMES

MAX_TITLE = 60
MAX_WORDS = 600
MAX_MESSAGE = 980
"""Characters of the whole: it fits into one message with a button on every channel, WhatsApp's marks for bold and
italic included (1,024 there, `docs/limits.md`)."""
MAX_CITATIONS = 3


class TemplateState(StrEnum):
    """Where a template stands."""

    WRITING = "writing"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    """Campaigns may carry it; it is not changed any more."""
    RETIRED = "retired"


@dataclass(frozen=True, kw_only=True)
class ReminderTemplate:
    """One text that campaigns may carry."""

    id: str
    title: str
    words: str
    """Paragraphs, divided by line breaks."""
    citations: tuple[Citation, ...]
    """All of them its basis."""
    state: TemplateState
    authors: tuple[str, ...]
    """Everybody who wrote in it, in the order of their first word."""
    agency: str | None
    """The code of the agency whose template it is; None: of all."""
    edition: int
    """Grows with every save, so that nobody overwrites or approves what they did not see."""
    approved_by: str | None = None
    checked_on: date | None = None
    """The day of the approval."""
    review_by: date | None = None
    note: str | None = None
    """Why it was given back."""


def problems_of_template(template: ReminderTemplate, book: GuidanceBook, on: date) -> tuple[str, ...]:
    """Say in Indonesian what must be mended before a template is submitted; empty when nothing."""
    found = []
    if not template.title or not template.words:
        found.append("Isi judul dan teksnya.")
    if len(template.title) > MAX_TITLE:
        found.append(f"Judul paling panjang {MAX_TITLE} huruf.")
    if len(template.words) > MAX_WORDS:
        found.append(f"Teks paling panjang {MAX_WORDS} huruf.")
    whole = len(as_text(template_reminder(replace(template, checked_on=on))))
    if whole > MAX_MESSAGE:
        found.append(f"Seluruh pesan {whole} huruf; agar muat dalam satu pesan, paling panjang {MAX_MESSAGE}.")
    by_channel = problems_by_channel((), template_reminder(replace(template, checked_on=on)))
    found += [f"Di {CHANNEL_NAMES[channel]}: {'; '.join(told)}." for channel, told in by_channel.items()]
    if not template.citations:
        found.append("Pilih paling sedikit satu dasar hukum; tanpa sumber, tidak ada pengingat.")
    if len(template.citations) > MAX_CITATIONS:
        found.append(f"Paling banyak {MAX_CITATIONS} dasar hukum dalam satu pengingat.")
    found += [f"{code} tidak berlaku, jadi tidak bisa menjadi dasar." for code in _lapsed(template, book, on)]
    return tuple(found)


def withheld_template(template: ReminderTemplate, book: GuidanceBook, on: date) -> str | None:
    """Say in Indonesian why a template may not be sent on a day, None when it may: no source, no answer."""
    if template.state is not TemplateState.APPROVED:
        return "templatnya belum disetujui atau sudah dipensiunkan"
    lapsed = _lapsed(template, book, on)
    if lapsed or not template.citations:
        return f"{WithheldReason.BASIS_NOT_IN_FORCE.value}: {', '.join(lapsed)}"
    if template.review_by is None or on > template.review_by:
        return WithheldReason.REVIEW_DUE.value
    return None


def template_reminder(template: ReminderTemplate) -> Reply:
    """Compose a reminder; the words are the writer's, verbatim."""
    paragraphs = [text(" ".join(line.split())) for line in template.words.splitlines() if line.strip()]
    checked = (
        [note(texts.REMINDER_CHECKED.format(day=format_date(template.checked_on)))] if (template.checked_on) else []
    )
    return Reply(
        paragraphs=(
            heading(texts.REMINDER_TITLE.format(title=template.title)),
            *paragraphs,
            note(f"{texts.BUTTON_LEGAL_BASIS}:"),
            *(citation(format_citation(place)) for place in template.citations),
            *checked,
            note(texts.REMINDER_WHY),
        ),
        buttons=(STOP_BUTTON,),
    )


def _lapsed(template: ReminderTemplate, book: GuidanceBook, on: date) -> list[str]:
    codes = [place.instrument for place in template.citations]
    return [code for code in codes if code not in book.instruments or not book.instruments[code].is_in_force(on)]
