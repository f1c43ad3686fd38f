"""Answer people one after the other and print how long each answer took: `python -m` this module."""

import asyncio
import json
import os
import time

from telegram import Bot

from bot.application.messaging.deliver_message import DeliverMessage, SendRate
from bot.application.messaging.ports import ReceivedUpdate, WorkKind
from bot.bootstrap.channels import TELEGRAM_CHAT_PACE
from bot.bootstrap.services import open_services
from bot.channels.telegram.http_request import AiohttpRequest
from bot.channels.telegram.messenger import TelegramMessenger
from bot.channels.telegram.updates import BotIdentity
from bot.core.vocabulary import Channel
from bot.settings import Settings
from bot.storage.unit_of_work import DatabaseQueues

OWNER = "penjawab"


async def reply() -> None:
    settings = Settings.from_env(os.environ)
    first, count = map(int, os.environ["REPLIES"].split())
    async with open_services(settings) as parts:
        queues = DatabaseQueues(parts.store)
        bot = Bot(settings.telegram_token or "", base_url=f"{settings.telegram_api}/bot", request=AiohttpRequest())
        pace = SendRate(interval=1 / settings.telegram_per_second, burst=settings.telegram_per_second)
        deliver = DeliverMessage(
            queues=queues,
            messengers={Channel.TELEGRAM: TelegramMessenger(bot, BotIdentity(id=1, username="uji_bot"))},
            sender_pace={Channel.TELEGRAM: pace},
            person_pace={Channel.TELEGRAM: TELEGRAM_CHAT_PACE},
        )
        taken = [await _one(queues, deliver, number) for number in range(first, first + count)]
        await bot.shutdown()
    print(json.dumps(taken))


async def _one(queues: DatabaseQueues, deliver: DeliverMessage, chat: int) -> float:
    person = str(chat)
    update = ReceivedUpdate(channel=Channel.TELEGRAM, update_id=person, position=chat, person=person, payload=b"{}")
    started = time.monotonic()
    await queues.accept([update])
    claim = await queues.claim(WorkKind.INBOX, OWNER)
    assert claim is not None
    async with queues.unit_under(claim) as unit:
        payload = json.dumps({"chat_id": chat, "text": "jawaban", "keyboard": []}).encode()
        await unit.add_message(Channel.TELEGRAM, person, payload)
    await queues.release_claim(claim, 60.0)
    claim = await queues.claim(WorkKind.OUTBOX, OWNER)
    assert claim is not None
    message = await queues.next_message(claim)
    assert message is not None
    wait = await deliver(claim, message)
    if wait:
        await asyncio.sleep(wait)
        assert not await deliver(claim, message)
    await queues.release_claim(claim, 0.0)
    return time.monotonic() - started


if __name__ == "__main__":
    asyncio.run(reply())
