"""A Telegram for the tests: Telemelya in a process of its own, and a relay that adds what it lacks.

The bot is given `Emulator.api_url` in place of `https://api.telegram.org`. The relay stands between the two:

    bot --/bot<token>/<method>--> relay --> Telemelya        (answers, keyboards)
    bot <--webhook + secret------ relay <-- Telemelya        (updates)
"""

import asyncio
import itertools
import json
import os
import secrets
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, web

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
START_SECONDS = 30.0
POLL_SECONDS = 0.02
HTTP_SECONDS = 15.0

ACCEPTED = frozenset(
    {"setMyCommands", "deleteMyCommands", "setMyDescription", "setMyShortDescription", "setChatMenuButton"}
)
"""Methods that Telemelya does not know; the relay itself answers them with true and notes them in `calls`."""

STRUCTURED = frozenset(
    {"reply_markup", "entities", "reply_parameters", "link_preview_options", "allowed_updates", "commands", "scope"}
)
"""Form fields that hold JSON. Telemelya would read every field so, and make of the text "123" a number."""

LAUNCHER = """
import http.server, os, socket, sys, threading
from fakeredis import TcpFakeServer

class Store(http.server.BaseHTTPRequestHandler):  # in place of MinIO: it is asked at the start, then only for media
    protocol_version = "HTTP/1.1"
    def _yes(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_HEAD = do_GET = do_PUT = do_POST = _yes
    def log_message(self, *_): pass

def leave_with_parent():
    sys.stdin.read()
    os._exit(0)

redis = TcpFakeServer(("127.0.0.1", 0))
redis.daemon_threads = True
store = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store)
for target in (redis.serve_forever, store.serve_forever, leave_with_parent):
    threading.Thread(target=target, daemon=True).start()
os.environ["REDIS_URL"] = f"redis://127.0.0.1:{redis.server_address[1]}/0"
os.environ["MINIO_ENDPOINT"] = f"127.0.0.1:{store.server_address[1]}"

import uvicorn
from telemelya.server.app import app

listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
"""


class EmulatorServer:
    """Telemelya's process. One serves many tests: each `Emulator` has a session of its own in it."""

    def __init__(self, python: Path, folder: Path) -> None:
        """Start it with `python`, of the environment that has telemelya; `folder` gets its log, and no `.env`."""
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
        self._log = folder / "telemelya.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(python), "-c", LAUNCHER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=folder,
                env=kept | {"STRICT_EDIT": "true"},
                text=True,
            )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        if not port:
            self.stop()
            raise RuntimeError(f"Telemelya did not start:\n{self.log()}")
        self.url = f"http://127.0.0.1:{port}"

    def log(self) -> str:
        """What the process wrote to its standard error."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """End the process: it leaves when its standard input closes."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()


@dataclass(frozen=True)
class Sent:
    """One call of the bot that Telemelya took down."""

    method: str
    chat_id: int | None
    message_id: int | None
    text: str
    buttons: dict[str, str]
    """Label to callback data; to the empty string for a button that sends its label."""
    raw: dict[str, Any]
    """The bot's own request."""


@dataclass(frozen=True)
class Call:
    """One call of the bot that the relay answered itself, or that nobody knows."""

    method: str
    body: dict[str, Any]
    status: int


@dataclass
class Emulator:
    """One user's Telegram, and the relay. Use it as `async with Emulator(server.url, token) as telegram:`."""

    server_url: str
    token: str
    chat_id: int = field(default_factory=lambda: secrets.randbelow(10**9) + 1)
    first_name: str = "Uji"
    calls: list[Call] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    """Updates as the bot got them, for a test that delivers one twice."""
    webhook_url: str = ""
    webhook_secret: str = ""

    def __post_init__(self) -> None:
        self._session_id = secrets.token_hex(8)
        self._numbers = itertools.count(secrets.randbelow(10**8) + 1)
        self.api_url = ""

    async def start(self) -> None:
        """Wait until Telemelya answers, and open the relay on a free port of the loopback."""
        self._client = ClientSession(timeout=ClientTimeout(total=HTTP_SECONDS))
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._api)
        app.router.add_post("/updates", self._update)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.api_url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + START_SECONDS
        while not await self._is_healthy():
            if time.monotonic() > end:
                raise TimeoutError("Telemelya does not answer")
            await asyncio.sleep(POLL_SECONDS)

    async def stop(self) -> None:
        """Close the relay. The server goes on."""
        await self._runner.cleanup()
        await self._client.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # What the user does. Each gives the HTTP status that the bot's webhook answered.

    async def say(self, text: str) -> int:
        """Send a text; returns when the webhook has answered."""
        return await self._send({"text": text})

    async def press(self, label: str, message_id: int | None = None) -> int:
        """Press the newest button of that label, or that of the message given."""
        for message in reversed(await self._shown()):
            if label in message.buttons and message_id in (None, message.message_id):
                data = message.buttons[label]
                if not data:
                    return await self.say(label)
                return await self._send({"callback_data": data, "callback_message_id": message.message_id})
        raise LookupError(f"no button {label!r} in {[sorted(message.buttons) for message in await self._shown()]}")

    async def deliver(self, update: dict[str, Any], secret: str | None = None) -> int:
        """Post an update straight to the bot: one it has had, or under another secret (empty: no header)."""
        status, _ = await self._post_to_bot(update, self.webhook_secret if secret is None else secret)
        return status

    # What the bot did.

    async def sent(self, *methods: str) -> list[Sent]:
        """Return the bot's calls in order: all, or those of some methods."""
        answer = await self._control("GET", "responses")
        calls = [_sent(record) for record in answer["responses"]]
        return [call for call in calls if not methods or call.method in methods]

    async def wait_for(self, count: int, *methods: str, seconds: float = 5.0) -> list[Sent]:
        """Return `sent(*methods)` once it has `count` calls; for a bot that answers after its webhook returned."""
        end = time.monotonic() + seconds
        while len(calls := await self.sent(*methods)) < count:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(calls)} of {count} calls came: {calls}")
            await asyncio.sleep(POLL_SECONDS)
        return calls

    async def set_webhook(self, url: str, secret: str = "") -> None:
        """Register the bot's webhook, for a bot that does not call setWebhook itself."""
        self.webhook_url, self.webhook_secret = url, secret
        method, body = ("setWebhook", {"url": f"{self.api_url}/updates"}) if url else ("deleteWebhook", {})
        async with self._client.post(f"{self.server_url}/bot{self.token}/{method}", json=body) as answer:
            answer.raise_for_status()

    # The relay.

    async def _api(self, request: web.Request) -> web.Response:
        method, body = request.match_info["method"], await _body(request)
        if request.match_info["token"] != self.token:
            return _reply(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        if method in ("setWebhook", "deleteWebhook"):
            await self.set_webhook(str(body.get("url") or ""), str(body.get("secret_token") or ""))
            return _reply(200, {"ok": True, "result": True})
        if method in ACCEPTED:
            self.calls.append(Call(method, body, 200))
            return _reply(200, {"ok": True, "result": True})
        # Telemelya reads JSON alone as it was meant; the session would else depend on the chat's last update.
        url, headers = f"{self.server_url}/bot{self.token}/{method}", {"X-Test-Session": self._session_id}
        async with self._client.post(url, json=body, headers=headers) as answer:
            status, content = answer.status, await answer.json()
        if "ok" not in content:
            content = {"ok": False, "error_code": status, "description": str(content.get("detail"))}
        if not content["ok"]:
            status = content["error_code"]
            self.calls.append(Call(method, body, status))
        if method == "getWebhookInfo":
            content["result"]["url"] = self.webhook_url
        return _reply(status, {name: value for name, value in content.items() if value is not None})

    async def _update(self, request: web.Request) -> web.Response:
        update: dict[str, Any] = await request.json()
        # Telemelya numbers by the clock: two updates in one millisecond, or 10,000 seconds apart, would be alike.
        update["update_id"] = next(self._numbers)
        if "callback_query" in update:
            await self._complete(update["callback_query"]["message"])
        self.updates.append(update)
        try:
            status, text = await self._post_to_bot(update, self.webhook_secret)
        except ClientError as error:
            status, text = 502, str(error)
        return web.Response(status=status, text=text)

    async def _complete(self, message: dict[str, Any]) -> None:
        """Make a pressed message the bot's own: Telemelya gives it the user as sender and no text."""
        async with self._client.post(f"{self.server_url}/bot{self.token}/getMe") as answer:
            message["from"] = (await answer.json())["result"]
        for shown in await self._shown():
            if shown.message_id == message["message_id"]:
                message["text"] = shown.text
                if markup := _markup(shown.raw):
                    message["reply_markup"] = markup

    async def _post_to_bot(self, update: dict[str, Any], secret: str) -> tuple[int, str]:
        headers = {SECRET_HEADER: secret} if secret else {}
        async with self._client.post(self.webhook_url, json=update, headers=headers) as answer:
            return answer.status, await answer.text()

    # Telemelya's own doors.

    async def _send(self, update: dict[str, Any]) -> int:
        user = {"id": self.chat_id, "first_name": self.first_name}
        body = update | {"chat_id": self.chat_id, "from_user": user}
        answer = await self._control("POST", "send_update", body)
        status = answer["delivery"]["status_code"]
        assert isinstance(status, int)
        return status

    async def _shown(self) -> list[Sent]:
        """Messages as the user sees them now, oldest first."""
        shown: dict[int, Sent] = {}
        for call in await self.sent():
            if call.message_id is None:
                continue
            if call.method == "deleteMessage":
                shown.pop(call.message_id, None)
            else:
                shown[call.message_id] = call
        return list(shown.values())

    async def _control(self, verb: str, door: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        async with self._client.request(
            verb,
            f"{self.server_url}/api/v1/test/{door}",
            params={"session_id": self._session_id, "bot_token": self.token},
            headers={"Authorization": "Bearer any"},
            json=body,
        ) as answer:
            content: dict[str, Any] = await answer.json()
            if not answer.ok:
                raise RuntimeError(f"{door}: {answer.status} {content}")
            return content

    async def _is_healthy(self) -> bool:
        try:
            return bool((await self._control("GET", "health"))["ok"])
        except ClientError:
            return False


def _reply(status: int, content: dict[str, Any]) -> web.Response:
    return web.json_response(content, status=status)


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        content: dict[str, Any] = await request.json()
        return content
    form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return form | {name: json.loads(form[name]) for name in STRUCTURED & form.keys()}


def _markup(raw: dict[str, Any]) -> dict[str, Any]:
    markup = raw.get("reply_markup") or {}
    return json.loads(markup) if isinstance(markup, str) else markup


def _sent(record: dict[str, Any]) -> Sent:
    markup = _markup(record["raw"])
    inline = [button for row in markup.get("inline_keyboard", []) for button in row if "callback_data" in button]
    replies = [button for row in markup.get("keyboard", []) for button in row]
    labels = [button if isinstance(button, str) else button["text"] for button in replies]
    buttons = {button["text"]: button["callback_data"] for button in inline} | dict.fromkeys(labels, "")
    return Sent(
        method=record["method"],
        chat_id=record.get("chat_id"),
        message_id=record.get("message_id"),
        text=record.get("text") or "",
        buttons=buttons,
        raw=record["raw"],
    )
