"""`python -m nlu.evaluation.data_checks`: what is wrong with the utterances; exit 1 when anything is.

Duplicates (the same words, whatever case and punctuation), contradictions (one text under two intents), near
duplicates, imbalance, and leakage: a text of a test or calibration set in the training data, whole or nearly.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import scipy.sparse as sp
import yaml
from sklearn.feature_extraction.text import CountVectorizer

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "nlu" / "data"
HELD_OUT = (ROOT / "nlu" / "calibration", ROOT / "nlu" / "evaluation" / "held_out")
MIN_OF_TOPIC = 120
"""Utterances that every topic has at least."""
MIN_OUT_OF_SCOPE = 800
OUT_OF_SCOPE = "di_luar_cakupan"
OPINION = "minta_opini"
"""Asked in many words, as topics are."""
NEAR = 0.85
"""Share of four-letter grams that two texts have in common (Jaccard), from which they are nearly the same."""
MIN_LETTERS = 20
"""Shorter texts are alike by chance."""
MAX_TIMES_LARGER = 5.0
"""The largest topic may hold so many times the utterances of the smallest."""


@dataclass(frozen=True)
class Line:
    """One utterance."""

    intent: str
    text: str
    place: str
    """File, as people look it up."""


def main() -> None:
    """Print every problem and leave with 1 when there are any."""
    argparse.ArgumentParser(prog="nlu.evaluation.data_checks").parse_args()
    lines = list(read_training(DATA))
    topics = conversation = 0
    for intent in {line.intent for line in lines}:
        topics, conversation = topics + 1, conversation + (intent in talk())
    found = [*repeated(lines), *near(lines), *imbalance(lines), *leaked(lines, read_held_out(HELD_OUT))]
    print(f"{len(lines)} utterances, {topics} intents ({conversation} of conversation)")
    for problem in found:
        print(problem)
    sys.exit(1 if found else 0)


CONVERSATION = "# conversation"
"""The line of `domain.yml` behind which the intents of conversation stand."""


@cache
def talk() -> frozenset[str]:
    """Return the intents of a few words that everybody says alike: the same text in a test set is no leak."""
    _, _, behind = (ROOT / "domain.yml").read_text(encoding="utf-8").partition(CONVERSATION)
    listed = yaml.safe_load(behind.partition("\nentities:")[0])
    return frozenset(map(str, listed)) - {OPINION}


def read_training(folder: Path) -> Iterator[Line]:
    """Return every utterance of the training files."""
    for path in sorted(folder.rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if "intent" in block:
                place = path.relative_to(folder).as_posix()
                examples = [line.strip()[2:] for line in block["examples"].splitlines() if line.strip()]
                yield from (Line(intent=block["intent"], text=text, place=place) for text in examples)


def read_held_out(folders: Iterable[Path]) -> list[str]:
    """Return every text of the test and calibration sets."""
    texts = []
    for folder in folders:
        for path in sorted(folder.glob("*.jsonl")):
            texts += [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines() if line]
    return texts


def plain(text: str) -> str:
    """Return a text as it is compared: without case and punctuation; itself when nothing else is left."""
    bare = re.sub(r"[^\w\s]", " ", unicodedata.normalize("NFKC", text).lower())
    return " ".join(bare.split()) or text


def repeated(lines: Sequence[Line]) -> list[str]:
    """Return duplicates within an intent and contradictions between intents."""
    first: dict[str, Line] = {}
    found = []
    for line in lines:
        known = first.setdefault(plain(line.text), line)
        if known is not line:
            kind = "duplicate" if known.intent == line.intent else "contradiction"
            found.append(f"{kind}: {known.place} {known.intent} / {line.place} {line.intent}: {line.text}")
    return found


def near(lines: Sequence[Line]) -> list[str]:
    """Return pairs of long enough utterances of one intent that are nearly the same."""
    found = []
    for intent in sorted({line.intent for line in lines}):
        own = [line for line in lines if line.intent == intent and len(line.text) >= MIN_LETTERS]
        texts = [line.text for line in own]
        for one, other in _alike(texts, texts):
            if one < other:
                found.append(f"near duplicate: {intent}: {own[one].text} / {own[other].text}")
    return found


def imbalance(lines: Sequence[Line]) -> list[str]:
    """Return intents with too few utterances, or far fewer than others."""
    counts = Counter(line.intent for line in lines)
    topics = {intent: count for intent, count in counts.items() if intent not in talk()}
    found = [
        f"too few: {intent} has {count}"
        for intent, count in topics.items()
        if count < (MIN_OUT_OF_SCOPE if intent == OUT_OF_SCOPE else MIN_OF_TOPIC)
    ]
    sizes = [count for intent, count in topics.items() if intent != OUT_OF_SCOPE]
    if sizes and max(sizes) > MAX_TIMES_LARGER * min(sizes):
        found.append(f"imbalance: from {min(sizes)} to {max(sizes)} utterances a topic")
    return found


def leaked(lines: Sequence[Line], held_out: Sequence[str]) -> list[str]:
    """Return training utterances that stand in a test or calibration set, whole or nearly."""
    exact = {plain(text) for text in held_out}
    own = [line for line in lines if line.intent not in talk()]
    found = [f"leak: {line.place} {line.intent}: {line.text}" for line in own if plain(line.text) in exact]
    long_lines = [line for line in own if len(line.text) >= MIN_LETTERS]
    long_texts = [text for text in held_out if len(text) >= MIN_LETTERS]
    for one, other in _alike([line.text for line in long_lines], long_texts):
        if plain(long_lines[one].text) not in exact:
            found.append(f"near leak: {long_lines[one].intent}: {long_lines[one].text} / {long_texts[other]}")
    return found


def _alike(texts: Sequence[str], others: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Return the places of pairs that share nearly all their four-letter grams."""
    if not texts or not others:
        return
    counter = CountVectorizer(analyzer="char_wb", ngram_range=(4, 4), binary=True, preprocessor=plain)
    rows = counter.fit_transform(texts).astype("float32")
    columns = counter.transform(others).astype("float32")
    shared = sp.coo_matrix(rows @ columns.T)
    sizes, other_sizes = rows.sum(axis=1).A1, columns.sum(axis=1).A1
    # Grams of the others that the first texts lack are not counted above.
    full = CountVectorizer(analyzer="char_wb", ngram_range=(4, 4), binary=True, preprocessor=plain)
    other_sizes = full.fit_transform(others).sum(axis=1).A1 if others is not texts else other_sizes
    for one, other, common in zip(shared.row, shared.col, shared.data):  # noqa: B905 (Python 3.10 here, equal lengths)
        union = sizes[one] + other_sizes[other] - common
        if union and common / union >= NEAR and not (others is texts and one == other):
            yield int(one), int(other)


if __name__ == "__main__":
    main()
