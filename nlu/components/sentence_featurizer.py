"""The sentence encoder as a Rasa featurizer: one dense vector an utterance."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.encoder.sentence_encoder import MODEL_FOLDER, SentenceEncoder


@cache
def shared_encoder() -> SentenceEncoder:
    """Open the encoder once for the process: the pipeline, the calibration and `/embed` use the same."""
    return SentenceEncoder.load(MODEL_FOLDER)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds the encoder's unit vector of 384 numbers as the dense sentence feature of each message."""

    def __init__(self, name: str, config: dict[str, Any], encoder: SentenceEncoder) -> None:
        """Take the opened encoder."""
        super().__init__(name, config)
        self._encoder = encoder

    @classmethod
    def required_components(cls) -> list[type]:
        """Name what must stand before it in the pipeline."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return Rasa's own defaults; there is nothing to set."""
        return {**DenseFeaturizer.get_default_config()}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept every configuration: there is nothing to set."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        """Open the encoder; it refuses when a file is missing or was changed."""
        return cls(execution_context.node_name, config, shared_encoder())

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the vectors of all utterances, encoded in batches."""
        # Nobody waits for an answer of this process while it trains.
        self._add_vectors(training_data.training_examples, workers=os.cpu_count() or 1)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the vector of each message with a text."""
        self._add_vectors(messages)
        return messages

    def _add_vectors(self, messages: list[Message], workers: int = 1) -> None:
        with_text = [message for message in messages if message.get(TEXT)]
        if with_text:
            vectors = self._encoder.encode([str(message.get(TEXT)) for message in with_text], workers)
            for message, vector in zip(with_text, vectors):  # noqa: B905 (Python 3.10 here, equal lengths)
                self.add_features_to_message(sequence=None, sentence=vector[None, :], attribute=TEXT, message=message)
