"""What is owed: updates to handle and messages to send, each conversation in order, by one worker at a time."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.application.ports import Unit
from bot.core.conversation import Channel, Press, Unreadable
from bot.core.errors import BotError
from bot.core.reply import Reply
from bot.core.votes import Answered


class WorkKind(StrEnum):
    """What a lease is for."""

    INBOX = "inbox"
    OUTBOX = "outbox"


@dataclass(frozen=True, kw_only=True)
class InboundUpdate:
    """One thing a channel delivered, before anything is made of it."""

    channel: Channel
    update_id: str
    """The channel's own; a repeat is dropped by it."""
    position: int
    """Orders the updates of one conversation."""
    person: str
    """The channel's own id of the conversation."""
    payload: bytes


TakeIn = Callable[[Sequence[InboundUpdate]], Awaitable[None]]
"""Commits updates and lets them be worked on; a channel acknowledges them only afterwards."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to work on one conversation, until its lease ends."""

    kind: WorkKind
    key: bytes
    owner: str
    generation: int


class LostClaimError(BotError):
    """The lease ended or was taken: nothing of this unit may be kept."""


@dataclass(frozen=True, kw_only=True)
class StoredUpdate:
    """An update to handle."""

    channel: Channel
    update_id: str
    payload: bytes


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Nothing may be done before some seconds have passed."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message to send."""

    id: int
    channel: Channel
    attempts: int
    """How often it was tried before."""
    payload: bytes


class ClaimedUnit(Unit, Protocol):
    """A transaction under a claim; raises `LostClaimError` at its beginning when the claim is gone."""

    async def finish_update(self, update: StoredUpdate) -> None:
        """Empty an update; only its id stays."""

    async def add_message(self, channel: Channel, person: str, payload: bytes) -> None:
        """Owe a message to a conversation, after those owed already."""

    async def finish_message(self, message: Message) -> None:
        """Delete a message that was sent or never can be."""

    async def count_attempt(self, message: Message) -> None:
        """Remember that sending was tried in vain."""

    async def drop_messages(self) -> int:
        """Delete everything owed to the claimed conversation; gives how many messages."""

    async def open_window(self, channel: Channel, person: str, until: datetime) -> None:
        """Remember until when free text may be sent to somebody; the latest moment stays."""

    async def rename_person(self, channel: Channel, former: str, person: str) -> None:
        """Let what is kept of somebody under a former id be found under the present one."""

    async def take_sender_slot(self, source: str, interval: float, burst: int) -> float:
        """Reserve one send of a source for all processes; gives 0.0, or the seconds to wait."""

    async def take_owed(self) -> "tuple[Claim, Message] | None":
        """Claim the conversation to which this unit owes its first message; None when it was to be worked on already.

        The claim holds once the unit has ended without an error.
        """

    async def leave(self) -> bool:
        """Give the conversation back for good, unless something is left of it or was added; says whether it was."""

    async def hold_source(self, source: str, seconds: float, interval: float, burst: int) -> None:
        """Let no message of a source pass for some seconds."""


class Queues(Protocol):
    """Inbox and outbox."""

    async def accept(self, updates: Sequence[InboundUpdate]) -> int:
        """Commit updates; gives how many were new."""

    async def accept_and_claim(self, updates: Sequence[InboundUpdate], most: int) -> tuple[int, Sequence[Claim]]:
        """Commit updates; gives how many were new, and at most so many claims on conversations that had no work."""

    async def claim(
        self, kind: WorkKind, owner: str, channel: Channel | None = None, *, is_expected: bool = False
    ) -> Claim | None:
        """Take the longest waiting conversation of a channel that nobody works on, None when there is none.

        Args:
            channel: None for any.
            is_expected: whether somebody just said that there is one, so that there is no need to look first.
        """

    async def next_update(self, claim: Claim) -> StoredUpdate | Wait | None:
        """Give the oldest update of a claimed conversation, None when none is left."""

    async def next_message(self, claim: Claim) -> Message | None:
        """Give the oldest message owed to a claimed conversation, None when none is left."""

    def unit_under(self, claim: Claim) -> AbstractAsyncContextManager[ClaimedUnit]:
        """Begin a transaction that renews the lease; nothing is kept when the claim is gone."""

    async def release(self, claim: Claim, wait: float) -> None:
        """Give a conversation back: for good when nothing is left, else to be taken again after some seconds."""


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """What a channel made of an update."""

    person: str
    heard: str | Press | Unreadable
    """A text as written, a pressed button, or what cannot be read."""
    keeps_state: bool
    """Whether the conversation is remembered; in groups it is not."""
    address: bytes
    """Where replies go, in the channel's own form."""
    open_until: datetime | None = None
    """Until when the channel takes free text; None where that is always, or did not change."""
    former: str | None = None
    """Another id that the person may be kept under, None when the channel has one for everybody."""
    is_answered: bool = True
    """Whether a reply is owed; what the platform says on a person's behalf is only carried out."""
    about: Answered | None = None
    """The answer that it stands under, where the update itself tells."""
    about_message: str | None = None
    """The platform's own id of the message that it stands under: replied to, reacted to, or with the pressed button."""


@dataclass(frozen=True, kw_only=True)
class Reachability:
    """A person shut the channel to us, or opened it again; nothing is to be said."""

    person: str
    is_reachable: bool


class Messenger(Protocol):
    """A channel's own part of handling and sending."""

    channel: Channel

    def read(self, payload: bytes) -> Inbound | Reachability | None:
        """Make sense of an update; None when nothing is to be said."""

    def write(self, reply: Reply, inbound: Inbound) -> Sequence[bytes]:
        """Give the messages of a reply, in order, each within the channel's limits."""

    async def acknowledge(self, payload: bytes) -> None:
        """Tell the channel at once that an update was received; a failure does not matter."""

    async def show_typing(self, inbound: Inbound) -> None:
        """Show that an answer is coming; a failure does not matter."""

    async def send(self, payload: bytes) -> "Sent":
        """Send one message.

        Raises:
            TemporaryError: when it may work later; `retry_after` stops the whole sender where the channel said so.
        """

    def person_of(self, payload: bytes) -> str:
        """Give the conversation that a message goes to."""


class Sent(StrEnum):
    """What became of one attempt to send."""

    DELIVERED = "delivered"
    GONE = "gone"
    """The person cannot be reached any more: blocked, deleted, unknown."""
    REFUSED = "refused"
    """The channel will never take this message."""
