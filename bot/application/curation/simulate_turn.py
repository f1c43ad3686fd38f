"""Answer as the bot would, with everything it went by, and keep nothing of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.application.curation.edit_drafts import GuidanceStore
from bot.application.dialogue.handle_message import interpret
from bot.application.ports import Clock, Interpreter
from bot.core.curation.drafts import Draft
from bot.core.dialogue.conversation import Conversation, Press, TurnInput
from bot.core.dialogue.decision import Decision, DecisionKind
from bot.core.dialogue.policy import decide
from bot.core.guidance.book import GuidanceBook, WithheldAnswer
from bot.core.guidance.election_calendar import stage_on
from bot.core.vocabulary import Stage


@dataclass(frozen=True, kw_only=True)
class SimulatedInput:
    """One message to try."""

    said: str
    payload: str = ""
    """Of a button, instead of what was said."""
    day: date
    stage: Stage | None = None
    by_calendar: bool = True
    """Whether the calendar gives the stage, and not the one above."""
    with_drafts: bool = False
    """Whether answers are given as the drafts on their way would have them."""


@dataclass(frozen=True, kw_only=True)
class SimulationResult:
    """What the bot would do, and what it went by."""

    heard: TurnInput
    decision: Decision
    stage: Stage | None
    day: date
    withheld: WithheldAnswer | None
    """Why the topic's answer was not given."""
    draft: Draft | None
    """The draft that the answer is taken from."""
    book: GuidanceBook


@dataclass(frozen=True, kw_only=True)
class SimulateTurn:
    """The use case; it writes neither log nor conversation."""

    interpreter: Interpreter
    store: GuidanceStore
    clock: Clock

    async def simulate(self, conversation: Conversation, attempt: SimulatedInput) -> SimulationResult:
        """Decide one message on a day and in a stage of the caller's choice."""
        book, drafts, stage = await self._guidance(attempt)
        heard = Press(payload=attempt.payload) if attempt.payload else await interpret(self.interpreter, attempt.said)
        decision = decide(conversation, heard, book, stage, _at(attempt.day, self.clock.now()))
        standing = book.answer_on(decision.topic, attempt.day) if decision.topic else None
        is_withheld = decision.kind is DecisionKind.FALLBACK and isinstance(standing, WithheldAnswer)
        return SimulationResult(
            heard=heard,
            decision=decision,
            stage=stage,
            day=attempt.day,
            withheld=standing if is_withheld and isinstance(standing, WithheldAnswer) else None,
            draft=drafts.get(decision.topic) if decision.topic else None,
            book=book,
        )

    async def _guidance(self, attempt: SimulatedInput) -> tuple[GuidanceBook, Mapping[str, Draft], Stage | None]:
        async with self.store.unit() as unit:
            book = await unit.desk.guidance()
            periods = await unit.desk.stage_periods()
            drafts = {each.topic: each for each in await unit.drafts.open_drafts()} if attempt.with_drafts else {}
        contents = {topic: draft.content for topic, draft in drafts.items()}
        stage = stage_on(periods, attempt.day) if attempt.by_calendar else attempt.stage
        return replace(book, entries={**book.entries, **contents}), drafts, stage


def _at(day: date, now: datetime) -> datetime:
    return now.replace(year=day.year, month=day.month, day=day.day)
