"""The fake's HTTP: requests in, answers or faults out, updates pushed to a webhook."""

import asyncio
import contextlib
import time
from dataclasses import replace
from threading import RLock
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from tests.fakes.telegram import rules
from tests.fakes.telegram.faults import HTML_502, PHRASES, Fault, Faults
from tests.fakes.telegram.methods import Methods, unknown_method
from tests.fakes.telegram.queue import UpdateQueue, Waiting
from tests.fakes.telegram.rates import TOKEN, Gate, too_many
from tests.fakes.telegram.types import ApiError, Call, Delivery, Json, Refused, Violation, bad_request

# Source: Bot API, getUpdates.
MAX_UPDATES = 100
UPLOAD_BYTES = 20 * 1024 * 1024
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Server:
    """Speaks the Bot API for one token on loopback."""

    def __init__(self, token: str, lock: RLock) -> None:
        self.faults = Faults()
        self.calls: list[Call] = []
        self.violations: list[Violation] = []
        self.webhook_seconds = 10.0
        self.port = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        self._token = token
        self._lock = lock
        self._poller = 0
        self._runner: web.AppRunner | None = None
        self._pusher: asyncio.Task[None] | None = None
        self._signal = asyncio.Event()

    def serve(self, methods: Methods, updates: UpdateQueue, gate: Gate) -> None:
        """Take the parts that do the work."""
        self._methods, self._updates, self._gate = methods, updates, gate

    def changed(self) -> None:
        """Wake whoever waits for updates; from any thread."""
        loop = self.loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # It was closed in this moment.
                loop.call_soon_threadsafe(self._pulse)

    def _pulse(self) -> None:
        self._signal.set()
        self._signal = asyncio.Event()

    # Life

    async def open(self) -> None:
        """Listen, on the same port as before if there was one."""
        app = web.Application(client_max_size=UPLOAD_BYTES)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._signal = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self._pusher = asyncio.create_task(self._push_all())

    async def close(self) -> None:
        """Cut every connection and stop listening; nothing is forgotten."""
        self.loop = None
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        self._pusher = self._runner = None

    # Requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params, problem = await self._read(request, method)
        number, fault = self._record(method, params)
        try:
            await self._before(request, method, fault)
            if problem:
                raise problem
            if fault is not None and fault.raw is not None and not fault.is_after:
                body, status = {}, fault.status or 200
            else:
                body, status = {"ok": True, "result": await self._perform(method, params)}, 200
        except ApiError as error:
            self._reject(error, method, params)
            body, status = error.body(), error.code
        if fault is not None and fault.is_after:
            body, status = await self._after(request, fault, body, status)
        if request.transport is None or request.transport.is_closing():
            status = 0
        with self._lock:
            self.calls[number] = replace(self.calls[number], status=status, result=body.get("result"))
        if fault is not None and fault.raw is not None:
            headers = {"Location": fault.location} if fault.location else {}
            return web.Response(status=fault.status or 200, text=fault.raw, content_type="text/html", headers=headers)
        if status == 502:
            return web.Response(status=502, text=HTML_502, content_type="text/html")
        return web.json_response(body, status=status or 200)

    async def _read(self, request: web.Request, method: str) -> tuple[Json, ApiError | None]:
        """Return typed parameters, or as they came with what is wrong with them."""
        given: Json = {}
        try:
            given = await _given(request)
            if request.match_info["token"] != self._token:
                raise ApiError(401, "Unauthorized")
            if method not in rules.SIGNATURES:
                raise unknown_method()
            return rules.read_params(method, given), None
        except ApiError as error:
            return given, error

    def _record(self, method: str, params: Json) -> tuple[int, Fault | None]:
        with self._lock:
            call = Call(number=len(self.calls), at=time.monotonic(), method=method, params=params)
            self.calls.append(call)
            return call.number, self.faults.take(method, call.chat_id)

    async def _before(self, request: web.Request, method: str, fault: Fault | None) -> None:
        """Do what a fault does instead of the method, or ahead of it."""
        if fault is None or fault.is_after:
            return
        await self._spoil(request, fault)
        if fault.is_cut:
            raise ApiError(500, "cut", kind=None)
        if fault.status == 429:
            if method in self._gate.limits.counted:
                self._gate.shut(fault.retry_after, fault.chat_id or TOKEN)
            raise too_many(fault.retry_after, None)
        if fault.status is not None and fault.raw is None:
            raise _fault_error(fault)

    async def _after(self, request: web.Request, fault: Fault, body: Json, status: int) -> tuple[Json, int]:
        """Spoil the answer to a call that was carried out."""
        await self._spoil(request, fault)
        if fault.status is None or fault.raw is not None or status != 200:
            return body, status
        return _fault_error(fault).body(), fault.status

    async def _spoil(self, request: web.Request, fault: Fault) -> None:
        await asyncio.sleep(fault.hang)
        if fault.is_cut and request.transport is not None:
            request.transport.abort()

    async def _perform(self, method: str, params: Json) -> Any:
        if method == "getUpdates":
            return await self._get_updates(params)
        with self._lock:
            result = self._methods.call(method, params)
        self.changed()
        return result

    def _reject(self, error: ApiError, method: str, params: Json) -> None:
        if error.kind is None:
            return
        chat_id = params.get("chat_id", 0)
        with self._lock:
            self.violations.append(
                Violation(
                    at=time.monotonic(),
                    kind=error.kind,
                    method=method,
                    chat_id=chat_id if isinstance(chat_id, int) else 0,
                    code=error.code,
                    description=error.description,
                    params=params,
                )
            )

    # Polling

    async def _get_updates(self, params: Json) -> list[Json]:
        limit, seconds = params.get("limit", MAX_UPDATES), params.get("timeout", 0)
        if not 1 <= limit <= MAX_UPDATES or seconds < 0:
            raise bad_request("limit must be 1-100 and timeout not negative")
        until = time.monotonic() + seconds
        with self._lock:
            if "allowed_updates" in params:
                self._updates.allowed = rules.read_kinds(params["allowed_updates"])
            self._poller += 1
            mine = self._poller
            self._refuse_beside_webhook()
            self._updates.confirm_below(params.get("offset", 0))
        self._pulse()  # An older poll, still open, sees that it was replaced.
        while True:
            changed = self._signal
            with self._lock:
                self._refuse_second(mine)
                self._refuse_beside_webhook()
                batch = self._updates.batch(limit)
            left = until - time.monotonic()
            if batch or left <= 0:
                return batch
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), left)

    def _refuse_second(self, mine: int) -> None:
        if mine != self._poller:
            text = "terminated by other getUpdates request; make sure that only one bot instance is running"
            raise ApiError(409, f"Conflict: {text}", kind=Refused.CONFLICT)

    def _refuse_beside_webhook(self) -> None:
        if self._methods.webhook:
            text = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            raise ApiError(409, f"Conflict: {text}", kind=Refused.CONFLICT)

    # Webhook

    async def _push_all(self) -> None:
        running: set[asyncio.Task[None]] = set()
        try:
            async with ClientSession(timeout=ClientTimeout(total=self.webhook_seconds)) as session:
                while True:
                    changed = self._signal
                    with self._lock:
                        most = self._methods.webhook.get("max_connections", 0)
                        one = self._updates.take() if len(running) < most else None
                        pause = self._updates.seconds_to_next() if len(running) < most else None
                    if one is not None:
                        task = asyncio.create_task(self._push(session, one))
                        running.add(task)
                        task.add_done_callback(running.discard)
                        continue
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(changed.wait(), pause)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _push(self, session: ClientSession, one: Waiting) -> None:
        webhook = self._methods.webhook
        headers = {SECRET_HEADER: webhook["secret"]} if webhook.get("secret") else {}
        started = time.monotonic()
        status, body, trouble = 0, b"", ""
        try:
            async with session.post(webhook["url"], json=one.body, headers=headers, ssl=False) as answer:
                status, body = answer.status, await answer.read()
            trouble = f"Wrong response from the webhook: {status} {answer.reason}"
        except (ClientError, OSError, TimeoutError) as error:
            status, trouble = 0, f"Connection failed: {type(error).__name__}"
        except asyncio.CancelledError:
            one.is_in_flight = False
            raise
        ended = time.monotonic()
        with self._lock:
            if not 200 <= status <= 299:
                self._methods.last_error = (int(time.time()), trouble)
            self._updates.posted(
                one,
                Delivery(
                    update_id=one.update_id,
                    at=ended,
                    attempt=one.attempts + 1,
                    way="webhook",
                    status=status,
                    seconds=ended - started,
                    body=body,
                ),
            )


def _fault_error(fault: Fault) -> ApiError:
    status = fault.status or 500
    description = fault.description or PHRASES.get(status, "Error")
    return ApiError(status, description, kind=None, migrate_to=fault.migrate_to)


async def _given(request: web.Request) -> Json:
    """Collect parameters from the address and the body.

    Raises:
        ApiError: a body that cannot be read.
    """
    given: Json = dict(request.query)
    if request.method not in {"GET", "POST"}:
        raise ApiError(405, "Method Not Allowed")
    if request.method == "GET" or not request.can_read_body:
        return given
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError as error:
            raise bad_request("can't parse JSON object") from error
        if not isinstance(body, dict) or None in body.values():
            raise bad_request("a JSON object without null values expected")
        return given | body
    if request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        form = await request.post()
        return given | {name: getattr(value, "filename", value) for name, value in form.items()}
    raise bad_request(f"unsupported content type {request.content_type}")
