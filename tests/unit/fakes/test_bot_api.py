"""The fake Bot API takes what Telegram takes and refuses what Telegram refuses."""

import asyncio
import json
import time

import aiohttp
import pytest

from tests.fakes.telegram.asking import ANI, BUDI, GROUP, Ask, button, keyboard, post
from tests.fakes.telegram.bot_api import FakeBotApi, Json, Limits, Refused

pytestmark = pytest.mark.telegram

# Talking to it


@pytest.mark.parametrize("way", ["query", "json", "urlencoded", "multipart"])
async def test_every_way_to_pass_parameters_is_understood(
    api: FakeBotApi, session: aiohttp.ClientSession, way: str
) -> None:
    url = f"{api.base_url}{api.token}/sendMessage"
    markup = keyboard([button("a")])
    strings = {"chat_id": str(ANI), "text": "Halo", "disable_notification": "true", "reply_markup": json.dumps(markup)}
    form = aiohttp.FormData(strings, default_to_multipart=True)
    requests = {
        "query": lambda: session.get(url, params=strings),
        "json": lambda: session.post(url, json={**strings, "chat_id": ANI, "reply_markup": markup}),
        "urlencoded": lambda: session.post(url, data=strings),
        "multipart": lambda: session.post(url, data=form),
    }
    async with requests[way]() as answer:
        assert answer.status == 200
    assert api.calls[0].params["chat_id"] == ANI
    assert [one.data for one in api.sent(ANI)[0].buttons] == ["a"]


async def test_a_message_comes_back_as_telegram_writes_it(api: FakeBotApi, ask: Ask) -> None:
    first = api.say(ANI, "Apa kabar?")
    reply = {"message_id": first.message_id}
    _, body = await ask(
        "sendMessage", chat_id=ANI, text=" <b>Baik</b> &amp; sehat ", parse_mode="HTML", reply_parameters=reply
    )
    result = body["result"]
    assert result.pop("date") == pytest.approx(time.time(), abs=3)
    assert result.pop("reply_to_message")["text"] == "Apa kabar?"
    assert result == {
        "message_id": first.message_id + 1,
        "from": api.world.bot,
        "chat": {"id": ANI, "type": "private", "first_name": "Ani"},
        "text": "Baik & sehat",
        "entities": [{"type": "bold", "offset": 0, "length": 4}],
    }


async def test_a_wrong_token_is_401_and_an_unknown_method_404(api: FakeBotApi, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{api.base_url}1:wrong/getMe") as answer:
        assert (answer.status, await answer.json()) == (
            401,
            {"ok": False, "error_code": 401, "description": "Unauthorized"},
        )
    assert (await post(session, api, "sendMesage"))[0] == 404
    assert [one.code for one in api.violations] == [401, 404]


async def test_get_me_names_the_bot(api: FakeBotApi, ask: Ask) -> None:
    _, body = await ask("getMe")
    assert (body["result"]["id"], body["result"]["username"]) == (7100000001, "sinetral_uji_bot")


# What it refuses

REFUSED_SENDS = [
    ({"text": ""}, "message text is empty"),
    ({"text": " \n "}, "text must be non-empty"),
    ({"text": "😀" * 2049}, "message is too long"),
    ({"text": "<p>x</p>", "parse_mode": "HTML"}, "can't parse entities: Unsupported start tag"),
    ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag"),
    ({"text": "<b><i>x</b></i>", "parse_mode": "HTML"}, "can't parse entities: Unmatched end tag"),
    ({"text": "1 < 2", "parse_mode": "HTML"}, "can't parse entities: Unsupported or unclosed"),
    ({"text": "x</b>", "parse_mode": "HTML"}, "can't parse entities: Unexpected end tag"),
    ({"text": "*x*", "parse_mode": "Markdown"}, "unsupported parse_mode"),
    ({"entities": [{"type": "bold", "offset": 1, "length": 9}]}, "can't parse entities: entity beyond the text"),
    ({"reply_markup": keyboard([button("x" * 65)])}, "BUTTON_DATA_INVALID"),
    ({"reply_markup": keyboard([button("é" * 33)])}, "BUTTON_DATA_INVALID"),
    ({"reply_markup": keyboard([button("")])}, "BUTTON_DATA_INVALID"),
    ({"reply_markup": keyboard([button("x", text=" ")])}, "can't parse inline keyboard button"),
    ({"reply_markup": keyboard([{"text": "x"}])}, "text buttons are unallowed in the inline keyboard"),
    ({"reply_markup": keyboard([button("x")] * 9)}, "more than 8 buttons in a row"),
    ({"reply_markup": keyboard(*[[button("x")]] * 101)}, "REPLY_MARKUP_BUTTONS_TOO_MUCH"),
    ({"reply_markup": {"buttons": []}}, "can't parse reply keyboard markup"),
    ({"reply_parameters": {"message_id": 99}}, "message to be replied not found"),
    ({"message_thread_id": 5}, "message thread not found"),
    ({"disable_web_page_preview": True}, "unknown parameter"),
    ({"chat_id": "lima"}, 'parameter "chat_id" must be an integer'),
    ({"text": 5}, 'parameter "text" must be a string'),
    ({"text": None}, "a JSON object without null values"),
]


@pytest.mark.parametrize(("params", "reason"), REFUSED_SENDS)
async def test_what_telegram_refuses_to_send_is_400_with_its_reason(
    api: FakeBotApi, ask: Ask, params: Json, reason: str
) -> None:
    status, body = await ask("sendMessage", **({"chat_id": ANI, "text": "x"} | params))
    assert (status, body["ok"]) == (400, False)
    assert body["description"].startswith(f"Bad Request: {reason}")
    assert [one.description for one in api.violations] == [body["description"]]
    assert api.sent() == []


@pytest.mark.parametrize(
    "params",
    [
        {"text": "😀" * 2048},
        {"text": "<b>" + "x" * 4096 + "</b>", "parse_mode": "HTML"},
        {"text": "a &lt; b &copy; <a href='https://x.id'>c</a>", "parse_mode": "HTML"},
        {"reply_markup": keyboard([button("é" * 32)] * 8)},
        {"reply_markup": keyboard(*[[button("x")]] * 100)},
        {"reply_markup": {"remove_keyboard": True}},
        {"reply_parameters": {"message_id": 99, "allow_sending_without_reply": True}},
        {"chat_id": GROUP, "message_thread_id": 5},
    ],
)
async def test_what_is_just_within_the_limits_is_sent(api: FakeBotApi, ask: Ask, params: Json) -> None:
    assert (await ask("sendMessage", **({"chat_id": ANI, "text": "x"} | params)))[0] == 200
    assert (len(api.sent()), api.violations) == (1, [])


REFUSED_SETTINGS: list[tuple[str, Json]] = [
    ("setWebhook", {"url": "http://127.0.0.1:1/h", "secret_token": "spasi tidak boleh"}),
    ("setWebhook", {"url": "http://127.0.0.1:1/h", "secret_token": "x" * 257}),
    ("setWebhook", {"url": "http://127.0.0.1:1/h", "secret_token": ""}),
    ("setWebhook", {"url": "http://127.0.0.1:1/h", "max_connections": 101}),
    ("setWebhook", {"url": "https://example.com/h"}),
    ("setWebhook", {"url": "http://127.0.0.1:1/h", "allowed_updates": ["messages"]}),
    ("setMyCommands", {"commands": [{"command": "Mulai", "description": "x"}]}),
    ("setMyCommands", {"commands": [{"command": "x" * 33, "description": "x"}]}),
    ("setMyCommands", {"commands": [{"command": "x", "description": ""}]}),
    ("setMyCommands", {"commands": [{"command": "x", "description": "x" * 257}]}),
    ("setMyCommands", {"commands": [{"command": f"c{n}", "description": "x"} for n in range(101)]}),
    ("setMyDescription", {"description": "x" * 513}),
    ("setMyShortDescription", {"short_description": "x" * 121}),
    ("sendChatAction", {"chat_id": ANI, "action": "thinking"}),
    ("answerCallbackQuery", {"callback_query_id": "1"}),
    ("editMessageText", {"chat_id": ANI, "message_id": 1, "text": "x"}),
    ("deleteMessage", {"chat_id": ANI, "message_id": 1}),
    ("getUpdates", {"limit": 101}),
    ("getUpdates", {"allowed_updates": ["pesan"]}),
]


@pytest.mark.parametrize(("method", "params"), REFUSED_SETTINGS)
async def test_other_methods_keep_their_limits_too(ask: Ask, method: str, params: Json) -> None:
    assert (await ask(method, **params))[0] == 400


async def test_commands_and_descriptions_are_kept(api: FakeBotApi, ask: Ask) -> None:
    commands = [{"command": "bantuan", "description": "Cara bertanya"}]
    assert await ask("setMyCommands", commands=commands) == (200, {"ok": True, "result": True})
    await ask("setMyDescription", description="Tanya jawab netralitas")
    assert api.commands() == commands
    assert (await ask("getMyDescription"))[1]["result"] == {"description": "Tanya jawab netralitas"}
    await ask("deleteMyCommands")
    assert api.commands() == []


async def test_who_cannot_be_written_to_gives_telegrams_reason(api: FakeBotApi, ask: Ask) -> None:
    api.block(ANI)
    api.deactivate(BUDI)
    api.add_private(103, started=False)
    api.add_group(-5, kind="group")
    api.migrate(-5, -1005)
    answers = [await ask("sendMessage", chat_id=chat, text="x") for chat in (ANI, BUDI, 103, 777, 999, -5)]
    assert [(status, body["description"]) for status, body in answers] == [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot can't initiate conversation with a user"),
        (403, "Forbidden: bot can't initiate conversation with a user"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: group chat was upgraded to a supergroup chat"),
    ]
    assert answers[-1][1]["parameters"] == {"migrate_to_chat_id": -1005}
    assert len(api.violations_of(Refused.UNREACHABLE)) == 6


async def test_an_edit_changes_what_is_shown_and_must_change_something(api: FakeBotApi, ask: Ask) -> None:
    await ask("sendMessage", chat_id=ANI, text="lama", reply_markup=keyboard([button("a")]))
    same = await ask("editMessageText", chat_id=ANI, message_id=1, text="lama", reply_markup=keyboard([button("a")]))
    assert same[1]["description"].startswith("Bad Request: message is not modified")
    assert (await ask("editMessageText", chat_id=ANI, message_id=1, text="baru"))[1]["result"]["edit_date"] > 0
    assert [(one.text, one.buttons) for one in api.shown(ANI)] == [("baru", ())]
    assert [one.text for one in api.sent(ANI)] == ["lama"]
    await ask("editMessageReplyMarkup", chat_id=ANI, message_id=1, reply_markup=keyboard([button("b")]))
    assert [one.data for one in api.shown(ANI)[0].buttons] == ["b"]
    await ask("deleteMessage", chat_id=ANI, message_id=1)
    assert api.shown(ANI) == []


async def test_a_person_s_message_cannot_be_edited(api: FakeBotApi, ask: Ask) -> None:
    message = api.say(ANI, "punya saya").message_id
    assert (await ask("editMessageText", chat_id=ANI, message_id=message, text="x"))[1]["description"] == (
        "Bad Request: message can't be edited"
    )


async def test_a_query_is_answered_once_and_in_time(api: FakeBotApi, ask: Ask) -> None:
    await ask("sendMessage", chat_id=ANI, text="x", reply_markup=keyboard([button("a")]))
    first = api.press(ANI, 1, "a")
    assert (await ask("answerCallbackQuery", callback_query_id=first.query_id))[0] == 200
    assert (await ask("answerCallbackQuery", callback_query_id=first.query_id))[0] == 400
    late = api.press(ANI, 1, "a")
    api.world.query_life = 0.0
    body = (await ask("answerCallbackQuery", callback_query_id=late.query_id))[1]
    assert body["description"].startswith("Bad Request: query is too old")


async def test_only_a_button_that_is_shown_can_be_pressed_honestly(api: FakeBotApi, ask: Ask) -> None:
    await ask("sendMessage", chat_id=ANI, text="x", reply_markup=keyboard([button("a")]))
    with pytest.raises(AssertionError, match="has no button 'b'"):
        api.press(ANI, 1, "b")
    assert api.press(ANI, 1, "b", forged=True).update_id > 0


# Rates


async def test_a_chat_takes_a_burst_and_then_429_until_retry_after_has_passed(session: aiohttp.ClientSession) -> None:
    async with FakeBotApi() as api:
        api.add_private(ANI)
        api.add_private(BUDI)
        sends = [await post(session, api, "sendMessage", chat_id=ANI, text="x") for _ in range(5)]
        assert [status for status, _ in sends] == [200, 200, 200, 429, 429]
        assert sends[3][1] == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        }
        assert [one.kind for one in api.violations] == [Refused.RATE, Refused.IMPATIENT]
        assert (await post(session, api, "sendMessage", chat_id=BUDI, text="x"))[0] == 200
        await asyncio.sleep(1.02)
        assert (await post(session, api, "sendMessage", chat_id=ANI, text="x"))[0] == 200


@pytest.mark.parametrize(
    ("limits", "chats", "paid", "passed"),
    [
        (Limits(), range(1, 41), False, 30),
        (Limits(paid_per_second=35), range(1, 41), True, 35),
        (Limits(chat_interval=0), [GROUP] * 25, False, 20),
    ],
)
async def test_no_more_than_the_limit_passes(
    session: aiohttp.ClientSession, limits: Limits, chats: list[int], paid: bool, passed: int
) -> None:
    async with FakeBotApi(limits=limits) as api:
        for chat in set(chats):
            if chat > 0:
                api.add_private(chat)
            else:
                api.add_group(chat)
        sends = [post(session, api, "sendMessage", chat_id=chat, text="x", allow_paid_broadcast=paid) for chat in chats]
        statuses = [status for status, _ in await asyncio.gather(*sends)]
        assert (statuses.count(200), statuses.count(429)) == (passed, len(chats) - passed)
