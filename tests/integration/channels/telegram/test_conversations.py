"""A person on Telegram, through the real bot process and a strict fake Bot API over HTTP."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.replies import texts
from tests.fakes.telegram.bot_api import FakeBotApi
from tests.fakes.telegram.types import Sent
from tests.integration.channels.telegram.process import running, telegram_bot
from tests.support.bot_process import Bot

pytestmark = [pytest.mark.telegram, pytest.mark.full]
PERSON, OTHER, GROUP = 5_550_001, 6_660_001, -1_005_550_003
QUESTION = "boleh ga sih aku dateng ke acara partai?"


@pytest.fixture(scope="module", params=["polling", "webhook"])
def fake(request: pytest.FixtureRequest, bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeBotApi]:
    """Return the fake Telegram with the real bot behind it, by polling and by webhook."""
    with FakeBotApi() as api:
        folder = tmp_path_factory.mktemp(f"telegram-{request.param}")
        with running(telegram_bot(folder, bot, api, webhook=request.param == "webhook")):
            api.wait_until(lambda: api.calls_of("getUpdates") or api.calls_of("setWebhook"), timeout=20)
            yield api
        foreign = [each for each in api.violations if each.method not in ("getUpdates",)]
        assert foreign == []


@pytest.fixture
def chat(fake: FakeBotApi) -> int:
    """Return a fresh private chat."""
    return fake.add_private(PERSON + len(fake.world.chats))


def reply_to(fake: FakeBotApi, chat: int, text: str) -> Sent:
    before = len(fake.sent(chat))
    fake.say(chat, text)
    return fake.wait_for_sent(chat, before + 1)[before]


def press(fake: FakeBotApi, chat: int, message: Sent, label: str) -> Sent:
    before = len(fake.sent(chat))
    data = next(button.data for button in message.buttons if button.text == label)
    assert data is not None
    fake.press(chat, message.message_id, data)
    return fake.wait_for_sent(chat, before + 1)[before]


def test_question_button_and_follow_up(fake: FakeBotApi, chat: int) -> None:
    answer = reply_to(fake, chat, QUESTION)
    assert "Menghadiri acara partai politik" in answer.text
    assert "UU 20/2023 Pasal 9 ayat (2)" in answer.text
    sanction = press(fake, chat, answer, texts.BUTTON_SANCTION)
    assert sanction.text.startswith("Sanksi · Menghadiri acara partai politik")
    assert reply_to(fake, chat, "kalau PPPK?").text.count("PPPK") > 0
    assert fake.calls_of("answerCallbackQuery")


def test_the_same_update_delivered_three_times_is_answered_once(fake: FakeBotApi, chat: int) -> None:
    update = fake.say(chat, QUESTION)
    fake.wait_for_sent(chat, 1)
    fake.deliver_again(update, times=2)
    assert "Sanksi" in reply_to(fake, chat, "sanksinya apa?").text
    assert len(fake.sent(chat)) == 2


def test_the_commands_are_described(fake: FakeBotApi) -> None:
    assert [each["command"] for each in fake.commands()] == list(texts.TELEGRAM_COMMANDS)


@pytest.mark.parametrize("command", ["/start", "/help", "/topik", "/privasi", "/hapus", "/topik foto"])
def test_commands_are_answered(fake: FakeBotApi, chat: int, command: str) -> None:
    assert reply_to(fake, chat, command).text


def test_a_deep_link_opens_its_topic(fake: FakeBotApi, chat: int) -> None:
    fake.press_start(chat, "hadir_kampanye")
    assert "Hadir di kampanye" in fake.wait_for_sent(chat, 1)[0].text


def test_a_deep_link_to_nothing_we_know_is_kind(fake: FakeBotApi, chat: int) -> None:
    fake.press_start(chat, "tidak_ada")
    assert fake.wait_for_sent(chat, 1)[0].buttons


def test_what_is_no_text_gets_a_kind_reply(fake: FakeBotApi, chat: int) -> None:
    other = fake.add_private(PERSON + len(fake.world.chats))
    fake.sticker(chat)
    fake.voice(chat)
    fake.photo(chat)
    fake.forward(other, QUESTION)
    fake.location(other)
    assert [each.text for each in fake.wait_for_sent(chat, 3, timeout=20)] == [
        texts.STICKER,
        texts.VOICE,
        texts.PICTURE,
    ]
    assert [each.text for each in fake.wait_for_sent(other, 2, timeout=20)] == [texts.FORWARDED, texts.UNSUPPORTED]


def test_a_caption_is_a_question(fake: FakeBotApi, chat: int) -> None:
    fake.photo(chat, caption="boleh foto bareng calon bupati?")
    assert "Foto bersama calon" in fake.wait_for_sent(chat, 1)[0].text


def test_an_edit_is_answered_by_its_new_words(fake: FakeBotApi, chat: int) -> None:
    first = fake.say(chat, "halo")
    fake.wait_for_sent(chat, 1)
    assert first.message_id is not None
    fake.edit(chat, first.message_id, QUESTION)
    assert "Menghadiri acara partai politik" in fake.wait_for_sent(chat, 2)[1].text


def test_a_group_is_answered_only_when_it_names_the_bot(fake: FakeBotApi) -> None:
    group = fake.add_group(GROUP - len(fake.world.chats))
    fake.say(group, QUESTION)
    fake.mention(group, QUESTION)
    [answer] = fake.wait_for_sent(group, 1)
    assert "Menghadiri acara partai politik" in answer.text
    assert answer.reply_to is not None
    assert [button.data for button in answer.buttons] == [None]
    fake.say(group, "sanksinya apa?")
    fake.mention(group, "ada pengecualiannya?")
    assert texts.WHICH_TOPIC in fake.wait_for_sent(group, 2)[1].text
    assert len(fake.sent(group)) == 2


def test_a_forged_button_is_told_kindly(fake: FakeBotApi, chat: int) -> None:
    message = reply_to(fake, chat, "halo")
    fake.press(chat, message.message_id, "v:hadir_kampanye:99", forged=True)
    fake.press(chat, message.message_id, "zz:{}", forged=True)
    replies = fake.wait_for_sent(chat, 3)
    assert "Hadir di kampanye" in replies[1].text
    assert replies[2].text == texts.STALE_BUTTON


def test_a_person_who_blocked_the_bot_holds_nobody_up(fake: FakeBotApi, chat: int) -> None:
    other = fake.add_private(OTHER + len(fake.world.chats))
    fake.fail("sendMessage", 403, chat_id=chat, description="Forbidden: bot was blocked by the user")
    fake.say(chat, QUESTION)
    fake.say(other, QUESTION)
    assert fake.wait_for_sent(other, 1)
    fake.wait_until(lambda: fake.calls_of("sendMessage", chat))
    assert fake.sent(chat) == []
    fake.block(chat)
    fake.unblock(chat)
    assert "Sanksi" in reply_to(fake, chat, "sanksinya apa?").text


@pytest.mark.faults
def test_passing_faults_lose_nothing_and_repeat_nothing(fake: FakeBotApi, chat: int) -> None:
    # A 503 surely was not carried out; of a cut connection nobody knows, and it is repeated once.
    fake.fail("sendMessage", 503, times=2, chat_id=chat)
    fake.cut("sendMessage", times=1, chat_id=chat)
    fake.say(chat, QUESTION)
    assert "Menghadiri acara partai" in fake.wait_for_sent(chat, 1, timeout=30)[0].text
    assert "Sanksi" in reply_to(fake, chat, "sanksinya apa?").text
    assert len(fake.sent(chat)) == 2


@pytest.mark.faults
def test_a_flood_wait_is_obeyed_to_its_end(fake: FakeBotApi, chat: int) -> None:
    fake.fail("sendMessage", 429, retry_after=2, times=1)
    fake.say(chat, QUESTION)
    [answer] = fake.wait_for_sent(chat, 1, timeout=20)
    refused = [call for call in fake.calls_of("sendMessage", chat) if call.status == 429]
    assert len(refused) == 1
    assert answer.at - refused[0].at >= 2.0


def test_who_blocks_the_bot_keeps_the_consent_and_is_reached_again_on_return(
    bot: Bot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("telegram-member")
    with FakeBotApi() as api, running(telegram_bot(folder, bot, api)):
        person = api.add_private(PERSON)
        press(api, person, reply_to(api, person, "/langganan"), texts.BUTTON_CONSENT)
        assert _reachable(folder) == [True]
        api.block(person)
        api.wait_until(lambda: _reachable(folder) == [False], timeout=20)
        api.unblock(person)
        api.wait_until(lambda: _reachable(folder) == [True], timeout=20)
        assert "acara partai" in reply_to(api, person, QUESTION).text
        assert [each for each in api.violations if each.method != "getUpdates"] == []


def _reachable(folder: Path) -> list[bool]:
    """Say of everybody who subscribed whether they can be reached."""
    database = sqlite3.connect(folder / "sinetral.db", timeout=20)
    found = database.execute("SELECT unreachable_since IS NULL FROM opt_in").fetchall()
    database.close()
    return [bool(is_reachable) for (is_reachable,) in found]


@pytest.mark.privacy
def test_neither_chat_id_nor_text_stands_in_any_file(bot: Bot, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("telegram-privacy")
    person = 8_123_456_789
    with FakeBotApi() as api, running(telegram_bot(folder, bot, api)) as own:
        api.add_private(person, first_name="Zulkifarnain", username="zulkifarnain_asn")
        api.say(person, "boleh ga zebrakucing ikut acara partai?")
        api.wait_for_sent(person, 1, timeout=20)
        api.say(person, "/privasi")
        api.wait_for_sent(person, 2, timeout=20)
        # A message counts as sent at the platform before it is recorded with us.
        api.wait_until(lambda: _payloads_left(folder) == 0, timeout=20)
        with sqlite3.connect(folder / "sinetral.db") as database:
            database.execute("pragma wal_checkpoint(truncate)")
        database.close()
        written = own.written().lower()
    for word in (str(person).encode(), b"zulkifarnain", b"zebrakucing", b"/privasi", b"7100000001"):
        assert word not in written, word


def _payloads_left(folder: Path) -> int:
    database = sqlite3.connect(folder / "sinetral.db", timeout=20)
    [(left,)] = database.execute("SELECT (SELECT count(payload) FROM inbox) + (SELECT count(*) FROM outbox)")
    database.close()
    return int(left)
