"""The fake Bot API delivers updates as planned, breaks on demand, and remembers."""

import asyncio
import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import aiohttp
import pytest
from aiohttp import web

from tests.fakes.telegram.asking import ANI, BUDI, GROUP, Answer, Ask, post, receiver
from tests.fakes.telegram.bot_api import Backoff, FakeBotApi, Order, Refused

pytestmark = pytest.mark.telegram
SECRET = "rahasia_1-A"

# Polling


async def test_an_update_comes_again_until_a_higher_offset_confirms_it(api: FakeBotApi, ask: Ask) -> None:
    ids = [api.say(ANI, text).update_id for text in ("satu", "dua", "tiga")]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    batches = [await ask("getUpdates", **more) for more in ({"limit": 2}, {"offset": ids[1]}, {"offset": ids[2] + 1})]
    assert [[one["update_id"] for one in body["result"]] for _, body in batches] == [ids[:2], ids[1:], []]
    assert api.pending == 0


async def test_a_long_poll_ends_as_soon_as_somebody_writes(api: FakeBotApi, ask: Ask) -> None:
    started = time.monotonic()
    poll = asyncio.create_task(ask("getUpdates", timeout=5))
    await api.eventually(lambda: api.calls)
    api.say(ANI, "halo")
    assert [one["message"]["text"] for one in (await poll)[1]["result"]] == ["halo"]
    assert time.monotonic() - started < 2


async def test_a_second_poller_throws_the_first_out_with_409(api: FakeBotApi, ask: Ask) -> None:
    first = asyncio.create_task(ask("getUpdates", timeout=5))
    await api.eventually(lambda: api.calls)
    assert (await ask("getUpdates"))[0] == 200
    assert (await first)[0] == 409
    assert [one.kind for one in api.violations] == [Refused.CONFLICT]


async def test_a_poller_that_went_away_is_no_conflict(api: FakeBotApi) -> None:
    async with aiohttp.ClientSession() as dying:
        gone = asyncio.create_task(post(dying, api, "getUpdates", timeout=5))
        await api.eventually(lambda: api.calls)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
    api.say(ANI, "halo")
    async with aiohttp.ClientSession() as next_one:
        assert len((await post(next_one, api, "getUpdates", timeout=1))[1]["result"]) == 1
    assert api.violations == []


async def test_polling_beside_a_webhook_is_409(api: FakeBotApi, ask: Ask) -> None:
    await ask("setWebhook", url="http://127.0.0.1:1/hook")
    assert (await ask("getUpdates"))[0] == 409
    await ask("deleteWebhook", drop_pending_updates=True)
    assert (await ask("getUpdates"))[0] == 200


async def test_only_the_kinds_asked_for_are_queued(api: FakeBotApi, ask: Ask) -> None:
    await ask("getUpdates", allowed_updates=["callback_query"])
    assert (api.say(ANI, "halo").update_id, api.pending) == (0, 0)


@pytest.mark.parametrize("order", list(Order))
async def test_polled_updates_keep_the_order_that_was_chosen(api: FakeBotApi, ask: Ask, order: Order) -> None:
    api.deliver(order, seed=3)
    for turn in range(20):
        api.say((ANI, BUDI)[turn % 2], str(turn))
    batch = [one["message"] for one in (await ask("getUpdates"))[1]["result"]]
    texts = [int(one["text"]) for one in batch]
    by_chat = [[int(one["text"]) for one in batch if one["chat"]["id"] == chat] for chat in (ANI, BUDI)]
    assert sorted(texts) == list(range(20))
    assert (texts == sorted(texts), all(one == sorted(one) for one in by_chat)) == {
        Order.QUEUED: (True, True),
        Order.MIXED: (False, True),
        Order.SHUFFLED: (False, False),
    }[order]


async def test_an_update_is_polled_as_often_as_planned(api: FakeBotApi, ask: Ask) -> None:
    api.deliver(copies=3)
    update = api.say(ANI, "tiga kali").update_id
    offset, seen = 0, []
    for _ in range(5):
        for one in (await ask("getUpdates", offset=offset))[1]["result"]:
            seen.append(one["update_id"])
            offset = update + 1
    assert (seen, api.pending) == ([update] * 3, 0)


@pytest.mark.parametrize("order", list(Order))
async def test_no_update_is_passed_over_however_polls_are_shuffled_and_repeated(
    api: FakeBotApi, ask: Ask, order: Order
) -> None:
    api.deliver(order, copies=2, share=0.2, seed=9)
    ids = [api.say(ANI, str(turn)).update_id for turn in range(250)]
    offset, seen = 0, list[int]()
    while api.pending:
        batch = [one["update_id"] for one in (await ask("getUpdates", offset=offset))[1]["result"]]
        seen += batch
        offset = max(batch, default=offset - 1) + 1
    assert (set(seen), len(seen) > len(ids)) == (set(ids), True)


# Webhook


async def test_a_webhook_gets_updates_with_its_secret(api: FakeBotApi, ask: Ask) -> None:
    async with receiver() as (url, arrived):
        await ask("setWebhook", url=url, secret_token=SECRET, max_connections=7)
        update = api.say(ANI, "halo").update_id
        await api.eventually(lambda: api.pending == 0)
    assert arrived == [(update, SECRET)]
    assert (await ask("getWebhookInfo"))[1]["result"]["max_connections"] == 7
    assert [(one.way, one.status) for one in api.deliveries] == [("webhook", 200)]


async def test_a_webhook_that_fails_is_tried_again_before_the_chat_s_next_update(api: FakeBotApi, ask: Ask) -> None:
    api.set_backoff(Backoff(first=0.02))
    async with receiver(500, 302) as (url, arrived):
        await ask("setWebhook", url=url)
        first, second = api.say(ANI, "satu").update_id, api.say(ANI, "dua").update_id
        await api.eventually(lambda: api.pending == 0)
    assert [update for update, _ in arrived] == [first, first, first, second]
    assert [one.status for one in api.deliveries] == [500, 302, 200, 200]


async def test_updates_wait_while_nobody_listens(api: FakeBotApi, ask: Ask) -> None:
    api.set_backoff(Backoff(first=0.02, most=0.02))
    async with receiver() as (url, _):
        pass
    await ask("setWebhook", url=url)
    api.say(ANI, "halo")
    await api.eventually(lambda: len(api.deliveries) > 1)
    assert (api.pending, {one.status for one in api.deliveries}) == (1, {0})
    assert (await ask("getWebhookInfo"))[1]["result"]["last_error_message"].startswith("Connection failed")


async def test_a_webhook_gets_repeats_and_shuffled_updates(api: FakeBotApi, ask: Ask) -> None:
    api.deliver(Order.SHUFFLED, copies=2, seed=5)
    api.hold()
    async with receiver() as (url, arrived):
        await ask("setWebhook", url=url, max_connections=1)
        ids = [api.say(ANI, str(turn)).update_id for turn in range(10)]
        await asyncio.sleep(0.05)
        assert arrived == []
        api.release()
        await api.eventually(lambda: api.pending == 0)
        api.deliver_again(ids[0], times=2)
        await api.eventually(lambda: api.pending == 0)
    got = [update for update, _ in arrived]
    assert sorted(got[:20]) == sorted(ids * 2)
    assert got[:20] != sorted(got[:20])
    assert got[20:] == [ids[0]] * 2


@pytest.mark.parametrize("most", [1, 4])
async def test_no_more_posts_are_open_than_max_connections(api: FakeBotApi, ask: Ask, most: int) -> None:
    opened: list[int] = [0, 0]

    async def slow(_: web.Request) -> web.Response:
        opened[0] += 1
        opened[1] = max(opened)
        await asyncio.sleep(0.02)
        opened[0] -= 1
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", slow)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api.deliver(Order.SHUFFLED)
    for turn in range(12):
        api.say(ANI, str(turn))
    await ask("setWebhook", url=f"http://127.0.0.1:{runner.addresses[0][1]}/hook", max_connections=most)
    await api.eventually(lambda: api.pending == 0)
    await runner.cleanup()
    assert opened == [0, most]


# People


async def test_every_deed_of_a_person_becomes_its_update(api: FakeBotApi, ask: Ask) -> None:
    said = api.say(ANI, "Bolehkah?")
    for deed in (api.sticker, api.voice, api.contact, api.location):
        deed(ANI)
    api.photo(ANI, "lihat")
    api.forward(ANI, "kata orang")
    api.edit(ANI, said.message_id, "Bolehkah saya?")
    api.press_start(BUDI, "kampanye_1")
    api.block(ANI)
    api.unblock(ANI)
    updates = (await ask("getUpdates"))[1]["result"]
    kinds = [next(key for key in one if key != "update_id") for one in updates]
    assert kinds == ["message"] * 7 + ["edited_message", "message"] + ["my_chat_member"] * 2
    contents = ["text", "sticker", "voice", "contact", "location", "photo", "forward_origin"]
    assert [key in one["message"] for key, one in zip(contents, updates, strict=False)] == [True] * 7
    assert updates[7]["edited_message"]["text"] == "Bolehkah saya?"
    assert updates[8]["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert [one["my_chat_member"]["new_chat_member"]["status"] for one in updates[9:]] == ["kicked", "member"]


async def test_a_group_message_names_its_writer_mention_thread_and_reply(api: FakeBotApi, ask: Ask) -> None:
    await ask("sendMessage", chat_id=GROUP, text="jawaban")
    api.mention(GROUP, "boleh?", by=777, thread=5)
    api.say(GROUP, "terima kasih", reply_to=1)
    mention, reply = (one["message"] for one in (await ask("getUpdates"))[1]["result"])
    assert mention["entities"] == [{"type": "mention", "offset": 0, "length": 17}]
    assert (mention["from"]["id"], mention["message_thread_id"]) == (777, 5)
    assert (reply["from"]["id"], reply["reply_to_message"]["text"]) == (ANI, "jawaban")


async def test_privacy_mode_keeps_a_group_s_talk_from_the_bot() -> None:
    api = FakeBotApi(privacy_mode=True)
    api.add_group(GROUP)
    assert api.say(GROUP, "obrolan").update_id == 0
    assert api.mention(GROUP, "boleh?").update_id > 0


# Faults


@pytest.mark.parametrize("status", [403, 500, 502])
async def test_a_planned_error_comes_so_often_and_nothing_is_sent(
    api: FakeBotApi, session: aiohttp.ClientSession, status: int
) -> None:
    api.fail("sendMessage", status, times=2)
    statuses = []
    for _ in range(3):
        async with session.post(f"{api.base_url}{api.token}/sendMessage", json={"chat_id": ANI, "text": "x"}) as answer:
            statuses.append(answer.status)
    assert (statuses, len(api.sent()), api.violations) == ([status, status, 200], 1, [])


async def test_a_planned_429_shuts_every_chat_and_impatience_is_noted(api: FakeBotApi, ask: Ask) -> None:
    api.fail("sendMessage", 429, retry_after=1)
    first = await ask("sendMessage", chat_id=ANI, text="x")
    assert (first[0], first[1]["parameters"]) == (429, {"retry_after": 1})
    assert (await ask("sendMessage", chat_id=BUDI, text="x"))[0] == 429
    assert [one.kind for one in api.violations] == [Refused.IMPATIENT]
    await asyncio.sleep(1.02)
    assert (await ask("sendMessage", chat_id=BUDI, text="x"))[0] == 200


@pytest.mark.parametrize(("after", "sent"), [(False, 0), (True, 1)])
async def test_a_cut_loses_the_reply_and_only_before_acting_the_message(
    api: FakeBotApi, ask: Ask, after: bool, sent: int
) -> None:
    api.cut("sendMessage", after=after)
    with pytest.raises(aiohttp.ClientError):
        await ask("sendMessage", chat_id=ANI, text="x")
    assert (len(api.sent(ANI)), api.calls[0].status) == (sent, 0)
    assert (await ask("sendMessage", chat_id=ANI, text="x"))[0] == 200


@pytest.mark.parametrize(("after", "sent"), [(False, 0), (True, 1)])
async def test_who_leaves_a_hanging_call_was_served_only_if_it_hung_after(
    api: FakeBotApi, session: aiohttp.ClientSession, after: bool, sent: int
) -> None:
    api.hang("sendMessage", 0.3, after=after)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(post(session, api, "sendMessage", chat_id=ANI, text="x"), 0.1)
    await asyncio.sleep(0.3)
    assert len(api.sent(ANI)) == sent


async def test_an_error_after_acting_hides_a_message_that_is_out(api: FakeBotApi, ask: Ask) -> None:
    api.fail("sendMessage", 500, after=True, chat_id=ANI)
    assert (await ask("sendMessage", chat_id=BUDI, text="x"))[0] == 200
    assert (await ask("sendMessage", chat_id=ANI, text="x"))[0] == 500
    assert len(api.sent(ANI)) == 1


async def test_a_share_of_calls_fails_by_seed_until_cleared(api: FakeBotApi, ask: Ask) -> None:
    api.fail("*", 500, times=None, share=0.5, seed=1)
    statuses = [(await ask("getMe"))[0] for _ in range(40)]
    assert (statuses.count(500), set(statuses)) == (api.faults_used, {200, 500})
    api.clear_faults()
    assert [(await ask("getMe"))[0] for _ in range(10)] == [200] * 10


# Life


def call(api: FakeBotApi, method: str, **params: Any) -> Answer:
    request = Request(f"{api.base_url}{api.token}/{method}", json.dumps(params).encode())
    request.add_header("Content-Type", "application/json")
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_from_a_thread_it_serves_survives_a_stop_and_keeps_its_address() -> None:
    api = FakeBotApi().start()
    address = api.url
    api.add_private(ANI)
    update = api.say(ANI, "halo").update_id
    assert call(api, "sendMessage", chat_id=ANI, text="satu")[0] == 200
    api.stop()
    with pytest.raises(OSError, match="refused"):
        call(api, "getMe")
    with api:
        assert api.url == address
        assert call(api, "getUpdates")[1]["result"][0]["update_id"] == update
        call(api, "sendMessage", chat_id=ANI, text="dua")
        assert [one.text for one in api.wait_for_sent(ANI, 2)] == ["satu", "dua"]


def test_what_does_not_come_fails_with_the_story_so_far() -> None:
    with FakeBotApi() as api:
        call(api, "getMe")
        with pytest.raises(AssertionError, match=r"getMe -> 200"):
            api.wait_until(api.sent, timeout=0.05)


async def test_a_wait_that_would_block_the_fake_is_refused(api: FakeBotApi) -> None:
    with pytest.raises(AssertionError, match="eventually"):
        api.wait_until(lambda: True)
