"""A campaign on a real ledger, with a sender that answers as it is told and a clock that stands still."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.application.campaigns.ports import Addressee
from bot.application.campaigns.run_campaigns import RunCampaigns
from bot.core.campaigns.campaign import Campaign, CampaignEvent, CampaignStatus
from bot.core.campaigns.consent import ReminderPreferences
from bot.core.campaigns.delivery import DeliveryStatus, UnknownDeliveryPolicy
from bot.core.campaigns.segment import Segment
from bot.core.errors import InvalidInputError
from bot.core.guidance.entry import GuidanceEntry
from bot.core.messaging.send_outcome import SendOutcome, SendResult
from bot.core.replies.reply import Reply, text
from bot.core.vocabulary import Channel
from bot.storage.campaigns.campaigns import campaigns
from bot.storage.campaigns.sending import DatabaseLedger, SendingLimits
from bot.storage.campaigns.tables import CampaignRow, ChunkRow, DeliveryRow
from bot.storage.unit_of_work import DatabaseStore
from tests.fakes.clock import FakeClock
from tests.integration.campaigns.engine.harness import TOPIC, noon

ACCEPTED = SendResult(outcome=SendOutcome.ACCEPTED)
INTERVAL = 1e-4


@dataclass
class ToldSender:
    """Answers each send as a test says; keeps whom it was asked to send to."""

    answer: Callable[[str], SendResult] = lambda _: ACCEPTED
    channel: Channel = Channel.TELEGRAM
    unfit: str | None = None
    """Why nothing can be rendered."""
    asked: list[Addressee] = field(default_factory=list)
    got: Counter[str] = field(default_factory=Counter)
    """What was accepted, by person."""

    def render(self, reply: Reply) -> bytes:
        """Make the text, unless told not to."""
        if self.unfit is not None:
            raise InvalidInputError(self.unfit)
        return reply.paragraphs[0].lines[0].encode()

    async def send(self, to: Addressee, message: bytes) -> SendResult:
        """Answer as told."""
        self.asked.append(to)
        attempt = self.answer(to.person)
        if attempt.outcome is SendOutcome.ACCEPTED:
            self.got[to.person] += 1
        return attempt

    async def close(self) -> None:
        """Do nothing."""


@dataclass(kw_only=True)
class Desk:
    """One campaign's ledger and one sending process."""

    store: DatabaseStore
    sender: ToldSender = field(default_factory=ToldSender)
    clock: FakeClock = field(default_factory=lambda: FakeClock(at=noon()))
    refreshed: list[Channel] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start the process."""
        self.process = self.new_process("p0")

    def new_process(self, owner: str, served: Collection[Channel] = ()) -> RunCampaigns:
        """Make a process with a lease of its own."""
        channels = served or (self.sender.channel,)
        ledger = DatabaseLedger(
            self.store,
            owner,
            {channel: SendingLimits(interval=INTERVAL) for channel in channels},
            present=self.seconds,
        )

        async def refresh() -> None:
            self.refreshed.append(self.sender.channel)

        return RunCampaigns(
            ledger=ledger,
            senders=dict.fromkeys(channels, self.sender),
            clock=self.clock,
            monotonic=self.seconds,
            refresh={self.sender.channel: refresh},
        )

    async def subscribe(self, *people: str, **chosen: object) -> None:
        """Let people opt in."""
        wish = replace(ReminderPreferences(method="button", text_version="uji"), **chosen)  # type: ignore[arg-type]
        async with self.store.unit() as unit:
            for person in people:
                await unit.subscribe(self.sender.channel, person, wish, self.clock.at)

    async def campaign(
        self, id_: str = "k1", segment: Segment | None = None, schedule: str = "sekarang", hours: int = 48
    ) -> str:
        """Write, approve and schedule a campaign for now."""
        now = self.clock.at
        async with self.store.unit() as unit:
            entry = (await unit.guidance()).answer_on(TOPIC, now.date())
        assert isinstance(entry, GuidanceEntry)
        draft = Campaign(
            id=id_,
            name=id_,
            status=CampaignStatus.DRAFT,
            topic=TOPIC,
            version=None,
            message=None,
            segment=segment or Segment(),
            schedule=schedule,
            valid_hours=hours,
            in_doubt=UnknownDeliveryPolicy.HOLD,
            weekly_limit=3,
            created_by="ani",
        )
        async with campaigns(self.store) as unit:
            await unit.add(draft, now)
            await unit.change(id_, CampaignEvent.SUBMIT, submitted_by="ani")
            await unit.approve(id_, "budi", Reply(paragraphs=(text(id_),)), entry.version)
            moment = await unit.first_moment(schedule, now)
            assert moment is not None
            await unit.change(id_, CampaignEvent.SCHEDULE, next_run=moment.timestamp())
        return id_

    async def collect(self) -> None:
        """Do what planning there is."""
        while await self.process.ledger.plan(self.clock.at):
            pass

    async def work(self, ticks: int = 6, process: RunCampaigns | None = None) -> None:
        """Plan and send for some ticks."""
        sender = process or self.process
        for _ in range(ticks):
            while await sender.ledger.plan(self.clock.at):
                pass
            await sender.tick()
            while sender._tasks:
                await asyncio.wait(set(sender._tasks))
            self.forward(seconds=0.05)

    def seconds(self) -> float:
        """Return the seconds since 1970, by which everything goes."""
        return self.clock.at.timestamp()

    def forward(self, **span: float) -> None:
        """Move the clock on."""
        self.clock.at += timedelta(**span)

    async def look(self, id_: str = "k1") -> Campaign:
        """Read a campaign."""
        async with campaigns(self.store) as unit:
            return await unit.get(id_)

    async def happen(self, event: CampaignEvent, id_: str = "k1") -> None:
        """Let something happen to a campaign as a person does."""
        async with campaigns(self.store) as unit:
            note = {"note": None} if event is CampaignEvent.RESUME else {}
            await unit.change(id_, event, **note)

    async def counts(self, id_: str = "k1") -> Counter[DeliveryStatus]:
        """Count the messages of a campaign by their fate."""
        async with self.store.session() as session:
            rows = await session.scalars(
                select(DeliveryRow.status)
                .join(ChunkRow, ChunkRow.id == DeliveryRow.chunk_id)
                .where(ChunkRow.campaign_id == id_)
            )
            return Counter(rows)

    async def set_deadline(self, at: datetime, id_: str = "k1") -> None:
        """Move the deadline of the run."""
        async with self.store.session() as session:
            changed = update(CampaignRow).where(CampaignRow.id == id_).values(deadline=at.timestamp())
            await session.execute(changed)
