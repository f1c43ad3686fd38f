"""`sinetral chat`."""

import argparse
import secrets
import sys

from bot.application.dialogue.handle_message import HandleMessage
from bot.bootstrap.nlu import running_nlu
from bot.bootstrap.services import open_services
from bot.channels.terminal.chat import chat
from bot.core.vocabulary import Channel
from bot.settings import Settings


async def run(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Talk in the terminal; what was said is forgotten at the end."""
    print("Menyiapkan …", file=sys.stderr, flush=True)
    async with open_services(settings) as parts, running_nlu(settings) as nlu:
        handle = HandleMessage(interpreter=nlu, store=parts.store, clock=parts.clock, lexicon=await parts.lexicon())
        person = secrets.token_urlsafe()
        try:
            await chat(handle.on_text, handle.on_press, person, input, print)
        finally:
            await handle.forget(Channel.TERMINAL, person)
    return 0
