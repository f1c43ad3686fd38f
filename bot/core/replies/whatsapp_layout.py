"""A reply within WhatsApp's limits: plain text with its marks, at most three buttons, else a list."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.replies import texts
from bot.core.replies.payload import ActionKind, ButtonAction, decode, encode
from bot.core.replies.reply import Button, Paragraph, Reply, Style, joined, note, split
from bot.core.replies.reply import text as words

MAX_TEXT = 4_096
"""Characters of a message without buttons (`docs/limits.md`, as all the limits here)."""
MAX_INTERACTIVE = 1_024
"""Characters of the body of a message with buttons or a list."""
MAX_BUTTON = 20
MAX_ROW = 24
MAX_ROW_ID = 200
MAX_BUTTONS = 3
MAX_ROWS = 10
"""Over all sections of one list."""
SHRINK = 0.9
"""A text whose marks carry it over a limit is cut anew at so much less."""
VOTES = frozenset({ActionKind.HELPFUL, ActionKind.UNHELPFUL})
SHOWN_FIRST = (ActionKind.SANCTION, ActionKind.LEGAL_BASIS, ActionKind.EXPLAIN, ActionKind.EXCEPTION, ActionKind.TOPIC)
"""Which two steps from an answer are buttons; the others are in the list behind the third."""


@dataclass(frozen=True, kw_only=True)
class WhatsAppMessage:
    """One message as WhatsApp takes it."""

    paragraphs: tuple[Paragraph, ...]
    buttons: tuple[Button, ...] = ()
    is_list: bool = False
    """Whether the buttons are rows of a list."""

    @property
    def text(self) -> str:
        """The body as it is sent, with WhatsApp's own marks for bold and italic."""
        return joined(self.paragraphs, marked)


def messages_of(reply: Reply) -> tuple[WhatsAppMessage, ...]:
    """Return the messages of a reply, in order; no choice is lost, and only the last ones hold choices.

    Source: Cloud API, interactive messages (`docs/limits.md`).
    """
    told, shown = _choices(reply)
    if not shown:
        return tuple(WhatsAppMessage(paragraphs=piece) for piece in _cut(told, MAX_TEXT))
    first, *others = _groups(shown)
    before, last = _parted(told)
    plain = [WhatsAppMessage(paragraphs=piece) for piece in _cut(before, MAX_TEXT)] if before else []
    more = (words(texts.WHATSAPP_MORE),)
    return (*plain, _chosen(last, first), *(_chosen(more, group) for group in others))


def _parted(told: tuple[Paragraph, ...]) -> tuple[tuple[Paragraph, ...], tuple[Paragraph, ...]]:
    """Return what goes ahead as plain text, and what stands above the choices: all of it, else the closing note."""
    if length(joined(told, marked)) <= MAX_INTERACTIVE:
        return (), told
    closing = told[-1:]
    if closing[0].style is Style.NOTE and length(joined(closing, marked)) <= MAX_INTERACTIVE:
        return told[:-1], closing
    return told, (words(texts.WHATSAPP_CHOOSE),)


def length(text: str) -> int:
    """Count as a phone does, in UTF-16 units: emoji count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def marked(paragraph: Paragraph) -> str:
    """Return one paragraph with WhatsApp's marks."""
    match paragraph.style:
        case Style.HEADING:
            return f"*{paragraph.lines[0]}*"
        case Style.NOTE:
            return f"_{paragraph.lines[0]}_"
        case Style.LIST | Style.CITATION:
            return "\n".join(f"• {line}" for line in paragraph.lines)
        case _:
            return "\n".join(paragraph.lines)


def _choices(reply: Reply) -> tuple[tuple[Paragraph, ...], tuple[Button, ...]]:
    """Return what is told and the choices that are shown."""
    buttons = _different(reply.buttons)
    kinds = [_act(button) for button in buttons]
    if len(buttons) == MAX_BUTTONS + 1 and ActionKind.NONE_OF_THESE in kinds:
        # Three topics are three buttons; who means none of them is told what to write.
        shown = tuple(button for button in buttons if _act(button) is not ActionKind.NONE_OF_THESE)
        return (*reply.paragraphs, note(texts.WHATSAPP_NONE)), shown
    if len(buttons) <= MAX_BUTTONS or not _is_answer(reply):
        return reply.paragraphs, buttons
    topic = next(choice.target for choice in map(_choice, buttons) if choice is not None and choice.act in VOTES)
    elsewhere = [each for each in buttons if _act(each) is ActionKind.TOPIC and each.payload != encode(_about(topic))]
    if len(elsewhere) > 1:
        return reply.paragraphs, buttons
    ranked = sorted((each for each in buttons if _act(each) in SHOWN_FIRST), key=lambda each: _rank(_act(each)))
    steps = [*elsewhere, *(each for each in ranked if each not in elsewhere)][: MAX_BUTTONS - 1]
    more = Button(label=texts.BUTTON_MORE, payload=encode(ButtonAction(act=ActionKind.MORE, target=topic)))
    return reply.paragraphs, (*steps, more)


def _is_answer(reply: Reply) -> bool:
    """Say whether a reply answers: it cites, and asks whether it helped."""
    is_cited = any(paragraph.style is Style.CITATION for paragraph in reply.paragraphs)
    return is_cited and any(_act(button) in VOTES for button in reply.buttons)


def _about(topic: str) -> ButtonAction:
    return ButtonAction(act=ActionKind.TOPIC, target=topic)


def _rank(act: ActionKind | None) -> int:
    return SHOWN_FIRST.index(act) if act in SHOWN_FIRST else len(SHOWN_FIRST)


def _act(button: Button) -> ActionKind | None:
    choice = _choice(button)
    return choice.act if choice is not None else None


def _choice(button: Button) -> ButtonAction | None:
    return decode(button.payload)


def _different(buttons: Sequence[Button]) -> tuple[Button, ...]:
    """Leave out what stands there twice, and tell equal titles apart: WhatsApp refuses both."""
    kept: dict[str, Button] = {}
    titles: set[str] = set()
    for button in buttons:
        if button.payload in kept or not button.payload or length(button.payload) > MAX_ROW_ID:
            continue
        title = _fitting(button.label or "…", MAX_BUTTON)
        for number in range(2, len(buttons) + 2):
            if title not in titles:
                break
            title = f"{_fitting(button.label, MAX_BUTTON - 1 - len(str(number)))} {number}"
        titles.add(title)
        kept[button.payload] = Button(label=title, payload=button.payload)
    return tuple(kept.values())


def _fitting(label: str, limit: int) -> str:
    """Cut a title to a limit, visibly."""
    label = " ".join(label.split()) or "…"
    if length(label) <= limit:
        return label
    while length(label) > limit - 1:
        label = label[:-1]
    return f"{label.rstrip()}…"


def _groups(buttons: Sequence[Button]) -> list[tuple[Button, ...]]:
    return [tuple(buttons[start : start + MAX_ROWS]) for start in range(0, len(buttons), MAX_ROWS)]


def _chosen(paragraphs: tuple[Paragraph, ...], buttons: tuple[Button, ...]) -> WhatsAppMessage:
    return WhatsAppMessage(paragraphs=paragraphs, buttons=buttons, is_list=len(buttons) > MAX_BUTTONS)


def _cut(paragraphs: Sequence[Paragraph], limit: int) -> list[tuple[Paragraph, ...]]:
    """Cut so that every piece keeps within the limit with its marks."""
    within = limit
    while True:
        pieces = [piece.paragraphs for piece in split(Reply(paragraphs=tuple(paragraphs)), within)]
        if within <= 1 or all(length(joined(piece, marked)) <= limit for piece in pieces):
            return pieces
        within = int(within * SHRINK)
