"""What a reminder says: a guidance topic as curated, why it came, and the way out."""

from datetime import date

from bot.core.campaigns.campaign import Campaign
from bot.core.campaigns.reminder_template import ReminderTemplate, template_reminder, withheld_template
from bot.core.errors import InvalidInputError
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import GuidanceEntry, Topic
from bot.core.replies import texts
from bot.core.replies.answer import answer_reply
from bot.core.replies.canned import STOP_BUTTON
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.replies.reply import Button, Reply, heading, note


def message_of(
    campaign: Campaign, template: ReminderTemplate | None, book: GuidanceBook, on: date
) -> tuple[Reply, int]:
    """Return what a campaign says on a day, and the version of the answer in it (0 of a template).

    Raises:
        InvalidInputError: naming why it may not be sent.
    """
    if campaign.template is None:
        entry = standing(book, campaign.topic, on)
        return reminder(book.topics[campaign.topic], entry), entry.version
    if template is None:
        raise InvalidInputError("templat itu tidak ada")
    why = withheld_template(template, book, on)
    if why is not None:
        raise InvalidInputError(f'templat "{template.title}" tidak bisa dikirim: {why}')
    return template_reminder(template), 0


def standing(book: GuidanceBook, topic: str, on: date) -> GuidanceEntry:
    """Return the answer that a reminder of a topic would carry.

    Raises:
        InvalidInputError: when there is none that may be given.
    """
    if topic not in book.topics:
        raise InvalidInputError(f"tidak ada topik {topic}" if topic else "pilih topik atau templat")
    entry = book.answer_on(topic, on)
    if not isinstance(entry, GuidanceEntry):
        raise InvalidInputError(f"jawaban {topic} sedang ditahan ({entry.reason.value}); tidak bisa dikirim")
    return entry


def reminder(topic: Topic, entry: GuidanceEntry) -> Reply:
    """Compose a reminder; verdict, reason and citations are those of the answer, verbatim."""
    answer = answer_reply(topic, entry, {})
    more = Button(label=texts.BUTTON_EXPLAIN, payload=encode(ButtonAction(act=ActionKind.EXPLAIN, target=topic.id)))
    return Reply(
        paragraphs=(
            heading(texts.REMINDER_TITLE.format(title=topic.title)),
            *answer.paragraphs,
            note(texts.REMINDER_WHY),
        ),
        buttons=(more, STOP_BUTTON),
    )
