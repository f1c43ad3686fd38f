"""Classifier heads over an encoder tuned on the train part of an outside benchmark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_union

from nlu.encoder.sentence_encoder import SentenceEncoder, Vectors
from nlu.encoder.training.corpus import Line

Probabilities = NDArray[np.float64]

INPUT_SCALE = 4.0
STRENGTHS = (0.1, 1.0, 10.0)
SHARES_OF_LETTERS = (0.2, 0.4)
CONTRAST_TEMPERATURE = 0.1
HELD_OUT_EVERY = 5


def held_out_slice(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Leave out every fifth line of each label, to choose by."""
    seen: dict[str, int] = {}
    parts: tuple[list[Line], list[Line]] = ([], [])
    for line in sorted(lines):
        seen[line[1]] = seen.get(line[1], 0) + 1
        parts[seen[line[1]] % HELD_OUT_EVERY == 0].append(line)
    return parts


def score_heads(
    encoder: SentenceEncoder, known: Sequence[Line], asked: Sequence[Line]
) -> dict[str, tuple[float, float]]:
    """Fit every head on the known lines; give the shares right at once and among three."""
    labels = [label for _, label in known]
    names = sorted(set(labels))
    goals = np.array([names.index(label) for _, label in asked])
    heads = _heads(encoder, known, labels, [text for text, _ in asked])
    return {name: (_right(rows, goals, 1), _right(rows, goals, 3)) for name, rows in heads.items()}


def _right(probabilities: Probabilities, goals: NDArray[np.int64], first: int) -> float:
    ranked = np.argsort(-probabilities, axis=1)[:, :first]
    return float((ranked == goals[:, None]).any(axis=1).mean())


def _heads(
    encoder: SentenceEncoder, known: Sequence[Line], labels: Sequence[str], asked: Sequence[str]
) -> Mapping[str, Probabilities]:
    vectors = encoder.encode([text for text, _ in known])
    # Alone, as they are served.
    questions = np.vstack([encoder.encode([text]) for text in asked])
    centre = vectors.mean(axis=0)
    near, far = _unit(vectors - centre), _unit(questions - centre)
    heads: dict[str, Probabilities] = {"letters": _letters([text for text, _ in known], labels, asked)}
    for strength in STRENGTHS:
        regression = LogisticRegression(C=strength, max_iter=300)
        regression.fit(INPUT_SCALE * (vectors - centre), labels)
        heads[f"vectors C={strength:g}"] = regression.predict_proba(INPUT_SCALE * (questions - centre))
    heads["class means"] = _class_means(near, far, labels)
    best = f"vectors C={STRENGTHS[1]:g}"
    heads["vectors, class means"] = (heads[best] + heads["class means"]) / 2
    for share in SHARES_OF_LETTERS:
        heads[f"vectors, letters {share}"] = (1 - share) * heads[best] + share * heads["letters"]
        mixed = (1 - share) * heads["vectors, class means"] + share * heads["letters"]
        heads[f"vectors, class means, letters {share}"] = mixed
    return heads


def _letters(known: Sequence[str], labels: Sequence[str], asked: Sequence[str]) -> Probabilities:
    weigh = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    )
    regression = LogisticRegression(C=10.0, max_iter=100).fit(weigh.fit_transform(known), labels)
    probabilities: Probabilities = regression.predict_proba(weigh.transform(asked))
    return probabilities


def _class_means(near: Vectors, far: Vectors, labels: Sequence[str]) -> Probabilities:
    names = np.array(labels)
    means = _unit(np.stack([near[names == name].mean(axis=0) for name in sorted(set(labels))]))
    powers = np.exp((far @ means.T).astype(np.float64) / CONTRAST_TEMPERATURE)
    shares: Probabilities = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _unit(rows: Vectors) -> Vectors:
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
