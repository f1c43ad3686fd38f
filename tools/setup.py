"""Set up a checkout: environments, model, database. Runs before anything is installed, so standard library only.

`python -m tools.setup` does what `make run` needs, `... setup bot` only the bot's own environment,
`... setup test` also what the full tests use.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
STAMP = ".sinetral-stamp"
LOGS = ROOT / "var" / "log"
BOT = ROOT / ".venv"
NLU = ROOT / ".venv-nlu"
EMULATOR = ROOT / "var" / "emulator"
OUTSIDE = ROOT / "var" / "outside"
PULSE_SECONDS = 15.0
"""How often a step without a terminal says that it still works."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BOT_PYTHON = (3, 11)
NLU_PYTHON = (3, 10)
NO_NLU_PYTHON = """\
Python 3.10 was not found; Rasa 3.6 needs it (it runs on nothing newer). One of these gives it:
  pyenv:   pyenv install 3.10 && pyenv rehash
  uv:      uv python install 3.10
  Debian:  apt-get install python3.10 python3.10-venv   (where the release has it)
Then run `make setup` again; what is done already is kept."""


class StepError(Exception):
    """A step failed; the message says which and what to do."""


@dataclass(frozen=True)
class Step:
    """One thing to bring up to date."""

    name: str
    is_done: Callable[[], bool]
    do: Callable[[], None]


def main(arguments: Sequence[str]) -> int:
    """Run the steps, each skipped when nothing changed; returns the exit code."""
    if sys.version_info[:2] < BOT_PYTHON:
        print(f"setup: Python 3.11 or newer is needed, this is {sys.version.split()[0]}", file=sys.stderr)
        return 2
    steps = _chosen(list(arguments))
    for number, step in enumerate(steps, start=1):
        label = f"[{number}/{len(steps)}] {step.name}"
        if step.is_done():
            print(f"{label}: up to date", flush=True)
            continue
        started = time.monotonic()
        print(f"{label} …", flush=True)
        try:
            with _Pulse(label):
                step.do()
        except StepError as error:
            print(f"setup: step {number} ({step.name}) failed.\n{error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print(f"\nsetup: stopped in step {number}; `make setup` goes on from here", file=sys.stderr)
            return 130
        print(f"{label}: done in {time.monotonic() - started:.0f} s", flush=True)
    return 0


def _chosen(arguments: list[str]) -> list[Step]:
    if arguments == ["bot"]:
        return _steps()[:1]
    if arguments == ["test"]:
        lock = [ROOT / "tests" / "integration" / "channels" / "telegram" / "emulator-requirements.txt"]
        outside = [ROOT / "tests" / "integration" / "channels" / "whatsapp" / "outside-requirements.txt"]
        return [
            *_steps(),
            Step("browser for the tests (Chromium)", _has_browser, _install_browser),
            Step(
                "Telegram emulator for the tests (Telemelya)",
                lambda: _is_stamped(EMULATOR, lock),
                lambda: _make_apart(EMULATOR, lock),
            ),
            Step(
                "outside checks of WhatsApp (pywa, mockpost)",
                lambda: _is_stamped(OUTSIDE, outside),
                lambda: _make_apart(OUTSIDE, outside),
            ),
        ]
    return _steps()


def _make_apart(folder: Path, lock: list[Path]) -> None:
    # An environment of its own: beside uvloop, which these bring, our server would run differently.
    folder.parent.mkdir(parents=True, exist_ok=True)
    _make_environment(folder, _this_python(), lock[0], [])
    _stamp(folder, lock)


def _has_browser() -> bool:
    return any(shutil.which(name) for name in BROWSERS)


def _install_browser() -> None:
    """Install Debian's Chromium where we may; elsewhere say how, and let the browser tests name what they lack."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(
            "  not installed (needs apt-get as root); the tests in tests/browser will fail: install chromium yourself"
        )
        return
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    _run("apt-update", ["apt-get", "update", "-q"], extra=environment)
    _run("apt-chromium", ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"], extra=environment)


def _steps() -> list[Step]:
    bot_inputs = [ROOT / "requirements.txt", ROOT / "pyproject.toml"]
    nlu_inputs = [ROOT / "nlu" / "requirements.txt"]
    return [
        Step("bot environment (.venv)", lambda: _is_stamped(BOT, bot_inputs), lambda: _make_bot(bot_inputs)),
        Step("NLU environment (.venv-nlu)", lambda: _is_stamped(NLU, nlu_inputs), lambda: _make_nlu(nlu_inputs)),
        Step("NLU model", lambda: False, lambda: _run("model", [_sinetral(), "nlu", "train"], show=True)),
        Step(
            "database and guidance",
            lambda: False,
            lambda: _run("guidance", [_sinetral(), "guidance", "load"], show=True),
        ),
    ]


def _make_bot(inputs: list[Path]) -> None:
    _make_environment(BOT, _this_python(), ROOT / "requirements.txt", [])
    # Nothing is fetched here: what builds the package is pinned in requirements.txt.
    install = ["install", "-q", "--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    _run("bot-package", [str(BOT / "bin" / "python"), "-m", "pip", *install])
    _stamp(BOT, inputs)


def _make_nlu(inputs: list[Path]) -> None:
    # The lock is complete without `tensorflow`, whose modules tensorflow-cpu holds in half the size.
    _make_environment(NLU, _python_310(), ROOT / "nlu" / "requirements.txt", ["--no-deps"])
    # Under another Python `pip install rasa` silently gives a release of 2020.
    check = "import importlib.metadata as m; v = m.version('rasa'); assert v == '3.6.21', v"
    _run("nlu-version", [str(NLU / "bin" / "python"), "-c", check])
    _stamp(NLU, inputs)


def _make_environment(folder: Path, python: list[str], lock: Path, options: list[str]) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    _run(folder.name, [*python, "-m", "venv", str(folder)])
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    _run(folder.name, [*pip, "--require-hashes", *options, "-r", str(lock)])


def _this_python() -> list[str]:
    """Return the interpreter itself: one inside an environment would vanish with it."""
    return [os.path.realpath(sys.executable)]


def _python_310() -> list[str]:
    """Find Python 3.10 on PATH, through pyenv, through uv."""
    candidates = [["python3.10"], ["pyenv", "exec", "python3.10"]]
    if shutil.which("uv"):
        found = subprocess.run(
            ["uv", "python", "find", "--offline", "3.10"], capture_output=True, text=True, check=False
        )
        candidates.append([found.stdout.strip() or "python3.10"])
    for candidate in candidates:
        if shutil.which(candidate[0]) and _version_of(candidate) == NLU_PYTHON:
            return candidate
    raise StepError(NO_NLU_PYTHON)


def _version_of(python: list[str]) -> tuple[int, int] | None:
    code = "import sys; print(*sys.version_info[:2])"
    asked = subprocess.run([*python, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    parts = asked.stdout.split()
    return (int(parts[0]), int(parts[1])) if asked.returncode == 0 and len(parts) == 2 else None


def _run(name: str, command: list[str], *, show: bool = False, extra: dict[str, str] | None = None) -> None:
    """Run a command with its output in a log, or shown; raises `StepError` with the end of it."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"setup-{name.strip('.')}.log"
    environment = os.environ | {"RASA_TELEMETRY_ENABLED": "false"} | (extra or {})
    try:
        with log.open("wb") as output:
            streams = None if show else output
            code = subprocess.run(
                command, cwd=ROOT, stdout=streams, stderr=streams, env=environment, check=False
            ).returncode
    except OSError as error:
        raise StepError(f"{command[0]} cannot be started ({error.strerror}).") from error
    if code:
        tail = "" if show else "\n".join(log.read_text(errors="replace").splitlines()[-8:]) + "\n"
        raise StepError(f"{tail}The command was: {' '.join(command)}\nMend what it says, then run `make setup` again.")


def _sinetral() -> str:
    return str(BOT / "bin" / "sinetral")


def _stamp(folder: Path, inputs: list[Path]) -> None:
    (folder / STAMP).write_text(_hash(inputs), encoding="utf-8")


def _is_stamped(folder: Path, inputs: list[Path]) -> bool:
    stamp = folder / STAMP
    return stamp.exists() and stamp.read_text(encoding="utf-8") == _hash(inputs)


def _hash(inputs: list[Path]) -> str:
    digest = hashlib.sha256(str(ROOT).encode())
    for path in inputs:
        digest.update(path.read_bytes())
    return digest.hexdigest()


class _Pulse:
    """Says now and then that a long step still works."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "_Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _beat(self) -> None:
        started = time.monotonic()
        while not self._done.wait(PULSE_SECONDS):
            print(f"{self._label}: {time.monotonic() - started:.0f} s …", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
