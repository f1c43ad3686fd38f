"""Numbers and curves over judged questions: calibration error, risk against coverage, out of scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nlu.evaluation.held_out_sets import Prediction

BINS = 10


@dataclass(frozen=True)
class Bin:
    """The questions of one range of confidence."""

    confidence: float
    """Mean, 0..1."""
    right: float
    """Share that was right, 0..1."""
    asked: int


def reliability(judged: Sequence[Prediction]) -> list[Bin]:
    """Return the bins that hold any question, from unsure to sure."""
    found = []
    for number in range(BINS):
        inside = [each for each in judged if number == min(int(each.confidence * BINS), BINS - 1)]
        if inside:
            confidence = sum(each.confidence for each in inside) / len(inside)
            right = sum(each.is_right for each in inside) / len(inside)
            found.append(Bin(confidence=confidence, right=right, asked=len(inside)))
    return found


def calibration_error(judged: Sequence[Prediction]) -> float:
    """Return the expected calibration error, 0..1: the mean distance of confidence and truth, weighted by questions.

    Source: Naeini et al. 2015, over ten bins of equal width.
    """
    total = max(len(judged), 1)
    return sum(each.asked * abs(each.confidence - each.right) for each in reliability(judged)) / total


def risk_coverage(judged: Sequence[Prediction]) -> list[tuple[float, float]]:
    """Return (share answered, share of those wrong) for every threshold, from the surest question on."""
    ordered = sorted((each for each in judged if not each.is_refused), key=lambda each: -each.confidence)
    points, wrong = [], 0
    for number, each in enumerate(ordered, start=1):
        wrong += not each.is_right
        points.append((number / len(judged), wrong / number))
    return points


def scope_curve(inside: Sequence[Prediction], outside: Sequence[Prediction]) -> list[tuple[float, float]]:
    """Return (share of our questions refused, share of strangers refused) for every threshold of the score."""
    thresholds = sorted({each.out_of_scope for each in [*inside, *outside]}, reverse=True)
    return [
        (
            sum(each.out_of_scope >= threshold for each in inside) / max(len(inside), 1),
            sum(each.out_of_scope >= threshold for each in outside) / max(len(outside), 1),
        )
        for threshold in thresholds
    ]


def area_under(curve: Sequence[tuple[float, float]]) -> float:
    """Return the area under a curve of shares that begins at (0, 0) and ends at (1, 1)."""
    points = [(0.0, 0.0), *sorted(curve), (1.0, 1.0)]
    return sum((x2 - x1) * (y1 + y2) / 2 for (x1, y1), (x2, y2) in zip(points, points[1:]))  # noqa: B905, RUF007


def confusions(judged: Sequence[Prediction]) -> list[tuple[str, str, int]]:
    """Return (right topic, topic taken instead, how often), the most frequent first."""
    pairs = Counter((each.question.accepted[0], each.top) for each in judged if not each.is_right)
    return [(right, taken, count) for (right, taken), count in pairs.most_common()]


def worst_misses(judged: Sequence[Prediction], how_many: int) -> list[Prediction]:
    """Return the misses of which the model was surest."""
    return sorted((each for each in judged if not each.is_right), key=lambda each: -each.confidence)[:how_many]
