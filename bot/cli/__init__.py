"""The command line: parse arguments, call a use case, print, exit."""

import asyncio
import os
import sys

from bot.cli import ask
from bot.cli.arguments import parser
from bot.core.errors import BotError, InvalidInputError
from bot.core.plain_text import have_control_characters
from bot.settings import Settings
from bot.storage.engine.errors import translated

BAD_INPUT = 2


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit code, 0 on success, 2 on bad input, 130 after Ctrl-C."""
    chosen = parser().parse_args(arguments)
    try:
        if chosen.command is not ask.run and have_control_characters(arguments):
            # A question may hold anything; what is to be kept may not.
            raise InvalidInputError("argumen memuat karakter kendali atau yang bukan UTF-8; ketik ulang tanpa itu")
        settings = Settings.from_env(os.environ)
        code: int = asyncio.run(chosen.command(settings, chosen))
    except BotError as error:
        print(f"sinetral: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # The reader of our output left; nothing more can be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        known = translated(error)
        if known is None:
            raise
        # The library's own words may hold a statement with its values.
        print(f"sinetral: {known}", file=sys.stderr)
        return BAD_INPUT
    return code
