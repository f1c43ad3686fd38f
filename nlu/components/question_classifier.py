"""The last component: which intent, how sure, and whether the question is ours at all."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.calibration import (
    CALIBRATION_FOLDER,
    OUT_OF_SCOPE_INTENT,
    Calibration,
    ClassifierScores,
    calibrate,
    read_examples,
)
from nlu.components.chat_tokenizer import ChatTokenizer
from nlu.components.embedding_classifier import EmbeddingClassifier, Vectors
from nlu.components.ngram_classifier import Floats, NgramClassifier
from nlu.components.sentence_featurizer import SentenceFeaturizer, shared_encoder
from nlu.text.question_splitter import split_questions

RANKING_LENGTH = 10
CONTENT_ID_VARIABLE = "SINETRAL_TRAINING_CONTENT_ID"
"""Holds the id of everything that the model is made from, by which its archive is named too."""


@dataclass(frozen=True)
class TrainedModel:
    """Everything that training made."""

    dense: EmbeddingClassifier
    ngram: NgramClassifier
    calibration: Calibration
    content_id: str

    def predict(self, vectors: Vectors, normalised_text: Sequence[str]) -> tuple[Floats, Floats]:
        """Return the probabilities (texts, labels) of some texts, and how likely each lies outside the topics."""
        evidence = score(self.dense, self.ngram, vectors, normalised_text)
        probabilities = self.calibration.probabilities(evidence)
        labels = self.ngram.labels
        out_of_scope_column = labels.index(OUT_OF_SCOPE_INTENT) if OUT_OF_SCOPE_INTENT in labels else None
        return probabilities, self.calibration.out_of_scope(evidence, probabilities, out_of_scope_column)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionClassifier(GraphComponent, IntentClassifier):
    """Two logistic regressions, over meaning and over letters, mixed and with calibrated bands.

    Adds to Rasa's answer `model` (id of code and data trained on), `bands`, `out_of_scope` and `doubt` (that score from
    which topics are only offered); and of a message that asks two or three things `questions`: name, confidence and
    out_of_scope of each, in order.
    Unlike Rasa's own classifier it has no untrained state: without its files `load` raises.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Name what must stand before it in the pipeline."""
        return [ChatTokenizer, SentenceFeaturizer]

    def __init__(
        self,
        storage: ModelStorage,
        resource: Resource,
        trained: TrainedModel | None = None,
    ) -> None:
        """Hold the model; `trained` is None only between `create` and `train`."""
        self._storage = storage
        self._resource = resource
        self._trained = trained

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> QuestionClassifier:
        """Make the component that is about to be trained."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit both models, calibrate on questions that neither has seen, and persist."""
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        labels = [str(message.get(INTENT)) for message in examples]
        dense = EmbeddingClassifier.fit(np.vstack([_vector(message) for message in examples]), labels)
        ngram = NgramClassifier.fit([_normalised_text(message) for message in examples], labels)
        self._trained = TrainedModel(
            dense=dense,
            ngram=ngram,
            calibration=_calibrated(dense, ngram),
            content_id=_content_id(training_data),
        )
        self._persist(self._trained)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking, bands and out-of-scope score on each message."""
        if self._trained is None:
            raise RuntimeError("QuestionClassifier was asked before it was trained")
        calibration, labels = self._trained.calibration, self._trained.ngram.labels
        for message in messages:
            probabilities, outside = self._trained.predict(_vector(message), [_normalised_text(message)])
            order = np.argsort(-probabilities[0])[:RANKING_LENGTH]
            ranking = [
                {"name": labels[column], "confidence": round(float(probabilities[0, column]), 4)} for column in order
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set("model", self._trained.content_id, add_to_output=True)
            message.set("bands", {"answer": calibration.answer, "clarify": calibration.clarify}, add_to_output=True)
            message.set("out_of_scope", round(float(outside[0]), 4), add_to_output=True)
            message.set("doubt", round(calibration.doubt, 4), add_to_output=True)
            message.set("questions", self._questions(self._trained, str(message.get(TEXT))), add_to_output=True)
        return messages

    def _questions(self, trained: TrainedModel, text: str) -> list[dict[str, Any]]:
        """Judge each question of a message that asks several; empty for one question."""
        asked = split_questions(text, _tokenizer().spellings)
        if not asked:
            return []
        probabilities, outside = trained.predict(*_read(asked))
        return [
            {
                "name": trained.ngram.labels[int(row.argmax())],
                "confidence": round(float(row.max()), 4),
                "out_of_scope": round(float(score), 4),
            }
            for row, score in zip(probabilities, outside)  # noqa: B905 (Python 3.10 here, equal lengths)
        ]

    def _persist(self, trained: TrainedModel) -> None:
        with self._storage.write_to(self._resource) as folder:
            trained.dense.save(folder)
            trained.ngram.save(folder)
            (folder / "calibration.json").write_text(json.dumps(trained.calibration.as_json()), encoding="utf-8")
            (folder / "content_id.txt").write_text(trained.content_id, encoding="utf-8")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> QuestionClassifier:
        """Read the trained component; a missing file is an error, never an untrained component."""
        with model_storage.read_from(resource) as folder:
            values = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
            trained = TrainedModel(
                dense=EmbeddingClassifier.load(folder),
                ngram=NgramClassifier.load(folder),
                calibration=Calibration.from_json(values),
                content_id=(folder / "content_id.txt").read_text(encoding="utf-8"),
            )
        return cls(model_storage, resource, trained)


def score(
    dense: EmbeddingClassifier, ngram: NgramClassifier, vectors: Vectors, texts: Sequence[str]
) -> ClassifierScores:
    """Ask both models about some texts, given as vectors and in their common spelling."""
    rows = ngram.rows(texts)
    return ClassifierScores(
        dense=dense.log_probabilities(vectors),
        ngram=ngram.log_probabilities(rows),
        embedding_similarity=dense.knn_similarity(vectors),
        ngram_similarity=ngram.knn_similarity(rows),
    )


def _calibrated(dense: EmbeddingClassifier, ngram: NgramClassifier) -> Calibration:
    examples = read_examples(CALIBRATION_FOLDER)
    evidence = score(dense, ngram, *_read([example.text for example in examples]))
    return calibrate(evidence, examples, ngram.labels)


@cache
def _tokenizer() -> ChatTokenizer:
    return ChatTokenizer(ChatTokenizer.get_default_config())


def _read(texts: Sequence[str]) -> tuple[Vectors, list[str]]:
    """Return vectors and common spelling of texts that do not come through the pipeline."""
    messages = [Message.build(text) for text in texts]
    for message in messages:
        message.set(TOKENS_NAMES[TEXT], _tokenizer().tokenize(message, TEXT))
    return shared_encoder().encode(texts), [_normalised_text(message) for message in messages]


def _vector(message: Message) -> Vectors:
    """Return the (1, 384) sentence vector of a message."""
    _, sentence = message.get_dense_features(TEXT)
    if sentence is None:
        raise RuntimeError("QuestionClassifier needs the sentence vector; is SentenceFeaturizer missing?")
    return np.asarray(sentence.features, dtype=np.float32)


def _normalised_text(message: Message) -> str:
    """Return the text of a message in its common spelling."""
    return " ".join(token.lemma for token in message.get(TOKENS_NAMES[TEXT]))


def _content_id(training_data: TrainingData) -> str:
    """Return the id that whoever trains gives; of a training by hand, one made of its data alone."""
    return os.environ.get(CONTENT_ID_VARIABLE) or training_data.fingerprint()[:16]
