"""What use cases need from outside; each has a real part and a fake."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.core.campaigns.campaign import Campaign
from bot.core.campaigns.consent import Agency, ReminderPreferences
from bot.core.campaigns.reminder_template import ReminderTemplate
from bot.core.dialogue.conversation import Conversation, Parse
from bot.core.figures.query_log import LogRow
from bot.core.guidance.book import GuidanceBook
from bot.core.guidance.election_calendar import StagePeriod
from bot.core.vocabulary import Channel


class Interpreter(Protocol):
    """The NLU."""

    async def parse(self, text: str) -> Parse:
        """Interpret one text of 1..4,096 characters.

        Raises:
            TemporaryError: when no parse can be had now; within 2.5 seconds at most.
        """


class Embedder(Protocol):
    """Returns texts of near meaning near vectors."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one vector for each text of 1..4,096 characters, all of one length.

        Raises:
            TemporaryError: when none can be had now.
        """

    async def model(self) -> str | None:
        """Return the content id of the model being served, None while none is; vectors of two models do not compare."""


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Return the present, aware, in the agency's own time zone."""


class Unit(Protocol):
    """One transaction on the store; what was written is kept when its block ends without an error."""

    async def load_conversation(self, channel: Channel, person: str, now: datetime) -> Conversation:
        """Return what is remembered and not expired; a fresh conversation otherwise. Locks it until the end."""

    async def save_conversation(self, channel: Channel, person: str, conversation: Conversation, now: datetime) -> None:
        """Remember a conversation for 24 hours from now."""

    async def erase_conversation(self, channel: Channel, person: str) -> None:
        """Forget a conversation; nothing happens when there is none."""

    async def erase_person(self, channel: Channel, person: str, now: datetime) -> None:
        """Erase conversation, opt-ins and what is still to be sent; only an event without identity is left."""

    async def withdraw_opt_ins(self, channel: Channel, person: str, now: datetime) -> None:
        """End the opt-ins of a person; an event without identity says so when there were any."""

    async def subscription(self, channel: Channel, person: str) -> ReminderPreferences | None:
        """Return a person's consent to reminders and what they chose, None when there is none."""

    async def subscribe(self, channel: Channel, person: str, subscription: ReminderPreferences, now: datetime) -> None:
        """Keep a consent or what was changed of it; the moment of the first consent stays."""

    async def set_reachable(self, channel: Channel, person: str, is_reachable: bool, now: datetime) -> None:
        """Remember that a person shut us out, or let us in again; nothing is withdrawn by it."""

    async def campaign_of_test_link(self, token: str, now: datetime) -> tuple[Campaign, ReminderTemplate | None] | None:
        """Return the campaign that a test link of today names and its template, None when there is none such."""

    async def agencies(self) -> Mapping[str, Agency]:
        """Return the agencies that people may subscribe under, by code, in the order of their names."""

    def mark(self, channel: Channel, person: str, words: str) -> str:
        """Return a short keyed hash of words of one conversation, by which equal ones are known without keeping them.

        It belongs into what `save_conversation` seals, and nowhere else.
        """

    async def add_log_row(self, row: LogRow) -> None:
        """Count one handled question; it shows in the log when its hour has ended."""

    async def acquire_token(self, source: str, now: datetime, interval: float, burst: int) -> float:
        """Count one message of a source against one every `interval` seconds, `burst` at once.

        Returns:
            0.0 when it may pass, else the seconds to wait; a message refused is not counted.
        """

    async def return_token(self, source: str, now: datetime, interval: float) -> None:
        """Count one message less of a source, at most as many as were counted."""

    async def guidance(self) -> GuidanceBook:
        """Return what is published."""

    async def stage_periods(self) -> tuple[StagePeriod, ...]:
        """Return the calendar of elections, earliest first."""


class Store(Protocol):
    """Where everything lasting is kept."""

    def unit(self) -> AbstractAsyncContextManager[Unit]:
        """Begin a transaction."""
