"""The NLU as a subprocess: trained when its content changed, started, watched, stopped."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.core.errors import PermanentError
from bot.nlu_service.models import ModelStore, environment

logger = logging.getLogger(__name__)

READY_SECONDS = 180.0

STOP_SECONDS = 2.0
"""It holds nothing that could be lost."""

POLL_SECONDS = 0.2

ASK_SECONDS = 2.0
"""Between two questions whether it still answers."""

MAX_SILENT = 3
"""Questions in a row without an answer after which it is ended and started again."""

MAX_WITHOUT_PARSE = 8
"""The same where it says that it is ready and gives no parse; a long queue of questions is no reason to end it."""

FIRST_RESTART_SECONDS = 0.5

MAX_RESTART_SECONDS = 30.0

Ready = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, kw_only=True)
class WatchTimes:
    """How patiently a process is watched; seconds."""

    ready: float = READY_SECONDS
    ask: float = ASK_SECONDS
    first_restart: float = FIRST_RESTART_SECONDS
    longest_restart: float = MAX_RESTART_SECONDS


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class NluSupervisor:
    """One serving process; `run` keeps it answering until cancelled."""

    def __init__(
        self,
        workshop: ModelStore,
        url: str,
        log_folder: Path,
        is_ready: Ready,
        parses: Ready | None = None,
        times: WatchTimes | None = None,
    ) -> None:
        """Take where to serve.

        Args:
            is_ready: asks the served address whether it answers.
            parses: asks it for a parse; None: whoever is ready is taken to parse.
        """
        self._workshop = workshop
        self._port = urlsplit(url).port or 5005
        self._log = log_folder / "nlu.log"
        self._is_ready = is_ready
        self._parses = parses or is_ready
        self._times = times or WatchTimes()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start serving and wait until it answers.

        Raises:
            PermanentError: when it ends or does not answer within three minutes.
        """
        await self._spawn()
        until = time.monotonic() + self._times.ready
        while not await self._is_ready():
            if not self._is_alive():
                raise PermanentError(f"proses NLU berhenti saat dinyalakan; lihat {self._log}")
            if time.monotonic() > until:
                raise PermanentError(f"proses NLU tidak siap dalam {self._times.ready:.0f} detik; lihat {self._log}")
            await asyncio.sleep(POLL_SECONDS)

    async def run(self, on_answer: Callable[[], None] = lambda: None) -> None:
        """Keep it answering: start it again whenever it ends or falls silent, waiting longer after each short life.

        Args:
            on_answer: called whenever it answered.
        """
        pause = self._times.first_restart
        while True:
            started = time.monotonic()
            try:
                if not self._is_alive():
                    await self.start()
                await self._until_silent(on_answer)
            except (PermanentError, OSError) as error:
                # Such as a folder of models that is being filled just now.
                logger.error("the NLU process could not be started", extra={"error": type(error).__name__})
            code = self._process.returncode if self._process is not None else None
            await self._kill()
            if time.monotonic() - started > self._times.longest_restart:
                pause = self._times.first_restart
            logger.warning("the NLU process is started again", extra={"code": code, "seconds": pause})
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._times.longest_restart)

    async def stop(self) -> None:
        """End the process: politely, then at once."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        await self._kill()

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def _until_silent(self, on_answer: Callable[[], None]) -> None:
        """Ask again and again; comes back when the process ended or answered too often in vain."""
        silent = without_parse = 0
        while silent < MAX_SILENT and without_parse < MAX_WITHOUT_PARSE:
            assert self._process is not None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), self._times.ask)
                return
            silent = 0 if await self._is_ready() else silent + 1
            without_parse = 0 if silent or await self._parses() else without_parse + 1
            if not silent and not without_parse:
                on_answer()

    async def _kill(self) -> None:
        """End the process and whatever it started, at once: one that is stopped or hangs obeys no other signal."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            # It leads a group of its own since its start.
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def _spawn(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        archive = self._workshop.latest()
        with self._log.open("ab") as output:
            # Its standard input is a pipe that closes when we end, however we end: then it ends too.
            self._process = await asyncio.create_subprocess_exec(
                *(str(self._workshop.python), "-m", "nlu.serving", "--model", str(archive)),
                *("--port", str(self._port), "--exit-with-parent"),
                cwd=self._workshop.root,
                env=environment() | {"SINETRAL_NLU_SECRET": self._workshop.secret},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
