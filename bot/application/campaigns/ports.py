"""What sending reminders needs from outside: the ledger of campaigns, and a channel's way of sending to many."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.campaigns.consent import TimeZone
from bot.core.campaigns.delivery import Delivery, UnknownDeliveryPolicy
from bot.core.campaigns.segment import SendWindow, SkipReason
from bot.core.messaging.send_outcome import SendResult
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some hundred recipients of one run, held by lease."""

    id: int
    campaign: str
    run: int
    channel: Channel
    zone: TimeZone
    mode: UnknownDeliveryPolicy


@dataclass(frozen=True, kw_only=True)
class BatchLease:
    """How a chunk stands that is still ours."""

    is_running: bool
    """False: its campaign was paused or stopped."""
    terms: SendWindow
    """When its run may send, and to whom."""


@dataclass(frozen=True, kw_only=True)
class SendReservation:
    """Sends that were reserved for us."""

    delays: tuple[float, ...]
    """Seconds from now, rising."""
    held_for: float
    """Seconds for which the platform wants nothing from us at all."""


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """Who gets one message, and what the channel may need to know for it."""

    person: str
    """The channel's own id."""
    open_until: datetime | None = None
    """Until when free text may go to them; None when it may not, or the channel knows no such limit."""
    ticket: str = ""
    """What the platform is to hand back with every status of this message; no person stands in it."""


Recorded = tuple[bytes, Delivery]
"""The key of a recipient, and what the message has become."""


class DeliveryUnit(Protocol):
    """One transaction of a sender."""

    async def renew(self, chunks: Collection[int]) -> Mapping[int, BatchLease]:
        """Renew leases; a chunk that is missing in the answer is somebody else's by now."""

    async def lock(self, campaigns: Collection[str]) -> None:
        """Lock campaigns that `pause` or `suspect` may change; before anything else of the transaction."""

    async def pause(self, campaign: str, note: str) -> bool:
        """Pause a running campaign; whoever was refused without a judgement waits again. False: it does not run."""

    async def record(self, chunk: int, results: Sequence[Recorded]) -> None:
        """Keep what became of messages that were `SENDING`; under a renewed lease."""

    async def suspect(self, chunk: int, keys: Sequence[bytes]) -> int:
        """Mark recorded refusals that name no cause with the person; returns how many of the run wait to be judged."""

    async def clear_suspects(self, chunk: int) -> None:
        """Let the refusals of a run count for the persons: others got through."""

    async def claim(self, now: datetime) -> tuple[Batch, Sequence[Recorded]] | None:
        """Take an open chunk of a running campaign, with the messages that wait.

        What a vanished sender left in doubt is settled as the campaign says before it is given.
        """

    async def admit(
        self, chunk: Batch, keys: Sequence[bytes], fresh: Collection[bytes], now: datetime
    ) -> Mapping[bytes, Addressee | SkipReason]:
        """Ask `skip_reason` of everybody as they are now, and mark the others' messages `SENDING`.

        Returns:
            Whom to send to, or why they get none: for good where `FATES` has the reason, else the message waits on. A
            message that is over by now, because a receipt told so, is missing.

        Args:
            fresh: those that count for the week; others were counted at an earlier attempt.
        """

    async def drop_late(self, chunk: int) -> None:
        """Make everything that waits in a chunk too late."""

    async def release(self, chunk: int, not_before: datetime | None) -> None:
        """Return a chunk back, to be taken again at once or at a moment."""

    async def finish(self, chunk: int) -> None:
        """Close a chunk in which nothing waits."""

    async def reserve(self, channel: Channel, most: int) -> SendReservation:
        """Reserve at most so many sends of a channel for all processes; few, so that replies come first."""

    async def hold(self, channel: Channel, seconds: float) -> None:
        """Let nobody send on a channel for some seconds."""

    async def message(self, campaign: str) -> Reply:
        """Return what a campaign says, as it was approved."""


class DeliveryStore(Protocol):
    """Campaigns and what became of each message."""

    def unit(self) -> AbstractAsyncContextManager[DeliveryUnit]:
        """Begin a transaction."""

    async def plan(self, now: datetime) -> bool:
        """Start what is due, collect some recipients, close what is through; True when more can be done at once."""


class BulkSender(Protocol):
    """A channel's way of sending one text to many."""

    channel: Channel

    def render(self, reply: Reply) -> bytes:
        """Return the message as the channel takes it, without its recipient.

        Raises:
            InvalidInputError: when it does not fit into one message of the channel.
        """

    async def send(self, to: Addressee, message: bytes) -> SendResult:
        """Send to one person; never raises for what the platform or the network does."""

    async def close(self) -> None:
        """Close the connections."""
