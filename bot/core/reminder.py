"""What a reminder says: a guidance topic as curated, why it came, and the way out."""

from bot.core import texts
from bot.core.answer import answer_reply
from bot.core.choice import Act, Choice, encode
from bot.core.guidance import Guidance, Topic
from bot.core.reply import Button, Reply, heading, note
from bot.core.subscription import STOP_BUTTON


def reminder(topic: Topic, entry: Guidance) -> Reply:
    """Compose a reminder; verdict, reason and citations are those of the answer, verbatim."""
    answer = answer_reply(topic, entry, {})
    more = Button(label=texts.BUTTON_EXPLAIN, payload=encode(Choice(act=Act.EXPLAIN, subject=topic.id)))
    return Reply(
        paragraphs=(
            heading(texts.REMINDER_TITLE.format(title=topic.title)),
            *answer.paragraphs,
            note(texts.REMINDER_WHY),
        ),
        buttons=(more, STOP_BUTTON),
    )
