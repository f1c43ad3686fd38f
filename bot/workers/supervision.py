"""Parts of the process that run for ever: each is watched, begun again when it ends unasked, and stopped with the rest.

A part says that it gets on by calling `progress` at every turn of its loop, so that one that hangs is seen as well.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field

from bot.application.figures.service_health import PartHealth

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 30.0
SETTLED_SECONDS = 60.0
"""A part that lived so long begins with the first pause again, and its earlier failures count as over."""
DRAIN_SECONDS = 7.0
"""How long a stop waits for what is under way; longer than a send takes."""
CANCEL_SECONDS = 1.0
CANCELLATIONS = 2
"""A library that swallows one cancellation must not keep the process alive, nor one that swallows every one."""

Work = Callable[[], Awaitable[None]]
"""Begins a part anew each time it is called."""


@dataclass(kw_only=True)
class Part:
    """One supervised task, and what is known of it."""

    name: str
    longest_silence: float | None
    """Seconds without progress after which it counts as hung; None when it reports none."""
    is_once: bool
    """Whether its end is its success."""
    drains: bool
    """Whether it leaves by itself when the process stops; anything else is cancelled at once."""
    started: float = 0.0
    is_running: bool = False
    is_done: bool = False
    restarts: int = 0
    failing_since: float | None = None
    trouble: str | None = None
    """What it said that does not work."""
    last_success: float | None = None

    def trouble_at(self, now: float) -> str | None:
        """Return what does not work with this part, None when all does."""
        if self.is_done:
            return None
        if self.is_once:
            return "starting" if self.failing_since is None else "failing"
        if self.failing_since is not None and not (self.is_running and now - self.started > SETTLED_SECONDS):
            return "failing"
        last = max(self.last_success or self.started, self.started)
        if self.longest_silence is not None and now - last > self.longest_silence:
            return "silent"
        return self.trouble


@dataclass(kw_only=True)
class _Current:
    """What a task knows of the part that it belongs to."""

    supervisor: "Supervisor"
    part: Part


_CURRENT: ContextVar[_Current | None] = ContextVar("supervised part", default=None)


def progress() -> None:
    """Note that the part which calls this got on; nothing happens outside of one."""
    current = _CURRENT.get()
    if current is not None:
        current.supervisor.note_progress(current.part)


def report_trouble(word: str) -> None:
    """Note that the part which calls this runs but fails at its work, until it makes progress."""
    current = _CURRENT.get()
    if current is not None:
        current.part.trouble = word


def is_stopping() -> bool:
    """Say whether the process takes up no more work; false outside of a supervised part."""
    current = _CURRENT.get()
    return current is not None and current.supervisor.stopping.is_set()


@dataclass(kw_only=True)
class Supervisor:
    """Watches the parts of one process."""

    monotonic: Callable[[], float] = time.monotonic
    first_pause: float = FIRST_PAUSE_SECONDS
    longest_pause: float = MAX_PAUSE_SECONDS
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when no more work is to be taken up."""
    _parts: dict[str, Part] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _wake_ups: list[Callable[[], None]] = field(default_factory=list)
    _stop_began: float | None = None

    def start(
        self,
        name: str,
        work: Work,
        *,
        copies: int = 1,
        longest_silence: float | None = None,
        is_once: bool = False,
        drains: bool = False,
    ) -> None:
        """Keep something running until the stop: begin it again, after growing pauses, whenever it ends.

        Args:
            name: names one part; `copies` of them are shown under it together.
            longest_silence: seconds without `progress` after which it counts as hung.
            is_once: whether its end without an error is its success, so that only an error begins it again.
            drains: whether it looks at `is_stopping` and leaves by itself; else it is cancelled when a stop begins.
        """
        for number in range(copies):
            part = Part(name=name, longest_silence=longest_silence, is_once=is_once, drains=drains)
            part.started = self.monotonic()
            label = f"{name} {number + 1}"
            self._parts[label] = part
            self._tasks[label] = asyncio.create_task(self._keep(part, work))

    def when_stopping(self, wake: Callable[[], None]) -> None:
        """Call something as soon as a stop begins, such as what wakes those who wait for work."""
        self._wake_ups.append(wake)

    def note_progress(self, part: Part) -> None:
        """Note that a part got on; its earlier failures are over."""
        part.last_success = self.monotonic()
        part.failing_since = part.trouble = None

    def begin_stop(self) -> None:
        """Let no more work be taken up; what is under way goes on."""
        if self._stop_began is not None:
            return
        self._stop_began = self.monotonic()
        self.stopping.set()
        for label, task in self._tasks.items():
            if not self._parts[label].drains:
                task.cancel()
        for wake in self._wake_ups:
            wake()

    async def stop(self, seconds: float = DRAIN_SECONDS) -> None:
        """End every part: what drains within some seconds of the stop's beginning, the rest by cancelling."""
        self.begin_stop()
        assert self._stop_began is not None
        tasks = set(self._tasks.values())
        left = self._stop_began + seconds - self.monotonic()
        for wait in (max(left, 0.0), *[CANCEL_SECONDS] * CANCELLATIONS):
            if tasks:
                _, tasks = await asyncio.wait(tasks, timeout=wait)
            for task in tasks:
                task.cancel()

    def health(self) -> Sequence[PartHealth]:
        """Return how every part does, copies together, in the order of their beginning."""
        now = self.monotonic()
        names = dict.fromkeys(part.name for part in self._parts.values())
        return [_together([part for part in self._parts.values() if part.name == name], now) for name in names]

    async def _keep(self, part: Part, work: Work) -> None:
        """Run a part, again and again."""
        pause = self.first_pause
        _CURRENT.set(_Current(supervisor=self, part=part))
        while not self.stopping.is_set():
            part.started, part.is_running = self.monotonic(), True
            error = await _ended(work, part.name)
            part.is_running = False
            if self.stopping.is_set():
                return
            if part.is_once and error is None:
                part.is_done = True
                self.note_progress(part)
                return
            now = self.monotonic()
            if now - part.started > SETTLED_SECONDS:
                pause, part.failing_since = self.first_pause, None
            part.failing_since = part.failing_since if part.failing_since is not None else now
            part.restarts += 1
            _log_end(part, error, pause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self.stopping.wait()
            pause = min(pause * 2, self.longest_pause)


async def _ended(work: Work, name: str) -> BaseException | None:
    """Run something to its end and return its error; only a cancellation from outside leaves this.

    It has a task of its own, so that a cancellation which a library lets loose inside ends that alone.
    """

    async def run() -> None:
        await work()

    task = asyncio.create_task(run())
    try:
        await asyncio.wait([task])
    finally:
        if not task.done():
            await _cancelled(task, name)
    if task.cancelled():
        return asyncio.CancelledError()
    return task.exception()


async def _cancelled(task: asyncio.Task[None], name: str) -> None:
    """Cancel a task and wait for its end; what it still does in its own `finally` is not cut short."""
    task.cancel()
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait([task], timeout=CANCEL_SECONDS / 2)
            if not task.done():
                logger.error("a part of the process does not end", extra={"job": name})
            raise
    if not task.cancelled():
        # Read, so that nobody complains that it was not: the part is being ended anyway.
        task.exception()


def _log_end(part: Part, error: BaseException | None, pause: float) -> None:
    """Say that a part ended unasked; of several errors at once the first one's kind."""
    while inner := getattr(error, "exceptions", None):
        error = inner[0]
    if error is None:
        logger.error("a part ended unasked and is begun again", extra={"job": part.name, "seconds": pause})
    else:
        logger.error(
            "a part failed and is begun again",
            extra={"job": part.name, "error": type(error).__name__, "seconds": pause},
        )


def _together(parts: Sequence[Part], now: float) -> PartHealth:
    """Put the copies of one part together: it works when all of them do."""
    troubles = [trouble for part in parts if (trouble := part.trouble_at(now)) is not None]
    successes = [part.last_success for part in parts if part.last_success is not None]
    return PartHealth(
        name=parts[0].name,
        is_working=not troubles,
        trouble=troubles[0] if troubles else None,
        age_seconds=now - max(successes) if successes else None,
        details={
            "running": sum(part.is_running for part in parts),
            "of": len(parts),
            "restarts": sum(part.restarts for part in parts),
        },
    )
