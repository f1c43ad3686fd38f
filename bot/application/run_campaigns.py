"""Send reminders: one loop a process, any number of processes.

At every tick one transaction records what became of messages, renews leases, reserves sends and marks the messages
that get them; the sends follow its commit. What is marked and not recorded when a process vanishes is in doubt, and
never more than that.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.application.campaigns import Addressee, Chunk, Held, Ledger, MassSender, Recorded, SendingUnit
from bot.application.ports import Clock
from bot.core.campaign import SkipReason, quiet_until
from bot.core.conversation import Channel
from bot.core.delivery import Delivery, DeliveryStatus, after_attempt
from bot.core.errors import BotError
from bot.core.send_outcome import CROWDED_GROWTH, LONGEST_REST_SECONDS, Attempt, Outcome

logger = logging.getLogger(__name__)

SHORTEST_TICK_SECONDS = 0.04
LONGEST_TICK_SECONDS = 0.24
SENDS_A_TICK = 6
"""A slow sender needs few ticks; each takes the one lock of SQLite, which replies wait for."""
IDLE_SECONDS = 0.5
"""How soon a campaign that starts is seen."""
LATE_SECONDS = 0.1
"""A send whose moment passed by more than this while the process stood still is given back, not bunched up."""
MOST_CHUNKS = 8
MOST_IN_FLIGHT = 256
GROWTH = 2.0
LONGEST_BACKOFF_SECONDS = 60.0
FAILURES_TO_PAUSE = 10
"""Sends in a row without any answer of sense, after which this process pauses."""
UNSENDABLE_PAUSE = timedelta(hours=1)
PORTFOLIO_PAUSE = timedelta(minutes=10)
"""How soon it is looked at anew whether a channel lets us open further conversations."""
DRAIN_SECONDS = 6.0
"""How long a process that is told to stop waits for what is under way; longer than a send takes."""


@dataclass(kw_only=True)
class _Message:
    """One message of a chunk that is ours."""

    key: bytes
    delivery: Delivery
    is_counted: bool
    ready_at: float = 0.0
    """By the loop's clock."""


@dataclass(kw_only=True)
class _Work:
    """A chunk that is ours."""

    chunk: Chunk
    message: bytes
    waiting: deque[_Message]
    under_way: int = 0
    """Marked messages whose result is not recorded yet."""
    put_off: datetime | None = None
    """Nothing is sent of it before: the channel lets us open no more conversations now."""
    is_closing: bool = False
    """Nothing more is sent of it."""
    is_over: bool = False
    """It was finished or given back in this tick's transaction."""

    def ready(self, now: float) -> int:
        return 0 if self.is_closing else sum(each.ready_at <= now for each in self.waiting)

    def take(self, most: int, now: float) -> list[_Message]:
        taken: list[_Message] = []
        for _ in range(len(self.waiting)):
            if len(taken) == most:
                break
            each = self.waiting.popleft()
            (taken if each.ready_at <= now else self.waiting).append(each)
        return taken


@dataclass(frozen=True, kw_only=True)
class _Order:
    """One message to send at its moment."""

    work: _Work
    message: _Message
    to: Addressee
    at: float


@dataclass(kw_only=True)
class _Pause:
    """When this process may send again."""

    until: float = 0.0
    failures: int = 0

    def note(self, outcome: Outcome, now: float) -> None:
        if outcome in {Outcome.NO_CONNECTION, Outcome.NOT_TAKEN, Outcome.UNKNOWN}:
            self.failures += 1
            if self.failures >= FAILURES_TO_PAUSE:
                over = min(self.failures - FAILURES_TO_PAUSE, 6)
                self.until = max(self.until, now + min(2.0**over, LONGEST_BACKOFF_SECONDS))
        elif outcome is not Outcome.RATE_LIMITED:
            self.failures = 0


@dataclass(kw_only=True)
class RunCampaigns:
    """The sender of one process."""

    ledger: Ledger
    senders: Mapping[Channel, MassSender]
    clock: Clock
    monotonic: Callable[[], float]
    """Seconds of the running loop."""
    interval: float = 0.0
    """Seconds between the messages of the fastest channel."""
    on_progress: Callable[[], None] = lambda: None
    """Called after each tick and each look at the plans that succeeded."""
    _works: dict[int, _Work] = field(default_factory=dict)
    _results: dict[int, list[_Message]] = field(default_factory=dict)
    """What is to be recorded at the next tick, by chunk."""
    _holds: dict[Channel, float] = field(default_factory=dict)
    """What the platform asked for and the ledger does not know yet; seconds."""
    _pauses: dict[Channel, _Pause] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _hurry: asyncio.Event = field(default_factory=asyncio.Event)

    async def run_for_ever(self) -> None:
        """Send until cancelled; then wait for what is under way and give the chunks back."""
        try:
            while True:
                await self.tick_safely()
                await self._sleep(self._tick_seconds if self._works else IDLE_SECONDS)
        finally:
            await asyncio.shield(self.drain())

    async def plan_for_ever(self) -> None:
        """Start and close campaigns until cancelled."""
        while True:
            is_busy = False
            try:
                is_busy = await self.ledger.plan(self.clock.now())
                self.on_progress()
            except Exception as error:  # the top of a job
                logger.error("planning campaigns failed", extra={"error": type(error).__name__})
            await asyncio.sleep(SHORTEST_TICK_SECONDS if is_busy else IDLE_SECONDS)

    @property
    def _tick_seconds(self) -> float:
        return min(max(SENDS_A_TICK * self.interval, SHORTEST_TICK_SECONDS), LONGEST_TICK_SECONDS)

    async def tick_safely(self) -> None:
        """Do one tick; an error is logged and nothing is forgotten."""
        try:
            await self.tick()
        except Exception as error:  # the top of a job
            logger.error("a tick of the reminders failed", extra={"error": type(error).__name__})
            await asyncio.sleep(IDLE_SECONDS)

    async def tick(self) -> None:
        """Record, renew, reserve and mark in one transaction; send after it."""
        results, self._results = self._results, {}
        holds, self._holds = self._holds, {}
        taken: list[tuple[_Work, list[_Message]]] = []
        try:
            async with self.ledger.unit() as unit:
                lost = await self._settle(unit, results, holds)
                fresh = await self._claim(unit)
                works = [work for id_, work in self._works.items() if id_ not in lost]
                orders = [order for each in self.senders for order in await self._order(unit, each, works, taken)]
        except BaseException:
            self._restore(results, holds, taken)
            raise
        self._take_back(results)
        self._works = {id_: work for id_, work in self._works.items() if id_ not in lost and not work.is_over}
        # A fresh chunk is sent of from the next tick on, when its deadline and its night were looked at.
        self._results = {id_: each for id_, each in self._results.items() if id_ in self._works}
        self._works |= {work.chunk.id: work for work in fresh}
        self._launch(orders)
        self.on_progress()

    async def drain(self) -> None:
        """Wait for what is under way, record it, and give every chunk back."""
        for work in self._works.values():
            work.waiting.clear()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=DRAIN_SECONDS)
        async with self.ledger.unit() as unit:
            held = await unit.renew(self._works)
            for id_ in held:
                results = self._results.get(id_, [])
                await unit.record(id_, _recorded(results))
                if self._works[id_].under_way == len(results):
                    await unit.release(id_, None)
                # Else its lease ends by itself: what is still without an answer is in doubt then.
        self._works, self._results = {}, {}

    # Within the transaction

    async def _settle(
        self, unit: SendingUnit, results: Mapping[int, Sequence[_Message]], holds: Mapping[Channel, float]
    ) -> set[int]:
        """Record what is known, and see to every chunk that is ours; gives those that are not any more."""
        for channel, seconds in holds.items():
            await unit.hold(channel, seconds)
        held = await unit.renew(self._works) if self._works else {}
        for id_, standing in held.items():
            recorded = results.get(id_, ())
            if recorded:
                await unit.record(id_, _recorded(recorded))
            work = self._works[id_]
            back = sum(each.delivery.status is DeliveryStatus.WAITING for each in recorded)
            await self._close(unit, work, standing, work.under_way - len(recorded), len(work.waiting) + back)
        return set(self._works) - set(held)

    async def _close(self, unit: SendingUnit, work: _Work, held: Held, under_way: int, waiting: int) -> None:
        """Let a chunk go in which nothing is to be sent now, as soon as every answer is in."""
        id_, now = work.chunk.id, self.clock.now()
        opens = quiet_until(work.chunk.zone, now) or work.put_off
        is_late = (opens or now) > held.deadline
        if is_late:
            await unit.drop_late(id_)
        work.is_closing = is_late or not held.is_running or opens is not None
        work.is_over = under_way == 0 and (work.is_closing or waiting == 0)
        if work.is_over and (is_late or (waiting == 0 and work.put_off is None)):
            work.is_closing = True
            await unit.finish(id_)
        elif work.is_over:
            await unit.release(id_, opens)

    async def _claim(self, unit: SendingUnit) -> list[_Work]:
        """Take a chunk when little is left to send."""
        now = self.monotonic()
        ready = sum(work.ready(now) for work in self._works.values())
        if ready >= MOST_IN_FLIGHT or len(self._works) >= MOST_CHUNKS:
            return []
        found = await unit.claim(self.clock.now())
        if found is None:
            return []
        chunk, waiting = found
        try:
            message = self.senders[chunk.channel].render(await unit.message(chunk.campaign))
        except BotError:
            # It must not keep the others back; the campaign shows as running, with all of it waiting.
            logger.error("a reminder cannot be rendered", extra={"campaign": chunk.campaign})
            await unit.release(chunk.id, self.clock.now() + UNSENDABLE_PAUSE)
            return []
        messages = deque(
            _Message(key=key, delivery=each, is_counted=each.attempts + each.doubts > 0) for key, each in waiting
        )
        return [_Work(chunk=chunk, message=message, waiting=messages)]

    async def _order(
        self, unit: SendingUnit, channel: Channel, works: Sequence[_Work], taken: list[tuple[_Work, list[_Message]]]
    ) -> list[_Order]:
        """Reserve sends of a channel and choose who gets them."""
        now = self.monotonic()
        mine = [work for work in works if work.chunk.channel is channel and not work.is_closing]
        most = min(sum(work.ready(now) for work in mine), MOST_IN_FLIGHT - len(self._tasks))
        pause = self._pauses.setdefault(channel, _Pause())
        if most <= 0 or pause.until > now:
            return []
        slots = await unit.reserve(channel, most)
        now = self.monotonic()
        if slots.held_for > 0:
            pause.until = max(pause.until, now + slots.held_for)
        moments = iter(now + delay for delay in slots.delays)
        left, orders = len(slots.delays), []
        for work in mine:
            messages = work.take(left, now)
            if messages:
                left -= len(messages)
                taken.append((work, messages))
                orders += await self._admitted(unit, work, messages, moments)
        return orders

    async def _admitted(
        self, unit: SendingUnit, work: _Work, messages: Sequence[_Message], moments: Iterator[float]
    ) -> list[_Order]:
        fresh = {each.key for each in messages if not each.is_counted}
        admitted = await unit.admit(work.chunk, [each.key for each in messages], fresh, self.clock.now())
        orders = []
        for each in messages:
            to = admitted.get(each.key, SkipReason.NOT_OPTED_IN)
            if isinstance(to, Addressee):
                orders.append(_Order(work=work, message=each, to=to, at=next(moments)))
            elif to is SkipReason.PORTFOLIO_LIMIT:
                work.put_off = self.clock.now() + PORTFOLIO_PAUSE
        return orders

    def _restore(
        self,
        results: Mapping[int, list[_Message]],
        holds: Mapping[Channel, float],
        taken: Sequence[tuple[_Work, list[_Message]]],
    ) -> None:
        """Put everything back that the failed transaction would have kept."""
        for id_, recorded in results.items():
            self._results[id_] = recorded + self._results.get(id_, [])
        for channel, seconds in holds.items():
            self._holds[channel] = max(seconds, self._holds.get(channel, 0.0))
        for work, messages in taken:
            work.waiting.extendleft(reversed(messages))
        for work in self._works.values():
            work.is_closing = work.is_over = False
            work.put_off = None

    # After it

    def _take_back(self, results: Mapping[int, Sequence[_Message]]) -> None:
        """Let messages wait again whose attempt is recorded; not before, so that a record never comes too late."""
        for id_, recorded in results.items():
            work = self._works[id_]
            work.under_way -= len(recorded)
            work.waiting.extend(each for each in recorded if each.delivery.status is DeliveryStatus.WAITING)

    def _launch(self, orders: Sequence[_Order]) -> None:
        for order in orders:
            order.work.under_way += 1
            order.message.is_counted = True
            order.message.delivery = replace(order.message.delivery, status=DeliveryStatus.SENDING)
            task = asyncio.create_task(self._send(order))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, order: _Order) -> None:
        channel = order.work.chunk.channel
        await asyncio.sleep(max(0.0, order.at - self.monotonic()))
        now = self.monotonic()
        if self._works.get(order.work.chunk.id) is not order.work:
            # The lease was lost meanwhile: whoever holds the chunk now decides about the message.
            return
        if now > order.at + LATE_SECONDS or self._pauses[channel].until > now:
            self._note(order, Attempt(outcome=Outcome.RATE_LIMITED))
            return
        try:
            attempt = await self.senders[channel].send(order.to, order.work.message)
        except Exception as error:  # nothing may leave a message without a result
            logger.error("sending a reminder failed", extra={"error": type(error).__name__})
            attempt = Attempt(outcome=Outcome.UNKNOWN, reason=type(error).__name__)
        now = self.monotonic()
        if attempt.retry_after is not None:
            self._holds[channel] = max(attempt.retry_after, self._holds.get(channel, 0.0))
            self._pauses[channel].until = max(self._pauses[channel].until, now + attempt.retry_after)
            self._hurry.set()
        self._pauses[channel].note(attempt.outcome, now)
        self._note(order, attempt)

    def _note(self, order: _Order, attempt: Attempt) -> None:
        """Remember what became of a message, to be recorded at the next tick."""
        message = order.message
        message.delivery = after_attempt(message.delivery, attempt, order.work.chunk.mode)
        tries = message.delivery.attempts + message.delivery.doubts
        message.ready_at = self.monotonic() + (_backoff(attempt, tries) if tries else 0.0)
        if self._works.get(order.work.chunk.id) is order.work:
            self._results.setdefault(order.work.chunk.id, []).append(message)

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._hurry.wait(), seconds)
        except TimeoutError:
            return
        self._hurry.clear()


def _backoff(attempt: Attempt, tries: int) -> float:
    """Give the seconds before a message is tried again."""
    growth, longest = (
        (CROWDED_GROWTH, LONGEST_REST_SECONDS) if attempt.is_crowded else (GROWTH, LONGEST_BACKOFF_SECONDS)
    )
    return min(growth ** (tries - 1), longest)


def _recorded(messages: Sequence[_Message]) -> list[Recorded]:
    return [(each.key, each.delivery) for each in messages]
