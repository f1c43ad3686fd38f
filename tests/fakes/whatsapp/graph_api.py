"""A strict Graph API server on loopback with people behind it: signs its webhooks and refuses what Meta refuses.

It lives in a thread (`with`); every control may be called from any thread.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import random
import secrets
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

from bot.core.campaigns.platform_template import REQUIRED_TEMPLATES
from tests.fakes.whatsapp.rules import Json, RefusalError, Template, check_message

TOKEN = "EAAG-fake-token-of-the-tests"
APP_SECRET = "rahasia-aplikasi-uji"
VERIFY_TOKEN = "kata-jabat-tangan"
NUMBER_ID = "106540352242922"
ACCOUNT_ID = "102290129340398"
VERSION = "v23.0"
WINDOW_SECONDS = 24 * 3600.0
PAIR_SECONDS, PAIR_BURST = 6.0, 45
RETRY_SECONDS = 0.2
WEBHOOKS_AT_ONCE = 64
POLL_SECONDS = 0.01
Found = TypeVar("Found")
RECORDED = (*(Template(name=t.name, language=t.language, body=t.body, buttons=t.buttons) for t in REQUIRED_TEMPLATES),)


@dataclass(kw_only=True)
class Person:
    """Somebody with WhatsApp."""

    wa_id: str | None
    bsuid: str | None
    name: str = "Sari"
    open_until: float = 0.0
    """Seconds since 1970."""

    @property
    def id(self) -> str:
        """What tests know them by."""
        return self.bsuid or self.wa_id or ""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One message that reached somebody."""

    id: str
    person: str
    body: Json
    at: float

    @property
    def text(self) -> str:
        """What is read."""
        content = self.body[self.body["type"]]
        if self.body["type"] == "text":
            return str(content["body"])
        if self.body["type"] == "interactive":
            return str(content["body"]["text"])
        return " | ".join(p["text"] for c in content["components"] if c["type"] == "body" for p in c["parameters"])

    @property
    def buttons(self) -> dict[str, str]:
        """Title to id, of buttons or rows; of a template index to payload."""
        content = self.body[self.body["type"]]
        if self.body["type"] == "template":
            pressed = [c for c in content["components"] if c["type"] == "button"]
            return {each["index"]: each["parameters"][0]["payload"] for each in pressed}
        action = content.get("action", {})
        shown = [each["reply"] for each in action.get("buttons", [])]
        shown += [row for section in action.get("sections", []) for row in section["rows"]]
        return {each["title"]: each["id"] for each in shown}

    @property
    def is_list(self) -> bool:
        """Whether the choices are rows."""
        return bool(self.body["type"] == "interactive" and self.body["interactive"]["type"] == "list")


@dataclass(kw_only=True)
class Fault:
    """Something that goes wrong with the next messages."""

    code: int
    left: int | None
    person: str | None
    status: int = 400
    is_cut: bool = False
    """The connection breaks after the message is out."""
    seconds: float = 0.0
    raw: str | None = None
    """Answered after the message is out, instead of JSON of Meta's own."""
    location: str = ""
    """Of a redirect."""
    later: int | None = None
    """The message is taken and never arrives: its status says failed, with this code."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to hand a webhook over."""

    status: int
    seconds: float


@dataclass(kw_only=True)
class FakeGraph:
    """One business number's WhatsApp."""

    per_second: int | None = None
    """None: no limit over all."""
    latency: float = 0.0
    sends_statuses: bool = True
    tells_read: bool = True
    status_copies: int = 1
    shuffles: bool = False
    has_pair_limit: bool = True
    webhook: str = ""
    people: dict[str, Person] = field(default_factory=dict)
    templates: dict[tuple[str, str], Template] = field(default_factory=dict)
    messages: list[Sent] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    """What was refused by a rule, not by a planned fault: code and why."""
    calls: list[Json] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    template_answer: str | None = None
    """What the list of templates is answered with, instead of a list."""

    def __post_init__(self) -> None:
        self.templates = {(each.name, each.language): each for each in RECORDED}
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._chance = random.Random(20261125)
        self._recent: deque[float] = deque()
        self._due: dict[str, float] = defaultdict(float)
        self._pending: asyncio.Queue[bytes]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: Callable[[], object] = lambda: None
        self.port = 0
        self.outstanding = 0

    # Life

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a bot behind this server."""
        return {
            "WHATSAPP_TOKEN": TOKEN,
            "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
            "WHATSAPP_BUSINESS_ACCOUNT_ID": ACCOUNT_ID,
            "WHATSAPP_APP_SECRET": APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
            "WHATSAPP_API_BASE_URL": self.url,
            "WHATSAPP_GRAPH_VERSION": VERSION,
        }

    def __enter__(self) -> Self:
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._host(opened)), daemon=True)
        self._thread.start()
        opened.result(timeout=10)
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._thread.join(timeout=10)
        assert not self._thread.is_alive(), "the fake does not stop"

    async def _host(self, opened: "Future[None]") -> None:
        self._loop, end = asyncio.get_running_loop(), asyncio.Event()
        self._pending = asyncio.Queue()
        loop = self._loop
        self._end = lambda: loop.call_soon_threadsafe(end.set)
        app = web.Application()
        app.router.add_post(f"/{VERSION}/{NUMBER_ID}/messages", self._messages)
        app.router.add_get(f"/{VERSION}/{ACCOUNT_ID}/message_templates", self._list_templates)
        app.router.add_post(f"/{VERSION}/{ACCOUNT_ID}/message_templates", self._propose_template)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        async with ClientSession(timeout=ClientTimeout(total=30), connector=TCPConnector(limit=0)) as session:
            posters = [asyncio.create_task(self._post_all(session)) for _ in range(WEBHOOKS_AT_ONCE)]
            opened.set_result(None)
            await end.wait()
            for poster in posters:
                poster.cancel()
            await asyncio.gather(*posters, return_exceptions=True)
        await runner.cleanup()

    # People

    def add(self, wa_id: str | None = None, bsuid: str | None = None, name: str = "Sari") -> Person:
        """Let somebody have WhatsApp."""
        person = Person(wa_id=wa_id, bsuid=bsuid, name=name)
        with self._lock:
            for each in (wa_id, bsuid):
                if each is not None:
                    self.people[each] = person
        return person

    def say(self, person: Person, text: str) -> Json:
        """Write to the number."""
        return self.tell(person, {"type": "text", "text": {"body": text}})

    def press(self, person: Person, sent: Sent, title: str) -> Json:
        """Press a button or choose a row."""
        id_ = sent.buttons[title]
        kind = "list_reply" if sent.is_list else "button_reply"
        interactive = {"type": kind, kind: {"id": id_, "title": title}}
        return self.tell(person, {"type": "interactive", "interactive": interactive, "context": {"id": sent.id}})

    def tell(self, person: Person, message: Mapping[str, Any], at: float | None = None) -> Json:
        """Send any kind of message; returns the webhook's body, which is delivered until it is answered 200."""
        moment = time.time() if at is None else at
        person.open_until = max(person.open_until, moment + WINDOW_SECONDS)
        whole = {"id": self._new_id(), "timestamp": str(int(moment)), **message}
        if person.wa_id is not None:
            whole["from"] = person.wa_id
        if person.bsuid is not None:
            whole["from_user_id"] = person.bsuid
        body = self.body_of({"contacts": [contact_of(person)], "messages": [whole]})
        self.deliver(body)
        return body

    def body_of(self, value: Mapping[str, Any]) -> Json:
        """Return a whole webhook body."""
        metadata = {"display_phone_number": "6221000000", "phone_number_id": NUMBER_ID}
        change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
        return {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT_ID, "changes": [change]}]}

    def deliver(self, body: Mapping[str, Any], copies: int = 1) -> None:
        """Hand over a webhook, again and again until it is taken; copies of it too."""
        data = json.dumps(body).encode()
        assert self._loop is not None
        with self._lock:
            self.outstanding += copies
        for _ in range(copies):
            self._loop.call_soon_threadsafe(self._pending.put_nowait, data)

    # What happened

    def sent(self, person: Person | None = None) -> list[Sent]:
        """Return the messages that arrived, of one person or of all."""
        with self._lock:
            return [each for each in self.messages if person is None or each.person == person.id]

    def wait_for_sent(self, person: Person, count: int = 1, timeout: float = 15.0) -> list[Sent]:
        """Return the messages to somebody as soon as there are so many."""
        self.wait_until(lambda: len(self.sent(person)) >= count, timeout)
        return self.sent(person)

    def wait_until(self, predicate: Callable[[], Found], timeout: float = 15.0) -> Found:
        """Wait for a truthy value and give it."""
        until = time.monotonic() + timeout
        while not (found := predicate()):
            if time.monotonic() > until:
                raise AssertionError(f"not within {timeout} s; refused {self.refused[-3:]}; calls {self.calls[-3:]}")
            time.sleep(POLL_SECONDS)
        return found

    def fail(
        self,
        code: int,
        *,
        times: int | None = 1,
        person: Person | None = None,
        status: int = 400,
        cut: bool = False,
        seconds: float = 0.0,
    ) -> None:
        """Answer the next messages with an error, or cut the connection after the message is out."""
        planned = Fault(
            code=code, left=times, person=person.id if person else None, status=status, is_cut=cut, seconds=seconds
        )
        with self._lock:
            self.faults.append(planned)

    def garble(
        self,
        body: str,
        *,
        status: int = 200,
        location: str = "",
        times: int | None = 1,
        person: Person | None = None,
    ) -> None:
        """Let the next messages out and answer with something that is not Meta's: a page, a redirect."""
        who = person.id if person else None
        with self._lock:
            self.faults.append(Fault(code=0, left=times, person=who, status=status, raw=body, location=location))

    def fail_later(self, code: int, *, times: int | None = 1, person: Person | None = None) -> None:
        """Take the next messages, deliver none, and say so by a status."""
        with self._lock:
            self.faults.append(Fault(code=0, left=times, person=person.id if person else None, later=code))

    def handshake_url(self, token: str = VERIFY_TOKEN, challenge: str = "1158201444") -> str:
        """Return what Meta asks when a webhook is set up."""
        return f"{self.webhook}?hub.mode=subscribe&hub.verify_token={token}&hub.challenge={challenge}"

    # The API

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        try:
            self._authorise(request)
            body = await request.json()
            if body.get("status") == "read":
                self.calls.append(body)
                return web.json_response({"success": True})
            return await self._take(request, body)
        except RefusalError as refusal:
            return _refused(refusal)

    async def _take(self, request: web.Request, body: Json) -> web.StreamResponse:
        await asyncio.sleep(self.latency)
        to = str(body.get("to") or body.get("recipient") or "")
        with self._lock:
            self.calls.append(body)
            fault = self._fault(to)
        if fault is not None and not fault.is_cut and fault.raw is None and fault.later is None:
            await asyncio.sleep(fault.seconds)
            if fault.code:
                raise RefusalError(fault.code, "planned", fault.status)
        try:
            person = self._judge(to, body)
        except RefusalError as refusal:
            with self._lock:
                self.refused.append((refusal.code, refusal.message))
            raise
        sent = Sent(id=self._new_id(), person=person.id, body=body, at=time.time())
        if fault is not None and fault.later is not None:
            self.deliver(self.status_body(person, sent, "failed", fault.later))
            return self._taken(to, person, sent)
        with self._lock:
            self.messages.append(sent)
        if fault is not None and fault.is_cut and request.transport is not None:
            request.transport.abort()
        if self.sends_statuses:
            self._tell_statuses(person, sent)
        if fault is not None and fault.raw is not None:
            headers = {"Location": fault.location} if fault.location else {}
            return web.Response(status=fault.status, text=fault.raw, content_type="text/html", headers=headers)
        return self._taken(to, person, sent)

    def _taken(self, to: str, person: Person, sent: Sent) -> web.Response:
        contact = {"input": to, "wa_id": person.wa_id, "user_id": person.bsuid}
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "contacts": [{key: value for key, value in contact.items() if value}],
                "messages": [{"id": sent.id, "message_status": "accepted"}],
            }
        )

    def _judge(self, to: str, body: Json) -> Person:
        check_message(body, self.templates)
        person = self.people.get(to)
        if person is None:
            raise RefusalError(131026, "Message undeliverable")
        if "to" in body and to != person.wa_id:
            raise RefusalError(100, "to takes a phone number, recipient a user id")
        self._pace(person)
        if body.get("type", "text") != "template" and person.open_until < time.time():
            raise RefusalError(131047, "Re-engagement message")
        return person

    def _pace(self, person: Person) -> None:
        now = time.monotonic()
        with self._lock:
            while self._recent and self._recent[0] <= now - 1.0:
                self._recent.popleft()
            if self.per_second is not None and len(self._recent) >= self.per_second:
                raise RefusalError(130429, "Rate limit hit", 429)
            due = max(self._due[person.id], now) + PAIR_SECONDS
            if self.has_pair_limit and due - now > PAIR_SECONDS * PAIR_BURST:
                raise RefusalError(131056, "(Business Account, Consumer Account) pair rate limit hit", 429)
            self._recent.append(now)
            self._due[person.id] = due

    def _fault(self, to: str) -> Fault | None:
        person = self.people.get(to)
        for fault in self.faults:
            if fault.left != 0 and fault.person in {None, person.id if person else to}:
                fault.left = None if fault.left is None else fault.left - 1
                return fault
        return None

    def _tell_statuses(self, person: Person, sent: Sent) -> None:
        words = ["sent", "delivered", *(["read"] if self.tells_read else [])]
        bodies = [self.status_body(person, sent, word) for word in words] * self.status_copies
        if self.shuffles:
            self._chance.shuffle(bodies)
        for body in bodies:
            self.deliver(body)

    def status_body(self, person: Person, sent: Sent, word: str, code: int | None = None) -> Json:
        """Return the webhook of one status."""
        status: Json = {"id": sent.id, "status": word, "timestamp": str(int(time.time()))}
        status |= {"recipient_id": person.wa_id} if person.wa_id else {"recipient_user_id": person.bsuid}
        if "biz_opaque_callback_data" in sent.body:
            status["biz_opaque_callback_data"] = sent.body["biz_opaque_callback_data"]
        if code is not None:
            status["errors"] = [{"code": code, "title": "planned"}]
        return self.body_of({"statuses": [status], "contacts": [contact_of(person)]})

    async def _list_templates(self, request: web.Request) -> web.Response:
        try:
            self._authorise(request)
        except RefusalError as refusal:
            return _refused(refusal)
        known = list(self.templates.values())
        if self.template_answer is not None:
            return web.Response(text=self.template_answer, content_type="application/json")
        # One a page, so that whoever reads only the first is found out.
        at = int(request.query.get("after", "0"))
        told: Json = {"data": [each.listed() for each in known[at : at + 1]]}
        if at + 1 < len(known):
            told["paging"] = {"next": f"{self.url}{request.path}?after={at + 1}"}
        return web.json_response(told)

    async def _propose_template(self, request: web.Request) -> web.Response:
        try:
            self._authorise(request)
        except RefusalError as refusal:
            return _refused(refusal)
        told = await request.json()
        body = next(each["text"] for each in told["components"] if each["type"] == "BODY")
        buttons: list[Json] = next((each["buttons"] for each in told["components"] if each["type"] == "BUTTONS"), [])
        made = Template(
            name=told["name"], language=told["language"], body=body, buttons=tuple(b["text"] for b in buttons)
        )
        self.templates[told["name"], told["language"]] = replace(made, status="PENDING")
        return web.json_response({"id": "1", "status": "PENDING", "category": told["category"]})

    def _authorise(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise RefusalError(190, "Invalid OAuth access token", 401)

    # Webhooks

    async def _post_all(self, session: ClientSession) -> None:
        while True:
            data = await self._pending.get()
            while not await self._post(session, data):  # noqa: ASYNC110 - Meta comes again by the clock
                await asyncio.sleep(RETRY_SECONDS)
            with self._lock:
                self.outstanding -= 1

    async def _post(self, session: ClientSession, data: bytes) -> bool:
        started, status = time.monotonic(), 0
        try:
            async with session.post(self.webhook, data=data, headers=signed_headers(data)) as answer:
                status = answer.status
        except (ClientError, OSError, TimeoutError):
            status = 0
        with self._lock:
            self.deliveries.append(Delivery(status=status, seconds=time.monotonic() - started))
        return status == 200

    def _new_id(self) -> str:
        return f"wamid.{secrets.token_hex(8)}{next(self._numbers)}"


def contact_of(person: Person) -> Json:
    """Return the contact as webhooks name it; who hides their number has none."""
    named = {"wa_id": person.wa_id, "user_id": person.bsuid}
    return {"profile": {"name": person.name}, **{key: value for key, value in named.items() if value}}


def signed_headers(data: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    """Sign a body as Meta does."""
    digest = hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}", "Content-Type": "application/json"}


def _refused(refusal: RefusalError) -> web.Response:
    error = {"message": refusal.message, "type": "OAuthException", "code": refusal.code, "fbtrace_id": "uji"}
    return web.json_response({"error": error}, status=refusal.status)
