"""Commands typed on a bot whose NLU is the stub, many lines at a time."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.bot_process import ROOT, SINETRAL


@dataclass(frozen=True, kw_only=True)
class Shell:
    """Where commands are typed."""

    folder: Path
    address: str
    nlu: str = "http://127.0.0.1:9"

    @property
    def environment(self) -> dict[str, str]:
        """What commands are started with."""
        return os.environ | {
            "SINETRAL_DATABASE_URL": self.address,
            "SINETRAL_KEY_FILE": str(self.folder / "keys" / "master.key"),
            "SINETRAL_LOG_FOLDER": str(self.folder / "log"),
            "SINETRAL_NLU_URL": self.nlu,
            "SINETRAL_NLU_PYTHON": str(self.folder / "no-python"),
        }

    def run(self, *words: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        """Run a command."""
        return subprocess.run(
            [*SINETRAL, *words],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            check=False,
            timeout=240,
        )

    def begin(self, *words: str) -> "subprocess.Popen[bytes]":
        """Start a command and do not wait for it."""
        return subprocess.Popen(
            [*SINETRAL, *words], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def lines(self, *words: str, texts: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
        """Run a command that takes and gives lines of JSON."""
        stdin = "".join(json.dumps(each) + "\n" for each in texts).encode()
        done = self.run(*words, "--jsonl", stdin=stdin)
        assert done.returncode == 0, done.stderr[-2000:]
        # Not `splitlines`: an answer may hold other line separators.
        return [json.loads(line) for line in done.stdout.decode().split("\n") if line]
