"""Floods, loops, impatient presses and votes through the real queues, on every database."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.application.messaging.handle_update import HandleUpdate
from bot.application.messaging.limit_people import LimitPeople
from bot.application.messaging.ports import Message, Messenger, ReceivedUpdate, StoredUpdate, WorkKind
from bot.application.messaging.rate_limiter import PERSON_BURST
from bot.application.messaging.shown_answers import note_shown
from bot.core.replies import texts
from bot.core.vocabulary import Channel
from bot.storage.engine.engine import make_engine
from bot.storage.unit_of_work import DatabaseQueues, DatabaseStore
from tests.conftest import NOW
from tests.fakes.interpreter import FakeInterpreter, parsed
from tests.support.clock import StillClock
from tests.support.database import database_store, rows
from tests.unit.application.messaging.test_limit_people import PlainMessenger
from tests.unit.core.dialogue.policy_talk import LIKE, PARTY_EVENT

ME = "orang-1"
AWAY = "Terima kasih telah menghubungi kami. Pesan Anda akan dibalas pada jam kerja."
SLOWLY = 1
"""Messages a minute: however slow the machine, the allowance does not fill up while a test runs."""


class WhatsAppMessenger(PlainMessenger):
    """The plain one, on a channel whose updates wait for none before them."""

    channel = Channel.WHATSAPP


@dataclass(kw_only=True)
class Chat:
    """One person's chat through the real queues."""

    store: DatabaseStore
    engine: AsyncEngine
    nlu: FakeInterpreter
    limit: LimitPeople | None = None
    number: int = 0
    messages: list[Message] = field(default_factory=list)

    async def does(self, *updates: dict[str, Any]) -> list[str]:
        """Take updates in together and work them off; returns what is owed afterwards, and takes it away."""
        queues = DatabaseQueues(self.store)
        handle = HandleUpdate(
            interpreter=self.nlu,
            queues=queues,
            clock=StillClock(NOW),
            messengers={Channel.WHATSAPP: cast(Messenger, WhatsAppMessenger())},
            pace=self.limit,
        )
        await queues.accept([self._update(each) for each in updates])
        claim = await queues.claim(WorkKind.INBOX, "masuk")
        assert claim is not None
        is_over = False
        while not is_over:
            update = await queues.next_update(claim)
            assert isinstance(update, StoredUpdate)
            is_over = (await handle(claim, update)).is_over
        return await self._owed(queues)

    def _update(self, told: dict[str, Any]) -> ReceivedUpdate:
        self.number += 1
        return ReceivedUpdate(
            channel=Channel.WHATSAPP,
            update_id=f"u{self.number}",
            position=self.number,
            person=ME,
            payload=json.dumps(told).encode(),
        )

    async def _owed(self, queues: DatabaseQueues) -> list[str]:
        said = []
        claim = await queues.claim(WorkKind.OUTBOX, "keluar")
        while claim is not None and (message := await queues.next_message(claim)) is not None:
            self.messages.append(message)
            said.append(json.loads(message.payload)["text"])
            async with queues.unit_under(claim) as unit:
                await unit.delete_message(message)
                if await unit.complete_claim():
                    break
        return said

    async def log(self) -> Sequence[tuple[object, ...]]:
        """Count what waits for the log."""
        return await rows(self.engine, "SELECT count(*) FROM log_spool")


@pytest.fixture
async def chat(database: str) -> AsyncIterator[Chat]:
    """Return a chat on each database."""
    engine = make_engine(database)
    nlu = FakeInterpreter(parses={"like": parsed((LIKE, 0.95)), "acara": parsed((PARTY_EVENT, 0.95))})
    yield Chat(store=database_store(engine), engine=engine, nlu=nlu)
    await engine.dispose()


async def test_a_flood_gets_its_allowance_and_one_sentence(chat: Chat) -> None:
    chat.limit = LimitPeople(per_minute=SLOWLY)
    said = await chat.does(*({"say": ("like", "acara")[number % 2]} for number in range(30)))
    assert (len(said), said[-1], said.count(texts.SLOW_DOWN)) == (PERSON_BURST + 1, texts.SLOW_DOWN, 1)
    assert len(chat.nlu.asked) == PERSON_BURST
    assert await chat.log() == [(PERSON_BURST,)]
    # Another process, which counted nothing itself.
    chat.limit = LimitPeople(per_minute=SLOWLY)
    assert await chat.does({"say": "like"}, {"say": "acara"}) == []
    assert [each.startswith(texts.STOPPED) for each in await chat.does({"say": "stop"})] == [True]
    assert await rows(chat.engine, "SELECT count(*) FROM inbox WHERE payload IS NOT NULL") == [(0,)]


async def test_an_away_message_gets_three_replies(chat: Chat) -> None:
    said = [each for _ in range(10) for each in await chat.does({"say": AWAY})]
    assert [texts.NO_MORE_FOR_NOW in each for each in said] == [False, False, True]
    assert len(await chat.does({"say": "like"})) == 1


async def test_impatient_presses_are_one_press_and_one_vote(chat: Chat) -> None:
    await chat.does({"say": "like"})
    [(before,)] = await chat.log()
    said = await chat.does(*({"press": f"y:{LIKE}:1", "under": "m1"} for _ in range(7)))
    assert [each.startswith(texts.FEEDBACK_UP) for each in said] == [True]
    assert await chat.log() == [(int(str(before)) + 1,)]


async def test_a_thumb_is_about_the_message_it_stands_under(chat: Chat) -> None:
    await chat.does({"say": "like"})
    await chat.does({"say": "acara"})
    async with chat.store.unit() as unit:
        for number, message in enumerate(chat.messages):
            await note_shown(unit, message, ME, f"m{number}", NOW)
    await chat.does({"say": "👎", "under": "m0"})
    [which] = await chat.does({"say": "👍", "under": "m9"})
    assert which.startswith(texts.WHICH_ANSWER)
    async with chat.store.unit() as unit:
        conversation = await unit.load_conversation(Channel.WHATSAPP, ME, NOW)
    assert [(vote.topic, vote.helpful) for vote in conversation.votes] == [(LIKE, False)]
