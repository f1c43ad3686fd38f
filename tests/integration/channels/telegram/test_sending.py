"""What one sending on Telegram tells, over real HTTP: the sender, and the messenger with its simpler forms."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot
from telegram.constants import FloodLimit

from bot.application.campaigns.ports import Addressee
from bot.application.messaging.ports import IncomingMessage, Message
from bot.bootstrap.channels import TELEGRAM_GROUP_PACE
from bot.channels.telegram.bulk_sender import TelegramBulkSender
from bot.channels.telegram.codes import attempt_of
from bot.channels.telegram.messenger import TelegramMessenger
from bot.channels.telegram.rendering import MAX_UNITS, plain_texts
from bot.channels.telegram.updates import BotIdentity
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.replies.reply import Reply, text
from bot.core.vocabulary import Channel
from tests.fakes.telegram.bot_api import TOKEN, FakeBotApi

pytestmark = [pytest.mark.telegram]
CHAT, GROUP, SUPERGROUP = 5_550_001, -7_001, -1_007_001
WORDS = "<b>Judul</b>\n\nBoleh &amp; tidak &lt;apa&gt;"
PLAIN = "Judul\n\nBoleh & tidak <apa>"
KEYBOARD = [[{"text": "Sanksi", "callback_data": "s:x"}]]


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    """Return a fake Telegram with one private chat."""
    async with FakeBotApi() as fake:
        fake.add_private(CHAT)
        yield fake


@pytest.fixture
async def messenger(api: FakeBotApi) -> AsyncIterator[TelegramMessenger]:
    """Return the real messenger."""
    bot = Bot(TOKEN, base_url=f"{api.url}/bot")
    made = TelegramMessenger(bot, BotIdentity(id=1, username="uji_bot"))
    yield made
    await made.close()


def message(chat: int = CHAT, **more: Any) -> Message:
    payload = {"chat_id": chat, "text": WORDS, "keyboard": KEYBOARD, **more}
    return Message(id=1, channel=Channel.TELEGRAM, attempts=1, payload=json.dumps(payload).encode())


def told(attempt: SendResult) -> tuple[SendOutcome, Trouble | None]:
    return attempt.outcome, attempt.trouble


async def test_a_reply_goes_out_with_all_its_parts(api: FakeBotApi, messenger: TelegramMessenger) -> None:
    attempt = await messenger.send(message())
    [sent] = api.sent(CHAT)
    assert attempt == SendResult(outcome=SendOutcome.ACCEPTED, platform_id=str(sent.message_id))
    assert [button.text for button in sent.buttons] == ["Sanksi"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("<html>Selamat datang di hotel</html>", 200),
        ("{}", 200),
        ("[1]", 200),
        ("null", 200),
        ('{"ok": 1}', 200),
        ('{"ok": true', 200),
        ('{"ok": true}', 302),
        ("", 204),
        ('{"error": {"code": 1}}', 200),
        ("<html>", 404),
        ("<html>", 500),
    ],
)
async def test_what_does_not_say_so_in_telegrams_words_is_not_accepted(
    api: FakeBotApi, messenger: TelegramMessenger, body: str, status: int
) -> None:
    api.garble("sendMessage", body, status=status, times=2)
    broadcast = TelegramBulkSender(api.url, TOKEN)
    reminder = broadcast.render(Reply(paragraphs=(text("Pengingat"),)))
    attempts = [await messenger.send(message()), await broadcast.send(Addressee(person=str(CHAT)), reminder)]
    await broadcast.close()
    assert [told(each) for each in attempts] == [(SendOutcome.UNKNOWN, Trouble.PLATFORM)] * 2


async def test_accepted_needs_no_more_than_its_ok(api: FakeBotApi, messenger: TelegramMessenger) -> None:
    api.garble("sendMessage", '{"ok": true}')
    assert (await messenger.send(message())).outcome is SendOutcome.ACCEPTED


async def test_no_redirect_is_followed(api: FakeBotApi, messenger: TelegramMessenger) -> None:
    elsewhere = f"{api.base_url}{TOKEN}/getMe"
    api.garble("sendMessage", "", status=307, location=elsewhere, after=False)
    assert told(await messenger.send(message())) == (SendOutcome.UNKNOWN, Trouble.PLATFORM)
    assert api.calls_of("getMe") == []


async def test_no_server_is_no_doubt_and_a_cut_answer_is_one(api: FakeBotApi, messenger: TelegramMessenger) -> None:
    api.cut("sendMessage", after=True)
    assert (await messenger.send(message())).outcome is SendOutcome.UNKNOWN
    nowhere = TelegramMessenger(Bot(TOKEN, base_url="http://127.0.0.1:9/bot"), BotIdentity(id=1, username="uji_bot"))
    assert (await nowhere.send(message())).outcome is SendOutcome.NO_CONNECTION
    assert not await nowhere.is_up()
    await nowhere.close()
    assert await messenger.is_up()


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked"}, SendOutcome.UNREACHABLE),
        (429, {"ok": False, "error_code": 429, "parameters": {"retry_after": 41}}, SendOutcome.RATE_LIMITED),
        (429, {"ok": False, "error_code": 429, "parameters": {"retry_after": None}}, SendOutcome.RATE_LIMITED),
        (429, {"ok": False, "error_code": 429, "parameters": 7}, SendOutcome.RATE_LIMITED),
        (401, {"ok": False, "error_code": 401, "description": "Unauthorized"}, SendOutcome.HELD),
        (404, {"ok": False, "error_code": 404, "description": "Not Found"}, SendOutcome.HELD),
        (500, {"ok": False, "error_code": 500, "description": "Internal"}, SendOutcome.UNKNOWN),
        (503, {"ok": False, "error_code": 503, "description": "Busy"}, SendOutcome.NOT_TAKEN),
        (400, {"ok": False, "error_code": 400, "description": "Bad Request: PEER_ID_INVALID"}, SendOutcome.UNREACHABLE),
        (400, {"ok": False, "error_code": 400, "description": None}, SendOutcome.REFUSED),
        (418, {"ok": False}, SendOutcome.REFUSED),
    ],
)
def test_an_answer_is_judged_by_its_own_code(status: int, body: dict[str, Any], expected: SendOutcome) -> None:
    assert attempt_of(status, json.dumps(body).encode()).outcome is expected


@pytest.mark.parametrize(("asked", "rest"), [(41, 41.0), (0, 1.0), (-5, 1.0), (10**9, 86_400.0), ("x", 1.0)])
def test_a_rest_is_believed_within_reason(asked: object, rest: float) -> None:
    body = {"ok": False, "error_code": 429, "parameters": {"retry_after": asked}}
    assert attempt_of(429, json.dumps(body).encode()).retry_after == rest


# Simpler forms


@pytest.mark.parametrize(
    ("description", "has_thread", "has_buttons"),
    [
        ("Bad Request: message thread not found", False, True),
        ("Bad Request: TOPIC_CLOSED", False, True),
        ("Bad Request: BUTTON_DATA_INVALID", None, False),
        ("Bad Request: object expected as reply markup", None, False),
        ("Bad Request: can't parse entities: unsupported start tag", None, True),
        ("Bad Request: something that nobody has seen yet", None, False),
    ],
)
async def test_what_is_refused_for_its_form_goes_without_the_part_to_blame(
    api: FakeBotApi, messenger: TelegramMessenger, description: str, has_thread: bool | None, has_buttons: bool
) -> None:
    api.fail("sendMessage", 400, description=description)
    more = {"thread": 77} if has_thread is not None else {}
    assert (await messenger.send(message(**more))).outcome is SendOutcome.ACCEPTED
    [sent] = api.sent(CHAT)
    assert bool(sent.buttons) is has_buttons
    assert sent.text == PLAIN
    assert "message_thread_id" not in api.calls_of("sendMessage")[-1].params


async def test_a_part_that_was_not_to_blame_is_followed_by_the_simplest_form(
    api: FakeBotApi, messenger: TelegramMessenger
) -> None:
    api.fail("sendMessage", 400, description="Bad Request: BUTTON_DATA_INVALID", times=2)
    assert (await messenger.send(message())).outcome is SendOutcome.ACCEPTED
    assert set(api.calls_of("sendMessage")[-1].params) == {"chat_id", "text", "link_preview_options"}


async def test_only_then_it_is_refused_and_never_again(api: FakeBotApi, messenger: TelegramMessenger) -> None:
    api.fail("sendMessage", 400, description="Bad Request: no", times=None)
    assert told(await messenger.send(message())) == (SendOutcome.REFUSED, Trouble.MESSAGE)
    assert len(api.calls_of("sendMessage")) == 2


async def test_a_doubt_ends_the_search_for_a_form(api: FakeBotApi, messenger: TelegramMessenger) -> None:
    api.fail("sendMessage", 400, description="Bad Request: BUTTON_DATA_INVALID")
    api.cut("sendMessage", after=True)
    assert (await messenger.send(message())).outcome is SendOutcome.UNKNOWN
    assert len(api.sent(CHAT)) == 1


@pytest.mark.parametrize("letter", ["a", "😀", "é"])
def test_the_simplest_form_fits_into_messages_and_loses_nothing(letter: str) -> None:
    pieces = plain_texts(f"<b>{letter * 9_000}</b>")
    assert "".join(pieces) == letter * 9_000
    assert all(len(piece.encode("utf-16-le")) // 2 <= MAX_UNITS for piece in pieces)


async def test_a_group_that_became_a_supergroup_is_followed_once(api: FakeBotApi, messenger: TelegramMessenger) -> None:
    api.add_group(GROUP)
    api.add_group(SUPERGROUP)
    api.fail("sendMessage", 400, chat_id=GROUP, migrate_to=SUPERGROUP, times=None, description="Bad Request: upgraded")
    attempt = await messenger.send(message(GROUP))
    assert (attempt.outcome, attempt.moved_to) == (SendOutcome.ACCEPTED, str(SUPERGROUP))
    assert len(api.sent(SUPERGROUP)) == 1
    api.fail("sendMessage", 400, chat_id=SUPERGROUP, migrate_to=GROUP, times=None, description="Bad Request: upgraded")
    before = len(api.calls_of("sendMessage"))
    assert (await messenger.send(message(GROUP))).outcome is SendOutcome.REFUSED
    assert len(api.calls_of("sendMessage")) == before + 2


def test_groups_are_known_by_their_ids(messenger: TelegramMessenger) -> None:
    assert not messenger.destination_of(message().payload).is_group
    assert messenger.destination_of(message(GROUP).payload).is_group


def test_a_thread_is_kept_for_every_chat(messenger: TelegramMessenger) -> None:
    for more in ({}, {"reply_to": 5}):
        address = json.dumps({"chat_id": CHAT, "thread": 77, **more}).encode()
        inbound = IncomingMessage(person=str(CHAT), heard="x", is_private_chat=True, address=address)
        [payload] = messenger.render(Reply(paragraphs=(text("Boleh"),)), inbound)
        assert json.loads(payload)["thread"] == 77


def test_a_group_gets_fewer_messages_a_minute_than_telegram_takes() -> None:
    most = TELEGRAM_GROUP_PACE.burst + 60.0 // TELEGRAM_GROUP_PACE.interval
    assert most < FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP
