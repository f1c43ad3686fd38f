"""Writes the files that are served: int8 ONNX, vocabulary, checksums."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from nlu.encoder.sentence_encoder import CHECKSUM_FILE, NETWORK_FILE, VOCABULARY_FILE
from nlu.encoder.training.network import Network
from nlu.encoder.vocabulary import BEGIN, END, write_vocabulary

OPSET = 17


def write_artefact(
    folder: Path, network: Network, pieces: Sequence[tuple[str, float]], replacements: Mapping[int, str]
) -> None:
    """Write network, vocabulary and checksums into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_network(folder / NETWORK_FILE, network)
    write_vocabulary(folder / VOCABULARY_FILE, pieces, replacements)
    sums = [f"{hashlib.sha256((folder / n).read_bytes()).hexdigest()}  {n}\n" for n in (NETWORK_FILE, VOCABULARY_FILE)]
    (folder / CHECKSUM_FILE).write_text("".join(sums), encoding="utf-8")


def write_network(path: Path, network: Network) -> None:
    """Export in single precision, then quantise weights to int8: per channel, embeddings included."""
    network.eval()
    with tempfile.TemporaryDirectory() as scratch:
        exact = Path(scratch) / "exact.onnx"
        torch.onnx.export(
            network,
            (torch.tensor([[BEGIN, END, END], [BEGIN, END, END]]),),
            str(exact),
            input_names=["ids"],
            output_names=["vectors"],
            dynamic_axes={"ids": {0: "lines", 1: "length"}, "vectors": {0: "lines"}},
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(
            exact,
            path,
            op_types_to_quantize=["MatMul", "Gather"],
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
