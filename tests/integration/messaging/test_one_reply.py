"""One act of a person gets one reply: edits, albums, live locations and several pictures, through inbox and outbox."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from telegram import Bot

from bot.application.messaging.handle_update import HandleUpdate
from bot.application.messaging.ports import Messenger, StoredUpdate, Wait, WorkKind
from bot.channels.telegram.messenger import TelegramMessenger
from bot.channels.telegram.updates import BotIdentity, to_taken
from bot.channels.whatsapp.messenger import WhatsAppMessenger
from bot.channels.whatsapp.webhook_reader import read_webhook
from bot.core.replies import texts
from bot.core.vocabulary import Channel
from bot.storage.engine.engine import make_engine
from bot.storage.unit_of_work import DatabaseQueues
from tests.conftest import NOW
from tests.fakes.clock import FakeClock
from tests.fakes.interpreter import FakeInterpreter
from tests.integration.channels.telegram.answers import TOKEN
from tests.integration.channels.telegram.updates import BOT, CONTENTS, NAME, Json, message, update
from tests.support.database import KEYS, database_store, rows

pytestmark = [pytest.mark.telegram, pytest.mark.whatsapp]
NUMBER_ID = "106540352242922"
FIRST = 710_000_001


class Talk:
    """One private chat, from the platform's JSON to what is owed."""

    def __init__(self, address: str) -> None:
        self.engine = make_engine(address)
        self.queues = DatabaseQueues(database_store(self.engine))
        self.clock = FakeClock(NOW)
        self.number = 0
        telegram: Any = TelegramMessenger(Bot(TOKEN), BotIdentity(id=BOT, username=NAME))
        whatsapp: Any = WhatsAppMessenger(_NoClient(), None, self.clock)  # type: ignore[arg-type]
        messengers: dict[Channel, Messenger] = {Channel.TELEGRAM: telegram, Channel.WHATSAPP: whatsapp}
        self._handle = HandleUpdate(
            interpreter=FakeInterpreter(), queues=self.queues, clock=self.clock, messengers=messengers
        )

    async def telegram(self, kind: str, content: Json, number: int) -> int:
        """Take one update in and handle it; returns how many messages it made."""
        self.number += 1
        await self.queues.accept([to_taken(update(kind, message(content, number=number), FIRST + self.number))])
        return await self._work()

    async def whatsapp(self, *messages: Json) -> int:
        sent = [{"from": "6281200000001", "timestamp": str(int(NOW.timestamp()))} | each for each in messages]
        value = {"metadata": {"phone_number_id": NUMBER_ID}, "messages": sent}
        body = {"entry": [{"changes": [{"field": "messages", "value": value}]}]}
        await self.queues.accept(read_webhook(body, NUMBER_ID, NOW).updates)
        return await self._work()

    async def _work(self) -> int:
        before = len(await self.owed())
        claim = await self.queues.claim(WorkKind.INBOX, "pekerja")
        assert claim is not None
        while (found := await self.queues.next_update(claim)) is not None:
            if isinstance(found, Wait):
                continue
            assert isinstance(found, StoredUpdate)
            if (await self._handle(claim, found)).is_over:
                break
        return len(await self.owed()) - before

    async def owed(self) -> list[str]:
        found = []
        for key, payload in await rows(self.engine, "SELECT work_key, payload FROM outbox ORDER BY id"):
            assert isinstance(key, bytes)
            assert isinstance(payload, bytes)
            plain = KEYS.open(payload, b"outbox " + key)
            assert plain is not None
            told = json.loads(plain)
            found.append(told["text"] if "text" in told else json.dumps(told["body"], ensure_ascii=False))
        return found


class _NoClient:
    async def mark_read(self, id_: str, *, typing: bool = False) -> None:
        """Do nothing."""


@pytest.fixture
async def talk(seeded_sqlite: str) -> AsyncIterator[Talk]:
    opened = Talk(seeded_sqlite)
    yield opened
    await opened.engine.dispose()


async def test_an_edit_is_answered_where_its_words_are_new(talk: Talk) -> None:
    assert await talk.telegram("message", {"text": "halo"}, 1) == 1
    assert await talk.telegram("edited_message", {"text": "halo", "edit_date": 1}, 1) == 0
    assert await talk.telegram("edited_message", {"text": "/privasi", "edit_date": 2}, 1) == 1
    assert await talk.telegram("edited_message", {"text": "/privasi", "edit_date": 3}, 1) == 0
    assert texts.EDITED not in "".join(await talk.owed())


async def test_a_live_location_gets_one_sentence_however_often_it_moves(talk: Talk) -> None:
    assert await talk.telegram("message", CONTENTS["location"], 1) == 1
    for number in range(6):
        assert await talk.telegram("edited_message", CONTENTS["location"] | {"edit_date": number}, 1) == 0


@pytest.mark.parametrize("caption", ["boleh foto bareng calon?", None])
async def test_an_album_gets_one_reply(talk: Talk, caption: str | None) -> None:
    album: Json = {"photo": [{"file_id": "x"}], "media_group_id": "13"}
    made = [await talk.telegram("message", album | ({"caption": caption} if caption else {}), 1)]
    for number in range(2, 5):
        talk.clock.at += timedelta(minutes=1)
        made.append(await talk.telegram("message", album, number))
    assert made == [1, 0, 0, 0]
    [reply] = await talk.owed()
    assert (texts.PICTURE in reply) is (caption is None)


async def test_a_second_album_gets_its_own_reply(talk: Talk) -> None:
    album: Json = {"photo": [{"file_id": "x"}]}
    assert await talk.telegram("message", album | {"media_group_id": "13"}, 1) == 1
    talk.clock.at += timedelta(minutes=1)
    assert await talk.telegram("message", album | {"media_group_id": "14"}, 2) == 1


async def test_two_pictures_sent_together_get_one_sentence(talk: Talk) -> None:
    picture: Json = {"type": "image", "image": {"id": "1"}}
    assert await talk.whatsapp(picture | {"id": "wamid.1"}, picture | {"id": "wamid.2"}) == 1
    talk.clock.at += timedelta(minutes=1)
    assert await talk.whatsapp(picture | {"id": "wamid.3"}) == 1


async def test_pictures_sent_together_with_one_caption_get_its_answer_alone(talk: Talk) -> None:
    picture: Json = {"type": "image", "image": {"id": "1"}}
    captioned = picture | {"image": {"id": "0", "caption": "boleh foto bareng calon?"}, "id": "wamid.0"}
    assert await talk.whatsapp(captioned, *(picture | {"id": f"wamid.{number}"} for number in (1, 2))) == 1
    assert texts.PICTURE not in "".join(await talk.owed())


async def test_a_picture_and_a_voice_message_get_two_sentences(talk: Talk) -> None:
    picture: Json = {"type": "image", "image": {"id": "1"}, "id": "wamid.1"}
    assert await talk.whatsapp(picture, {"type": "audio", "audio": {"id": "2"}, "id": "wamid.2"}) == 2


async def test_an_edit_on_whatsapp_is_answered_where_its_words_are_new(talk: Talk) -> None:
    assert await talk.whatsapp({"id": "wamid.1", "type": "text", "text": {"body": "halo"}}) == 1

    def edit(number: int, body: str) -> Json:
        inner = {"type": "text", "text": {"body": body}}
        told = {"original_message_id": "wamid.1", "message": inner}
        return {"id": f"wamid.e{number}", "type": "edit", "edit": told}

    assert await talk.whatsapp(edit(1, "halo")) == 0
    assert await talk.whatsapp(edit(2, "boleh?")) == 1
    assert await talk.whatsapp(edit(3, "boleh?")) == 0


async def test_the_same_words_sent_twice_are_answered_twice(talk: Talk) -> None:
    assert await talk.telegram("message", {"text": "/privasi"}, 1) == 1
    assert await talk.telegram("message", {"text": "/privasi"}, 2) == 1


async def test_the_topic_of_a_private_chat_reaches_the_reply(talk: Talk) -> None:
    await talk.telegram("message", {"text": "halo", "message_thread_id": 8, "is_topic_message": True}, 1)
    [(key, payload)] = await rows(talk.engine, "SELECT work_key, payload FROM outbox")
    assert isinstance(key, bytes)
    assert isinstance(payload, bytes)
    assert json.loads(KEYS.open(payload, b"outbox " + key) or b"{}")["thread"] == 8
