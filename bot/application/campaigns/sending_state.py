"""What one process knows of the reminders it sends: its chunks, their messages, and when each may be tried."""

import math
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.application.campaigns.ports import Addressee, Batch, Recorded
from bot.core.campaigns.delivery import Delivery, DeliveryStatus
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.vocabulary import Channel

LONG_REST_SECONDS = 30.0
"""A chunk whose messages all rest for longer is given back meanwhile."""
MAX_BACKOFF_SECONDS = 60.0
FIRST_TOKEN_REST_SECONDS = 10.0
MAX_TOKEN_REFUSALS = 5
"""Rounds of 10, 20, 40, 80 and 160 seconds: after some five minutes a person has to look."""
FAILURES_TO_PAUSE = 10
"""Sends in a row without any answer of sense, after which this process pauses."""
NEVER = math.inf


@dataclass(kw_only=True)
class Message:
    """One message of a chunk that is ours."""

    key: bytes
    delivery: Delivery
    is_counted: bool
    ready_at: float = 0.0
    """By the loop's clock."""


@dataclass(kw_only=True)
class Work:
    """A chunk that is ours."""

    chunk: Batch
    message: bytes
    waiting: deque[Message]
    is_known: bool = False
    """Whether a tick looked at how its campaign stands; nothing is sent before that."""
    under_way: int = 0
    """Marked messages whose result is not recorded yet."""
    put_off: datetime | None = None
    """Nothing is sent of it before: the channel lets us open no more conversations now."""
    is_closing: bool = False
    """Nothing more is sent of it."""
    is_over: bool = False
    """It was finished or given back in this tick's transaction."""

    def ready(self, now: float) -> int:
        """Count what may be tried now."""
        return 0 if self.is_closing else sum(each.ready_at <= now for each in self.waiting)

    def take(self, most: int, now: float) -> list[Message]:
        """Take messages that may be tried now; the others stay in their order."""
        taken: list[Message] = []
        for _ in range(len(self.waiting)):
            if len(taken) == most:
                break
            each = self.waiting.popleft()
            (taken if each.ready_at <= now else self.waiting).append(each)
        return taken

    def rest(self, now: float) -> float:
        """Return the seconds until the first waiting message may be tried; 0 where none waits."""
        return max(min((each.ready_at for each in self.waiting), default=now) - now, 0.0)


@dataclass(frozen=True, kw_only=True)
class Order:
    """One message to send at its moment."""

    work: Work
    message: Message
    to: Addressee
    at: float


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one message by one attempt, until it is recorded."""

    message: Message
    attempt: SendResult


@dataclass(kw_only=True)
class Pause:
    """When this process may send again on a channel."""

    until: float = 0.0
    failures: int = 0
    token_refusals: int = 0
    """Rounds in a row in which our token was refused."""

    def rest_for_token(self, now: float) -> bool:
        """Rest since our token was refused, longer each time; returns False when that lasts too long to be an incident.

        Platforms refuse good tokens in short incidents, too, and nobody should have to get up for one.
        """
        if now >= self.until:
            self.token_refusals += 1
            growing = FIRST_TOKEN_REST_SECONDS * 2.0 ** (self.token_refusals - 1)
            self.until = now + growing
        return self.token_refusals <= MAX_TOKEN_REFUSALS

    def note(self, attempt: SendResult, now: float) -> None:
        """Take an answer in."""
        if attempt.outcome is SendOutcome.ACCEPTED:
            self.token_refusals = 0
        is_broken = attempt.outcome is SendOutcome.HELD and attempt.trouble is Trouble.PLATFORM
        if is_broken or attempt.outcome in {SendOutcome.NO_CONNECTION, SendOutcome.NOT_TAKEN, SendOutcome.UNKNOWN}:
            self.failures += 1
            if self.is_out_of_order:
                over = min(self.failures - FAILURES_TO_PAUSE, 6)
                self.until = max(self.until, now + min(2.0**over, MAX_BACKOFF_SECONDS))
        elif attempt.outcome is not SendOutcome.RATE_LIMITED:
            self.failures = 0

    @property
    def is_out_of_order(self) -> bool:
        """Tell whether the platform takes nothing at all: then one message at a time tries whether it does again."""
        return self.failures >= FAILURES_TO_PAUSE


def to_message(waiting: Recorded, now: float, present: datetime) -> Message:
    """Make a message of a chunk that was just taken; its rest goes on.

    Args:
        now: by the loop's clock.
        present: the same moment by the calendar's.
    """
    key, delivery = waiting
    until = delivery.not_before
    rest = max((until - present).total_seconds(), 0.0) if until is not None else 0.0
    return Message(key=key, delivery=delivery, is_counted=was_sent(delivery), ready_at=now + rest if rest else 0.0)


def was_sent(delivery: Delivery) -> bool:
    """Tell whether a message left once, and counted for the person's week then."""
    return bool(delivery.number or delivery.attempts or delivery.doubts)


def rested(delivery: Delivery, seconds: float, present: datetime) -> Delivery:
    """Write into a waiting message until when it rests, in whole seconds, so that equal rests are one statement."""
    if delivery.status is not DeliveryStatus.WAITING or seconds <= 0:
        return replace(delivery, not_before=None)
    until = (present + timedelta(seconds=seconds)).replace(microsecond=0) + timedelta(seconds=1)
    return replace(delivery, not_before=until)


@dataclass(kw_only=True)
class Streak:
    """How a campaign fares on a channel in this process."""

    got_through: bool = False
    """Since the last refusal was marked."""
    crashes: int = 0
    """Sends in a row that our own program failed at."""
    unreadable: int = 0
    """Addresses in a row that could not be opened."""


Place = tuple[str, Channel]
"""A campaign on a channel."""
