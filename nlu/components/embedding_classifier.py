"""Logistic regression over sentence vectors: what a text means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlu.components.ngram_classifier import Floats, log_softmax, mean_top_k

Vectors = NDArray[np.float32]

INVERSE_REGULARISATION = 1.0
"""Of the strengths tried as often right alone, and more often beside n-grams, mistyped text above all."""
INPUT_SCALE = 4.0
"""Centred vectors are short; the regression is fitted on them so many times longer."""
MAX_STEPS = 300


@dataclass(frozen=True)
class EmbeddingClassifier:
    """A trained model; the same numbers before and after a round trip through `save` and `load`."""

    labels: tuple[str, ...]
    """Sorted; the columns of every probability matrix."""
    centre: Vectors
    """The mean training vector: raw vectors all lie close together."""
    coefficients: Vectors
    """(labels, 384)."""
    intercept: Vectors
    training_rows: Vectors
    """The centred unit vectors trained on, one a text."""

    @classmethod
    def fit(cls, vectors: Vectors, labels: Sequence[str]) -> EmbeddingClassifier:
        """Train on one vector and one label for each utterance."""
        centre: Vectors = vectors.mean(axis=0)
        regression = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=MAX_STEPS, multi_class="multinomial")
        regression.fit(INPUT_SCALE * (vectors - centre), labels)
        return cls(
            labels=tuple(str(label) for label in regression.classes_),
            centre=centre,
            coefficients=regression.coef_.astype(np.float32),
            intercept=regression.intercept_.astype(np.float32),
            training_rows=_unit(vectors - centre),
        )

    def log_probabilities(self, vectors: Vectors) -> Floats:
        """Return (vectors, labels); each row's probabilities sum to 1."""
        scores = INPUT_SCALE * (vectors - self.centre) @ self.coefficients.T + self.intercept
        return log_softmax(scores.astype(np.float64))

    def knn_similarity(self, vectors: Vectors) -> Floats:
        """Return for each vector the mean cosine, -1..1, to its nearest training vectors."""
        return mean_top_k((_unit(vectors - self.centre) @ self.training_rows.T).astype(np.float64))

    def save(self, folder: Path) -> None:
        """Write the model's file into an existing folder."""
        np.savez_compressed(
            folder / "dense_model.npz",
            labels=np.array(self.labels),
            centre=self.centre,
            coefficients=self.coefficients,
            intercept=self.intercept,
            training_rows=self.training_rows.astype(np.float16),
        )

    @classmethod
    def load(cls, folder: Path) -> EmbeddingClassifier:
        """Read what `save` wrote; raises `FileNotFoundError` when it is missing."""
        with np.load(folder / "dense_model.npz") as arrays:
            return cls(
                labels=tuple(str(label) for label in arrays["labels"]),
                centre=arrays["centre"],
                coefficients=arrays["coefficients"],
                intercept=arrays["intercept"],
                training_rows=arrays["training_rows"].astype(np.float32),
            )


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = vectors / np.maximum(lengths, np.float32(1e-9))
    return unit
