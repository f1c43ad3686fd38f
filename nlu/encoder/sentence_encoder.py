"""Texts to unit vectors by ONNX Runtime on one thread."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from nlu.encoder.vocabulary import Vocabulary

Vectors = NDArray[np.float32]

MODEL_FOLDER = Path(__file__).parent / "model"
NETWORK_FILE = "encoder.onnx"
VOCABULARY_FILE = "vocabulary.json"
CHECKSUM_FILE = "SHA256SUMS"
WIDTH = 384
TOKEN_LIMIT = 128
BATCH = 16


class EncoderFileError(Exception):
    """A file of the encoder is missing or is not the one that was made; retrying does not help."""


@dataclass(frozen=True)
class SentenceEncoder:
    """The tuned multilingual-e5-small, int8; `CARD.md` beside its files says what it is."""

    vocabulary: Vocabulary
    session: onnxruntime.InferenceSession
    version: str
    """The first twelve digits of the network's checksum: vectors of different versions do not compare."""

    @classmethod
    def load(cls, folder: Path = MODEL_FOLDER) -> SentenceEncoder:
        """Open the encoder.

        Raises:
            EncoderFileError: a file is missing or its checksum differs.
        """
        checksums = check_files(folder)
        options = onnxruntime.SessionOptions()
        # One thread: several processes share the machine, and a question takes milliseconds.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        session = onnxruntime.InferenceSession(
            str(folder / NETWORK_FILE), sess_options=options, providers=["CPUExecutionProvider"]
        )
        vocabulary = Vocabulary.load(folder / VOCABULARY_FILE)
        return cls(vocabulary=vocabulary, session=session, version=checksums[NETWORK_FILE][:12])

    def encode(self, texts: Sequence[str], workers: int = 1) -> Vectors:
        """Return (texts, 384) unit vectors in the order of the texts, not centred.

        Lines of one length run together, so that none is padded; beyond 128 pieces a text is cut.

        Args:
            workers: how many threads share the work; more than one only where nobody's question waits beside it.
        """
        lines = [self.vocabulary.ids(text, TOKEN_LIMIT) for text in texts]
        rows_of: dict[int, list[int]] = defaultdict(list)
        for row, line in enumerate(lines):
            rows_of[len(line)].append(row)
        batches = [rows[start : start + BATCH] for rows in rows_of.values() for start in range(0, len(rows), BATCH)]
        vectors: Vectors = np.zeros((len(lines), WIDTH), dtype=np.float32)

        def run(batch: list[int]) -> None:
            ids = np.array([lines[row] for row in batch], dtype=np.int64)
            vectors[batch] = self.session.run(None, {"ids": ids})[0]

        if workers > 1 and len(batches) > 1:
            # The network runs outside Python's lock; each batch writes rows of its own.
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(run, batches))
        else:
            for batch in batches:
                run(batch)
        return vectors


def check_files(folder: Path) -> dict[str, str]:
    """Compare every file with `SHA256SUMS` and give the checksums by name; raises `EncoderFileError`."""
    checksums = _read_checksums(folder)
    for name in (NETWORK_FILE, VOCABULARY_FILE):
        if name not in checksums:
            raise EncoderFileError(f"{folder / CHECKSUM_FILE} does not name {name}")
        try:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as exc:
            raise EncoderFileError(f"{folder / name} cannot be read") from exc
        if digest != checksums[name]:
            raise EncoderFileError(f"{folder / name} is not the file that was made: its checksum differs")
    return checksums


def _read_checksums(folder: Path) -> dict[str, str]:
    """Read lines of checksum, two spaces and name, as `sha256sum` writes them."""
    try:
        lines = (folder / CHECKSUM_FILE).read_text(encoding="utf-8").splitlines()
    except OSError as exc:
        raise EncoderFileError(f"{folder / CHECKSUM_FILE} cannot be read") from exc
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    if any(len(pair) != 2 for pair in pairs):
        raise EncoderFileError(f"{folder / CHECKSUM_FILE} is damaged")
    return {name.strip(): digest for digest, name in pairs}
