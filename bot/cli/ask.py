"""`sinetral ask`: one question, or lines of JSON."""

import argparse
import secrets
import sys
from collections.abc import Iterator
from datetime import datetime, time

from bot.application.dialogue.ask_lines import AskLines
from bot.application.dialogue.handle_message import HandleMessage, interpret
from bot.bootstrap.nlu import running_nlu
from bot.bootstrap.services import Services, open_services
from bot.cli.output import print_json
from bot.core.dialogue.conversation import Conversation
from bot.core.dialogue.policy import decide
from bot.core.errors import InvalidInputError
from bot.core.guidance.election_calendar import stage_on
from bot.core.legal_day import legal_day
from bot.core.replies.reply import as_text
from bot.core.vocabulary import Channel
from bot.nlu_service.client import NluClient
from bot.settings import Settings


async def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Answer and print; 2 when a line of `--jsonl` was malformed."""
    if arguments.jsonl == (arguments.text is not None):
        raise InvalidInputError("beri satu pertanyaan, atau --jsonl dengan baris di masukan standar")
    async with open_services(settings) as parts, running_nlu(settings) as nlu:
        if arguments.jsonl:
            return await _lines(parts, nlu, arguments)
        return await _one(parts, nlu, arguments)


async def _lines(parts: Services, nlu: NluClient, arguments: argparse.Namespace) -> int:
    async with parts.store.unit() as unit:
        guidance = await unit.guidance()
    asking = AskLines(interpreter=nlu, guidance=guidance, stage=arguments.stage, now=_now(parts, arguments))
    async for answer in asking.answer(_standard_input()):
        print_json(answer)
    return 2 if asking.has_errors else 0


async def _one(parts: Services, nlu: NluClient, arguments: argparse.Namespace) -> int:
    if arguments.date or arguments.stage:
        now = _now(parts, arguments)
        async with parts.store.unit() as unit:
            guidance = await unit.guidance()
            stage = arguments.stage or stage_on(await unit.stage_periods(), legal_day(now))
        decision = decide(Conversation(), await interpret(nlu, arguments.text), guidance, stage, now)
    else:
        handle = HandleMessage(interpreter=nlu, store=parts.store, clock=parts.clock, lexicon=await parts.lexicon())
        person = secrets.token_urlsafe()
        decision = await handle.on_text(Channel.TERMINAL, person, arguments.text)
        await handle.forget(Channel.TERMINAL, person)
    print(as_text(decision.reply))
    return 0


def _now(parts: Services, arguments: argparse.Namespace) -> datetime:
    """Return noon of the day asked for, else the present."""
    if arguments.date is None:
        return parts.clock.now()
    return datetime.combine(arguments.date, time(12), parts.settings.timezone)


def _standard_input() -> Iterator[str]:
    """Return the lines; one that is not UTF-8 becomes one that is not JSON either."""
    for line in sys.stdin.buffer:
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError:
            yield ""
