"""Send to one chat as fast as the plain client can: `python -m tests.integration.campaigns.engine.flood`."""

import asyncio
import os
import time

from bot.application.campaigns.ports import Addressee
from bot.channels.telegram.bulk_sender import TelegramBulkSender
from bot.core.replies.reply import Reply, text
from tests.fakes.telegram.bot_api import TOKEN

AT_ONCE = 50


async def flood() -> None:
    chat, seconds = os.environ["FLOOD"].split()
    sender = TelegramBulkSender(os.environ["TELEGRAM_API_BASE_URL"], TOKEN)
    message = sender.render(Reply(paragraphs=(text("uji"),)))
    until = time.monotonic() + float(seconds)

    async def one() -> None:
        while time.monotonic() < until:
            await sender.send(Addressee(person=chat), message)

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    await sender.close()


if __name__ == "__main__":
    asyncio.run(flood())
