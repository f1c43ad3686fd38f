"""Replies that are not guidance: greetings, menus, offers, doubts and refusals."""

from collections.abc import Sequence
from datetime import date

from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.entry import GuidanceEntry, Topic
from bot.core.replies import texts
from bot.core.replies.answer import topic_button
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.replies.reply import Button, Paragraph, Reply, bullets, heading, note, text
from bot.core.vocabulary import Pending, Unreadable

MENU_BUTTON = Button(label=texts.BUTTON_MENU, payload=encode(ButtonAction(act=ActionKind.MENU)))

PRIVACY_BUTTON = Button(label=texts.BUTTON_PRIVACY, payload=encode(ButtonAction(act=ActionKind.PRIVACY)))


def greeting() -> Reply:
    """Say hello, with examples of questions."""
    return Reply(
        paragraphs=(text(texts.GREETING), note("Misalnya:"), bullets(texts.EXAMPLES)),
        buttons=(MENU_BUTTON, PRIVACY_BUTTON),
    )


def short_greeting() -> Reply:
    """Say hello where the channel shows the examples in its own way."""
    return Reply(paragraphs=(text(texts.GREETING),), buttons=(MENU_BUTTON, PRIVACY_BUTTON))


def help_text() -> Reply:
    """Say how to use the bot."""
    return Reply(
        paragraphs=(text(texts.HELP), note("Contoh pertanyaan:"), bullets(texts.EXAMPLES), bullets(texts.COMMANDS)),
        buttons=(MENU_BUTTON, PRIVACY_BUTTON),
    )


def privacy(guidance: GuidanceBook) -> Reply:
    """Say what is kept and what is not, why, how long, and whose duty it is."""
    controller = guidance.agency or texts.PRIVACY_CONTROLLER
    words = (each.format(controller=controller) for each in texts.PRIVACY)
    paragraphs = (heading(texts.PRIVACY_TITLE), *map(text, words))
    return Reply(paragraphs=paragraphs, buttons=(MENU_BUTTON,))


def erased() -> Reply:
    """Confirm that the conversation is forgotten."""
    return Reply(paragraphs=(text(texts.ERASED),), buttons=(MENU_BUTTON,))


def unsubscribed() -> Reply:
    """Confirm that no reminder will come."""
    return menu_hint(texts.STOPPED)


def menu_hint(words: str) -> Reply:
    """Say one thing and offer the menu."""
    return Reply(paragraphs=(text(words),), buttons=(MENU_BUTTON,))


def menu(guidance: GuidanceBook) -> Reply:
    """Offer the groups of topics."""
    buttons = tuple(
        Button(label=title, payload=encode(ButtonAction(act=ActionKind.GROUP, target=group)))
        for group, title in guidance.groups.items()
    )
    return Reply(paragraphs=(heading(texts.MENU_TITLE), text(texts.MENU)), buttons=buttons)


def group_menu(guidance: GuidanceBook, group: str, today: date) -> Reply:
    """Offer the topics of one group that can be answered today."""
    topics = [
        topic
        for topic in guidance.topics.values()
        if topic.group == group and isinstance(guidance.answer_on(topic.id, today), GuidanceEntry)
    ]
    title = heading(texts.GROUP_TITLE.format(group=guidance.groups[group]))
    if not topics:
        return Reply(paragraphs=(title, text(texts.EMPTY_GROUP)), buttons=(MENU_BUTTON,))
    return _listed(title, topics)


def search_result(topics: Sequence[Topic]) -> Reply:
    """Offer the topics found by words."""
    if not topics:
        return menu_hint(texts.FOUND_NONE)
    return _listed(heading(texts.FOUND_TITLE), topics)


def _listed(title: Paragraph, topics: Sequence[Topic]) -> Reply:
    lines = tuple(f"{topic.title}: {topic.description}" for topic in topics)
    return Reply(paragraphs=(title, bullets(lines)), buttons=(*map(topic_button, topics), MENU_BUTTON))


def options(intro: str, topics: tuple[Topic, ...]) -> Reply:
    """Offer at most three topics, numbered, in words that tell them apart."""
    lines = tuple(f"{number}. {topic.title}: {topic.description}" for number, topic in enumerate(topics, start=1))
    none = Button(label=texts.BUTTON_NONE, payload=encode(ButtonAction(act=ActionKind.NONE_OF_THESE)))
    return Reply(
        paragraphs=(text(intro), *(text(line) for line in lines), note(texts.CLARIFY_HINT)),
        buttons=(*map(topic_button, topics), none),
    )


def unknown(guidance: GuidanceBook) -> Reply:
    """Say that the bot does not know, and where to ask."""
    return Reply(paragraphs=(text(texts.UNKNOWN), note(texts.UNKNOWN_HINT), *_people(guidance)), buttons=(MENU_BUTTON,))


def withheld(topic: Topic, is_written: bool, guidance: GuidanceBook) -> Reply:
    """Say that an answer exists but may not be given now, or is not written yet."""
    words = texts.WITHHELD if is_written else texts.NOT_WRITTEN
    return Reply(paragraphs=(text(words.format(title=topic.title)), *_people(guidance)), buttons=(MENU_BUTTON,))


def human_contact(guidance: GuidanceBook) -> Reply:
    """Say which people to ask."""
    return Reply(paragraphs=_people(guidance), buttons=(MENU_BUTTON,))


def refusal() -> Reply:
    """Decline to have an opinion."""
    return Reply(paragraphs=(text(texts.REFUSE), note(texts.REFUSE_HINT)), buttons=(MENU_BUTTON,))


def unreadable(why: Unreadable) -> Reply:
    """Say what was wrong with a message that could not be interpreted."""
    words = {
        Unreadable.EMPTY: texts.EMPTY,
        Unreadable.NO_WORDS: texts.NO_WORDS,
        Unreadable.TOO_LONG: texts.TOO_LONG,
        Unreadable.VOICE: texts.VOICE,
        Unreadable.PICTURE: texts.PICTURE,
        Unreadable.STICKER: texts.STICKER,
        Unreadable.FORWARDED: texts.FORWARDED,
        Unreadable.EDITED: texts.EDITED,
        Unreadable.UNSUPPORTED: texts.UNSUPPORTED,
        Unreadable.NLU_DOWN: texts.NLU_DOWN,
    }
    return menu_hint(words[why])


def which_answer(newest: Topic, version: int) -> Reply:
    """Ask which answer a yes or no is about, and offer both for the newest."""
    buttons = tuple(
        Button(label=label, payload=encode(ButtonAction(act=act, target=newest.id, number=version)))
        for label, act in ((texts.BUTTON_HELPFUL, ActionKind.HELPFUL), (texts.BUTTON_UNHELPFUL, ActionKind.UNHELPFUL))
    )
    newest_one = note(texts.WHICH_ANSWER_NEWEST.format(title=newest.title))
    return Reply(paragraphs=(text(texts.WHICH_ANSWER), newest_one), buttons=(*buttons, MENU_BUTTON))


def slow_down() -> Reply:
    """Say that messages come faster than they are answered."""
    return Reply(paragraphs=(text(texts.SLOW_DOWN),))


def no_more_for_now() -> Reply:
    """Say that nothing more will come until something else is written."""
    return menu_hint(texts.NO_MORE_FOR_NOW)


PENDING = {Pending.REPLY_LOST: texts.REPLY_LOST, Pending.NUMBER_CHANGED: texts.NUMBER_CHANGED}


def with_pending(reply: Reply, pending: Sequence[Pending]) -> Reply:
    """Return the reply with what was still to be told before it."""
    if not pending:
        return reply
    return Reply(paragraphs=(*(note(PENDING[each]) for each in pending), *reply.paragraphs), buttons=reply.buttons)


def with_superior_pressure(reply: Reply, act: tuple[str, str] | None) -> Reply:
    """Put a word on the pressure before the protected channels, and a way to the act behind them.

    Args:
        act: id and title of the topic of the act that was ordered, None when none was recognised.
    """
    lead: tuple[Paragraph, ...] = (text(texts.PRESSURE),)
    if act is None:
        return Reply(paragraphs=(*lead, *reply.paragraphs), buttons=reply.buttons)
    topic, title = act
    button = Button(label=texts.BUTTON_ACT, payload=encode(ButtonAction(act=ActionKind.TOPIC, target=topic)))
    return Reply(
        paragraphs=(*lead, *reply.paragraphs, note(texts.ALSO_ACT.format(title=title))),
        buttons=(button, *reply.buttons),
    )


def with_other_questions(reply: Reply, topics: Sequence[Topic]) -> Reply:
    """Name what else the message asked, and put the way to it before the other buttons."""
    if not topics:
        return reply
    titles = texts.AND.join(topic.title for topic in topics)
    also = texts.ALSO_ASKED_ONE if len(topics) == 1 else texts.ALSO_ASKED
    return Reply(
        paragraphs=(*reply.paragraphs, note(also.format(titles=titles))),
        buttons=(*(topic_button(topic) for topic in topics), *reply.buttons),
    )


def _people(guidance: GuidanceBook) -> tuple[Paragraph, ...]:
    contact = (text(texts.ASK_CONTACT.format(contact=guidance.contact)),) if guidance.contact else ()
    return (text(texts.ASK_PEOPLE), *contact)


REPLIES = {
    "sapa": greeting(),
    "terima_kasih": menu_hint(texts.THANKS),
    "selamat_tinggal": Reply(paragraphs=(text(texts.GOODBYE),)),
    "siapa_kamu": Reply(paragraphs=(text(texts.IDENTITY),), buttons=(MENU_BUTTON, PRIVACY_BUTTON)),
    "berlangganan": menu_hint(texts.NO_REMINDERS),
}
"""The replies that depend on nothing, by intent of `domain.yml`."""

STOP_BUTTON = Button(label=texts.BUTTON_STOP, payload=encode(ButtonAction(act=ActionKind.STOP)))

DONE_BUTTON = Button(label=texts.BUTTON_DONE, payload=encode(ButtonAction(act=ActionKind.SUBSCRIBE)))


def consent_button(agency: str = "") -> Button:
    """Make the button that agrees to reminders, under an agency where its code is given."""
    return Button(label=texts.BUTTON_CONSENT, payload=encode(ButtonAction(act=ActionKind.CONSENT, target=agency)))
