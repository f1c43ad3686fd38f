"""A fake `Messenger`: its messages are "person words", and what becomes of a sending is scripted."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.application.messaging.ports import Destination, IncomingMessage, Message
from bot.core.messaging.dead_letters import Shape
from bot.core.messaging.send_outcome import SendOutcome, SendResult
from bot.core.replies.reply import Reply
from bot.core.vocabulary import Channel

ACCEPTED = SendResult(outcome=SendOutcome.ACCEPTED)


@dataclass(kw_only=True)
class FakeMessenger:
    """A channel that does as it is told; persons that begin with a minus are groups."""

    channel: Channel = Channel.TELEGRAM
    has_receipts: bool = False
    script: deque[SendResult | Exception] = field(default_factory=deque)
    """What becomes of the next sendings; accepted when it is empty."""
    by_person: dict[str, SendResult] = field(default_factory=dict)
    """What becomes of every sending to somebody, before the script."""
    is_reached: bool = True
    takes: float = 0.0
    """Seconds that a send takes."""
    sent: list[str] = field(default_factory=list)
    """Every sending, whatever became of it."""
    messages: list[Message] = field(default_factory=list)
    """The same as they were handed over."""
    asked: int = 0
    """How often it was asked whether it is up."""
    on_send: Callable[[], None] = lambda: None

    def parse_update(self, payload: bytes) -> IncomingMessage:
        """Make sense of an update."""
        person, _, words = payload.decode().partition(" ")
        return IncomingMessage(person=person, heard=words, is_private_chat=True, address=person.encode())

    def addressee(self, payload: bytes) -> IncomingMessage | None:
        """Return who sent an update."""
        return self.parse_update(payload)

    def shape(self, payload: bytes) -> Shape:
        """Describe an update."""
        return Shape(kind="message.text")

    def readdressed(self, payload: bytes, person: str) -> bytes:
        """Return a message to somebody else."""
        return f"{person} {payload.decode().partition(' ')[2]}".encode()

    def render(self, reply: Reply, inbound: IncomingMessage) -> Sequence[bytes]:
        """Answer with one message."""
        return [f"{inbound.person} jawaban".encode()]

    async def acknowledge(self, payload: bytes) -> None:
        """Do nothing."""

    async def show_typing(self, inbound: IncomingMessage) -> None:
        """Do nothing."""

    async def send(self, message: Message) -> SendResult:
        """Do what the script says."""
        self.on_send()
        self.sent.append(message.payload.decode())
        self.messages.append(message)
        await asyncio.sleep(self.takes)
        known = self.by_person.get(self.destination_of(message.payload).person)
        if known is not None:
            return known
        result = self.script.popleft() if self.script else ACCEPTED
        if isinstance(result, Exception):
            raise result
        return result

    async def is_up(self) -> bool:
        """Say whether it is reached."""
        self.asked += 1
        return self.is_reached

    def destination_of(self, payload: bytes) -> Destination:
        """Return the person."""
        person, space, _ = payload.decode().partition(" ")
        if not space:
            raise ValueError("a message without a person")
        return Destination(person=person, is_group=person.startswith("-"), has_receipts=self.has_receipts)
