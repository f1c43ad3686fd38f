"""What a platform says, later, of messages it took: delivered, read, failed. Written in groups."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.campaigns.delivery import DeliveryStatus
from bot.core.messaging.send_outcome import SendResult

KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """One thing that a platform said of one message of a campaign."""

    ticket: str
    """As `ticket_of` made it and the platform handed it back."""
    status: DeliveryStatus
    reason: str | None = None
    """A short word or code for the report."""
    attempt: SendResult | None = None
    """Of a failure: what its code means, by the same table as an answer's; None where nobody said."""


class Receipts(Protocol):
    """Where they are kept."""

    async def record(self, receipts: Sequence[Receipt]) -> int:
        """Commit receipts, in any order and any number of times; returns how many messages changed.

        Who cannot be reached is remembered, and an opt-in ends with whom the platform says that they opted out.
        """


MAX_ATTEMPT_DIGITS = 9


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """Which attempt of which message a platform speaks of."""

    chunk: int
    key: bytes
    """Of the recipient."""
    number: int
    """Of the attempt, from 1."""


def ticket_of(chunk: int, key: bytes, number: int = 1) -> str:
    """Name one attempt of a message to a platform, by nothing that stands for the person outside our database."""
    return f"{chunk}.{base64.urlsafe_b64encode(key).decode().rstrip('=')}.{number}"


def read_ticket(ticket: str) -> Ticket | None:
    """Read a ticket; None for anything else. One of two parts, of an earlier release, names the first attempt."""
    chunk, _, rest = ticket.partition(".")
    encoded, _, counted = rest.partition(".")
    try:
        key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        number = int(chunk)
    except (ValueError, binascii.Error):
        return None
    is_counted = counted.isascii() and counted.isdecimal() and len(counted) <= MAX_ATTEMPT_DIGITS
    if not 0 < number < 2**62 or len(key) != KEY_BYTES or (counted and not is_counted):
        return None
    return Ticket(chunk=number, key=key, number=int(counted or "1"))
