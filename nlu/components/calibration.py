"""Honest confidence: how far to trust a model, learnt from questions by other hands that it was never trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlu.components.ngram_classifier import Floats, log_softmax

CALIBRATION_FOLDER = Path(__file__).parent.parent / "calibration"
OUT_OF_SCOPE_INTENT = "di_luar_cakupan"
OPINION_INTENT = "minta_opini"
OPTIONS = 3
OUT_OF_SCOPE_AT = 0.5
"""The score from which the bot takes a question for none of its own."""

# What each outcome is worth to the person who asked. A confident wrong answer can cost a career, so it
# weighs three right ones; three topics that hold the right one cost a turn, and not everybody takes it.
UTILITY_RIGHT = 1.0
UTILITY_WRONG = -3.0
UTILITY_OPTION = 0.3
UTILITY_WRONG_OPTIONS = -1.0
UTILITY_UNKNOWN = -1.0
UTILITY_REFUSED_OUT_OF_SCOPE = 1.0
UTILITY_OUT_OF_SCOPE_ANSWERED = -3.0
UTILITY_OUT_OF_SCOPE_OFFERED = -0.5

WEIGHT_GRID = np.round(np.arange(0.0, 1.01, 0.05), 2)
TEMPERATURES = np.geomspace(0.2, 3.0, 40)
BIASES = np.linspace(-3.0, 3.0, 25)
CAUTION_GRID = np.linspace(0.0, 4.0, 17)
"""In log-odds below the refusal: how far down a question is still only offered topics."""
OUT_OF_SCOPE_PRIOR = 0.25
"""How much of what people write is taken to be none of ours, whatever the calibration set holds."""
NEARLY_AS_GOOD = 0.004
"""Of mean worth: about what one answer of the calibration set makes by being right instead of wrong."""
THRESHOLDS = np.round(np.arange(0.02, 1.0, 0.02), 2)


@dataclass(frozen=True)
class Example:
    """One question to calibrate on."""

    text: str
    accepted: tuple[str, ...]
    """The intents that a fair judge takes for right."""

    @property
    def is_out_of_scope(self) -> bool:
        """Say whether it lies outside every topic."""
        return self.accepted == (OUT_OF_SCOPE_INTENT,)


@dataclass(frozen=True)
class ClassifierScores:
    """What the two models say of some texts, one row a text."""

    dense: Floats
    """Log-probabilities by meaning."""
    ngram: Floats
    """Log-probabilities by letters."""
    embedding_similarity: Floats
    ngram_similarity: Floats


@dataclass(frozen=True)
class Calibration:
    """What turns evidence into the confidences and bands of one model."""

    embedding_weight: float
    """How much the meaning counts against the letters, 0..1."""
    temperature: float
    """Divides the log-probabilities before the softmax; above 1 softens them."""
    scope_weights: tuple[float, ...]
    """For the features of `_scope_features`, in order."""
    scope_bias: float
    answer: float
    """Confidence from which a topic is answered at once, 0..1."""
    clarify: float
    """Confidence from which at most three topics are offered, 0..1, below `answer`."""
    doubt: float
    """Out-of-scope score from which topics are only offered, however likely one is, 0..1, at most `OUT_OF_SCOPE_AT`."""

    def probabilities(self, evidence: ClassifierScores) -> Floats:
        """Return (texts, labels); each row sums to 1."""
        return _mixed(evidence, self.embedding_weight, self.temperature)

    def out_of_scope(
        self, evidence: ClassifierScores, probabilities: Floats, out_of_scope_column: int | None
    ) -> Floats:
        """Return for each row how likely it lies outside the topics, 0..1.

        Args:
            out_of_scope_column: the column of the out-of-scope intent, None when the model has none.
        """
        features = _scope_features(evidence, probabilities, out_of_scope_column)
        scores: Floats = 1.0 / (1.0 + np.exp(-(features @ np.array(self.scope_weights) + self.scope_bias)))
        return scores

    def as_json(self) -> dict[str, object]:
        """Return the plain values to persist."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, object]) -> Calibration:
        """Read what `as_json` gave."""
        weights = values["scope_weights"]
        assert isinstance(weights, list)
        return cls(**{**values, "scope_weights": tuple(weights)})  # type: ignore[arg-type]


def read_examples(folder: Path) -> list[Example]:
    """Read the questions to calibrate on: questions, small talk, opinions and strangers.

    Raises:
        FileNotFoundError: when a file is missing.
    """
    found: list[Example] = []
    for name, always in (
        ("questions.jsonl", None),
        ("small_talk.jsonl", None),
        ("opinion.jsonl", OPINION_INTENT),
        ("out_of_scope.jsonl", OUT_OF_SCOPE_INTENT),
    ):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            fields = json.loads(line)
            accepted = (always,) if always else tuple(fields["accepted"])
            found.append(Example(text=fields["text"], accepted=accepted))
    return found


def calibrate(evidence: ClassifierScores, examples: Sequence[Example], labels: Sequence[str]) -> Calibration:
    """Fit everything on questions that the models have not seen.

    Args:
        evidence: of the examples, in their order.
        labels: the columns of the evidence.
    """
    right = np.array([[label in example.accepted for label in labels] for example in examples])
    share, temperature = fit_mixture(evidence, right)
    probabilities = _mixed(evidence, share, temperature)
    out_of_scope_column = labels.index(OUT_OF_SCOPE_INTENT) if OUT_OF_SCOPE_INTENT in labels else None
    is_out_of_scope = np.array([example.is_out_of_scope for example in examples])
    features = _scope_features(evidence, probabilities, out_of_scope_column)
    weights, bias = _fit_scope(features, is_out_of_scope)
    scores = features @ np.array(weights) + bias
    shift, doubt, answer, clarify = _best_bands(probabilities, right, is_out_of_scope, scores, out_of_scope_column)
    return Calibration(
        embedding_weight=share,
        temperature=temperature,
        scope_weights=weights,
        scope_bias=bias + shift,
        answer=answer,
        clarify=clarify,
        doubt=float(1.0 / (1.0 + np.exp(doubt))),
    )


def _mixed(evidence: ClassifierScores, share: float, temperature: float) -> Floats:
    logarithms = share * evidence.dense + (1.0 - share) * evidence.ngram
    probabilities: Floats = np.exp(log_softmax(logarithms / temperature))
    return probabilities


def fit_mixture(evidence: ClassifierScores, right: NDArray[np.bool_]) -> tuple[float, float]:
    """Return share and temperature under which the right answers are likeliest."""
    best, chosen = np.inf, (1.0, 1.0)
    for share in WEIGHT_GRID:
        for temperature in TEMPERATURES:
            probabilities = _mixed(evidence, share, temperature)
            loss = -np.log((probabilities * right).sum(axis=1) + 1e-12).mean()
            if loss < best:
                best, chosen = loss, (float(share), float(temperature))
    return chosen


def _scope_features(evidence: ClassifierScores, probabilities: Floats, out_of_scope_column: int | None) -> Floats:
    """Return log-odds of the out-of-scope class, the likeliest other intent, and both nearnesses."""
    outside = probabilities[:, out_of_scope_column] if out_of_scope_column is not None else np.zeros(len(probabilities))
    log_odds = np.log((outside + 1e-4) / (1.0 - outside + 1e-4))
    inside = np.delete(probabilities, out_of_scope_column, axis=1) if out_of_scope_column is not None else probabilities
    return np.column_stack([log_odds, inside.max(axis=1), evidence.embedding_similarity, evidence.ngram_similarity])


def _fit_scope(features: Floats, is_out_of_scope: NDArray[np.bool_]) -> tuple[tuple[float, ...], float]:
    regression = LogisticRegression(C=1.0)
    regression.fit(features, is_out_of_scope)
    return tuple(float(weight) for weight in regression.coef_[0]), float(regression.intercept_[0])


def _best_bands(
    probabilities: Floats,
    right: NDArray[np.bool_],
    is_out_of_scope: NDArray[np.bool_],
    scope_scores: Floats,
    out_of_scope_column: int | None,
) -> tuple[float, float, float, float]:
    """Search shift and doubt of the scope score and the two thresholds for the highest mean worth."""
    ranking = np.argsort(-probabilities, axis=1)
    rows = np.arange(len(ranking))
    top = probabilities[rows, ranking[:, 0]]
    is_right = right[rows, ranking[:, 0]]
    # What is likeliest out of scope, but not surely, is offered the likeliest topics: never answered.
    is_doubtful = (
        ranking[:, 0] == out_of_scope_column if out_of_scope_column is not None else np.zeros(len(rows), dtype=bool)
    )
    inside = probabilities.copy()
    if out_of_scope_column is not None:
        inside[:, out_of_scope_column] = -1.0
    offered = right[rows[:, None], np.argsort(-inside, axis=1)[:, :OPTIONS]].any(axis=1)
    when_answered = np.where(
        is_out_of_scope, UTILITY_OUT_OF_SCOPE_ANSWERED, np.where(is_right, UTILITY_RIGHT, UTILITY_WRONG)
    )
    when_offered = np.where(
        is_out_of_scope, UTILITY_OUT_OF_SCOPE_OFFERED, np.where(offered, UTILITY_OPTION, UTILITY_WRONG_OPTIONS)
    )
    when_unknown = np.where(is_out_of_scope, UTILITY_REFUSED_OUT_OF_SCOPE, UTILITY_UNKNOWN)
    utility = _Utility(
        answered=when_answered, offered=when_offered, unknown=when_unknown, weights=_weights(is_out_of_scope)
    )
    means = np.empty((len(BIASES), len(CAUTION_GRID), len(THRESHOLDS)))
    for row, shift in enumerate(BIASES):
        refused = scope_scores + shift >= 0.0
        for column, doubt in enumerate(CAUTION_GRID):
            may_answer = ~is_doubtful & (scope_scores + shift < -doubt)
            means[row, column] = [utility.mean(refused, may_answer & (top >= answer)) for answer in THRESHOLDS]
    row = _middle_of_best(means.max(axis=(1, 2)))
    column, place = divmod(int(means[row].argmax()), len(THRESHOLDS))
    shift, doubt, answer = float(BIASES[row]), float(CAUTION_GRID[column]), float(THRESHOLDS[place])
    refused = scope_scores + shift >= 0.0
    answered = ~is_doubtful & (scope_scores + shift < -doubt) & (top >= answer)
    lower = [float(each) for each in THRESHOLDS[answer > THRESHOLDS]]
    of_lower = [utility.mean(refused | (~is_doubtful & ~answered & (top < each)), answered) for each in lower]
    return shift, doubt, answer, lower[int(np.argmax(of_lower))]


def _middle_of_best(means: Floats) -> int:
    """Return the middle of the stretch around the best setting that is nearly as good.

    Where many settings are equally good on the calibration set, an edge would be the first to fail on other words.
    """
    nearly = means >= means.max() - NEARLY_AS_GOOD
    first = last = int(means.argmax())
    while first > 0 and nearly[first - 1]:
        first -= 1
    while last + 1 < len(means) and nearly[last + 1]:
        last += 1
    return (first + last) // 2


@dataclass(frozen=True)
class _Utility:
    """What each question of the calibration set is worth by what becomes of it."""

    answered: Floats
    offered: Floats
    unknown: Floats
    weights: Floats

    def mean(self, refused: NDArray[np.bool_], answered: NDArray[np.bool_]) -> float:
        """Return the mean utility when these are refused, these answered, and topics offered to the rest."""
        each = np.where(refused, self.unknown, np.where(answered, self.answered, self.offered))
        return float(each @ self.weights)


def _weights(is_out_of_scope: NDArray[np.bool_]) -> Floats:
    ours = 1.0 - OUT_OF_SCOPE_PRIOR if is_out_of_scope.any() else 1.0
    weights: Floats = np.where(
        is_out_of_scope, OUT_OF_SCOPE_PRIOR / max(is_out_of_scope.sum(), 1), ours / max((~is_out_of_scope).sum(), 1)
    )
    return weights
