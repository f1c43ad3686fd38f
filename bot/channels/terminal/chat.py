"""A conversation in a terminal: replies as text, buttons as numbers."""

import shutil
import textwrap
from collections.abc import Awaitable, Callable

from bot.core.dialogue.decision import Decision
from bot.core.privacy.text_folding import fold
from bot.core.replies.canned import greeting
from bot.core.replies.reply import Button, Reply, as_text
from bot.core.vocabulary import Channel

LEAVING = frozenset({"/keluar", "/quit", "/exit"})
HINT = "Ketik angka untuk memilih, /keluar untuk selesai."
WIDEST = 88

Read = Callable[[str], str]
"""Shows a prompt and gives a line; raises `EOFError` at the end."""
OnText = Callable[[Channel, str, str], Awaitable[Decision]]


async def chat(on_text: OnText, on_press: OnText, person: str, read: Read, write: Callable[[str], None]) -> None:
    """Talk until the person leaves."""
    reply = greeting()
    write(_rendered(reply))
    write(HINT)
    while True:
        try:
            line = read("\n> ").strip()
        except (EOFError, KeyboardInterrupt):
            write("")
            return
        if fold(line).strip() in LEAVING:
            return
        pressed = _pressed(line, reply)
        if pressed is not None:
            decision = await on_press(Channel.TERMINAL, person, pressed.payload)
        else:
            decision = await on_text(Channel.TERMINAL, person, line)
        reply = decision.reply
        write("\n" + _rendered(reply))


def _pressed(line: str, reply: Reply) -> Button | None:
    """Return the button that a number names; options in the reply carry the same numbers."""
    if not line.isdecimal() or not 1 <= int(line) <= len(reply.buttons):
        return None
    return reply.buttons[int(line) - 1]


def _rendered(reply: Reply) -> str:
    width = min(shutil.get_terminal_size().columns, WIDEST)
    lines = as_text(reply).splitlines()
    body = "\n".join(
        textwrap.fill(line, width, subsequent_indent="  " if line.startswith("• ") else "") for line in lines
    )
    labels = [f"[{number}] {button.label}" for number, button in enumerate(reply.buttons, start=1)]
    # A label is kept on one line: the wrapping breaks at spaces, not at no-break spaces.
    buttons = textwrap.fill("   ".join(label.replace(" ", "\u00a0") for label in labels), width).replace("\u00a0", " ")
    return f"{body}\n\n{buttons}" if buttons else body
