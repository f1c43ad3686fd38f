"""A store in memory, a unit of which is whole or nothing."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.core.campaigns.campaign import Campaign
from bot.core.campaigns.consent import Agency, ReminderPreferences
from bot.core.campaigns.reminder_template import ReminderTemplate
from bot.core.dialogue.conversation import Conversation
from bot.core.figures.query_log import LogRow
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.messaging.rate_limit import next_token
from bot.core.vocabulary import Channel

CONVERSATION_LIFE = timedelta(hours=24)


@dataclass
class FakeStore:
    """Keeps everything in dictionaries; a failed unit leaves them as they were."""

    book: GuidanceBook
    periods: tuple[StagePeriod, ...] = ()
    conversations: dict[tuple[Channel, str], tuple[Conversation, datetime]] = field(default_factory=dict)
    log: list[LogRow] = field(default_factory=list)
    due: dict[tuple[str, str], float] = field(default_factory=dict)
    opt_ins: set[tuple[Channel, str]] = field(default_factory=set)
    subscriptions: dict[tuple[Channel, str], ReminderPreferences] = field(default_factory=dict)
    known_agencies: dict[str, Agency] = field(default_factory=dict)
    unreachable: set[tuple[Channel, str]] = field(default_factory=set)
    trials: dict[str, tuple[Campaign, ReminderTemplate | None]] = field(default_factory=dict)
    erased: int = 0
    """How often somebody had everything erased."""

    @asynccontextmanager
    async def unit(self) -> AsyncIterator["FakeUnit"]:
        """Begin; keep what was written only when no error ends the block."""
        before = (dict(self.conversations), list(self.log), dict(self.due))
        try:
            yield FakeUnit(self)
        except BaseException:
            self.conversations, self.log, self.due = before
            raise


@dataclass
class FakeUnit:
    """One transaction of the fake store."""

    store: FakeStore

    async def load_conversation(self, channel: Channel, person: str, now: datetime) -> Conversation:
        """Return what is remembered and not expired."""
        kept, until = self.store.conversations.get((channel, person), (Conversation(), now))
        return kept if until > now else Conversation()

    async def save_conversation(self, channel: Channel, person: str, conversation: Conversation, now: datetime) -> None:
        """Remember for 24 hours."""
        self.store.conversations[(channel, person)] = (conversation, now + CONVERSATION_LIFE)

    async def erase_conversation(self, channel: Channel, person: str) -> None:
        """Forget."""
        self.store.conversations.pop((channel, person), None)

    async def erase_person(self, channel: Channel, person: str, now: datetime) -> None:
        """Forget everything."""
        self.store.conversations.pop((channel, person), None)
        self.store.opt_ins.discard((channel, person))
        self.store.subscriptions.pop((channel, person), None)
        self.store.erased += 1

    async def withdraw_opt_ins(self, channel: Channel, person: str, now: datetime) -> None:
        """Forget the opt-in."""
        self.store.opt_ins.discard((channel, person))
        self.store.subscriptions.pop((channel, person), None)

    async def subscription(self, channel: Channel, person: str) -> ReminderPreferences | None:
        """Return the opt-in."""
        return self.store.subscriptions.get((channel, person))

    async def subscribe(self, channel: Channel, person: str, subscription: ReminderPreferences, now: datetime) -> None:
        """Keep an opt-in."""
        self.store.subscriptions[(channel, person)] = subscription

    async def set_reachable(self, channel: Channel, person: str, is_reachable: bool, now: datetime) -> None:
        """Remember who cannot be reached."""
        self.store.unreachable = (self.store.unreachable - {(channel, person)}) | (
            set() if is_reachable else {(channel, person)}
        )

    async def campaign_of_test_link(self, token: str, now: datetime) -> tuple[Campaign, ReminderTemplate | None] | None:
        """Return a campaign by its token."""
        return self.store.trials.get(token)

    async def agencies(self) -> Mapping[str, Agency]:
        """Return the agencies."""
        return self.store.known_agencies

    def mark(self, channel: Channel, person: str, words: str) -> str:
        """Return a hash of words."""
        told = "\x1f".join((channel.value, person, words)).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(told, digest_size=6).hexdigest()

    async def add_log_row(self, row: LogRow) -> None:
        """Count."""
        self.store.log.append(row)

    async def acquire_token(self, source: str, now: datetime, interval: float, burst: int) -> float:
        """Count one message against its rate."""
        key = (source, now.astimezone(UTC).date().isoformat())
        token = next_token(self.store.due.get(key), now.timestamp(), interval, burst)
        self.store.due[key] = token.due
        return token.wait

    async def return_token(self, source: str, now: datetime, interval: float) -> None:
        """Count one message less."""
        key = (source, now.astimezone(UTC).date().isoformat())
        if key in self.store.due:
            self.store.due[key] -= interval

    async def guidance(self) -> GuidanceBook:
        """Return the book."""
        return self.store.book

    async def stage_periods(self) -> tuple[StagePeriod, ...]:
        """Return the calendar."""
        return self.store.periods
