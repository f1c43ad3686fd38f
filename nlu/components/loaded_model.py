"""A trained Rasa model as one function from text to the parse that Rasa's own API gives."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

# Rasa would report to its maker by default; no question may leave the machine.
os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from rasa.core.channels.channel import UserMessage
    from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
    from rasa.engine.loader import load_predict_graph_runner
    from rasa.engine.runner.dask import DaskGraphRunner
    from rasa.engine.storage.local_model_storage import LocalModelStorage

from nlu.components.sentence_featurizer import shared_encoder

Parse = dict[str, Any]


class LoadedModel:
    """Holds one loaded model; not safe for two threads at once.

    The graph is run directly instead of through Rasa's `Agent`, whose processor logs every text at debug level.
    """

    def __init__(self, archive: Path) -> None:
        """Load the model archive (`*.tar.gz`); raises what Rasa raises when it cannot be read."""
        self._folder = tempfile.TemporaryDirectory(prefix="sinetral-model-")
        self._metadata, self._runner = load_predict_graph_runner(
            Path(self._folder.name), archive, LocalModelStorage, DaskGraphRunner
        )
        # A model of another pipeline, such as a baseline, has no name.
        self.model = str(self.parse("apa kabar").get("model", ""))

    def parse(self, text: str) -> Parse:
        """Return Rasa's parse of a text, with what the last component adds."""
        target = self._metadata.nlu_target
        results = self._runner.run(
            inputs={PLACEHOLDER_MESSAGE: [UserMessage(_without_leading_slash(text))], PLACEHOLDER_TRACKER: None},
            targets=[target],
        )
        parse: Parse = {"text": text, "intent": {"name": None, "confidence": 0.0}, "entities": []}
        parse.update(results[target][0].as_dict(only_output_properties=True))
        return parse

    def embed(self, texts: list[str]) -> list[list[float]]:
        """Return the sentence vector of each text, of unit length."""
        vectors: list[list[float]] = shared_encoder().encode(texts).tolist()
        return vectors

    def close(self) -> None:
        """Remove the unpacked model."""
        self._folder.cleanup()


def _without_leading_slash(text: str) -> str:
    """Blank out slashes at the start, which Rasa would take for the name of an intent; offsets stay."""
    rest = text.lstrip("/ \t\r\n")
    return " " * (len(text) - len(rest)) + rest
