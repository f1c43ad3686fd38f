"""Checks that none of us wrote: pywa reads our webhooks and builds our payloads; mockpost holds a conversation."""

import asyncio
import base64
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, web

from bot.channels.whatsapp.payloads import addressed, message_json, template_json
from bot.channels.whatsapp.webhook import WEBHOOK_PATH
from bot.core.campaigns.platform_template import REMINDER
from bot.core.replies import texts
from bot.core.replies.reply import Button, text
from bot.core.replies.whatsapp_layout import WhatsAppMessage
from tests.fakes.whatsapp.graph_api import APP_SECRET, FakeGraph, signed_headers
from tests.integration.channels.whatsapp.test_reading import OF_THE_LIBRARY
from tests.integration.channels.whatsapp.test_webhook import fixture, fixtures
from tests.support.bot_process import ROOT, Bot, free_port

pytestmark = [pytest.mark.whatsapp, pytest.mark.full]
PYTHON = ROOT / "var" / "outside" / "bin" / "python"
BUTTONS = [("Sanksinya?", "s:tim_sukses"), ("Dasar hukum", "d:tim_sukses"), (texts.BUTTON_MORE, "o:tim_sukses")]
ROWS = [(f"Kelompok {number}", f"g:{number}") for number in range(7)]
PARAMETERS = ["Foto bersama calon", "Tidak boleh.", "UU 20/2023 Pasal 9 ayat (2)"]
PAYLOADS = ["p:foto_bersama_calon", "b"]
TICKET = "7.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
START_SECONDS = 60.0


# pywa


@pytest.fixture(scope="module")
def pywa() -> dict[str, Any]:
    """Return what pywa made of our webhooks, and what it would send for the same contents."""
    bodies = {name: json.dumps(fixture(name)).encode() for name in fixtures()}
    bodies["altered"] = bodies["text"] + b" "
    signed = {name: signed_headers(body)["X-Hub-Signature-256"] for name, body in bodies.items()}
    signed["altered"] = signed["text"]
    told = {
        "secret": APP_SECRET,
        "webhooks": {
            name: {"body": base64.b64encode(body).decode(), "signature": signed[name]} for name, body in bodies.items()
        },
        "built": {
            "text": "Halo *Sari*",
            "ticket": TICKET,
            "buttons": BUTTONS,
            "rows": ROWS,
            "list": texts.WHATSAPP_LIST,
            "template": REMINDER.name,
            "language": REMINDER.language,
            "parameters": PARAMETERS,
            "payloads": PAYLOADS,
        },
    }
    done = subprocess.run(
        [str(PYTHON), str(Path(__file__).parent / "pywa_reader.py")],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_pywa_accepts_our_signatures_and_refuses_an_altered_body(pywa: dict[str, Any]) -> None:
    assert pywa["read"].pop("altered")["status"] == 403
    assert {name: told["status"] for name, told in pywa["read"].items()} == dict.fromkeys(fixtures(), 200)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("text", {"kind": "message", "type": "text", "text": "boleh ga like postingan calon?"}),
        ("text_without_number", {"kind": "message", "type": "text", "text": "boleh ga like postingan calon?"}),
        ("audio", {"kind": "message", "type": "audio", "text": None}),
        ("button_reply", {"kind": "button", "data": "s:tim_sukses"}),
        ("template_button", {"kind": "button", "data": "b"}),
        ("list_reply", {"kind": "row", "data": "g:kampanye"}),
        ("status_of_campaign", {"kind": "status", "status": "delivered", "ticket": TICKET}),
    ],
)
def test_pywa_reads_our_webhooks_as_we_do(pywa: dict[str, Any], name: str, expected: dict[str, Any]) -> None:
    [seen] = pywa["read"][name]["seen"]
    assert {key: seen[key] for key in expected} == expected
    assert seen.get("id", "ID.13491208655302741918") == "ID.13491208655302741918"


def test_every_type_of_message_that_pywa_knows_has_a_behaviour(pywa: dict[str, Any]) -> None:
    assert set(pywa["types"]) == OF_THE_LIBRARY


def test_pywa_builds_what_we_build(pywa: dict[str, Any]) -> None:
    told = (text("Halo *Sari*"),)
    buttons = tuple(Button(label=title, payload=id_) for title, id_ in BUTTONS)
    rows = tuple(Button(label=title, payload=id_) for title, id_ in ROWS)
    template = template_json(REMINDER.name, REMINDER.language, PARAMETERS, PAYLOADS)
    ours = [
        addressed(message_json(WhatsAppMessage(paragraphs=told)), {"to": "62812"}, TICKET),
        addressed(message_json(WhatsAppMessage(paragraphs=told, buttons=buttons)), {"to": "62812"}),
        addressed(message_json(WhatsAppMessage(paragraphs=told, buttons=rows, is_list=True)), {"to": "62812"}),
        addressed(template, {"recipient": "ID.13491208655302741918"}),
    ]
    assert [_plain(each) for each in pywa["built"]] == [_plain(each) for each in ours]


def _plain(message: Any) -> Any:
    """Leave out what says nothing, and how words of the API are written: it takes them in either case."""
    if isinstance(message, dict):
        kept = {key: _plain(value) for key, value in message.items() if value is not False and value not in (None, [])}
        if "index" in kept:
            kept["index"] = str(kept["index"])
        return {key: value.lower() if key in {"type", "sub_type"} else value for key, value in kept.items()}
    return [_plain(each) for each in message] if isinstance(message, list) else message


# mockpost


@dataclass
class Relay:
    """Stands between mockpost and the bot, and signs what mockpost delivers, as Meta would."""

    webhook: str
    statuses: list[int] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve; returns the address for mockpost."""
        app = web.Application()
        app.router.add_post("/signed", self._sign)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/signed"
        finally:
            await runner.cleanup()

    async def _sign(self, request: web.Request) -> web.Response:
        body = await request.read()
        async with (
            ClientSession() as session,
            session.post(self.webhook, data=body, headers=signed_headers(body)) as answer,
        ):
            self.statuses.append(answer.status)
            return web.Response(status=answer.status)


async def test_a_conversation_over_mockpost(bot: Bot, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (tmp_path / "mockpost.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - it only begins here
            [str(PYTHON), "-c", "from mockpost.cli import main; main()"],
            cwd=tmp_path,
            env=_mockpost(port, tmp_path),
            stdout=log,
            stderr=log,
        )
    own = Bot(
        tmp_path / "bot",
        nlu_port=bot.nlu_port,
        extra={**FakeGraph().environment, "WHATSAPP_API_BASE_URL": f"{url}/whatsapp"},
    )
    own.folder.mkdir()
    relay = Relay(own.url + WEBHOOK_PATH)
    try:
        async with ClientSession() as session, relay.running() as address:
            await _until_up(session, url)
            await asyncio.to_thread(own.start)
            for path, body in (
                (
                    "/api/apps",
                    {"name": "sinetral", "creds": {"whatsapp_phone_id": own.extra["WHATSAPP_PHONE_NUMBER_ID"]}},
                ),
                ("/api/webhooks", {"channel": "whatsapp", "target_url": address, "app": "sinetral"}),
            ):
                async with session.post(url + path, json=body) as answer:
                    assert answer.status == 200, await answer.text()
            first = await _say(session, url, own, "boleh ga sih aku dateng ke acara partai?")
            assert "Menghadiri acara partai politik" in first
            assert "Sanksi" in await _say(session, url, own, "sanksinya apa?")
            assert "PPPK" in await _say(session, url, own, "kalau PPPK?")
        assert relay.statuses == [200, 200, 200]
    finally:
        if own.process is not None:
            own.stop()
        process.terminate()
        process.wait(timeout=20)


async def _say(session: ClientSession, url: str, own: Bot, words: str) -> str:
    """Write as somebody, and return the answer that arrives."""
    before = len(await _outbound(session, url))
    said = {"from": "6281299990000", "text": words, "phone_number_id": own.extra["WHATSAPP_PHONE_NUMBER_ID"]}
    headers = {"X-MockPost-App": "sinetral"}
    async with session.post(f"{url}/whatsapp/simulate/incoming", json=said, headers=headers) as answer:
        assert answer.status == 200
    for _ in range(300):
        arrived = await _outbound(session, url)
        if len(arrived) > before:
            return arrived[-1]
        await asyncio.sleep(0.1)
    raise AssertionError(own.log.read_text()[-2000:])


async def _outbound(session: ClientSession, url: str) -> list[str]:
    """Return the texts that the bot sent, oldest first."""
    async with session.get(f"{url}/api/messages", params={"channel": "whatsapp"}) as answer:
        told = await answer.json()
    messages = told["messages"] if isinstance(told, dict) else told
    sent = [each for each in messages if each["direction"] == "outbound"]
    return [
        str(each.get("content") or each.get("body") or each) for each in sorted(sent, key=lambda m: m["created_at"])
    ]


async def _until_up(session: ClientSession, url: str) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + START_SECONDS
    while True:
        try:
            async with session.get(f"{url}/health") as answer:
                if answer.status == 200:
                    return
        except ClientError:
            assert loop.time() < until, "mockpost does not answer"
        await asyncio.sleep(0.1)


def _mockpost(port: int, folder: Path) -> dict[str, str]:
    ports = {name: str(free_port()) for name in ("SMTP", "FTP", "FTPS", "FTPS_IMPLICIT", "SFTP")}
    return (
        {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
        | {f"MOCKPOST_{name}_PORT": number for name, number in ports.items()}
        | {
            "MOCKPOST_HTTP_PORT": str(port),
            "MOCKPOST_DB_PATH": str(folder / "mockpost.db"),
            "MOCKPOST_URL": f"http://127.0.0.1:{port}",
            "MOCKPOST_FTP_DATA_DIR": str(folder / "ftp"),
            "MOCKPOST_SFTP_DATA_DIR": str(folder / "sftp"),
            "HOME": str(folder),
        }
    )
