"""What a platform says later of replies it took: they arrived, or failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.application.messaging.ports import Message
from bot.core.messaging.send_outcome import SendResult

MARK = "r"
"""Begins every ticket of a reply; those of reminders begin with a digit."""
LARGEST = 2**62


@dataclass(frozen=True, kw_only=True)
class ReplyTicket:
    """Which sending of which owed reply is meant."""

    message: int
    """The number of the owed message."""
    moment: int
    """Milliseconds since 1970 at which it was owed: numbers are given again once a message is deleted."""
    attempt: int
    """Which of its sendings."""


@dataclass(frozen=True, kw_only=True)
class ReplyWord:
    """One thing that a platform said of a reply."""

    ticket: ReplyTicket
    failure: SendResult | None = None
    """Why it failed; None: it is out."""
    is_window_closed: bool = False
    """Whether it failed since free text may not go to the person any more."""


class ReplyWords(Protocol):
    """Where they are kept."""

    async def record(self, words: Sequence[ReplyWord]) -> int:
        """Commit what was said, in any order and any number of times; returns how many replies are lost by it."""


def reply_ticket(message: Message) -> str:
    """Return what names the present sending of an owed reply to a platform, and no person."""
    return f"{MARK}{message.id}.{moment_of(message.owed_at)}.{message.attempts}"


def read_reply_ticket(ticket: str) -> ReplyTicket | None:
    """Return what a ticket of a reply names, None for anything else."""
    parts = ticket.removeprefix(MARK).split(".")
    if not ticket.startswith(MARK) or len(parts) != len(("message", "moment", "attempt")):
        return None
    if not all(part.isascii() and part.isdecimal() and len(part) < len(str(LARGEST)) for part in parts):
        return None
    message, moment, attempt = map(int, parts)
    return ReplyTicket(message=message, moment=moment, attempt=attempt)


def moment_of(owed_at: float) -> int:
    """Return a moment as tickets name it."""
    return int(owed_at * 1000)
