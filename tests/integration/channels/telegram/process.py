"""A real bot process that talks to the fake Telegram, with the NLU of another running bot."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.telegram.bot_api import TOKEN, FakeBotApi
from tests.support.bot_process import Bot, free_port

SECRET = "rahasia-uji_123"


def telegram_bot(folder: Path, nlu: Bot, fake: FakeBotApi, *, webhook: bool = False, database: str = "") -> Bot:
    """Return a bot, not yet started; it shares the NLU of one that runs."""
    port = free_port()
    extra = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_BASE_URL": fake.url}
    if webhook:
        extra |= {"TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}", "TELEGRAM_WEBHOOK_SECRET": SECRET}
    if database:
        extra["SINETRAL_DATABASE_URL"] = database
    return Bot(folder, port=port, nlu_port=nlu.nlu_port, extra=extra)


@contextmanager
def running(bot: Bot) -> Iterator[Bot]:
    """Start and stop a bot."""
    bot.start()
    try:
        yield bot
    finally:
        bot.stop()
