"""Labelled lines to tune on: Rasa's YAML, or text files that carry their label as their name."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

Line = tuple[str, str]
"""Text and label."""

_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


def read_lines(paths: Iterable[Path]) -> list[Line]:
    """Read every `.yml` and `.txt` under the paths, in order; a text seen before is left out."""
    seen: dict[str, Line] = {}
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            for text, label in _read(file):
                seen.setdefault(" ".join(text.lower().split()), (text, label))
    return list(seen.values())


def _read(file: Path) -> Iterator[Line]:
    if file.suffix == ".yml":
        yield from _read_yaml(file)
    elif file.suffix == ".txt":
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield line.strip(), file.stem


def _read_yaml(file: Path) -> Iterator[Line]:
    for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
        if "intent" not in block:
            continue
        for line in str(block["examples"]).splitlines():
            if line.strip():
                yield _ENTITY.sub(r"\1", line.strip().removeprefix("- ")).strip(), str(block["intent"])


def read_benchmark(folder: Path) -> tuple[list[Line], list[Line]]:
    """Read the outside benchmark uchat-id as its train and test part."""
    with (folder / "uchat-id-114-intents.csv").open(encoding="utf-8", newline="") as file:
        lines = [(row["utterence"], row["intent_name"]) for row in csv.DictReader(file)]
    test_file = folder / "uchat-id-114-intents.test-utterances.json"
    held_out = set(json.loads(test_file.read_text(encoding="utf-8")))
    return [line for line in lines if line[0] not in held_out], [line for line in lines if line[0] in held_out]
