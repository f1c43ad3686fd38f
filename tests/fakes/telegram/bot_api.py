"""A strict Telegram Bot API server on loopback, for the real bot process and for tests in this one.

It refuses what Telegram refuses, and what Telegram silently ignores: unknown and deprecated parameters. It lives in a
thread (`start`, `stop`, or `with`) or in the running loop (`async with`); every control may be called from any thread.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Self, TypeVar

from tests.fakes.telegram.faults import Fault
from tests.fakes.telegram.methods import Methods
from tests.fakes.telegram.people import People
from tests.fakes.telegram.queue import Backoff, UpdateQueue
from tests.fakes.telegram.rates import Gate
from tests.fakes.telegram.server import Server
from tests.fakes.telegram.types import (
    NO_LIMITS,
    Button,
    Call,
    Delivery,
    Incoming,
    Json,
    Limits,
    Order,
    Refused,
    Sent,
    Violation,
)
from tests.fakes.telegram.world import World

__all__ = [
    "NO_LIMITS",
    "TOKEN",
    "Backoff",
    "Button",
    "Call",
    "Delivery",
    "FakeBotApi",
    "Incoming",
    "Json",
    "Limits",
    "Order",
    "Refused",
    "Sent",
    "Violation",
]

TOKEN = "7100000001:AAF-fake-token-of-the-tests-0123456789"
POLL_SECONDS = 0.01
# Telegram publishes no figure; people report some ten to thirty seconds.
QUERY_LIFE_SECONDS = 15.0
Found = TypeVar("Found")


class FakeBotApi(People):
    """One bot's Telegram."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "sinetral_uji_bot",
        limits: Limits | None = None,
        query_life: float = QUERY_LIFE_SECONDS,
        privacy_mode: bool = False,
    ) -> None:
        lock = threading.RLock()
        self.token = token
        self._server = Server(token, lock)
        self._gate = Gate(limits or Limits())
        updates = UpdateQueue(self._server.changed)
        world = World(int(token.partition(":")[0]), username, query_life=query_life)
        super().__init__(world, updates, lock, has_privacy_mode=privacy_mode)
        self._methods = Methods(world, updates, self._gate, has_privacy_mode=privacy_mode)
        self._server.serve(self._methods, updates, self._gate)
        self._thread: threading.Thread | None = None
        self._loop_thread: int | None = None
        self._end: Callable[[], object] = lambda: None

    # Life

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def base_url(self) -> str:
        """What python-telegram-bot is given: the token follows at once."""
        return f"{self.url}/bot"

    def start(self) -> Self:
        """Serve from a thread; after a stop, on the same port and with all that was known."""
        assert self._thread is None, "already running"
        opened: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._host(opened)), name="fake-bot-api", daemon=True
        )
        self._thread.start()
        opened.result(timeout=10)
        return self

    def stop(self) -> None:
        """Cut every connection; Telegram is out of reach until the next start."""
        if self._thread is not None:
            self._end()
            self._thread.join(timeout=10)
            assert not self._thread.is_alive(), "the fake does not stop"
        self._thread = None

    async def _host(self, opened: "Future[None]") -> None:
        loop, end = asyncio.get_running_loop(), asyncio.Event()
        self._end = lambda: loop.call_soon_threadsafe(end.set)
        try:
            await self._server.open()
        except BaseException as error:
            opened.set_exception(error)
            return
        opened.set_result(None)
        await end.wait()
        await self._server.close()

    async def start_here(self) -> Self:
        """Serve from the running loop; wait with `await eventually(...)` there."""
        await self._server.open()
        self._loop_thread = threading.get_ident()
        return self

    async def stop_here(self) -> None:
        """Stop what `start_here` started."""
        self._loop_thread = None
        await self._server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await self.start_here()

    async def __aexit__(self, *_: object) -> None:
        await self.stop_here()

    # Delivery

    def deliver(self, order: Order = Order.QUEUED, *, copies: int = 1, share: float = 1.0, seed: int = 0) -> None:
        """Choose how updates reach the bot, from now on.

        Args:
            copies: how often in all an update is delivered; repeats follow the first, or among all when shuffled.
            share: 0..1 of the updates that are delivered so often.
        """
        with self._lock:
            self.updates.plan(order, copies, share, seed)

    def deliver_again(self, update: Incoming | int, times: int = 1) -> None:
        """Deliver an old update again, confirmed or not."""
        with self._lock:
            self.updates.repeat(update if isinstance(update, int) else update.update_id, times)

    def hold(self) -> None:
        """Keep updates back until released."""
        self.updates.is_held = True

    def release(self) -> None:
        """Let held updates go."""
        self.updates.is_held = False
        self._server.changed()

    def set_backoff(self, backoff: Backoff, *, webhook_seconds: float | None = None) -> None:
        """Choose how soon a failed webhook is tried again; its timeout holds from the next start."""
        self.updates.backoff = backoff
        self._server.webhook_seconds = webhook_seconds or self._server.webhook_seconds

    # Faults

    def fail(
        self,
        method: str,
        status: int,
        *,
        times: int | None = 1,
        share: float = 1.0,
        chat_id: int | None = None,
        description: str = "",
        retry_after: int = 1,
        after: bool = False,
        migrate_to: int | None = None,
        seed: int = 0,
    ) -> None:
        """Answer the next calls with an error; a 429 holds until retry_after has passed.

        Args:
            method: "*" for all.
            times: None = until `clear_faults`.
            share: 0..1 of the calls, chosen by the seed.
            chat_id: only calls about this chat; of a 429, only this chat must wait.
            after: the method is carried out first, as by a gateway that gives up too early; not for a 429.
        """
        self._plan(
            seed,
            Fault(
                method=method,
                left=times,
                share=share,
                chat_id=chat_id,
                status=status,
                description=description,
                retry_after=retry_after,
                is_after=after,
                migrate_to=migrate_to,
            ),
        )

    def garble(
        self,
        method: str,
        body: str,
        *,
        status: int = 200,
        location: str = "",
        times: int | None = 1,
        chat_id: int | None = None,
        after: bool = True,
    ) -> None:
        """Answer the next calls with something that is not Telegram's: a page, half of JSON, a redirect."""
        self._plan(
            0,
            Fault(
                method=method,
                left=times,
                chat_id=chat_id,
                status=status,
                raw=body,
                location=location,
                is_after=after,
            ),
        )

    def hang(
        self,
        method: str,
        seconds: float,
        *,
        times: int | None = 1,
        share: float = 1.0,
        chat_id: int | None = None,
        after: bool = False,
        seed: int = 0,
    ) -> None:
        """Be silent for some seconds, before acting or after; a caller who leaves before was not served."""
        self._plan(seed, Fault(method=method, left=times, share=share, chat_id=chat_id, hang=seconds, is_after=after))

    def cut(
        self,
        method: str,
        *,
        times: int | None = 1,
        share: float = 1.0,
        chat_id: int | None = None,
        after: bool = False,
        seconds: float = 0.0,
        seed: int = 0,
    ) -> None:
        """Cut the connection, before acting or after: the message is out and the reply is lost."""
        self._plan(
            seed,
            Fault(method=method, left=times, share=share, chat_id=chat_id, hang=seconds, is_cut=True, is_after=after),
        )

    def clear_faults(self) -> None:
        """Behave again; a retry_after that was given still holds."""
        with self._lock:
            self._server.faults.planned.clear()

    def _plan(self, seed: int, fault: Fault) -> None:
        with self._lock:
            self._server.faults.plan(fault, seed)

    # Record

    @property
    def faults_used(self) -> int:
        """How many calls a fault has hit."""
        return self._server.faults.used

    @property
    def calls(self) -> list[Call]:
        """Every request since the beginning, in order of arrival."""
        with self._lock:
            return list(self._server.calls)

    def calls_of(self, method: str, chat_id: int | None = None) -> list[Call]:
        """List the requests for one method, of one chat if given."""
        return [one for one in self.calls if one.method == method and chat_id in {None, one.chat_id}]

    @property
    def violations(self) -> list[Violation]:
        """Every call rejected by the fake's own rules; injected faults are not here."""
        with self._lock:
            return list(self._server.violations)

    def violations_of(self, *kinds: Refused) -> list[Violation]:
        """List the rejected calls of some kinds."""
        return [one for one in self.violations if one.kind in kinds]

    def sent(self, chat_id: int | None = None) -> list[Sent]:
        """List the bot's messages in order as they first were, of one chat or of all."""
        with self._lock:
            return [one for one in self.world.sent if chat_id in {None, one.chat_id}]

    def shown(self, chat_id: int) -> list[Sent]:
        """List the bot's messages of a chat as they stand, edits and deletions done."""
        with self._lock:
            return self.world.shown(chat_id)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to hand an update to the bot."""
        with self._lock:
            return list(self.updates.deliveries)

    @property
    def pending(self) -> int:
        """How many updates, repeats included, the bot has not confirmed."""
        with self._lock:
            return len(self.updates.waiting)

    @property
    def webhook(self) -> Json:
        """The webhook in force: url, secret, max_connections; empty while polling."""
        return dict(self._methods.webhook)

    def commands(self, scope: str = "default", language: str = "") -> list[Json]:
        """List the commands set for a scope's type."""
        with self._lock:
            return self.world.commands.get((f'{{"type": "{scope}"}}', language), [])

    # Waiting

    def wait_until(self, predicate: Callable[[], Found], timeout: float = 10.0) -> Found:
        """Wait for a truthy value and give it.

        Raises:
            AssertionError: it did not come; names the last calls and violations.
        """
        assert self._loop_thread != threading.get_ident(), "this would block the fake's own loop; await eventually()"
        until = time.monotonic() + timeout
        while True:
            if found := predicate():
                return found
            if time.monotonic() > until:
                raise AssertionError(self._story(timeout))
            time.sleep(POLL_SECONDS)

    async def eventually(self, predicate: Callable[[], Found], timeout: float = 10.0) -> Found:
        """Wait as `wait_until` does, without stopping the loop."""
        until = time.monotonic() + timeout
        while True:
            if found := predicate():
                return found
            if time.monotonic() > until:
                raise AssertionError(self._story(timeout))
            await asyncio.sleep(POLL_SECONDS)

    def wait_for_sent(self, chat_id: int, count: int = 1, timeout: float = 10.0) -> list[Sent]:
        """Wait until the chat has so many messages of the bot, and return them."""
        self.wait_until(lambda: len(self.sent(chat_id)) >= count, timeout)
        return self.sent(chat_id)

    def _story(self, timeout: float) -> str:
        last = [f"{one.method} -> {one.status}" for one in self.calls[-8:]]
        return f"not within {timeout} s; pending {self.pending}; calls {last}; violations {self.violations[-4:]}"
