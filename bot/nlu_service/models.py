"""Models of the NLU: what they are made of, and training a new one."""

import hashlib
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.errors import PermanentError


@dataclass(frozen=True, kw_only=True)
class ModelStore:
    """Where the NLU's code, interpreter and models lie."""

    root: Path
    python: Path
    models: Path
    secret: str = field(default="", repr=False)
    """What a served model proves itself by, and asks for."""

    def content_id(self) -> str:
        """Return the hash of everything that changes what a model answers, 16 hexadecimal digits.

        A model of the same id is never trained again; how it is served or judged is no part of it.
        """
        digest = hashlib.sha256()
        tracked = [self.root / name for name in ("config.yml", "domain.yml", "nlu/requirements.txt")]
        for folder in MADE_FROM:
            files = (self.root / "nlu" / folder).rglob("*")
            tracked += [path for path in files if path.suffix in READ_SUFFIXES or path.name == SUMS]
        tracked += (self.root / "nlu" / "encoder").glob("*.py")
        for path in sorted(tracked):
            digest.update(path.relative_to(self.root).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
        return digest.hexdigest()[:16]

    def current(self) -> Path | None:
        """Return the archive of the model made from the present content, None when there is none."""
        archive = self.models / f"nlu-{self.content_id()}.tar.gz"
        return archive if archive.exists() else None

    def latest(self) -> Path:
        """Return the model to serve: the present content's, else the newest.

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
        """Train a model of the present content, and return its archive.

        Raises:
            PermanentError: when training fails; its output stands in `train.log` beside the models.
        """
        self.models.mkdir(parents=True, exist_ok=True)
        content_id = self.content_id()
        name = f"nlu-{content_id}"
        log = self.models / "train.log"
        with log.open("wb") as output:
            # Rasa's fingerprint of a step covers the component's own source, not what it imports: a cached step would
            # carry the old code, so the cache holds nothing.
            finished = subprocess.run(
                [
                    *(str(self.python), "-m", "rasa", "train", "nlu"),
                    *("--config", "config.yml", "--domain", "domain.yml", "--nlu", "nlu/data"),
                    *("--out", str(self.models), "--fixed-model-name", f".{name}"),
                ],
                cwd=self.root,
                env=environment() | {"RASA_MAX_CACHE_SIZE": "0", CONTENT_ID_VARIABLE: content_id},
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
        """Judge the newest model on the held-out questions; returns what was printed.

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


CONTENT_ID_VARIABLE = "SINETRAL_TRAINING_CONTENT_ID"
"""Tells training the id that the model answers with and its archive is named by."""
MADE_FROM = ("calibration", "components", "data", "encoder/model", "text")
"""Folders of the NLU: calibration questions, code, utterances, weights, spelling."""
SUMS = "SHA256SUMS"
"""Of the encoder's files."""
READ_SUFFIXES = (".py", ".yml", ".jsonl", ".onnx")

KEPT_MODELS = 2
"""The one in use and the one before."""

NEEDED_VARIABLES = frozenset({"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "USER", "LOGNAME", "LD_LIBRARY_PATH"})

NEEDED_PREFIXES = ("LC_", "PYTHON", "RASA_", "SINETRAL_TRAINING_")


def environment() -> dict[str, str]:
    """Return the environment of every NLU command: no telemetry, no thread fights, nothing but warnings.

    Of ours it gets what any program needs and nothing secret: it has the oldest dependencies.
    """
    needed = {
        name: value
        for name, value in os.environ.items()
        if name in NEEDED_VARIABLES or name.startswith(NEEDED_PREFIXES)
    }
    return needed | {
        "RASA_TELEMETRY_ENABLED": "false",
        "LOG_LEVEL": "WARNING",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
