"""The last component: which intent, how sure, and whether the question is ours at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.calibration import OUT_OF_SCOPE_INTENT, Calibration, calibrate
from nlu.components.ngram_model import NgramModel, softmax

SEED = 20261123
RANKING_LENGTH = 10
PACKAGE = Path(__file__).parent.parent


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionClassifier(GraphComponent, IntentClassifier):
    """Logistic regression over the sparse features, with calibrated bands.

    Adds to Rasa's answer `model` (id of code and data trained on), `bands` and `out_of_scope`.
    Unlike Rasa's own classifier it has no untrained state: without its files `load` raises.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Name what must stand before it in the pipeline."""
        return [Featurizer]

    def __init__(
        self,
        storage: ModelStorage,
        resource: Resource,
        trained: tuple[NgramModel, Calibration, str] | None = None,
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
        """Fit, calibrate on held-out folds, and persist."""
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        labels = [str(message.get(INTENT)) for message in examples]
        counts = sp.vstack([_counts(message) for message in examples]).tocsr()
        trained = (
            NgramModel.fit(counts, labels),
            calibrate(counts, labels, SEED),
            _content_id(training_data),
        )
        self._trained = trained
        self._persist(trained)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking, bands and out-of-scope score on each message."""
        if self._trained is None:
            raise RuntimeError("QuestionClassifier was asked before it was trained")
        model, calibration, content_id = self._trained
        stranger = model.labels.index(OUT_OF_SCOPE_INTENT) if OUT_OF_SCOPE_INTENT in model.labels else None
        for message in messages:
            counts = _counts(message)
            probabilities = softmax(model.logits(counts), calibration.temperature)
            outside = calibration.out_of_scope(probabilities, model.nearness(counts), stranger)
            order = np.argsort(-probabilities[0])[:RANKING_LENGTH]
            ranking = [
                {"name": model.labels[column], "confidence": round(float(probabilities[0, column]), 4)}
                for column in order
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set("model", content_id, add_to_output=True)
            message.set("bands", {"answer": calibration.answer, "clarify": calibration.clarify}, add_to_output=True)
            message.set("out_of_scope", round(float(outside[0]), 4), add_to_output=True)
        return messages

    def _persist(self, trained: tuple[NgramModel, Calibration, str]) -> None:
        model, calibration, content_id = trained
        with self._storage.write_to(self._resource) as folder:
            model.save(folder)
            (folder / "calibration.json").write_text(json.dumps(calibration.as_json()), encoding="utf-8")
            (folder / "content_id.txt").write_text(content_id, encoding="utf-8")

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
            values["scope_weights"] = tuple(values["scope_weights"])
            trained = (
                NgramModel.load(folder),
                Calibration(**values),
                (folder / "content_id.txt").read_text(encoding="utf-8"),
            )
        return cls(model_storage, resource, trained)


def _counts(message: Message) -> sp.csr_matrix:
    """Give one row with the sparse sentence features of a message."""
    _, sentence = message.get_sparse_features(TEXT)
    if sentence is None:
        raise RuntimeError("QuestionClassifier needs sparse sentence features; is a featurizer missing?")
    return sp.csr_matrix(sentence.features)


def _content_id(training_data: TrainingData) -> str:
    """Name the model by what it was made of: every source file of the package and the data."""
    digest = hashlib.sha256(training_data.fingerprint().encode())
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.glob("*.yml")]):
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
