"""Compose the parts of one guidance entry into replies; the curators' words stay verbatim."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.core.guidance.entry import Certainty, Citation, GuidanceEntry, Topic, Variant
from bot.core.replies import texts
from bot.core.replies.payload import ActionKind, ButtonAction, encode
from bot.core.replies.reply import Button, Paragraph, Reply, bullets, citation, heading, note, text
from bot.core.vocabulary import Aspect, Slot

MAX_VARIANTS = 3
"""Variant buttons shown under an answer."""
MAX_INSTEAD = 3
"""Alternatives shown in a first answer; the explanation shows all."""


def answer_reply(topic: Topic, entry: GuidanceEntry, slots: Mapping[Slot, str]) -> Reply:
    """Return the first answer: verdict, reason, what to do instead, citations, and the buttons."""
    variant = entry.variant_for(slots)
    verdict = variant.verdict if variant else entry.verdict
    situation = f" · {variant.label}" if variant else ""
    paragraphs = [heading(f"{texts.VERDICTS[verdict]} · {topic.title}{situation}")]
    if variant:
        paragraphs += [text(variant.text), note(f"{texts.IN_GENERAL}:")]
    paragraphs += [text(entry.short), *_doubt(entry)]
    paragraphs += [note(f"{texts.INSTEAD}:"), bullets(entry.instead[:MAX_INSTEAD])]
    return Reply(
        paragraphs=(*paragraphs, *_basis(entry), _checked(entry)), buttons=_buttons(entry, Aspect.ANSWER, variant)
    )


def explanation_reply(topic: Topic, entry: GuidanceEntry, related: Sequence[Topic]) -> Reply:
    """Return the whole explanation, with interpretation and advice apart from law, and the way to related topics."""
    paragraphs = [heading(f"{texts.EXPLANATION} · {topic.title}"), text(entry.explanation)]
    if entry.interpretation:
        paragraphs += [note(f"{texts.INTERPRETATION}:"), bullets(entry.interpretation)]
    if entry.advice:
        paragraphs += [note(f"{texts.ADVICE}:"), bullets(entry.advice)]
    paragraphs += [note(f"{texts.INSTEAD}:"), bullets(entry.instead), *_doubt(entry), *_basis(entry)]
    if related:
        paragraphs.append(note(f"{texts.RELATED}: {'; '.join(each.title for each in related)}."))
    own = [button for button in _buttons(entry, None, None) if not button.payload.startswith(f"{ActionKind.VARIANT}:")]
    buttons = (*own, *(topic_button(each) for each in related))
    return Reply(paragraphs=(*paragraphs, _checked(entry)), buttons=buttons)


def sanction_reply(topic: Topic, entry: GuidanceEntry) -> Reply:
    """Return the sanctions by kind."""
    kinds = [
        text(f"{name}: {entry.sanctions[kind]}") for kind, name in texts.SANCTIONS.items() if kind in entry.sanctions
    ]
    paragraphs = [heading(f"{texts.SANCTION} · {topic.title}"), *(kinds or [text(texts.NO_SANCTION)])]
    return Reply(
        paragraphs=(*paragraphs, *_doubt(entry), *_basis(entry), _checked(entry)),
        buttons=_buttons(entry, Aspect.SANCTION, None),
    )


def legal_basis_reply(topic: Topic, entry: GuidanceEntry) -> Reply:
    """Return every citation with what it says, the background apart from the basis."""
    paragraphs = [heading(f"{texts.BUTTON_LEGAL_BASIS} · {topic.title}")]
    paragraphs += [citation(f"{format_citation(c)}: {c.says}") for c in entry.bases()]
    if entry.backgrounds():
        paragraphs.append(note(f"{texts.CITATIONS[entry.backgrounds()[0].role]}:"))
        paragraphs += [citation(f"{format_citation(c)}: {c.says}") for c in entry.backgrounds()]
    return Reply(paragraphs=(*paragraphs, _checked(entry)), buttons=_buttons(entry, Aspect.LEGAL_BASIS, None))


def exception_reply(topic: Topic, entry: GuidanceEntry) -> Reply:
    """Return when it is allowed after all."""
    paragraphs = (heading(f"{texts.EXCEPTIONS} · {topic.title}"), text(entry.exceptions), *_doubt(entry))
    return Reply(
        paragraphs=(*paragraphs, *_basis(entry), _checked(entry)), buttons=_buttons(entry, Aspect.EXCEPTION, None)
    )


def variant_reply(topic: Topic, entry: GuidanceEntry, variant: Variant | None) -> Reply:
    """Return what holds in a narrower situation, or plainly that no answer of its own exists for it."""
    if variant is None:
        paragraphs = [
            heading(f"{texts.VERDICTS[entry.verdict]} · {topic.title}"),
            text(texts.NO_VARIANT),
            text(entry.short),
        ]
    else:
        paragraphs = [
            heading(f"{texts.VERDICTS[variant.verdict]} · {topic.title} · {variant.label}"),
            text(variant.text),
        ]
    return Reply(
        paragraphs=(*paragraphs, *_doubt(entry), *_basis(entry), _checked(entry)),
        buttons=_buttons(entry, Aspect.VARIANT, variant),
    )


def more_reply(topic: Topic, entry: GuidanceEntry) -> Reply:
    """Offer what follows on an answer, for channels that show few buttons with it; it answers nothing itself."""
    *steps, helpful, unhelpful = _buttons(entry, Aspect.ANSWER, None)
    return Reply(
        paragraphs=(heading(texts.MORE_TITLE.format(title=topic.title)), text(texts.MORE)),
        buttons=(helpful, unhelpful, *steps),
    )


def format_citation(place: Citation) -> str:
    """Return instrument and article as people write them."""
    if place.article == texts.ARTICLE_UNKNOWN:
        return place.instrument
    return f"{place.instrument} {place.article}"


def topic_button(topic: Topic) -> Button:
    """Make the button that asks for a topic's answer."""
    return Button(label=topic.label, payload=encode(ButtonAction(act=ActionKind.TOPIC, target=topic.id)))


def format_date(day: date) -> str:
    """Write a day as Indonesians read it: 23 November 2026."""
    return f"{day.day} {texts.MONTHS[day.month - 1]} {day.year}"


def _basis(entry: GuidanceEntry) -> list[Paragraph]:
    return [note(f"{texts.BUTTON_LEGAL_BASIS}:"), *(citation(format_citation(place)) for place in entry.bases())]


def _checked(entry: GuidanceEntry) -> Paragraph:
    return note(texts.CHECKED.format(day=format_date(entry.checked_on)))


def _doubt(entry: GuidanceEntry) -> list[Paragraph]:
    doubts = {Certainty.LOW: texts.DOUBTFUL, Certainty.MEDIUM: texts.UNCLEAR}
    return [note(doubts[entry.certainty])] if entry.certainty in doubts else []


def _buttons(entry: GuidanceEntry, shown: Aspect | None, variant: Variant | None) -> tuple[Button, ...]:
    """Return the next steps, without the one just taken; None stands for the explanation."""
    buttons = []
    if shown is not Aspect.ANSWER:
        buttons.append(_button(texts.BUTTON_BACK, ActionKind.TOPIC, entry.topic))
    else:
        buttons.append(_button(texts.BUTTON_EXPLAIN, ActionKind.EXPLAIN, entry.topic))
    if shown is not Aspect.SANCTION and entry.sanctions:
        buttons.append(_button(texts.BUTTON_SANCTION, ActionKind.SANCTION, entry.topic))
    if shown is not Aspect.LEGAL_BASIS:
        buttons.append(_button(texts.BUTTON_LEGAL_BASIS, ActionKind.LEGAL_BASIS, entry.topic))
    if shown is not Aspect.EXCEPTION:
        buttons.append(_button(texts.BUTTON_EXCEPTION, ActionKind.EXCEPTION, entry.topic))
    others = [(number, each) for number, each in enumerate(entry.variants) if each is not variant]
    buttons += [
        Button(
            label=each.label, payload=encode(ButtonAction(act=ActionKind.VARIANT, target=entry.topic, number=number))
        )
        for number, each in others[:MAX_VARIANTS]
    ]
    buttons.append(_button(texts.BUTTON_HELPFUL, ActionKind.HELPFUL, entry.topic, entry.version))
    buttons.append(_button(texts.BUTTON_UNHELPFUL, ActionKind.UNHELPFUL, entry.topic, entry.version))
    return tuple(buttons)


def _button(label: str, act: ActionKind, topic: str, number: int = 0) -> Button:
    return Button(label=label, payload=encode(ButtonAction(act=act, target=topic, number=number)))
