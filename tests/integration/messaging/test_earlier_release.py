"""A database and key of an earlier release open, answer and send: what people were promised before is kept.

`tests/data/databases/release_74bb48e.sql.gz` was written by the program of commit 74bb48e: three consents, a campaign
under review, an owed reply, and two conversations.
"""

import asyncio
import base64
import gzip
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.application.campaigns import edit_campaigns
from bot.core.campaigns.campaign import fingerprint
from bot.core.replies import texts
from bot.core.vocabulary import Channel
from bot.storage.engine.engine import make_engine
from bot.storage.unit_of_work import DatabaseAdminStore
from tests.fakes.telegram.bot_api import FakeBotApi
from tests.faults.world import NluStub
from tests.integration.campaigns.engine.harness import noon, shift
from tests.integration.channels.telegram.process import telegram_bot
from tests.support.bot_process import Bot, free_port
from tests.support.database import database_store

pytestmark = [pytest.mark.full, pytest.mark.telegram]
DUMP = Path(__file__).parents[2] / "data" / "databases" / "release_74bb48e.sql.gz"
PEOPLE = (700, 701, 702)
CAMPAIGN = "K-LAMA"
RATES = edit_campaigns.SendingRates(intervals={Channel.TELEGRAM: 0.04}, prices={})
OLD_BUTTON = "s:like_komentar_share"
"""As the earlier release wrote "Sanksi" of that topic."""


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[tuple[Bot, FakeBotApi]]:
    with sqlite3.connect(tmp_path / "sinetral.db") as made:
        made.executescript(gzip.decompress(DUMP.read_bytes()).decode())
    made.close()
    key = tmp_path / "keys" / "master.key"
    key.parent.mkdir()
    key.touch(mode=0o600)
    key.write_bytes(base64.urlsafe_b64encode(bytes(range(32))))
    stub = NluStub(port=free_port())
    stub.start()
    nlu = Bot(tmp_path, nlu_port=stub.port)
    with FakeBotApi() as api:
        for person in PEOPLE:
            api.add_private(person)
        bot = telegram_bot(tmp_path, nlu, api)
        # At noon, when reminders may go.
        bot.extra |= {"CLOCK_SHIFT": str(shift())}
        bot.serving = [sys.executable, "-m", "tests.integration.campaigns.engine.daytime"]
        bot.start()
        yield bot, api
        bot.stop()
    stub.stop()


async def _approve_and_run(folder: Path) -> None:
    now = noon()
    engine = make_engine(f"sqlite:///{folder / 'sinetral.db'}")
    store = DatabaseAdminStore(database_store(engine))
    async with store.unit() as unit:
        campaign = await unit.campaigns.get(CAMPAIGN)
        shown = await edit_campaigns.preview(unit.campaigns, CAMPAIGN, RATES, now)
        assert campaign.name == "Pengingat lama"
        await edit_campaigns.approve(unit.campaigns, CAMPAIGN, "budi", fingerprint(campaign, shown.message), now)
        await edit_campaigns.start(unit.campaigns, CAMPAIGN, now)
    await engine.dispose()


def test_what_an_earlier_release_left_is_sent_answered_and_approved(upgraded: tuple[Bot, FakeBotApi]) -> None:
    bot, api = upgraded
    assert api.wait_for_sent(700, 1, timeout=20)[0].text == "Jawaban dari rilis lama."
    api.press(700, 1, OLD_BUTTON, forged=True, inaccessible=True)
    assert api.wait_for_sent(700, 2, timeout=20)[1].text.startswith("Sanksi")
    asyncio.run(_approve_and_run(bot.folder))
    for person in PEOPLE:
        api.wait_until(lambda: any(texts.BUTTON_STOP in str(each.buttons) for each in api.sent(person)), timeout=60)  # noqa: B023 (asked at once)
    users = bot.command("user", "list").stdout.decode()
    assert ("ani" in users, "budi" in users) == (True, True)
