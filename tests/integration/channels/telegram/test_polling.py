"""Polling over real HTTP: whatever Telegram answers and whatever the database does, it goes on and loses nothing."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from telegram import Bot

from bot.application.messaging.channel_state import ChannelState
from bot.application.messaging.ports import ReceivedUpdate, SetAside, Taken
from bot.channels.telegram import polling, webhook
from bot.channels.telegram.http_request import AiohttpRequest
from bot.channels.telegram.polling import HIGHEST_UPDATE_ID, offset_after, poll
from bot.channels.telegram.webhook import WEBHOOK_PATH, connect, keep_webhook
from tests.integration.channels.telegram.answers import TOKEN, Answers, answering, refusal
from tests.integration.channels.telegram.updates import Json, message, update

pytestmark = pytest.mark.telegram
FIRST = 710_000_001


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(polling, "AFTER_CONFLICT_SECONDS", 0.01)
    monkeypatch.setattr(polling, "MAX_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(polling, "MAX_TOKEN_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(webhook, "FIRST_PAUSE_SECONDS", 0.01)


@pytest.fixture
async def answers() -> AsyncIterator[Answers]:
    async with answering() as found:
        yield found


@dataclass
class Kept:
    """What was committed; can refuse some times."""

    refusals: int = 0
    taken: list[Taken] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """Return each update once, as the database would keep it."""
        return list(dict.fromkeys(each.update_id for each in self.taken if isinstance(each, ReceivedUpdate)))

    @property
    def letters(self) -> list[SetAside]:
        return [each for each in self.taken if isinstance(each, SetAside)]

    async def ingest(self, updates: Sequence[Taken]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionError("rahasia zwartbolk")
        self.taken += updates


@dataclass(kw_only=True)
class Polling:
    """A loop that polls."""

    kept: Kept
    state: ChannelState
    task: "asyncio.Task[None]"

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                assert not self.task.done()
                await asyncio.sleep(0.01)


@asynccontextmanager
async def polled(answers: Answers, kept: Kept | None = None) -> AsyncIterator[Polling]:
    kept = kept or Kept()
    state = ChannelState(asyncio.get_running_loop().time)
    async with a_bot(answers) as (bot, request):
        task = asyncio.create_task(poll(bot, request, kept.ingest, state))
        try:
            yield Polling(kept=kept, state=state, task=task)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def a_bot(answers: Answers) -> AsyncIterator[tuple[Bot, AiohttpRequest]]:
    request, polling_request = AiohttpRequest(), AiohttpRequest(connections=1)
    bot = Bot(TOKEN, base_url=f"{answers.url}/bot", request=request, get_updates_request=polling_request)
    try:
        yield bot, polling_request
    finally:
        await request.shutdown()
        await polling_request.shutdown()


def said(number: int) -> Json:
    return update("message", message({"text": "halo"}, number=number), FIRST + number)


GOOD = json.dumps({"ok": True, "result": [said(0)]}).encode()


# Answers of any form

ODD_ANSWERS = {
    "null": (200, b"null"),
    "a list": (200, b"[1]"),
    "no result": (200, b'{"ok": true}'),
    "a null result": (200, b'{"ok": true, "result": null}'),
    "a result that is an object": (200, b'{"ok": true, "result": {"update_id": 1}}'),
    "a text": (200, b'"halo"'),
    "not ok": (200, b'{"ok": false, "result": []}'),
    "ok in other words": (200, b'{"ok": "true", "result": []}'),
    "cut": (200, GOOD[: len(GOOD) // 2]),
    "nothing": (200, b""),
    "HTML": (200, b"<html>Selamat datang di hotel</html>"),
    "no text": (200, bytes(range(256))),
    "a redirect": (302, b""),
    "a gateway": (502, b"<html>"),
    "busy": (429, b'{"ok": false, "error_code": 429, "parameters": {"retry_after": "x"}}'),
    "odd parameters": (429, b'{"ok": false, "parameters": [1]}'),
    "a list as a refusal": (400, b"[]"),
    "teapot": (418, b"{}"),
    "deep": (200, b"[" * 100_000),
}


@pytest.mark.parametrize("name", ODD_ANSWERS)
async def test_an_answer_that_cannot_be_read_is_logged_and_asked_for_again(
    answers: Answers, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    answers.script = [ODD_ANSWERS[name]] * 3
    answers.waiting = [said(0)]
    async with polled(answers) as running:
        await running.until(lambda: running.kept.ids == [str(FIRST)] and running.state.trouble is None)
    assert sum(each.levelno >= logging.WARNING for each in caplog.records if each.name.startswith("bot")) >= 3
    assert all("offset" not in asked for asked in answers.of("getUpdates")[:3])


async def test_a_cut_connection_is_survived(answers: Answers) -> None:
    answers.waiting = [said(0)]
    answers.is_down = True
    async with polled(answers) as running:
        await running.until(lambda: running.state.trouble == "no_connection")
        answers.is_down = False
        await running.until(lambda: running.kept.ids == [str(FIRST)])


# Updates of any form


async def test_an_update_that_the_library_cannot_parse_holds_nobody(answers: Answers) -> None:
    odd = update("message", message({"text": "x", "forward_origin": {"type": "user", "date": 1}}), FIRST + 1)
    answers.waiting = [said(0), odd, said(2)]
    async with polled(answers) as running:
        await running.until(lambda: running.kept.ids == [str(FIRST + number) for number in range(3)])
        await running.until(lambda: not answers.waiting)


ODD_UPDATES: list[object] = [
    None, 7, "x", [], {}, {"update_id": None}, {"update_id": "x", "message": {}}, {"update_id": 2**80},
    {"update_id": -1}, {"update_id": True}, {"update_id": 1.5}, {"message": message({"text": "x"})},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD_UPDATES)
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_an_update_without_an_id_is_passed_with_those_beside_it(
    answers: Answers, odd: object, place: int
) -> None:
    batch: list[object] = [said(0), said(1)]
    batch.insert(place, odd)
    answers.script = [(200, json.dumps({"ok": True, "result": batch}).encode())]
    answers.waiting = [said(2)]
    async with polled(answers) as running:
        await running.until(lambda: running.kept.ids == [str(FIRST + number) for number in range(3)])
        assert len(running.kept.letters) == 1


async def test_a_batch_that_cannot_be_confirmed_is_counted_once_and_does_not_spin(answers: Answers) -> None:
    answers.waiting = [{"message": {"text": "x"}}, 5]
    async with polled(answers) as running:
        await running.until(lambda: len(answers.of("getUpdates")) >= 5)
        assert len(running.kept.letters) == 2
        assert running.state.trouble == "error"
        answers.waiting.append(said(0))
        await running.until(lambda: running.kept.ids == [str(FIRST)])


async def test_a_wide_id_does_not_draw_the_offset_past_what_is_to_come(answers: Answers) -> None:
    answers.script = [(200, json.dumps({"ok": True, "result": [update("message", {}, HIGHEST_UPDATE_ID)]}).encode())]
    async with polled(answers) as running:
        await running.until(lambda: len(answers.of("getUpdates")) >= 3)
        answers.waiting = [said(0)]
        await running.until(lambda: running.kept.ids[-1:] == [str(FIRST)])


def test_only_an_id_of_31_bits_moves_the_offset() -> None:
    assert offset_after([{"update_id": 5}, {"update_id": HIGHEST_UPDATE_ID + 1}]) == 6
    assert offset_after([{"update_id": 2**62}]) is None


DEEP = b"[" * 50_000 + b"]" * 50_000
BRACES = b'"\\"}]{["'
"""A string that holds what looks like ends of objects."""


@pytest.mark.parametrize(
    ("deep", "known"),
    [
        (b'{"update_id":%d,"message":%s}' % (FIRST + 1, DEEP), str(FIRST + 1)),
        (b'{"message":{"text":%s},"x":%s,"update_id":%d}' % (BRACES, DEEP, FIRST + 1), str(FIRST + 1)),
        (b'{"update_id":%s,"message":{}}' % DEEP, None),
        (b'{"message":%s}' % DEEP, None),
    ],
    ids=["message", "id_last", "id", "no_id"],
)
async def test_an_update_nested_too_deep_is_set_aside_alone(answers: Answers, deep: bytes, known: str | None) -> None:
    whole = [json.dumps(said(0)).encode(), deep, json.dumps(said(2)).encode()]
    answers.script = [(200, b'{"ok":true,"result":[%s]}' % b",".join(whole))]
    async with polled(answers) as running:
        await running.until(lambda: running.kept.ids == [str(FIRST), str(FIRST + 2)])
        assert [each.update_id for each in running.kept.letters] == [known]
        await running.until(lambda: len(answers.of("getUpdates")) > 1)
    assert answers.of("getUpdates")[1].get("offset") == str(FIRST + 3)


async def test_an_update_nested_too_deep_without_an_id_holds_nobody_who_comes_after(answers: Answers) -> None:
    alone = b'{"update_id":%s,"message":{}}' % DEEP
    whole = b",".join([alone, json.dumps(said(2)).encode()])
    answers.script = [(200, b'{"ok":true,"result":[%s]}' % alone), (200, b'{"ok":true,"result":[%s]}' % whole)]
    async with polled(answers) as running:
        await running.until(lambda: running.kept.ids == [str(FIRST + 2)])


# The database


async def test_what_could_not_be_kept_is_asked_for_again(answers: Answers, caplog: pytest.LogCaptureFixture) -> None:
    answers.waiting = [said(0)]
    async with polled(answers, Kept(refusals=3)) as running:
        await running.until(lambda: running.state.trouble == "database")
        await running.until(lambda: running.kept.ids == [str(FIRST)] and not answers.waiting)
    asked = [each.get("offset") for each in answers.of("getUpdates")]
    assert asked[:5] == [None, None, None, None, str(FIRST + 1)]
    assert "zwartbolk" not in caplog.text


async def test_cancelling_ends_the_loop(answers: Answers) -> None:
    async with polled(answers) as running:
        await running.until(lambda: running.state.last_success is not None)
        running.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running.task


# Refusals


@pytest.mark.parametrize("status", [401, 404])
async def test_a_refused_token_is_said_without_the_token(
    answers: Answers, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    answers.script = [(status, refusal(status, "Unauthorized"))] * 3
    answers.waiting = [said(0)]
    async with polled(answers) as running:
        await running.until(lambda: running.state.trouble == "token")
        await running.until(lambda: running.kept.ids == [str(FIRST)])
    lines = [each for each in caplog.records if each.getMessage() == "Telegram does not accept the token"]
    assert [each.levelno for each in lines] == [logging.ERROR] * 3
    assert "zwartbolk" not in caplog.text


async def test_a_webhook_that_somebody_set_is_taken_down(answers: Answers, caplog: pytest.LogCaptureFixture) -> None:
    async with polled(answers) as running:
        await running.until(lambda: running.state.last_success is not None)
        answers.webhook = {"url": "https://lain.example/x"}
        answers.waiting = [said(0)]
        await running.until(lambda: running.kept.ids == [str(FIRST)])
    assert answers.webhook == {"url": ""}
    assert "somebody set a webhook" in caplog.text
    assert "lain.example" not in caplog.text
    assert all(asked.get("drop_pending_updates") in {None, "false"} for asked in answers.of("deleteWebhook"))


async def test_another_poller_is_told_of_and_no_webhook_is_blamed(
    answers: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    answers.script = [(409, refusal(409, "Conflict: terminated by other getUpdates request"))]
    async with polled(answers) as running:
        await running.until(lambda: running.state.trouble == "other_poller")
        await running.until(lambda: running.state.trouble is None)
    assert "another process polls" in caplog.text
    assert "somebody set a webhook" not in caplog.text


# The webhook


async def test_a_webhook_is_announced_and_set_again_when_somebody_changed_it(
    answers: Answers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(webhook, "VERIFY_SECONDS", 0.02)
    ours = f"https://kami.example{WEBHOOK_PATH}"
    state = ChannelState(asyncio.get_running_loop().time)
    answers.is_down = True
    async with a_bot(answers) as (bot, _):
        task = asyncio.create_task(keep_webhook(bot, "https://kami.example", "rahasia", state))
        running = Polling(kept=Kept(), state=state, task=task)
        await running.until(lambda: state.trouble == "no_connection")
        answers.is_down = False
        await running.until(lambda: answers.webhook["url"] == ours and state.trouble is None)
        answers.webhook = {"url": "https://lain.example"}
        await running.until(lambda: answers.webhook["url"] == ours)
        before = len(answers.of("setWebhook"))
        answers.webhook = {"url": ours, "last_error_date": 1_795_498_000, "last_error_message": "403"}
        await running.until(lambda: len(answers.of("setWebhook")) == before + 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert "somebody set another webhook" in caplog.text


async def test_who_the_bot_is_is_asked_until_telegram_answers(answers: Answers) -> None:
    answers.is_down = True
    state = ChannelState(asyncio.get_running_loop().time)
    async with a_bot(answers) as (bot, _):
        task = asyncio.create_task(connect(bot, state))
        await asyncio.sleep(0.1)
        assert (task.done(), state.trouble) == (False, "no_connection")
        answers.is_down = False
        myself = await asyncio.wait_for(task, 5)
    assert myself.username == "sinetral_uji_bot"
