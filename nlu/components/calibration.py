"""Honest confidence: temperature, out-of-scope score and answer bands, from predictions on held-out folds."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from nlu.components.ngram_model import Floats, NgramModel, softmax

OUT_OF_SCOPE_INTENT = "di_luar_cakupan"
FOLDS = 3
OPTIONS = 3
UNSEEN_LOGIT = -20.0

# What each outcome is worth to the person who asked. A confident wrong answer can cost a career, so it
# weighs three right ones; three topics that hold the right one are nearly an answer.
WORTH_RIGHT = 1.0
WORTH_WRONG = -3.0
WORTH_OPTION = 0.5
WORTH_WRONG_OPTIONS = -1.0
WORTH_UNKNOWN = -0.5
WORTH_REFUSED_STRANGER = 1.0


@dataclass(frozen=True)
class Calibration:
    """What turns raw scores into the confidences and bands of one model."""

    temperature: float
    """Divides the scores before the softmax; above 1 softens them."""
    scope_weights: tuple[float, float, float]
    """For log-odds of the out-of-scope class, top probability, nearness."""
    scope_bias: float
    answer: float
    """Confidence from which a topic is answered at once, 0..1."""
    clarify: float
    """Confidence from which at most three topics are offered, 0..1, below `answer`."""

    def out_of_scope(self, probabilities: Floats, nearness: Floats, stranger: int | None) -> Floats:
        """Give for each row how likely it lies outside the topics, 0..1.

        Args:
            stranger: the column of the out-of-scope intent, None when the model has none.
        """
        features = _scope_features(probabilities, nearness, stranger)
        scores: Floats = 1.0 / (1.0 + np.exp(-(features @ np.array(self.scope_weights) + self.scope_bias)))
        return scores

    def as_json(self) -> dict[str, object]:
        """Give the plain values to persist."""
        return asdict(self)


def calibrate(counts: sp.csr_matrix, labels: list[str], seed: int) -> Calibration:
    """Fit everything on predictions for utterances that the predicting model had not seen."""
    columns = tuple(sorted(set(labels)))
    gold = np.array([columns.index(label) for label in labels])
    logits, nearness = _held_out(counts, labels, columns, seed)
    temperature = _best_temperature(logits, gold)
    probabilities = softmax(logits, temperature)
    stranger = columns.index(OUT_OF_SCOPE_INTENT) if OUT_OF_SCOPE_INTENT in columns else None
    weights, bias = _fit_scope(probabilities, nearness, gold, stranger)
    unbanded = Calibration(temperature=temperature, scope_weights=weights, scope_bias=bias, answer=1.0, clarify=0.0)
    outside = unbanded.out_of_scope(probabilities, nearness, stranger)
    answer, clarify = _best_bands(probabilities, outside, gold, stranger)
    return Calibration(temperature=temperature, scope_weights=weights, scope_bias=bias, answer=answer, clarify=clarify)


def _held_out(counts: sp.csr_matrix, labels: list[str], columns: tuple[str, ...], seed: int) -> tuple[Floats, Floats]:
    # A label that a fold never saw keeps the lowest score.
    logits = np.full((counts.shape[0], len(columns)), UNSEEN_LOGIT)
    nearness = np.zeros(counts.shape[0])
    smallest = min(labels.count(label) for label in set(labels))
    folds = StratifiedKFold(n_splits=max(2, min(FOLDS, smallest)), shuffle=True, random_state=seed)
    for seen, unseen in folds.split(counts, labels):
        model = NgramModel.fit(counts[seen], [labels[row] for row in seen])
        known = [columns.index(label) for label in model.labels]
        logits[np.ix_(unseen, known)] = model.logits(counts[unseen])
        nearness[unseen] = model.nearness(counts[unseen])
    return logits, nearness


def _best_temperature(logits: Floats, gold: NDArray[np.int64]) -> float:
    rows = np.arange(len(gold))
    candidates = np.geomspace(0.2, 3.0, 40)
    losses = [-np.log(softmax(logits, t)[rows, gold] + 1e-12).mean() for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def _scope_features(probabilities: Floats, nearness: Floats, stranger: int | None) -> Floats:
    outside = probabilities[:, stranger] if stranger is not None else np.zeros(len(nearness))
    log_odds = np.log((outside + 1e-6) / (1.0 - outside + 1e-6))
    return np.column_stack([log_odds, probabilities.max(axis=1), nearness])


def _fit_scope(
    probabilities: Floats, nearness: Floats, gold: NDArray[np.int64], stranger: int | None
) -> tuple[tuple[float, float, float], float]:
    if stranger is None:
        # Nothing to learn from: only the distance to the training data speaks.
        return (0.0, -4.0, -8.0), 2.0
    regression = LogisticRegression(C=1.0, class_weight={True: 3.0, False: 1.0})
    regression.fit(_scope_features(probabilities, nearness, stranger), gold == stranger)
    a, b, c = (float(weight) for weight in regression.coef_[0])
    return (a, b, c), float(regression.intercept_[0])


def _best_bands(
    probabilities: Floats, outside: Floats, gold: NDArray[np.int64], stranger: int | None
) -> tuple[float, float]:
    """Search the two thresholds for the highest mean worth."""
    ranking = np.argsort(-probabilities, axis=1)
    top = probabilities.max(axis=1)
    right = ranking[:, 0] == gold
    offered = (ranking[:, :OPTIONS] == gold[:, np.newaxis]).any(axis=1)
    is_stranger = gold == stranger if stranger is not None else np.zeros(len(gold), dtype=bool)
    refused = outside >= 0.5
    if stranger is not None:
        refused |= ranking[:, 0] == stranger
    when_answered = np.where(right, WORTH_RIGHT, WORTH_WRONG)
    when_offered = np.where(offered & ~is_stranger, WORTH_OPTION, WORTH_WRONG_OPTIONS)
    when_unknown = np.where(is_stranger, WORTH_REFUSED_STRANGER, WORTH_UNKNOWN)
    grid = np.round(np.arange(0.02, 1.0, 0.02), 2)
    best, chosen = -np.inf, (0.6, 0.2)
    for answer in grid:
        for clarify in grid[grid < answer]:
            worth = np.where(top >= answer, when_answered, np.where(top >= clarify, when_offered, when_unknown))
            mean = np.where(refused, when_unknown, worth).mean()
            if mean > best:
                best, chosen = mean, (float(answer), float(clarify))
    return chosen
