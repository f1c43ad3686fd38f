"""What is watched of this process, and how it is put together for /health and for the administrators."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.application.figures.service_health import SET_ASIDE_DAYS, ChannelHealth, PartHealth, ServiceHealth
from bot.application.messaging.channel_state import ChannelState
from bot.application.messaging.deliver_message import Sending
from bot.bootstrap.campaigns import sending_limits
from bot.bootstrap.services import Services
from bot.core.legal_day import legal_day
from bot.core.messaging.dead_letters import DeadLetterCount
from bot.core.vocabulary import Channel
from bot.nlu_service.client import NluClient
from bot.operations.health import FRESH_SECONDS, HealthWatch
from bot.storage.accounts.audit_trail import break_seen
from bot.storage.engine.probe import DatabaseProbe
from bot.storage.figures.channel_health import channel_health
from bot.storage.messaging.dead_letters import dead_letters_since
from bot.workers.supervision import Supervisor, progress

MAX_WAIT_SECONDS = 60.0
"""An update that waits longer is a sign that nobody works it off, whatever else looks well."""


@dataclass(kw_only=True)
class ServiceWatch:
    """Everything that is watched of one process."""

    parts: Services
    nlu: NluClient
    supervisor: Supervisor | None = None
    states: Mapping[Channel, ChannelState] = field(default_factory=dict)
    _watch: HealthWatch = field(init=False)
    sendings: Mapping[Channel, Sending] = field(default_factory=dict)
    _queues: Sequence[ChannelHealth] = ()
    _set_aside: Sequence[DeadLetterCount] = ()
    _withheld: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Name the checks."""
        self._watch = HealthWatch(monotonic=time.monotonic)
        self._probe = DatabaseProbe(self.parts.engine)
        self._watch.add("database", self._database)
        self._watch.add("nlu", self._nlu)
        self._watch.add("guidance", self._guidance)
        self._watch.add("queues", self._waiting)
        self._watch.add("audit", self._audit)

    async def look(self, fresh_seconds: float = FRESH_SECONDS) -> ServiceHealth:
        """Return what works now, within a second.

        Args:
            fresh_seconds: how long something seen counts as fresh; 0 to ask anew for everything.
        """
        seen = await self._watch.look(fresh_seconds)
        supervised = self.supervisor.health() if self.supervisor is not None else ()
        by_name = {part.name: part for part in supervised}
        channels = [self._channel(channel, state, by_name) for channel, state in self.states.items()]
        guidance, nlu = seen["guidance"], seen["nlu"]
        answers = guidance.details.get("answers")
        model = nlu.details.get("model")
        return ServiceHealth(
            nlu_model=str(model) if nlu.is_working and model is not None else None,
            channels=self._queues,
            set_aside=self._set_aside,
            parts=[*seen.values(), *channels, *supervised],
            answers=int(answers) if isinstance(answers, int) else None,
            withheld=self._withheld,
        )

    def watch_for_ever(self) -> None:
        """Look again and again beside the rest of the process."""
        if self.supervisor is not None:
            self.supervisor.start("health", lambda: self._watch.look_for_ever(progress), longest_silence=30.0)

    async def close(self) -> None:
        """End the checks under way."""
        await self._watch.close()

    async def _database(self) -> PartHealth:
        trouble = await self._probe.trouble()
        return PartHealth(name="database", is_working=trouble is None, trouble=trouble)

    async def _nlu(self) -> PartHealth:
        model = await self.nlu.model()
        if model is None:
            return PartHealth(name="nlu", is_working=False, trouble="no_answer", details={"model": None})
        is_parsing = await self.nlu.answers()
        trouble = None if is_parsing else "no_parse"
        return PartHealth(name="nlu", is_working=is_parsing, trouble=trouble, details={"model": model})

    async def _guidance(self) -> PartHealth:
        today = legal_day(self.parts.clock.now())
        async with self.parts.store.reading() as session:
            book = await self.parts.store.book(session)
        self._withheld = [standing.topic for standing in book.withheld(today)]
        answers = len(book.entries) - len(self._withheld)
        # Without any answer the service answers nobody; single ones are withheld in ordinary times.
        trouble = None if answers > 0 else "empty"
        details = {"answers": answers, "withheld": len(self._withheld)}
        return PartHealth(name="guidance", is_working=trouble is None, trouble=trouble, details=details)

    async def _audit(self) -> PartHealth:
        broken = await break_seen(self.parts.store)
        # Answers do not hang on it: a monitor that takes the service out would do the intruder's work.
        trouble = None if broken is None else "changed"
        return PartHealth(name="audit", is_working=broken is None, trouble=trouble, is_needed=False)

    async def _waiting(self) -> PartHealth:
        channels = [Channel.WEB, *sending_limits(self.parts.settings)]
        self._queues = await channel_health(self.parts.store, channels, self.parts.clock.now())
        today = legal_day(self.parts.clock.now())
        self._set_aside = await dead_letters_since(self.parts.store, today - timedelta(days=SET_ASIDE_DAYS - 1))
        oldest = max((each.oldest_seconds for each in self._queues), default=0.0)
        return PartHealth(
            name="queues",
            is_working=oldest <= MAX_WAIT_SECONDS,
            trouble=None if oldest <= MAX_WAIT_SECONDS else "waiting",
            details={
                "waiting": sum(each.waiting for each in self._queues),
                "owed": sum(each.owed for each in self._queues),
                "oldest_seconds": round(oldest, 1),
                "set_aside_today": sum(each.count for each in self._set_aside if each.day == today),
            },
        )

    def _channel(self, channel: Channel, state: ChannelState, supervised: Mapping[str, PartHealth]) -> PartHealth:
        """Put together what a channel's intake says, what its workers do, and what waits."""
        own = [part for name, part in supervised.items() if name.startswith(f"{channel.value}_")]
        sending = self.sendings.get(channel)
        trouble: str | None = state.trouble or next((part.trouble for part in own if not part.is_working), None)
        if trouble is None and sending is not None and sending.trouble is not None:
            trouble = f"sending_{sending.trouble.value}"
        queue = next((each for each in self._queues if each.channel is channel), None)
        if trouble is None and queue is not None and queue.oldest_seconds > MAX_WAIT_SECONDS:
            trouble = "waiting"
        age = time.monotonic() - state.last_success if state.last_success is not None else None
        return PartHealth(
            name=channel.value,
            is_working=trouble is None,
            trouble=trouble,
            age_seconds=age,
            details={
                "waiting": queue.waiting if queue else None,
                "oldest_seconds": round(queue.oldest_seconds, 1) if queue else None,
                "owed": queue.owed if queue else None,
                "in_doubt": sending.in_doubt if sending else None,
                "lost": sending.lost if sending else None,
                "restarts": sum(int(part.details.get("restarts") or 0) for part in own),
            },
        )
