"""What a platform says, later, of messages it took: delivered, read, failed. Written in groups."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.delivery import DeliveryStatus
from bot.core.send_outcome import Attempt

KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """One thing that a platform said of one message of a campaign."""

    ticket: str
    """As `ticket_of` made it and the platform handed it back."""
    status: DeliveryStatus
    reason: str | None = None
    """A short word or code for the report."""
    failure: Attempt | None = None
    """Why it failed, as an attempt to send it would have told."""


class Receipts(Protocol):
    """Where they are kept."""

    async def record(self, receipts: Sequence[Receipt]) -> int:
        """Commit receipts, in any order and any number of times; gives how many messages changed.

        Who cannot be reached is remembered, and an opt-in ends with whom the platform says that they opted out.
        """


def ticket_of(chunk: int, key: bytes) -> str:
    """Name one message of a campaign to a platform, by nothing that stands for the person outside our database."""
    return f"{chunk}.{base64.urlsafe_b64encode(key).decode().rstrip('=')}"


def read_ticket(ticket: str) -> tuple[int, bytes] | None:
    """Give chunk and key of a ticket, None for anything else."""
    chunk, _, encoded = ticket.partition(".")
    try:
        key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        number = int(chunk)
    except (ValueError, binascii.Error):
        return None
    return (number, key) if 0 < number < 2**62 and len(key) == KEY_BYTES else None
