"""Send reminders: one loop a process, any number of processes.

At every tick one transaction records what became of messages, renews leases, reserves sends and marks the messages
that get them; the sends follow its commit. What is marked and not recorded when a process vanishes is in doubt, and
never more than that.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.application.campaigns.ports import (
    Addressee,
    Batch,
    BatchLease,
    BulkSender,
    DeliveryStore,
    DeliveryUnit,
    Recorded,
)
from bot.application.campaigns.sending_state import (
    LONG_REST_SECONDS,
    NEVER,
    Message,
    Order,
    Pause,
    Place,
    Result,
    Streak,
    Work,
    rested,
    to_message,
)
from bot.application.ports import Clock
from bot.core.campaigns import status_notes
from bot.core.campaigns.consent import TimeZone, quiet_until
from bot.core.campaigns.delivery import MAX_UNEXPLAINED, DeliveryStatus, after_attempt, rest_seconds
from bot.core.campaigns.segment import SkipReason
from bot.core.errors import BotError
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble, is_held, is_token_refused, is_unexplained
from bot.core.vocabulary import Channel

logger = logging.getLogger(__name__)

MIN_TICK_SECONDS = 0.04
MAX_TICK_SECONDS = 0.24
SENDS_A_TICK = 6
"""A slow sender needs few ticks; each takes the one lock of SQLite, which replies wait for."""
IDLE_SECONDS = 0.5
"""How soon a campaign that starts is seen."""
LATE_SECONDS = 0.1
"""A send whose moment passed by more than this while the process stood still is given back, not bunched up."""
MAX_CHUNKS = 8
MAX_RESTING = 32
"""Chunks whose messages all rest keep no other chunk from being taken, up to so many."""
MAX_IN_FLIGHT = 256
MAX_LOOKS = 4
"""Looks for somebody to send to in a tick, for each chunk whose people turn out to get nothing."""
PORTFOLIO_PAUSE = timedelta(minutes=10)
"""How soon it is looked at anew whether a channel lets us open further conversations."""
REFRESH_SECONDS = 60.0
"""How often what a channel knows of its templates is read anew, at most."""
DRAIN_SECONDS = 6.0
"""How long a process that is told to stop waits for what is under way; longer than a send takes."""


@dataclass(kw_only=True)
class RunCampaigns:
    """The sender of one process."""

    ledger: DeliveryStore
    senders: Mapping[Channel, BulkSender]
    clock: Clock
    monotonic: Callable[[], float]
    """Seconds of the running loop."""
    interval: float = 0.0
    """Seconds between the messages of the fastest channel."""
    on_progress: Callable[[], None] = lambda: None
    """Called after each tick and each look at the plans that succeeded."""
    refresh: Mapping[Channel, Callable[[], Awaitable[object]]] = field(default_factory=dict)
    """Reads anew what a channel's platform says of its templates."""
    _works: dict[int, Work] = field(default_factory=dict)
    _results: dict[int, list[Result]] = field(default_factory=dict)
    """What is to be recorded at the next tick, by chunk; in the order in which it came."""
    _holds: dict[Channel, float] = field(default_factory=dict)
    """What the platform asked for and the ledger does not know yet; seconds."""
    _notes: dict[str, str] = field(default_factory=dict)
    """Campaigns that are to be paused at the next tick, and why."""
    _streaks: dict[Place, Streak] = field(default_factory=dict)
    _pauses: dict[Channel, Pause] = field(default_factory=dict)
    _refreshed: dict[Channel, float] = field(default_factory=dict)
    _limited: dict[Channel, tuple[bytes, float]] = field(default_factory=dict)
    """Which conversation a platform limited last, and until when; by the loop's clock."""
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
            await asyncio.sleep(MIN_TICK_SECONDS if is_busy else IDLE_SECONDS)

    @property
    def _tick_seconds(self) -> float:
        return min(max(SENDS_A_TICK * self.interval, MIN_TICK_SECONDS), MAX_TICK_SECONDS)

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
        notes, self._notes = self._notes, {}
        taken: list[tuple[Work, list[Message]]] = []
        try:
            async with self.ledger.unit() as unit:
                await self._pause_campaigns(unit, notes, results)
                lost = await self._settle(unit, results, holds)
                fresh = await self._claim(unit)
                works = [work for id_, work in self._works.items() if id_ not in lost]
                orders = [order for each in self.senders for order in await self._order(unit, each, works, taken)]
        except BaseException:
            self._restore(results, holds, notes, taken)
            raise
        self._take_back(results)
        self._works = {id_: work for id_, work in self._works.items() if id_ not in lost and not work.is_over}
        # A fresh chunk is sent of from the next tick on, when its terms were looked at.
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
            await self._pause_campaigns(unit, self._notes, self._results)
            held = await unit.renew(self._works)
            for id_ in held:
                results = self._results.get(id_, [])
                await self._record(unit, self._works[id_].chunk, results)
                if self._works[id_].under_way == len(results):
                    await unit.release(id_, None)
                # Else its lease ends by itself: what is still without an answer is in doubt then.
        self._works, self._results, self._notes = {}, {}, {}

    # Within the transaction

    async def _pause_campaigns(
        self, unit: DeliveryUnit, notes: Mapping[str, str], results: Mapping[int, Sequence[Result]]
    ) -> None:
        """Pause what cannot go on; first lock everything that this tick may pause."""
        judged = {
            self._works[id_].chunk.campaign
            for id_, recorded in results.items()
            if id_ in self._works and any(is_unexplained(each.attempt) for each in recorded)
        }
        if notes or judged:
            await unit.lock({*notes, *judged})
        for campaign, note in notes.items():
            if await unit.pause(campaign, note):
                logger.error("a campaign was paused", extra={"campaign": campaign})

    async def _settle(
        self, unit: DeliveryUnit, results: Mapping[int, Sequence[Result]], holds: Mapping[Channel, float]
    ) -> set[int]:
        """Record what is known, and see to every chunk that is ours; returns those that are not any more."""
        for channel, seconds in holds.items():
            await unit.hold(channel, seconds)
        held = await unit.renew(self._works) if self._works else {}
        for id_, standing in held.items():
            recorded, work = results.get(id_, ()), self._works[id_]
            work.is_known = True
            is_paused = await self._record(unit, work.chunk, recorded)
            back = [each.message for each in recorded if each.message.delivery.status is DeliveryStatus.WAITING]
            now_held = replace(standing, is_running=standing.is_running and not is_paused)
            await self._close(unit, work, now_held, work.under_way - len(recorded), back)
        return set(self._works) - set(held)

    async def _record(self, unit: DeliveryUnit, chunk: Batch, results: Sequence[Result]) -> bool:
        """Keep results, and judge refusals that name no cause; True when the campaign was paused for them."""
        if not results:
            return False
        await unit.record(chunk.id, _recorded(results))
        streak = self._streaks.setdefault((chunk.campaign, chunk.channel), Streak())
        refused: list[Result] = []
        for each in results:
            if each.attempt.outcome is SendOutcome.ACCEPTED:
                streak.got_through = True
                refused.clear()
            elif is_unexplained(each.attempt):
                refused.append(each)
        if not refused:
            return False
        if streak.got_through:
            await unit.clear_suspects(chunk.id)
            streak.got_through = False
        times = await unit.suspect(chunk.id, [each.message.key for each in refused])
        if times < MAX_UNEXPLAINED:
            return False
        note = status_notes.refused_in_a_row(chunk.channel, times, refused[-1].attempt.reason)
        for work in self._works.values():
            work.is_closing = work.is_closing or work.chunk.campaign == chunk.campaign
        logger.error("a campaign was paused", extra={"campaign": chunk.campaign})
        return await unit.pause(chunk.campaign, note)

    async def _close(
        self, unit: DeliveryUnit, work: Work, held: BatchLease, under_way: int, back: Sequence[Message]
    ) -> None:
        """Let a chunk go in which nothing is to be sent now, as soon as every answer is in."""
        id_, now, deadline = work.chunk.id, self.clock.now(), held.terms.deadline
        is_late = now > deadline
        if is_late:
            await unit.drop_late(id_)
        waiting = [*work.waiting, *back]
        until = self._closed_until(work, deadline, under_way, waiting)
        if not under_way and waiting and all(each.ready_at == NEVER for each in waiting):
            self._notes.setdefault(work.chunk.campaign, status_notes.not_readable(len(waiting)))
        work.is_closing = is_late or not held.is_running or until is not None
        work.is_over = under_way == 0 and (work.is_closing or not waiting)
        if work.is_over and (is_late or (not waiting and work.put_off is None)):
            work.is_closing = True
            await unit.finish(id_)
        elif work.is_over:
            await unit.release(id_, min(until, deadline) if until is not None else None)

    def _closed_until(
        self, work: Work, deadline: datetime, under_way: int, waiting: Sequence[Message]
    ) -> datetime | None:
        """Return until when nothing of a chunk is sent: for the night, a limit of the channel, or everybody's rest.

        A night that outlasts the deadline closes nothing: everybody is asked for, since some may live elsewhere by now.
        """
        present, now = self.clock.now(), self.monotonic()
        night = quiet_until(work.chunk.zone, present)
        if night is not None and night <= deadline:
            return night
        if work.put_off is not None or under_way or not waiting:
            return work.put_off
        rest = min(each.ready_at for each in waiting) - now
        return present + timedelta(seconds=rest) if LONG_REST_SECONDS < rest < NEVER else None

    async def _claim(self, unit: DeliveryUnit) -> list[Work]:
        """Take a chunk when little is left to send."""
        now = self.monotonic()
        ready = sum(work.ready(now) for work in self._works.values())
        busy = sum(bool(work.under_way or work.rest(now) == 0) for work in self._works.values())
        if ready >= MAX_IN_FLIGHT or busy >= MAX_CHUNKS or len(self._works) >= MAX_RESTING:
            return []
        present = self.clock.now()
        claimed = await unit.claim(present)
        if claimed is None:
            return []
        chunk, waiting = claimed
        try:
            message = self.senders[chunk.channel].render(await unit.message(chunk.campaign))
        except Exception as error:  # one message that cannot be made must not keep the others back
            logger.error("a reminder cannot be rendered", extra={"campaign": chunk.campaign})
            why = str(error) if isinstance(error, BotError) else "program kita gagal membuatnya"
            self._notes[chunk.campaign] = status_notes.not_renderable(chunk.channel, why)
            await unit.release(chunk.id, None)
            self._hurry.set()
            return []
        messages = deque(to_message(each, now, present) for each in waiting)
        return [Work(chunk=chunk, message=message, waiting=messages)]

    async def _order(
        self, unit: DeliveryUnit, channel: Channel, works: Sequence[Work], taken: list[tuple[Work, list[Message]]]
    ) -> list[Order]:
        """Reserve sends of a channel and choose who gets them."""
        now = self.monotonic()
        here = [work for work in works if work.chunk.channel is channel]
        mine = [work for work in here if not work.is_closing and work.is_known]
        most = min(sum(work.ready(now) for work in mine), MAX_IN_FLIGHT - len(self._tasks))
        pause = self._pauses.setdefault(channel, Pause())
        if pause.is_out_of_order:
            most = min(most, 0 if any(work.under_way for work in here) else 1)
        if most <= 0 or pause.until > now:
            return []
        slots = await unit.reserve(channel, most)
        now = self.monotonic()
        if slots.held_for > 0:
            pause.until = max(pause.until, now + slots.held_for)
        moments = iter(now + delay for delay in slots.delays)
        left = len(slots.delays)
        orders: list[Order] = []
        for work in mine:
            for _ in range(MAX_LOOKS):
                messages = work.take(left - len(orders), now)
                if not messages:
                    break
                taken.append((work, messages))
                orders += await self._admitted(unit, work, messages, moments)
        return orders

    async def _admitted(
        self, unit: DeliveryUnit, work: Work, messages: Sequence[Message], moments: Iterator[float]
    ) -> list[Order]:
        fresh = {each.key for each in messages if not each.is_counted}
        present = self.clock.now()
        admitted = await unit.admit(work.chunk, [each.key for each in messages], fresh, present)
        streak = self._streaks.setdefault((work.chunk.campaign, work.chunk.channel), Streak())
        orders = []
        for each in messages:
            to = admitted.get(each.key, SkipReason.NOT_OPTED_IN)
            if isinstance(to, Addressee):
                streak.unreadable = 0
                orders.append(Order(work=work, message=each, to=to, at=next(moments)))
            elif to is SkipReason.PORTFOLIO_LIMIT:
                work.put_off = present + PORTFOLIO_PAUSE
            elif to is SkipReason.QUIET_HOURS:
                each.ready_at = self.monotonic() + (_first_morning(present) - present).total_seconds()
                work.waiting.append(each)
            elif to is SkipReason.UNREADABLE:
                streak.unreadable += 1
                each.ready_at = NEVER
                work.waiting.append(each)
        if streak.unreadable >= MAX_UNEXPLAINED:
            self._notes.setdefault(work.chunk.campaign, status_notes.not_readable(streak.unreadable))
        return orders

    def _restore(
        self,
        results: Mapping[int, list[Result]],
        holds: Mapping[Channel, float],
        notes: Mapping[str, str],
        taken: Sequence[tuple[Work, list[Message]]],
    ) -> None:
        """Put everything back that the failed transaction would have kept."""
        for id_, recorded in results.items():
            self._results[id_] = recorded + self._results.get(id_, [])
        for channel, seconds in holds.items():
            self._holds[channel] = max(seconds, self._holds.get(channel, 0.0))
        self._notes = {**self._notes, **notes}
        for work, messages in taken:
            still = {id(each) for each in work.waiting}
            work.waiting.extendleft(each for each in reversed(messages) if id(each) not in still)
        for work in self._works.values():
            work.is_closing = work.is_over = False
            work.put_off = None

    # After it

    def _take_back(self, results: Mapping[int, Sequence[Result]]) -> None:
        """Let messages wait again whose attempt is recorded; not before, so that a record never comes too late."""
        for id_, recorded in results.items():
            work = self._works[id_]
            work.under_way -= len(recorded)
            messages = [each.message for each in recorded]
            work.waiting.extend(each for each in messages if each.delivery.status is DeliveryStatus.WAITING)

    def _launch(self, orders: Sequence[Order]) -> None:
        for order in orders:
            order.work.under_way += 1
            order.message.is_counted = True
            order.message.delivery = replace(order.message.delivery, status=DeliveryStatus.SENDING)
            self._start(self._send(order))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, order: Order) -> None:
        chunk = order.work.chunk
        channel, pause = chunk.channel, self._pauses[chunk.channel]
        await asyncio.sleep(max(0.0, order.at - self.monotonic()))
        now = self.monotonic()
        if self._works.get(chunk.id) is not order.work:
            # The lease was lost meanwhile: whoever holds the chunk now decides about the message.
            return
        is_stopping = order.work.is_closing or chunk.campaign in self._notes
        if is_stopping or now > order.at + LATE_SECONDS or pause.until > now:
            self._note(order, SendResult(outcome=SendOutcome.RATE_LIMITED))
            return
        streak = self._streaks.setdefault((chunk.campaign, channel), Streak())
        try:
            attempt = await self.senders[channel].send(order.to, order.work.message)
            streak.crashes = 0
        except Exception as error:  # nothing may leave a message without a result
            logger.error("sending a reminder failed", extra={"error": type(error).__name__})
            attempt = SendResult(outcome=SendOutcome.UNKNOWN, reason=type(error).__name__, trouble=Trouble.OURS)
            streak.crashes += 1
        attempt = self._widened(order, attempt)
        self._heed(order, attempt, streak)
        if attempt.outcome is SendOutcome.NOT_TAKEN and pause.is_out_of_order and not attempt.is_crowded:
            # Nobody gets through: that is the platform's trouble, and no attempt of this message.
            attempt = replace(attempt, outcome=SendOutcome.NO_CONNECTION)
        self._note(order, attempt)

    def _widened(self, order: Order, attempt: SendResult) -> SendResult:
        """Take a limit for the whole sender's when another conversation's limit still lasts."""
        is_of_one = (
            attempt.outcome is SendOutcome.RATE_LIMITED and not attempt.is_sender_wide and not attempt.is_crowded
        )
        if not is_of_one or attempt.retry_after is None:
            return attempt
        channel, key, now = order.work.chunk.channel, order.message.key, self.monotonic()
        other, until = self._limited.get(channel, (key, 0.0))
        self._limited[channel] = key, max(until, now + attempt.retry_after)
        return replace(attempt, is_sender_wide=other != key and now < until)

    def _heed(self, order: Order, attempt: SendResult, streak: Streak) -> None:
        """Let an answer hold the sender, or the campaign."""
        chunk, now = order.work.chunk, self.monotonic()
        pause = self._pauses[chunk.channel]
        if attempt.retry_after is not None and attempt.is_sender_wide:
            self._holds[chunk.channel] = max(attempt.retry_after, self._holds.get(chunk.channel, 0.0))
            pause.until = max(pause.until, now + attempt.retry_after)
            self._hurry.set()
        pause.note(attempt, now)
        if is_token_refused(attempt) and pause.rest_for_token(now):
            self._hurry.set()
        elif is_held(attempt):
            self._notes.setdefault(chunk.campaign, status_notes.refused_for_us(chunk.channel, attempt))
            self._hurry.set()
            if attempt.trouble is Trouble.TEMPLATE:
                self._refresh(chunk.channel)
        elif streak.crashes >= MAX_UNEXPLAINED:
            note = status_notes.failing_in_our_program(chunk.channel, attempt.reason)
            self._notes.setdefault(chunk.campaign, note)

    def _refresh(self, channel: Channel) -> None:
        """Have a channel's templates read anew, not more often than now and then."""
        now = self.monotonic()
        ask = self.refresh.get(channel)
        if ask is None or now < self._refreshed.get(channel, -REFRESH_SECONDS) + REFRESH_SECONDS:
            return
        self._refreshed[channel] = now
        self._start(_asked(ask))

    def _note(self, order: Order, attempt: SendResult) -> None:
        """Remember what became of a message, to be recorded at the next tick."""
        message, chunk = order.message, order.work.chunk
        became = after_attempt(message.delivery, attempt, chunk.mode)
        tries = became.attempts + became.doubts
        rest = rest_seconds(attempt, tries) if became.status is DeliveryStatus.WAITING else 0.0
        message.delivery = rested(became, rest, self.clock.now())
        message.ready_at = self.monotonic() + rest
        if self._works.get(chunk.id) is order.work:
            self._results.setdefault(chunk.id, []).append(Result(message=message, attempt=attempt))

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._hurry.wait(), seconds)
        except TimeoutError:
            return
        self._hurry.clear()


async def _asked(ask: Callable[[], Awaitable[object]]) -> None:
    try:
        await ask()
    except Exception as error:  # the top of a job; the next look comes anyway
        logger.warning("templates could not be read anew", extra={"error": type(error).__name__})


def _first_morning(now: datetime) -> datetime:
    """Return when the first zone that sleeps now wakes up; whoever still sleeps then is asked for again."""
    return min(opens for zone in TimeZone if (opens := quiet_until(zone, now)) is not None)


def _recorded(results: Sequence[Result]) -> list[Recorded]:
    return [(each.message.key, each.message.delivery) for each in results]
