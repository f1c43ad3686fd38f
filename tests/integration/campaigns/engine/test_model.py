"""Any story of a campaign, on the real ledger: whatever people, processes, platform and clock do, the promises hold."""

import asyncio
import itertools
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, select, update

from bot.application.campaigns.ports import Addressee
from bot.application.campaigns.record_receipts import Receipt
from bot.application.campaigns.run_campaigns import RunCampaigns
from bot.core.accounts.review import is_second_person
from bot.core.campaigns.campaign import TRANSITIONS, Campaign, CampaignEvent, CampaignStatus
from bot.core.campaigns.consent import TimeZone, quiet_until, week_of
from bot.core.campaigns.delivery import MAX_DOUBTS, OPEN, DeliveryStatus, UnknownDeliveryPolicy
from bot.core.campaigns.segment import Segment
from bot.core.errors import InvalidInputError
from bot.core.guidance.entry import GuidanceEntry
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.replies.reply import Reply, text
from bot.core.vocabulary import Channel, Stage
from bot.storage.campaigns.campaigns import campaigns
from bot.storage.campaigns.consents import opt_in_binding
from bot.storage.campaigns.receipts import DatabaseReceipts
from bot.storage.campaigns.sending import CHUNK_LEASE_SECONDS, DatabaseLedger, SendingLimits
from bot.storage.campaigns.tables import CampaignRow, ChunkRow, DeliveryRow, OptInRow
from bot.storage.engine.engine import make_engine
from bot.storage.messaging.tables import RateRow
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.clock import FakeClock
from tests.integration.campaigns.engine.harness import TOPIC
from tests.support.database import _seeded_file, database_store

pytestmark = [pytest.mark.broadcast, pytest.mark.full, pytest.mark.timeout(400)]

PEOPLE = 9
LIMIT = 2
START = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
AUTHORS = ("ani", "budi")
INTERVAL = 1e-4
HOLD = 30.0
MOVING = {CampaignStatus.SCHEDULED, CampaignStatus.RUNNING}
EVERYTHING_ELSE = [SendOutcome.UNKNOWN, SendOutcome.NO_CONNECTION, SendOutcome.NOT_TAKEN, SendOutcome.REFUSED]


@dataclass
class World:
    """The platform, and everything that reached anybody."""

    clock: FakeClock
    faults: list[SendOutcome] = field(default_factory=list)
    unreachable: set[str] = field(default_factory=set)
    opted_in: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    """Campaigns that may send."""
    held_until: datetime = START
    received: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By person and campaign."""
    weekly: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    modes: dict[str, UnknownDeliveryPolicy] = field(default_factory=dict)
    zones: dict[str, TimeZone] = field(default_factory=dict)
    """Where people live by now."""
    unmeant: set[str] = field(default_factory=set)
    """Who took the stage of the campaigns out of their choices."""
    is_broken: bool = False
    """The account takes nothing from anybody."""
    is_garbled: bool = False
    """Nothing is taken, for a reason that nobody knows."""
    tickets: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of what the platform took: person and campaign."""
    over: set[str] = field(default_factory=set)
    """Tickets of attempts of which it said later that they failed."""

    def attempt(self, person: str, campaign: str, ticket: str) -> SendResult:
        """Answer as the platform would, and hold every promise against it."""
        now = self.clock.now()
        assert person in self.opted_in, "to someone who did not opt in"
        assert person not in self.unmeant, "to someone who is not meant any more"
        assert campaign in self.running, "of a campaign that may not send"
        assert quiet_until(self.zones[person], now) is None, "at night"
        assert now >= self.held_until, "before retry_after had passed"
        if self.is_broken:
            return SendResult(outcome=SendOutcome.HELD, trouble=Trouble.ACCOUNT, reason="131042")
        if self.is_garbled:
            return SendResult(outcome=SendOutcome.REFUSED, reason="999999")
        if person in self.unreachable:
            return SendResult(outcome=SendOutcome.UNREACHABLE, reason="blocked")
        outcome = self.faults.pop() if self.faults else SendOutcome.ACCEPTED
        if outcome is SendOutcome.ACCEPTED:
            self.tickets[ticket] = (person, campaign)
        if outcome in {SendOutcome.ACCEPTED, SendOutcome.UNKNOWN}:
            self.received[(person, campaign)] += 1
            most = 1 if self.modes[campaign] is UnknownDeliveryPolicy.HOLD else MAX_DOUBTS
            assert self.received[(person, campaign)] <= most, "too often"
            week = self.weekly.setdefault((person, week_of(now)), set())
            week.add(campaign)
        if outcome is SendOutcome.RATE_LIMITED:
            self.held_until = now + timedelta(seconds=HOLD)
            return SendResult(outcome=outcome, retry_after=HOLD)
        return SendResult(outcome=outcome, reason="uji")


@dataclass
class FakeMassSender:
    """Hands every message to the world; the text is the campaign's id."""

    world: World
    channel: Channel = Channel.TELEGRAM

    def render(self, reply: Reply) -> bytes:
        return reply.paragraphs[0].lines[0].encode()

    async def send(self, to: Addressee, message: bytes) -> SendResult:
        return self.world.attempt(to.person, message.decode(), to.ticket)

    async def close(self) -> None:
        return


def zone_of(person: str) -> TimeZone:
    return list(TimeZone)[int(person) % 3]


@dataclass
class Ground:
    """One database for all stories, emptied between them; one loop."""

    store: DatabaseStore
    runner: asyncio.Runner


GROUND: list[Ground] = []


class CampaignStory(RuleBasedStateMachine):
    """One story."""

    def __init__(self) -> None:
        super().__init__()
        self.store, self.run = GROUND[0].store, GROUND[0].runner.run
        self.clock = FakeClock(at=START)
        self.world = World(clock=self.clock)
        self.owners = itertools.count()
        self.ids = itertools.count()
        self.approved: set[str] = set()
        self.recipients: dict[str, int] = {}

    @initialize()
    def begin(self) -> None:
        self.run(self._begin())
        self.processes = [self._process(), self._process()]

    # People

    @rule(event=st.sampled_from([CampaignEvent.SUBMIT, CampaignEvent.SCHEDULE]), pick=st.integers(0, 9))
    def go_on(self, event: CampaignEvent, pick: int) -> None:
        self._change(event, pick)

    @rule(mode=st.sampled_from(UnknownDeliveryPolicy), author=st.sampled_from(AUTHORS))
    def create(self, mode: UnknownDeliveryPolicy, author: str) -> None:
        if len(self.world.modes) < 4:
            id_ = f"k{next(self.ids)}"
            self.world.modes[id_] = mode
            self.run(self._create(id_, mode, author))

    @rule(mode=st.sampled_from(UnknownDeliveryPolicy))
    def create_and_approve(self, mode: UnknownDeliveryPolicy) -> None:
        """The straight way, so that stories come to their point."""
        if len(self.world.modes) < 4:
            self.create(mode=mode, author="ani")
            id_ = list(self.world.modes)[-1]
            for event in (CampaignEvent.SUBMIT, CampaignEvent.APPROVE, CampaignEvent.SCHEDULE):
                self._happen(id_, event, "budi" if event is CampaignEvent.APPROVE else "ani")

    @rule(approver=st.sampled_from(AUTHORS), pick=st.integers(0, 9))
    def approve(self, approver: str, pick: int) -> None:
        self._change(CampaignEvent.APPROVE, pick, approver)

    @rule(
        event=st.sampled_from([CampaignEvent.PAUSE, CampaignEvent.RESUME, CampaignEvent.RESUME, CampaignEvent.STOP]),
        pick=st.integers(0, 9),
    )
    def interrupt(self, event: CampaignEvent, pick: int) -> None:
        self._change(event, pick)

    @rule(person=st.integers(0, PEOPLE - 1))
    def opt_out(self, person: int) -> None:
        self.world.opted_in.discard(str(person))
        self.run(self._forget(str(person)))

    @rule(person=st.integers(0, PEOPLE - 1))
    def block(self, person: int) -> None:
        self.world.unreachable.add(str(person))

    @rule(person=st.integers(0, PEOPLE - 1))
    def deselect(self, person: int) -> None:
        """Take the stage out that every campaign is for, whatever was collected."""
        self.world.unmeant.add(str(person))
        self.run(self._choose(str(person), {"stages": f",{Stage.CAMPAIGN.value},"}))

    @rule(person=st.integers(0, PEOPLE - 1), zone=st.sampled_from(TimeZone))
    def move(self, person: int, zone: TimeZone) -> None:
        self.world.zones[str(person)] = zone
        self.run(self._choose(str(person), {"zone": zone.value}))

    # Platform, processes, time

    @rule(outcomes=st.lists(st.sampled_from(EVERYTHING_ELSE), min_size=1, max_size=4))
    def break_sends(self, outcomes: list[SendOutcome]) -> None:
        self.world.faults += outcomes

    @rule(is_broken=st.booleans())
    def break_the_account(self, is_broken: bool) -> None:
        self.world.is_broken = is_broken

    @rule(is_garbled=st.booleans())
    def refuse_without_a_reason(self, is_garbled: bool) -> None:
        self.world.is_garbled = is_garbled

    @rule(pick=st.integers(0, 99), times=st.integers(1, 3), is_account=st.booleans())
    def fail_later(self, pick: int, times: int, is_account: bool) -> None:
        """Say of something that was taken that it failed; late, again, also of an attempt that is long over."""
        known = sorted({*self.world.tickets, *self.world.over})
        if known:
            self.run(self._fail_later(known[pick % len(known)], times, is_account))

    @rule()
    def limit_the_rate(self) -> None:
        self.world.faults = [SendOutcome.RATE_LIMITED]

    @rule(which=st.integers(0, 1), ticks=st.integers(1, 4))
    def work(self, which: int, ticks: int) -> None:
        self.run(self._work(which, ticks))

    @rule(which=st.integers(0, 1), is_sent=st.booleans())
    def crash(self, which: int, is_sent: bool) -> None:
        """Vanish after a tick: with its messages out and unrecorded, or marked and not sent."""
        self.run(self._crash(which, is_sent=is_sent))
        self.processes[which] = self._process()

    @rule(seconds=st.sampled_from([0.3, CHUNK_LEASE_SECONDS + 1, 40.0, 3600.0, 9 * 3600.0, 30 * 3600.0]))
    def wait(self, seconds: float) -> None:
        self._pass(seconds)

    @precondition(lambda self: self.clock.at < START)
    @rule()
    def never(self) -> None:
        raise AssertionError

    def teardown(self) -> None:
        if hasattr(self, "processes"):
            self.run(self._recover())
            self.run(self._check())

    # How

    def _pass(self, seconds: float) -> None:
        self.clock.at += timedelta(seconds=seconds)

    def _present(self) -> float:
        return self.clock.at.timestamp()

    def _process(self) -> RunCampaigns:
        ledger = DatabaseLedger(
            self.store,
            f"p{next(self.owners)}",
            {Channel.TELEGRAM: SendingLimits(interval=INTERVAL)},
            present=self._present,
        )
        return RunCampaigns(
            ledger=ledger,
            senders={Channel.TELEGRAM: FakeMassSender(self.world)},
            clock=self.clock,
            monotonic=self._present,
        )

    def _change(self, event: CampaignEvent, pick: int, actor: str = "ani") -> None:
        if self.world.modes:
            self._happen(list(self.world.modes)[pick % len(self.world.modes)], event, actor)

    def _happen(self, id_: str, event: CampaignEvent, actor: str) -> None:
        before, after = self.run(self._event(id_, event, actor))
        assert after is before or TRANSITIONS.get((before, event)) is after
        if after in MOVING:
            self.world.running.add(id_)
        else:
            self.world.running.discard(id_)

    async def _begin(self) -> None:
        async with self.store.session() as session:
            for table in (DeliveryRow, ChunkRow, CampaignRow, OptInRow, RateRow):
                await session.execute(delete(table))
            for number in range(PEOPLE):
                person = str(number)
                key = self.store.key_of(Channel.TELEGRAM, person)
                session.add(
                    OptInRow(
                        key=key,
                        channel=Channel.TELEGRAM,
                        address=self.store.seal_bytes(person.encode(), opt_in_binding(key)),
                        opted_in_at=START,
                        text_version="uji",
                        zone=zone_of(person).value,
                    )
                )
                self.world.opted_in.add(person)
                self.world.zones[person] = zone_of(person)

    async def _create(self, id_: str, mode: UnknownDeliveryPolicy, author: str) -> None:
        async with campaigns(self.store) as unit:
            await unit.add(
                Campaign(
                    id=id_,
                    name=id_,
                    status=CampaignStatus.DRAFT,
                    topic=TOPIC,
                    version=None,
                    message=None,
                    segment=Segment(stages=frozenset({Stage.QUIET_PERIOD})),
                    schedule="sekarang",
                    valid_hours=24,
                    in_doubt=mode,
                    weekly_limit=LIMIT,
                    created_by=author,
                ),
                self.clock.now(),
            )

    async def _event(self, id_: str, event: CampaignEvent, actor: str) -> tuple[CampaignStatus, CampaignStatus]:
        async with self.store.unit() as unit:
            entry = (await unit.guidance()).entries[TOPIC]
        assert isinstance(entry, GuidanceEntry)
        async with campaigns(self.store) as unit:
            campaign = await unit.get(id_)
        try:
            async with campaigns(self.store) as unit:
                if event is CampaignEvent.APPROVE:
                    if not is_second_person(campaign.involved, actor):
                        return campaign.status, campaign.status
                    await unit.approve(id_, actor, Reply(paragraphs=(text(id_),)), entry.version)
                else:
                    due = {"next_run": self.clock.at.timestamp()} if event is CampaignEvent.SCHEDULE else {}
                    by = {"submitted_by": actor} if event is CampaignEvent.SUBMIT else {}
                    await unit.change(id_, event, **due, **by)
        except InvalidInputError:
            return campaign.status, campaign.status
        async with campaigns(self.store) as unit:
            return campaign.status, (await unit.get(id_)).status

    async def _choose(self, person: str, chosen: dict[str, str]) -> None:
        async with self.store.session() as session:
            key = self.store.key_of(Channel.TELEGRAM, person)
            await session.execute(update(OptInRow).where(OptInRow.key == key).values(chosen))

    async def _fail_later(self, ticket: str, times: int, is_account: bool) -> None:
        attempt = (
            SendResult(outcome=SendOutcome.HELD, trouble=Trouble.ACCOUNT, reason="131042")
            if is_account
            else SendResult(outcome=SendOutcome.NOT_TAKEN, trouble=Trouble.PLATFORM, reason="131000")
        )
        receipt = Receipt(ticket=ticket, status=DeliveryStatus.FAILED, attempt=attempt)
        receipts, changed = DatabaseReceipts(self.store, self.clock.now), 0
        for _ in range(times):
            changed += await receipts.record([receipt])
        assert changed <= 1, "one failure counted twice"
        if changed:
            # It did not arrive after all, so that it may be sent once more.
            assert ticket not in self.world.over, "what is told late of an attempt that is over counted"
            self.world.over.add(ticket)
            person, campaign = self.world.tickets.pop(ticket)
            self.world.received[(person, campaign)] -= 1
        async with campaigns(self.store) as unit:
            for each in await unit.all():
                (self.world.running.add if each.status in MOVING else self.world.running.discard)(each.id)

    async def _forget(self, person: str) -> None:
        async with self.store.session() as session:
            key = self.store.key_of(Channel.TELEGRAM, person)
            await session.execute(delete(OptInRow).where(OptInRow.key == key))

    async def _work(self, which: int, ticks: int) -> None:
        process = self.processes[which]
        for _ in range(ticks):
            while await process.ledger.plan(self.clock.now()):
                pass
            await self._settle_running()
            await process.tick()
            while process._tasks:
                await asyncio.wait(set(process._tasks))
            self._pass(0.05)

    async def _settle_running(self) -> None:
        """The program itself may end or pause a campaign."""
        async with campaigns(self.store) as unit:
            for campaign in await unit.all():
                if campaign.status not in MOVING:
                    self.world.running.discard(campaign.id)

    async def _crash(self, which: int, *, is_sent: bool) -> None:
        process = self.processes[which]
        await process.tick()
        if is_sent and process._tasks:
            await asyncio.wait(set(process._tasks))
        for task in set(process._tasks):
            task.cancel()
        await asyncio.gather(*process._tasks, return_exceptions=True)

    async def _recover(self) -> None:
        """Let everything heal, and every campaign that may go on come to its end."""
        self.world.faults.clear()
        self.world.is_broken = self.world.is_garbled = False
        await self._resume()
        for _ in range(12):
            # What was told of a campaign before it healed may pause it once more, with a note.
            await self._resume()
            async with campaigns(self.store) as unit:
                if all(each.status not in MOVING for each in await unit.all()):
                    return
            self._pass(CHUNK_LEASE_SECONDS + HOLD + 65)
            if quiet_until(TimeZone.WIB, self.clock.at) or quiet_until(TimeZone.WIT, self.clock.at):
                self.clock.at = self.clock.at.replace(hour=5) + timedelta(days=1)
            await self._work(0, 3)
            await self._work(1, 1)

    async def _resume(self) -> None:
        async with campaigns(self.store) as unit:
            for each in await unit.all():
                if each.status is CampaignStatus.PAUSED:
                    await unit.change(each.id, CampaignEvent.RESUME)
                    self.world.running.add(each.id)

    async def _check(self) -> None:
        async with self.store.session() as session:
            found = await session.execute(
                select(ChunkRow.campaign_id, DeliveryRow.key, DeliveryRow.status, CampaignRow.status)
                .join(ChunkRow, ChunkRow.id == DeliveryRow.chunk_id)
                .join(CampaignRow, CampaignRow.id == ChunkRow.campaign_id)
            )
            rows = found.all()
        async with campaigns(self.store) as unit:
            hanging = [each.id for each in await unit.all() if each.status is CampaignStatus.RUNNING]
        assert hanging == [], "still running though everything has healed"
        people = {self.store.key_of(Channel.TELEGRAM, str(number)): str(number) for number in range(PEOPLE)}
        for campaign, key, status, standing in rows:
            got = self.world.received[(people[key], campaign)]
            if standing is CampaignStatus.DONE:
                assert status not in OPEN, "lost: neither sent nor accounted for"
            assert status is not DeliveryStatus.SENT or got >= 1, "counted as sent and never arrived"
        per_campaign = Counter(campaign for campaign, *_ in rows)
        assert all(number <= PEOPLE for number in per_campaign.values())
        assert all(len(sent) <= LIMIT for sent in self.world.weekly.values()) or self._is_over_a_week_end()

    def _is_over_a_week_end(self) -> bool:
        """A message counts for the week in which it was first marked; one resent after Sunday counts no second time."""
        return any(count > 1 for count in self.world.received.values()) or self.clock.at > START + timedelta(days=5)


@contextmanager
def ground() -> Iterator[None]:
    memory = Path("/dev/shm")
    # As the senders' processes do: each statement is a change of threads.
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        file = Path(folder) / "model.db"
        file.write_bytes(_seeded_file())
        engine = make_engine(f"sqlite:///{file}")
        with asyncio.Runner() as runner:
            GROUND.append(Ground(store=database_store(engine), runner=runner))
            try:
                yield
            finally:
                GROUND.clear()
                sys.setswitchinterval(before)
                runner.run(engine.dispose())


def test_no_story_breaks_a_promise() -> None:
    with ground():
        run_state_machine_as_test(
            CampaignStory,
            settings=settings(
                max_examples=int(os.environ.get("SINETRAL_STORIES", "60")),
                stateful_step_count=40,
                deadline=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
