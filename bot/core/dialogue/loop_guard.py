"""Notice that two machines answer each other: from keyed hashes of what was said, never from words."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

MAX_EXCHANGES = 30
"""Remembered of one conversation."""
WINDOW_MINUTES = 10
"""What lies farther back is only looked at by the rules for slow machines."""
SAME_WORDS = 3
"""The same words with the same outcome in a row, within the window; a person may well ask the same thing twice."""
SAME_WORDS_SLOWLY = 6
SAME_WORDS_OTHER_REPLIES = 5
"""The same words in a row within the window, whatever came of them."""
SAME_REPLY = 4
"""The same reply in a row within the window, whatever the words: they may quote it."""
UNANSWERED = 4
"""In a row within the window, whatever their words."""
UNANSWERED_SLOWLY = 12
TOO_FEW_IDLE_REPLIES = ((6, 2), (9, 3), (12, 4))
"""So many messages in a row within the window asked nothing, and brought no more than so many different replies."""
TOO_FEW_REPLIES = ((12, 2), (MAX_EXCHANGES, 3))
"""So many messages in a row brought no more than so many different replies, though they asked something.

People who go to and fro between two or three topics stay far below.
"""

_NUMBERED = re.compile(r"\S*\d\S*")
_LETTERS = re.compile(r"[^\W\d_]+|#")


class Spoken(StrEnum):
    """What to do with a reply."""

    SAY = "say"
    WARN = "warn"
    """Say once that nothing more will come until something else is written."""
    SILENT = "silent"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One message that was typed and what came of it."""

    words: str
    """A keyed hash of the words, with their numbers left out."""
    reply: str
    """A keyed hash of the reply."""
    minute: int
    """Minutes since 1970."""
    is_unanswered: bool
    """Whether it was not understood, or could not be read."""
    is_idle: bool
    """Whether nothing was asked that has an answer: it was not understood, or a courtesy."""


@dataclass(frozen=True, kw_only=True)
class LoopState:
    """What is remembered of a conversation against loops."""

    exchanges: tuple[Exchange, ...] = ()
    """What got a reply, in the order in which it came."""
    quiet_at: int | None = None
    """The minute of the last message that was held back or warned about; None while everything is answered."""


def without_numbers(words: str) -> str:
    """Return words in one spelling: a clock, a counter or a ticket number in them makes no difference.

    A message that is nothing but numbers keeps them: "1" and "2" choose different things.
    """
    folded = unicodedata.normalize("NFKC", words).casefold()
    numbered = _NUMBERED.sub("#", folded)
    found = _LETTERS.findall(numbered)
    return " ".join(found) if any(each != "#" for each in found) else folded


def judge(state: LoopState, exchange: Exchange) -> tuple[Spoken, LoopState]:
    """Decide whether a reply is still said, and what is remembered afterwards."""
    if _goes_on(state, exchange):
        return Spoken.SILENT, replace(state, quiet_at=exchange.minute)
    exchanges = (*state.exchanges, exchange)[-MAX_EXCHANGES:]
    if not _is_loop(exchanges):
        return Spoken.SAY, LoopState(exchanges=exchanges)
    if state.quiet_at is not None:
        return Spoken.SILENT, replace(state, quiet_at=exchange.minute)
    return Spoken.WARN, LoopState(exchanges=exchanges, quiet_at=exchange.minute)


def _goes_on(state: LoopState, exchange: Exchange) -> bool:
    """Return whether what was warned about goes on: nothing else was written."""
    if state.quiet_at is None or not 0 <= exchange.minute - state.quiet_at < WINDOW_MINUTES:
        return False
    last = state.exchanges[-SAME_WORDS:]
    is_known = any(exchange.words == each.words or exchange.reply == each.reply for each in last)
    return is_known or exchange.is_unanswered


def _is_loop(exchanges: Sequence[Exchange]) -> bool:
    last = exchanges[-1]
    # What a clock that was set back left in the future is not recent.
    recent = [each for each in exchanges if 0 <= last.minute - each.minute < WINDOW_MINUTES]
    idle = recent[len(recent) - _run([each.is_idle for each in recent]) :]
    return (
        _alike(recent) >= SAME_WORDS
        or _alike(exchanges) >= SAME_WORDS_SLOWLY
        or _run([each.words == last.words for each in recent]) >= SAME_WORDS_OTHER_REPLIES
        or _run([each.reply == last.reply for each in recent]) >= SAME_REPLY
        or _run([each.is_unanswered for each in recent]) >= UNANSWERED
        or _run([each.is_unanswered for each in exchanges]) >= UNANSWERED_SLOWLY
        or any(_varies_too_little(idle, most, replies) for most, replies in TOO_FEW_IDLE_REPLIES)
        or any(_varies_too_little(recent, most, replies) for most, replies in TOO_FEW_REPLIES)
        or _varies_too_little(exchanges, *TOO_FEW_REPLIES[-1])
    )


def _alike(exchanges: Sequence[Exchange]) -> int:
    """Return how many at the end have the words and the reply of the last."""
    last = exchanges[-1]
    return _run([(each.words, each.reply) == (last.words, last.reply) for each in exchanges])


def _run(fits: Sequence[bool]) -> int:
    """Return how many at the end fit without a break."""
    return next((count for count, each in enumerate(reversed(fits)) if not each), len(fits))


def _varies_too_little(exchanges: Sequence[Exchange], most: int, replies: int) -> bool:
    return len(exchanges) >= most and len({each.reply for each in exchanges[-most:]}) <= replies
