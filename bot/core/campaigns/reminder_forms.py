"""The forms of a reminder on each channel, and what keeps it from having one: found before anybody is written to."""

import re
from collections.abc import Collection, Mapping, Sequence

from bot.core.campaigns.platform_template import REMINDER, REMINDER_SHORT, PlatformTemplate
from bot.core.replies import texts
from bot.core.replies.reply import Reply, Style, as_text
from bot.core.replies.whatsapp_layout import MAX_INTERACTIVE, length
from bot.core.vocabulary import Channel

CHANNELS = (Channel.TELEGRAM, Channel.WHATSAPP)
"""Where a reminder may go."""
MAX_TELEGRAM = 4_096
"""UTF-16 units of a text after its marks are read (Bot API, sendMessage)."""
MAX_CALLBACK_BYTES = 64
"""Of what a button sends back (Bot API, InlineKeyboardButton)."""
MAX_QUICK_REPLY = 128
"""Characters of what a template's button sends back (Cloud API, template messages)."""
MAX_PARAMETER = 700
"""Characters, so that the whole body stays below 1,024."""
MAX_BASIS = 200
"""Characters of the citations."""
MAX_TITLE = 60
TEMPLATES: Mapping[str, PlatformTemplate] = {each.name: each for each in (REMINDER, REMINDER_SHORT)}
"""Those that a reminder may go out by, by name."""
_BROKEN = re.compile(r"[\n\r\t]| {5}")
"""What a parameter may not hold: a new line, a tab, more than four blanks in a row (Cloud API, error 132018)."""


def problems_by_channel(channels: Collection[Channel], reply: Reply) -> Mapping[Channel, Sequence[str]]:
    """Say in Indonesian why a reminder cannot be made for channels.

    Args:
        channels: those of a segment; none stands for every channel that a reminder may go to.

    Returns:
        Only channels with problems.
    """
    wanted = [each for each in CHANNELS if not channels or each in channels]
    return {channel: told for channel in wanted if (told := problems_on(channel, reply))}


def problems_on(channel: Channel, reply: Reply) -> tuple[str, ...]:
    """Say in Indonesian why a reminder cannot be made for one channel; empty when it can."""
    match channel:
        case Channel.TELEGRAM:
            return tuple(_on_telegram(reply))
        case Channel.WHATSAPP:
            return tuple(_on_whatsapp(reply))
        case _:
            return ("kanal ini tidak mengirim pengingat",)


def template_for(reply: Reply) -> PlatformTemplate | None:
    """Return the message template whose buttons are those of a reminder, None when there is none."""
    labels = tuple(button.label for button in reply.buttons)
    return next((each for each in TEMPLATES.values() if each.buttons == labels), None)


def parameters_of(reply: Reply) -> list[str]:
    """Return what a template of reminders is filled with: topic, verdict and reason, citations."""
    headings = [each.lines[0] for each in reply.paragraphs if each.style is Style.HEADING]
    reasons = [each.lines[0] for each in reply.paragraphs if each.style is Style.TEXT]
    places = [line for each in reply.paragraphs if each.style is Style.CITATION for line in each.lines]
    title = headings[0].removeprefix(texts.REMINDER_TITLE.format(title="")) if headings else texts.CONSENT_TITLE
    told = _sentences([*headings[1:], *reasons]) or title
    return [
        as_parameter(title, MAX_TITLE),
        as_parameter(told),
        as_parameter("; ".join(places) or texts.TEMPLATE_NO_BASIS, MAX_BASIS),
    ]


def filled(template: PlatformTemplate, parameters: Sequence[str]) -> str:
    """Return the body of a template as a person gets it."""
    body = template.body
    for number, parameter in enumerate(parameters, start=1):
        body = body.replace(f"{{{{{number}}}}}", parameter)
    return body


def template_form(reply: Reply) -> tuple[str, str, tuple[str, ...]] | None:
    """Return the message that goes to who did not write for a day on WhatsApp: template, text, buttons."""
    template = template_for(reply)
    if template is None:
        return None
    return template.name, filled(template, parameters_of(reply)), template.buttons


def as_parameter(words: str, limit: int = MAX_PARAMETER) -> str:
    """Return words as a parameter takes them: one line, no run of blanks, cut visibly after a word.

    Source: Cloud API, error 132018: no new line, tab, or more than four blanks in a row.
    """
    line = " ".join(words.split())
    if len(line) <= limit:
        return line
    return line[: limit - 1].rsplit(" ", maxsplit=1)[0] + "…"


def _on_telegram(reply: Reply) -> list[str]:
    problems = []
    whole = length(as_text(reply))
    if whole == 0:
        problems.append("tidak ada teksnya")
    if whole > MAX_TELEGRAM:
        problems.append(f"{whole} huruf; paling panjang {MAX_TELEGRAM}")
    for button in reply.buttons:
        if not button.label.strip():
            problems.append("ada tombol tanpa tulisan")
        if not 1 <= len(button.payload.encode()) <= MAX_CALLBACK_BYTES:
            problems.append(f'kode tombol "{button.label}" kosong atau lebih dari {MAX_CALLBACK_BYTES} bita')
    return problems


def _on_whatsapp(reply: Reply) -> list[str]:
    template = template_for(reply)
    if template is None:
        known = " atau ".join(f"[{'] ['.join(each.buttons)}]" for each in TEMPLATES.values())
        ours = f"[{'] ['.join(button.label for button in reply.buttons)}]" if reply.buttons else "tanpa tombol"
        return [f"tombolnya {ours}, padahal templat pengingat di WhatsApp hanya punya {known}"]
    parameters = parameters_of(reply)
    problems = []
    if len(parameters) != template.parameters:
        problems.append(f"templat {template.name} punya {template.parameters} isian, bukan {len(parameters)}")
    if any(not each or _BROKEN.search(each) for each in parameters):
        problems.append(f"ada isian templat {template.name} yang kosong atau berganti baris")
    whole = length(filled(template, parameters))
    if whole > MAX_INTERACTIVE:
        problems.append(f"templat {template.name} terisi menjadi {whole} huruf; paling panjang {MAX_INTERACTIVE}")
    if any(not 1 <= len(button.payload) <= MAX_QUICK_REPLY for button in reply.buttons):
        problems.append(f"ada tombol yang kodenya lebih dari {MAX_QUICK_REPLY} huruf")
    return problems


def _sentences(pieces: Sequence[str]) -> str:
    """Join pieces into sentences; a full stop comes where none stands yet."""
    told = [" ".join(piece.split()) for piece in pieces if piece.strip()]
    ended = [piece if piece.endswith((".", "!", "?", ":", "…")) else f"{piece}." for piece in told[:-1]]
    return " ".join([*ended, *told[-1:]])
