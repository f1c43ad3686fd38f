"""The NLU as a subprocess: trained when its content changed, started, watched, stopped."""

import asyncio
import contextlib
import hashlib
import logging
import os
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.core.errors import PermanentError

logger = logging.getLogger(__name__)

READY_SECONDS = 180.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.2
FIRST_RESTART_SECONDS = 0.5
LONGEST_RESTART_SECONDS = 30.0
FINGERPRINTED = (".py", ".yml", ".jsonl", ".onnx")
"""Code, utterances, calibration questions, encoder."""
KEPT_MODELS = 2
"""The one in use and the one before."""

Ready = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, kw_only=True)
class NluWorkshop:
    """Where the NLU's code, interpreter and models lie."""

    root: Path
    python: Path
    models: Path

    def fingerprint(self) -> str:
        """Give the hash of everything that a model is made from."""
        digest = hashlib.sha256()
        tracked = [self.root / "config.yml", self.root / "domain.yml", self.root / "nlu" / "requirements.txt"]
        nlu = self.root / "nlu"
        tracked += [path for path in nlu.rglob("*") if path.suffix in FINGERPRINTED and path.is_file()]
        for path in sorted(tracked):
            digest.update(path.relative_to(self.root).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
        return digest.hexdigest()[:16]

    def current(self) -> Path | None:
        """Give the archive of the model made from the present content, None when there is none."""
        archive = self.models / f"nlu-{self.fingerprint()}.tar.gz"
        return archive if archive.exists() else None

    def latest(self) -> Path:
        """Give the model to serve: the present content's, else the newest.

        Raises:
            PermanentError: when none was ever trained.
        """
        current = self.current()
        if current is not None:
            return current
        archives = sorted(self.models.glob("nlu-*.tar.gz"), key=lambda path: path.stat().st_mtime)
        if not archives:
            raise PermanentError("belum ada model NLU; jalankan `make setup` lebih dulu")
        return archives[-1]

    def train(self) -> Path:
        """Train a model of the present content, and give its archive.

        Raises:
            PermanentError: when training fails; its output stands in `train.log` beside the models.
        """
        self.models.mkdir(parents=True, exist_ok=True)
        name = f"nlu-{self.fingerprint()}"
        log = self.models / "train.log"
        with log.open("wb") as output:
            # A cached step would carry the old code (`measured-facts.md` G), so the cache holds nothing.
            finished = subprocess.run(
                [
                    *(str(self.python), "-m", "rasa", "train", "nlu"),
                    *("--config", "config.yml", "--domain", "domain.yml", "--nlu", "nlu/data"),
                    *("--out", str(self.models), "--fixed-model-name", f".{name}"),
                ],
                cwd=self.root,
                env=environment() | {"RASA_MAX_CACHE_SIZE": "0"},
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        unfinished = self.models / f".{name}.tar.gz"
        if finished.returncode != 0 or not unfinished.exists():
            raise PermanentError(f"pelatihan NLU gagal; lihat {log}")
        archive = self.models / f"{name}.tar.gz"
        unfinished.rename(archive)
        self._forget_old(archive)
        return archive

    def evaluate(self, folder: Path, *, with_baselines: bool) -> str:
        """Judge the newest model on the held-out questions; gives what was printed.

        Args:
            folder: where the report is written.

        Raises:
            PermanentError: when there is no model, or the evaluation fails.
        """
        options = [] if with_baselines else ["--no-baselines"]
        finished = subprocess.run(
            [
                *(str(self.python), "-m", "nlu.evaluation", "--model", str(self.latest())),
                *("--out", str(folder.resolve()), *options),
            ],
            cwd=self.root,
            env=environment(),
            capture_output=True,
            check=False,
        )
        if finished.returncode != 0:
            raise PermanentError(f"evaluasi gagal: {finished.stderr.decode(errors='replace').strip()[-300:]}")
        return finished.stdout.decode()

    def _forget_old(self, newest: Path) -> None:
        archives = sorted(self.models.glob("nlu-*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
        others = [archive for archive in archives if archive != newest]
        for archive in others[KEPT_MODELS - 1 :]:
            archive.unlink()


def environment() -> dict[str, str]:
    """Give the environment of every NLU command: no telemetry, no thread fights, nothing but warnings."""
    return os.environ | {
        "RASA_TELEMETRY_ENABLED": "false",
        "LOG_LEVEL": "WARNING",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }


def free_port() -> int:
    """Give a port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class NluProcess:
    """One serving process; `run` keeps it alive until cancelled."""

    def __init__(self, workshop: NluWorkshop, url: str, log_folder: Path, is_ready: Ready) -> None:
        """Take where to serve; `is_ready` asks the served address."""
        self._workshop = workshop
        self._port = urlsplit(url).port or 5005
        self._log = log_folder / "nlu.log"
        self._is_ready = is_ready
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start serving and wait until it answers.

        Raises:
            PermanentError: when it ends or does not answer within three minutes.
        """
        await self._spawn()
        until = time.monotonic() + READY_SECONDS
        while not await self._is_ready():
            if self._process is None or self._process.returncode is not None:
                raise PermanentError(f"proses NLU berhenti saat dinyalakan; lihat {self._log}")
            if time.monotonic() > until:
                raise PermanentError(f"proses NLU tidak siap dalam {READY_SECONDS:.0f} detik; lihat {self._log}")
            await asyncio.sleep(POLL_SECONDS)

    async def run(self) -> None:
        """Start, and start again whenever the process ends, waiting longer each time it ends soon."""
        pause = FIRST_RESTART_SECONDS
        while True:
            started = time.monotonic()
            if self._process is None or self._process.returncode is not None:
                await self._spawn()
            code = await self._wait()
            if time.monotonic() - started > LONGEST_RESTART_SECONDS:
                pause = FIRST_RESTART_SECONDS
            logger.warning("the NLU process ended and is started again", extra={"code": code, "seconds": pause})
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_RESTART_SECONDS)

    async def stop(self) -> None:
        """End the process: politely, then at once."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _wait(self) -> int | None:
        return await self._process.wait() if self._process is not None else None

    async def _spawn(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        archive = self._workshop.latest()
        with self._log.open("ab") as output:
            # Its standard input is a pipe that closes when we end, however we end: then it ends too.
            self._process = await asyncio.create_subprocess_exec(
                *(str(self._workshop.python), "-m", "nlu.serving", "--model", str(archive)),
                *("--port", str(self._port), "--exit-with-parent"),
                cwd=self._workshop.root,
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
