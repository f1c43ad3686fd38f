"""The real bot process and its NLU, for tests that use them as a person would."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SINETRAL = [sys.executable, "-m", "bot"]
START_SECONDS = 120.0


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


NLU_SECRET = "uji-rahasia-nlu-0123456789"


@dataclass
class Bot:
    """One `sinetral run` with a database, key and ports of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    nlu_port: int = field(default_factory=free_port)
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    serving: list[str] = field(default_factory=lambda: [*SINETRAL, "run"])
    """How it is started."""

    @property
    def url(self) -> str:
        """The web chat's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Everything that the process wrote."""
        return self.folder / "bot.log"

    @property
    def environment(self) -> dict[str, str]:
        """What the process and further commands on the same bot are started with."""
        return (
            os.environ
            | {
                "SINETRAL_DATABASE_URL": f"sqlite:///{self.folder / 'sinetral.db'}",
                "SINETRAL_KEY_FILE": str(self.folder / "keys" / "master.key"),
                "SINETRAL_LOG_FOLDER": str(self.folder / "log"),
                "SINETRAL_PORT": str(self.port),
                "SINETRAL_NLU_URL": f"http://127.0.0.1:{self.nlu_port}",
                # Several bots of a test share one NLU.
                "SINETRAL_NLU_SECRET": NLU_SECRET,
                "SINETRAL_MESSAGES_PER_MINUTE": "6000",
                "SINETRAL_ADDRESS_MESSAGES_PER_MINUTE": "6000",
                "PYTHONUNBUFFERED": "1",
            }
            | self.extra
        )

    def start(self, *, is_behind: bool = False) -> float:
        """Load guidance, start, wait until all is well; returns the seconds from start to then.

        Args:
            is_behind: whether much waits already, so that /health answers 503 until that is worked off.
        """
        loaded = self.command("guidance", "load")
        assert loaded.returncode == 0, loaded.stderr
        started = time.monotonic()
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(self.serving, cwd=ROOT, env=self.environment, stdout=output, stderr=output)
        while time.monotonic() - started < START_SECONDS:
            assert self.process.poll() is None, self.log.read_text()
            if self.health()[0] in ({200, 503} if is_behind else {200}):
                return time.monotonic() - started
            time.sleep(0.1)
        failing = self.health()[1].get("parts") if self.health()[0] else None
        raise AssertionError(f"not up after {START_SECONDS} s: {failing}; {self.log.read_text()[-4000:]}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def health(self) -> tuple[int, dict[str, Any]]:
        """Return status and body of /health; 0 while nothing listens."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return 0, {}

    def say(self, text: str, cookie: str = "") -> tuple[str, str, float]:
        """Ask on the web page; returns the fragment without tags, the cookie, and the seconds it took."""
        body = urllib.parse.urlencode({"text": text}).encode()
        headers = {"X-SiNetral-Fragment": "1", "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        started = time.monotonic()
        request = urllib.request.Request(f"{self.url}/chat", body, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            html = answer.read().decode()
            kept = answer.headers["Set-Cookie"].split(";")[0]
        return re.sub(r"<[^>]+>", " ", html), kept, time.monotonic() - started

    def command(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run another `sinetral` command on the same bot."""
        return subprocess.run(
            [*SINETRAL, *arguments], cwd=ROOT, env=self.environment, input=stdin, capture_output=True, check=False
        )

    def ask(self, lines: Iterable[dict[str, str]], *options: str) -> list[dict[str, Any]]:
        """Run `ask --jsonl` and give its objects."""
        stdin = "".join(json.dumps(line) + "\n" for line in lines).encode()
        done = self.command("ask", "--jsonl", *options, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    def nlu_pid(self) -> int:
        """Return the process id of the NLU that this bot started."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in map(int, children):
            if b"nlu.serving" in Path(f"/proc/{child}/cmdline").read_bytes():
                return child
        raise AssertionError("the bot runs no NLU")

    def written(self) -> bytes:
        """Return every byte that the bot and its NLU wrote anywhere: database, WAL, logs."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())
