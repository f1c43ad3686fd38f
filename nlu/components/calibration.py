"""Honest confidence: how far to trust a model, learnt from questions by other hands that it was never trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlu.components.ngram_model import Floats, log_softmax

CALIBRATION_FOLDER = Path(__file__).parent.parent / "calibration"
OUT_OF_SCOPE_INTENT = "di_luar_cakupan"
OPINION_INTENT = "minta_opini"
OPTIONS = 3
OUT_OF_SCOPE_AT = 0.5
"""The score from which the bot takes a question for none of its own."""

# What each outcome is worth to the person who asked. A confident wrong answer can cost a career, so it
# weighs three right ones; three topics that hold the right one are nearly an answer.
WORTH_RIGHT = 1.0
WORTH_WRONG = -3.0
WORTH_OPTION = 0.5
WORTH_WRONG_OPTIONS = -1.0
WORTH_UNKNOWN = -1.0
WORTH_REFUSED_STRANGER = 1.0
WORTH_STRANGER_ANSWERED = -3.0
WORTH_STRANGER_OFFERED = 0.0

SHARES = np.round(np.arange(0.0, 1.01, 0.05), 2)
TEMPERATURES = np.geomspace(0.2, 3.0, 40)
BIASES = np.linspace(-3.0, 3.0, 25)
THRESHOLDS = np.round(np.arange(0.02, 1.0, 0.02), 2)


@dataclass(frozen=True)
class Example:
    """One question to calibrate on."""

    text: str
    accepted: tuple[str, ...]
    """The intents that a fair judge takes for right."""

    @property
    def is_stranger(self) -> bool:
        """Say whether it lies outside every topic."""
        return self.accepted == (OUT_OF_SCOPE_INTENT,)


@dataclass(frozen=True)
class Evidence:
    """What the two models say of some texts, one row a text."""

    dense: Floats
    """Log-probabilities by meaning."""
    ngram: Floats
    """Log-probabilities by letters."""
    dense_nearness: Floats
    ngram_nearness: Floats


@dataclass(frozen=True)
class Calibration:
    """What turns evidence into the confidences and bands of one model."""

    dense_share: float
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

    def probabilities(self, evidence: Evidence) -> Floats:
        """Give (texts, labels); each row sums to 1."""
        return _mixed(evidence, self.dense_share, self.temperature)

    def out_of_scope(self, evidence: Evidence, probabilities: Floats, stranger: int | None) -> Floats:
        """Give for each row how likely it lies outside the topics, 0..1.

        Args:
            stranger: the column of the out-of-scope intent, None when the model has none.
        """
        features = _scope_features(evidence, probabilities, stranger)
        scores: Floats = 1.0 / (1.0 + np.exp(-(features @ np.array(self.scope_weights) + self.scope_bias)))
        return scores

    def as_json(self) -> dict[str, object]:
        """Give the plain values to persist."""
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


def calibrate(evidence: Evidence, examples: Sequence[Example], labels: Sequence[str]) -> Calibration:
    """Fit everything on questions that the models have not seen.

    Args:
        evidence: of the examples, in their order.
        labels: the columns of the evidence.
    """
    right = np.array([[label in example.accepted for label in labels] for example in examples])
    share, temperature = _best_mixture(evidence, right)
    probabilities = _mixed(evidence, share, temperature)
    stranger = labels.index(OUT_OF_SCOPE_INTENT) if OUT_OF_SCOPE_INTENT in labels else None
    is_stranger = np.array([example.is_stranger for example in examples])
    features = _scope_features(evidence, probabilities, stranger)
    weights, bias = _fit_scope(features, is_stranger)
    scores = features @ np.array(weights) + bias
    shift, answer, clarify = _best_bands(probabilities, right, is_stranger, scores, stranger)
    return Calibration(
        dense_share=share,
        temperature=temperature,
        scope_weights=weights,
        scope_bias=bias + shift,
        answer=answer,
        clarify=clarify,
    )


def _mixed(evidence: Evidence, share: float, temperature: float) -> Floats:
    logarithms = share * evidence.dense + (1.0 - share) * evidence.ngram
    probabilities: Floats = np.exp(log_softmax(logarithms / temperature))
    return probabilities


def _best_mixture(evidence: Evidence, right: NDArray[np.bool_]) -> tuple[float, float]:
    """Give share and temperature under which the right answers are likeliest."""
    best, chosen = np.inf, (1.0, 1.0)
    for share in SHARES:
        for temperature in TEMPERATURES:
            probabilities = _mixed(evidence, share, temperature)
            loss = -np.log((probabilities * right).sum(axis=1) + 1e-12).mean()
            if loss < best:
                best, chosen = loss, (float(share), float(temperature))
    return chosen


def _scope_features(evidence: Evidence, probabilities: Floats, stranger: int | None) -> Floats:
    """Give log-odds of the out-of-scope class, the likeliest other intent, and both nearnesses."""
    outside = probabilities[:, stranger] if stranger is not None else np.zeros(len(probabilities))
    log_odds = np.log((outside + 1e-4) / (1.0 - outside + 1e-4))
    inside = np.delete(probabilities, stranger, axis=1) if stranger is not None else probabilities
    return np.column_stack([log_odds, inside.max(axis=1), evidence.dense_nearness, evidence.ngram_nearness])


def _fit_scope(features: Floats, is_stranger: NDArray[np.bool_]) -> tuple[tuple[float, ...], float]:
    regression = LogisticRegression(C=1.0)
    regression.fit(features, is_stranger)
    return tuple(float(weight) for weight in regression.coef_[0]), float(regression.intercept_[0])


def _best_bands(
    probabilities: Floats,
    right: NDArray[np.bool_],
    is_stranger: NDArray[np.bool_],
    scope_scores: Floats,
    stranger: int | None,
) -> tuple[float, float, float]:
    """Search the shift of the scope score and the two thresholds for the highest mean worth."""
    ranking = np.argsort(-probabilities, axis=1)
    rows = np.arange(len(ranking))
    top = probabilities[rows, ranking[:, 0]]
    is_right = right[rows, ranking[:, 0]]
    # What is likeliest out of scope, but not surely, is offered the likeliest topics: never answered.
    is_doubtful = ranking[:, 0] == stranger if stranger is not None else np.zeros(len(rows), dtype=bool)
    inside = probabilities.copy()
    if stranger is not None:
        inside[:, stranger] = -1.0
    offered = right[rows[:, None], np.argsort(-inside, axis=1)[:, :OPTIONS]].any(axis=1)
    when_answered = np.where(is_stranger, WORTH_STRANGER_ANSWERED, np.where(is_right, WORTH_RIGHT, WORTH_WRONG))
    when_offered = np.where(is_stranger, WORTH_STRANGER_OFFERED, np.where(offered, WORTH_OPTION, WORTH_WRONG_OPTIONS))
    when_unknown = np.where(is_stranger, WORTH_REFUSED_STRANGER, WORTH_UNKNOWN)
    best, chosen = -np.inf, (0.0, 0.6, 0.2)
    for shift in BIASES:
        refused = scope_scores + shift >= 0.0
        for answer in THRESHOLDS:
            answered = (top >= answer) & ~is_doubtful
            for clarify in THRESHOLDS[answer > THRESHOLDS]:
                is_offered = (top >= clarify) | is_doubtful
                worth = np.where(answered, when_answered, np.where(is_offered, when_offered, when_unknown))
                mean = np.where(refused, when_unknown, worth).mean()
                if mean > best:
                    best, chosen = mean, (float(shift), float(answer), float(clarify))
    return chosen
