"""A proxy on loopback before a fake platform: hands calls on, and spoils what comes back, or the call itself.

It knows nothing of either platform, so that one set of faults serves both: cut, silent, unreadable, refused, gone.
"""

import asyncio
import gzip
import json
import random
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

MAX_BODY = 20 * 1024 * 1024
MAX_CALL_SECONDS = 90.0
HTML = b"<html><head><title>Selamat datang</title></head><body>portal wifi</body></html>"
BOMB_BYTES = 200 * 1024 * 1024
HANDED_ON = {"authorization", "content-type"}
PORTAL = "/portal"
"""Where a redirect leads: a page, answered 200."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered in place of what the platform said."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    is_chunked: bool = False


class Way(Enum):
    """How a call is spoiled."""

    CUT = "cut"
    HANG = "hang"
    OK_ALONE = "ok_alone"
    HTML = "html"
    EMPTY_OBJECT = "empty_object"
    EMPTY_BODY = "empty_body"
    NO_CONTENT = "no_content"
    LIST = "list"
    NULL = "null"
    ERROR_OBJECT = "error_object"
    NOT_OK = "not_ok"
    REDIRECT = "redirect"
    CHUNKED_HTML = "chunked_html"
    HALF_JSON = "half_json"
    GZIP_BOMB = "gzip_bomb"
    BAD_GZIP = "bad_gzip"
    BAD_GATEWAY = "bad_gateway"
    UNAUTHORISED = "unauthorised"


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def answer_of(way: Way) -> Answer | None:
    """Return what is answered; None where nothing is, or where the address is needed."""
    if way is Way.GZIP_BOMB:
        # Made when it is asked for: two hundred megabytes of blanks, some two hundred kilobytes on the wire.
        return Answer(body=gzip.compress(b" " * BOMB_BYTES, 9), headers={"Content-Encoding": "gzip"})
    return _ANSWERS.get(way)


_ANSWERS = {
    Way.OK_ALONE: Answer(body=_json({"ok": True})),
    Way.HTML: Answer(body=HTML, content_type="text/html"),
    Way.EMPTY_OBJECT: Answer(body=b"{}"),
    Way.EMPTY_BODY: Answer(),
    Way.NO_CONTENT: Answer(status=204),
    Way.LIST: Answer(body=b"[1]"),
    Way.NULL: Answer(body=b"null"),
    Way.ERROR_OBJECT: Answer(body=_json({"error": {"message": "?", "code": 1}})),
    Way.NOT_OK: Answer(body=_json({"ok": False})),
    Way.CHUNKED_HTML: Answer(body=HTML, content_type="text/html", is_chunked=True),
    Way.HALF_JSON: Answer(body=b'{"ok": true, "result": {"message_id": 1'),
    Way.BAD_GZIP: Answer(body=b"no gzip at all", headers={"Content-Encoding": "gzip"}),
    Way.BAD_GATEWAY: Answer(status=502, body=HTML, content_type="text/html"),
    Way.UNAUTHORISED: Answer(
        status=401,
        body=_json({"ok": False, "error_code": 401, "description": "Unauthorized", "error": {"code": 190}}),
    ),
}


@dataclass(kw_only=True)
class Rule:
    """Which calls are spoiled, and how."""

    ways: tuple[Way, ...]
    """They take turns."""
    path: str = ".*"
    """A regular expression that must be found in the path."""
    after: bool = True
    """The platform acts first; else it never hears of the call."""
    share: float = 1.0
    left: int | None = None
    """How many more; None: until the rules change."""
    seconds: float = 12.0
    """How long a hang lasts."""
    meant: Callable[[bytes], bool] = lambda _: True
    """Whether a body is meant."""
    used: int = 0


@dataclass(frozen=True, kw_only=True)
class Spoiled:
    """One call that was spoiled."""

    at: float
    path: str
    way: Way
    body: bytes = field(repr=False)


@dataclass(kw_only=True)
class SpoilingProxy:
    """Hands on to one address; every control may be called from any thread."""

    target: str
    seed: int = 20261201
    port: int = 0
    rules: list[Rule] = field(default_factory=list)
    spoiled: list[Spoiled] = field(default_factory=list)
    replaced: dict[bytes, bytes] = field(default_factory=dict)
    """In what the platform says: to write what its own JSON library could not."""

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._thread: threading.Thread | None = None
        self._end: Callable[[], object] = lambda: None
        self._lock = threading.RLock()

    @property
    def url(self) -> str:
        """The proxy's address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Listen, on the same port as before."""
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._host(opened)), daemon=True)
        self._thread.start()
        opened.result(timeout=10)

    def close(self) -> None:
        """Cut every connection: whoever calls is refused."""
        if self._thread is not None:
            self._end()
            self._thread.join(timeout=15)
            assert not self._thread.is_alive(), "the proxy does not stop"
        self._thread = None

    def spoil(self, *ways: Way, **options: Any) -> Rule:
        """Spoil calls from now on; returns the rule, which counts."""
        rule = Rule(ways=ways, **options)
        with self._lock:
            self.rules.append(rule)
        return rule

    def mend(self) -> None:
        """Hand everything on again."""
        with self._lock:
            self.rules.clear()

    async def _host(self, opened: "Future[None]") -> None:
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        self._end = lambda: loop.call_soon_threadsafe(end.set)
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", self.port).start()
        except BaseException as error:
            opened.set_exception(error)
            return
        self.port = runner.addresses[0][1]
        timeout = ClientTimeout(total=MAX_CALL_SECONDS)
        async with ClientSession(timeout=timeout, connector=TCPConnector(limit=0), auto_decompress=False) as session:
            self._session = session
            opened.set_result(None)
            await end.wait()
            await runner.cleanup()

    def _take(self, path: str, body: bytes) -> tuple[Rule, Way] | None:
        with self._lock:
            for rule in self.rules:
                if rule.left == 0 or not re.search(rule.path, path) or not rule.meant(body):
                    continue
                if rule.share < 1 and self._chance.random() >= rule.share:
                    continue
                rule.left = None if rule.left is None else rule.left - 1
                way = rule.ways[rule.used % len(rule.ways)]
                rule.used += 1
                self.spoiled.append(Spoiled(at=time.monotonic(), path=path, way=way, body=body))
                return rule, way
        return None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if request.path == PORTAL:
            return web.Response(body=HTML, content_type="text/html")
        found = self._take(request.path, body)
        if found is not None and not found[0].after:
            return await self._spoil(request, *found)
        real = await self._hand_on(request, body)
        return real if found is None else await self._spoil(request, *found)

    async def _hand_on(self, request: web.Request, body: bytes) -> web.StreamResponse:
        headers = {
            key: value for key, value in request.headers.items() if key.lower() in {"authorization", "content-type"}
        }
        try:
            async with self._session.request(
                request.method, self.target + request.path_qs, data=body or None, headers=headers, allow_redirects=False
            ) as answer:
                told = await answer.read()
                for old, new in self.replaced.items():
                    told = told.replace(old, new)
                return web.Response(status=answer.status, body=told, content_type=answer.content_type)
        except (ClientError, OSError, TimeoutError):
            self._abort(request)
            return web.Response(status=502)

    async def _spoil(self, request: web.Request, rule: Rule, way: Way) -> web.StreamResponse:
        if way is Way.HANG:
            await asyncio.sleep(rule.seconds)
        if way in {Way.CUT, Way.HANG}:
            self._abort(request)
            return web.Response(status=500)
        if way is Way.REDIRECT:
            return web.Response(status=302, headers={"Location": self.url + PORTAL})
        answer = answer_of(way)
        assert answer is not None
        return await _write(request, answer)

    def _abort(self, request: web.Request) -> None:
        if request.transport is not None:
            request.transport.abort()


async def _write(request: web.Request, answer: Answer) -> web.StreamResponse:
    if not answer.is_chunked:
        return web.Response(
            status=answer.status, body=answer.body, content_type=answer.content_type, headers=answer.headers
        )
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    response.enable_chunked_encoding()
    await response.prepare(request)
    for start in range(0, len(answer.body), 16):
        await response.write(answer.body[start : start + 16])
    await response.write_eof()
    return response
