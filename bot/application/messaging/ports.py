"""What is owed: updates to handle and messages to send, each conversation in order, by one worker at a time."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, TypeAlias

from bot.application.ports import Unit
from bot.core.dialogue.conversation import Press
from bot.core.dialogue.repeats import Origin
from bot.core.dialogue.votes import Answered
from bot.core.errors import BotError
from bot.core.messaging.dead_letters import DeadLetter, Shape
from bot.core.messaging.send_outcome import SendResult
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel, Pending, Unreadable


class WorkKind(StrEnum):
    """What a lease is for."""

    INBOX = "inbox"
    OUTBOX = "outbox"


@dataclass(frozen=True, kw_only=True)
class ReceivedUpdate:
    """One thing a channel delivered, before anything is made of it."""

    channel: Channel
    update_id: str
    """The channel's own; a repeat is dropped by it."""
    position: int
    """Orders the updates of one conversation."""
    person: str
    """The channel's own id of the conversation."""
    payload: bytes


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """What a channel delivered and nobody will work on: it asks for nothing, or nothing can be made of it."""

    channel: Channel
    update_id: str | None = None
    """The channel's own, so that a repeat is dropped and no other update waits for it; None when it has none."""
    letter: DeadLetter | None = None
    """What is counted of it; None when it asks for nothing."""


Taken: TypeAlias = ReceivedUpdate | SetAside
IngestUpdates = Callable[[Sequence[Taken]], Awaitable[None]]
"""Commits what was delivered and lets it be worked on; a channel acknowledges it only afterwards."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to work on one conversation, until its lease ends."""

    kind: WorkKind
    key: bytes
    owner: str
    generation: int


class LeaseLostError(BotError):
    """The lease ended or was taken: nothing of this unit may be kept."""


@dataclass(frozen=True, kw_only=True)
class StoredUpdate:
    """An update to handle."""

    channel: Channel
    update_id: str
    payload: bytes
    arrived_at: float = field(default=0.0, compare=False)
    """Seconds since 1970."""
    attempts: int = 0
    """How often handling it failed before."""
    is_sealed: bool = False
    """Whether the payload could not be opened: then it is empty here, and not in the database."""


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
    """Sendings so far."""
    payload: bytes
    begun: int = 0
    """Of them, how many may have arrived."""
    owed_at: float = 0.0
    """Seconds since 1970, by the clock that all processes share."""
    is_reopening: bool = False
    """Whether it has to go as the template that asks the person to write again."""
    is_opened: bool = True
    """Whether the payload could be opened; what cannot be opened is not empty."""


class ClaimedUnit(Unit, Protocol):
    """A transaction under a claim; raises `LeaseLostError` at its beginning when the claim is gone."""

    async def complete_update(self, update: StoredUpdate) -> None:
        """Empty an update; only its id stays."""

    async def count_failure(self, update: StoredUpdate) -> None:
        """Remember that handling an update failed."""

    async def add_dead_letter(self, letter: DeadLetter, day: date) -> None:
        """Count what nothing could be made of."""

    async def add_message(self, channel: Channel, person: str, payload: bytes) -> None:
        """Owe a message to a conversation, after those owed already."""

    async def delete_message(self, message: Message) -> None:
        """Delete a message that was sent or never can be."""

    async def begin_sending(self, message: Message) -> Message:
        """Count a sending before it begins, as one that may arrive; returns the message as it is now."""

    async def keep_message(self, message: Message, begun: int) -> None:
        """Leave a message owed, with so many sendings that may have arrived."""

    async def accept_message(self, message: Message) -> None:
        """Keep a message that the platform took for some minutes, in case it tells that this sending failed."""

    async def count_attempt(self, message: Message) -> None:
        """Remember that a message was looked at in vain."""

    async def note_pending(self, pending: Pending) -> None:
        """Remember what the claimed conversation is to be told before the next answer.

        The unit must have been begun with the conversation locked.
        """

    async def moment(self) -> float:
        """Return the present in seconds since 1970, by the clock that all processes share."""

    async def drop_messages(self) -> int:
        """Delete everything owed to the claimed conversation; returns how many messages."""

    async def open_window(self, channel: Channel, person: str, until: datetime) -> None:
        """Remember until when free text may be sent to somebody; the latest moment stays."""

    async def rename_person(self, channel: Channel, former: str, person: str) -> tuple[Pending, ...]:
        """Let what is kept of somebody under a former id be found under the present one.

        Returns:
            What was still to be told under the former id, whose conversation is forgotten.
        """

    async def end_identity(self, channel: Channel, former: str, now: datetime) -> bool:
        """End what is kept under an id that is its person's no more; says whether they had consented to reminders."""

    async def move_conversation(
        self, channel: Channel, former: str, person: str, readdressed: Callable[[bytes], bytes] | None = None
    ) -> None:
        """Bring what waits in inbox and outbox of a conversation, and its consent, to the id that it has now.

        Args:
            readdressed: puts the present id into a message that is owed; None leaves messages as they were written.
        """

    async def acquire_sender_token(self, source: str, interval: float, burst: int) -> float:
        """Reserve one send of a source for all processes; returns 0.0, or the seconds to wait."""

    async def return_slot(self, source: str, interval: float) -> None:
        """Return a reserved send back that is not made."""

    async def claim_reply(self) -> "tuple[Claim, Message] | None":
        """Claim the conversation to which this unit owes its first message; None when it was to be worked on already.

        The claim holds once the unit has ended without an error.
        """

    async def complete_claim(self) -> bool:
        """Return the conversation back for good, unless something is left of it or was added; says whether it was."""

    async def pause_sender(self, source: str, seconds: float, interval: float, burst: int) -> None:
        """Let no message of a source pass for some seconds."""

    async def set_rest(self, source: str, seconds: float) -> None:
        """Let the next message of a source pass after some seconds, whatever was set before; 0.0: at once."""

    async def rest_of(self, source: str) -> float:
        """Return how many seconds a source still rests, 0.0 when it does not."""


class Queues(Protocol):
    """Inbox and outbox."""

    async def accept(self, updates: Sequence[Taken]) -> int:
        """Commit updates; returns how many were new."""

    async def accept_and_claim(self, updates: Sequence[Taken], most: int) -> tuple[int, Sequence[Claim]]:
        """Commit updates; returns how many were new, and at most so many claims on conversations that had no work."""

    async def claim(
        self, kind: WorkKind, owner: str, channel: Channel | None = None, *, is_expected: bool = False
    ) -> Claim | None:
        """Take the longest waiting conversation of a channel that nobody works on, None when there is none.

        Args:
            channel: None for any.
            is_expected: whether somebody just said that there is one, so that there is no need to look first.
        """

    async def next_update(self, claim: Claim) -> StoredUpdate | Wait | None:
        """Return the oldest update of a claimed conversation, None when none is left."""

    async def next_message(self, claim: Claim) -> Message | None:
        """Return the oldest message owed to a claimed conversation, None when none is left."""

    def unit_under(self, claim: Claim, *, locks_conversation: bool = False) -> AbstractAsyncContextManager[ClaimedUnit]:
        """Begin a transaction that renews the lease; nothing is kept when the claim is gone.

        Args:
            locks_conversation: for a unit that notes something pending.
        """

    async def release_claim(self, claim: Claim, wait: float) -> None:
        """Return a conversation back: for good when nothing is left, else to be taken again after some seconds."""

    async def forget_accepted(self) -> int:
        """Delete the replies that the platform took long enough ago; returns how many."""


@dataclass(frozen=True, kw_only=True)
class IncomingMessage:
    """What a channel made of an update."""

    person: str
    heard: str | Press | Unreadable
    """A text as written, a pressed button, or what cannot be read."""
    is_private_chat: bool
    """Whether the conversation is remembered; in groups it is not."""
    address: bytes
    """Where replies go, in the channel's own form."""
    open_until: datetime | None = None
    """Until when the channel takes free text; None where that is always, or did not change."""
    former: str | None = None
    """Another id that the person may be kept under, None when the channel has one for everybody."""
    is_answered: bool = True
    """Whether a reply is owed; what the platform says on a person's behalf is only carried out."""
    origin: Origin | None = None
    """What tells several updates of one act of a person; None where the channel sends one for each."""
    about: Answered | None = None
    """The answer that it stands under, where the update itself tells."""
    about_message: str | None = None
    """The platform's own id of the message that it stands under: replied to, reacted to, or with the pressed button."""


@dataclass(frozen=True, kw_only=True)
class ReachabilityChanged:
    """A person shut the channel to us, or opened it again; nothing is to be said."""

    person: str
    is_reachable: bool


@dataclass(frozen=True, kw_only=True)
class Moved:
    """The platform says that ids of a conversation are no longer its own; nothing is to be said."""

    formers: tuple[str, ...]
    persons: tuple[str, ...] = ()
    """What it is known by now, the one to keep first; empty when the platform does not tell."""
    is_same: bool = False
    """Whether the same people are behind the present id, so that what is owed follows; else it all ends."""


Read: TypeAlias = IncomingMessage | ReachabilityChanged | Moved | None
"""What a channel makes of an update; None when nothing is to be said."""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a message goes."""

    person: str
    """The channel's own id of the conversation."""
    is_group: bool = False
    """Whether several people share it: it has a pace of its own and nothing is remembered of it."""
    until: float | None = None
    """Seconds since 1970 at which its window for free text ends; None where there is none."""
    has_receipts: bool = False
    """Whether the platform tells later whether a message arrived."""


class Messenger(Protocol):
    """A channel's own part of handling and sending."""

    channel: Channel

    def parse_update(self, payload: bytes) -> Read:
        """Make sense of an update; None when nothing is to be said."""

    def addressee(self, payload: bytes) -> IncomingMessage | None:
        """Return who sent an update that cannot be handled, as far as one person can be told a sentence."""

    def shape(self, payload: bytes) -> Shape:
        """Describe an update without anything that a person wrote; never raises."""

    def readdressed(self, payload: bytes, person: str) -> bytes:
        """Return a message as it goes to another id of its conversation."""

    def render(self, reply: Reply, inbound: IncomingMessage) -> Sequence[bytes]:
        """Return the messages of a reply, in order, each within the channel's limits."""

    async def acknowledge(self, payload: bytes) -> None:
        """Tell the channel at once that an update was received; a failure does not matter."""

    async def show_typing(self, inbound: IncomingMessage) -> None:
        """Show that an answer is coming; a failure does not matter."""

    async def send(self, message: Message) -> SendResult:
        """Send one message, in the simplest form that is taken, and say what is known of it; never raises for that."""

    async def is_up(self) -> bool:
        """Say whether the platform answers us at all, without sending anything to anybody."""

    def destination_of(self, payload: bytes) -> Destination:
        """Return where a message goes."""
