"""`python -m nlu.evaluation.benchmarks`: stock Rasa DIET on our questions, and our pipeline on an outside benchmark.

`make bench-nlu` runs it; it takes up to two hours, most of them the training of DIET and of four encoders.
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from nlu.components.calibration import ClassifierScores, fit_mixture
from nlu.components.chat_tokenizer import SPELLINGS_FILE, load_spellings
from nlu.components.embedding_classifier import EmbeddingClassifier
from nlu.components.loaded_model import LoadedModel
from nlu.components.ngram_classifier import Floats, NgramClassifier
from nlu.components.question_classifier import score
from nlu.encoder.sentence_encoder import SentenceEncoder
from nlu.encoder.training.benchmark import held_out_slice
from nlu.encoder.training.corpus import Line, read_benchmark
from nlu.evaluation.data_checks import DATA, read_training
from nlu.evaluation.held_out_sets import OPTIONS, OUT_OF_SCOPE_INTENT, Question, read_questions
from nlu.text.normalise import normalise_token

ROOT = Path(__file__).parent.parent.parent
LINES_OF_DIET = 24
STOCK = {
    "recipe": "default.v1",
    "assistant_id": "stock",
    "language": "id",
    "pipeline": [
        {"name": "WhitespaceTokenizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": 100, "entity_recognition": False},
    ],
    "policies": [],
}
"""The pipeline that `rasa init` writes, without entities."""


def main() -> None:
    """Run what was asked for and print one line a model."""
    arguments = argparse.ArgumentParser(prog="nlu.evaluation.benchmarks")
    arguments.add_argument("--diet", action="store_true", help="train and predict stock DIET")
    arguments.add_argument("--uchat", type=Path, help="folder of the benchmark uchat-id")
    arguments.add_argument(
        "--uchat-encoders",
        type=Path,
        nargs=2,
        metavar=("ALL", "SLICE"),
        help="encoders tuned on the benchmark's train part, and on four fifths of it",
    )
    arguments.add_argument("--unseen", type=Path, nargs=2, metavar=("WITH", "WITHOUT"), help="encoders of one recipe")
    arguments.add_argument("--left-out", action="store_true", help="print the topics to tune the second one without")
    chosen = arguments.parse_args()
    logging.disable(logging.INFO)
    if chosen.diet:
        print(diet(read_questions(ROOT / "nlu" / "evaluation" / "held_out" / "questions.jsonl")))
    if chosen.left_out:
        print(" ".join(left_out()))
    if chosen.unseen:
        for line in unseen(*chosen.unseen):
            print(line)
    if chosen.uchat:
        for line in uchat(chosen.uchat, *chosen.uchat_encoders):
            print(line)


def diet(questions: Sequence[Question]) -> str:
    """Train stock DIET on 24 utterances an intent and judge it on our questions."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "config.yml").write_text(yaml.safe_dump(STOCK), encoding="utf-8")
        (folder / "nlu.yml").write_text(_few_lines(), encoding="utf-8")
        started = time.monotonic()
        options = ["--config", "config.yml", "--nlu", "nlu.yml", "--out", "models", "--fixed-model-name", "diet"]
        environment = os.environ | {"RASA_TELEMETRY_ENABLED": "false", "CUDA_VISIBLE_DEVICES": ""}
        subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "rasa", "train", "nlu", *options],
            cwd=folder,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        minutes = (time.monotonic() - started) / 60
        interpreter = LoadedModel(folder / "models" / "diet.tar.gz")
        ranked = [[each["name"] for each in interpreter.parse(q.text)["intent_ranking"]] for q in questions]
        interpreter.close()
    first, among = _shares(ranked, [q.accepted for q in questions])
    return f"Rasa DIET, {LINES_OF_DIET} lines an intent: top 1 {first:.3f}, top 3 {among:.3f}, {minutes:.1f} min"


def _few_lines() -> str:
    by_intent: dict[str, list[str]] = defaultdict(list)
    for line in read_training(DATA):
        by_intent[line.intent].append(line.text)
    blocks = []
    for intent, texts in by_intent.items():
        spread = texts[:: max(1, len(texts) // LINES_OF_DIET)][:LINES_OF_DIET]
        blocks.append({"intent": intent, "examples": "".join(f"- {text}\n" for text in spread)})
    return yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True)


def uchat(folder: Path, encoder_folder: Path, slice_encoder_folder: Path) -> list[str]:
    """Train our classifier on the benchmark's train part and judge it on its test part.

    As in the product, the share of the meaning is the one that makes right answers likeliest on lines not trained on:
    here a fifth of the train part.

    Args:
        encoder_folder: tuned on the train part alone (`python -m nlu.encoder.training --benchmark`).
        slice_encoder_folder: tuned on four fifths of it (the same with `--hold-out`).
    """
    train, test = read_benchmark(folder)
    known, held_out = held_out_slice(train)
    labels, evidence = _evidence_of(known, held_out, SentenceEncoder.load(slice_encoder_folder))
    right = np.array([[each == label for each in labels] for _, label in held_out])
    share, _ = fit_mixture(evidence, right)
    labels, evidence = _evidence_of(train, test, SentenceEncoder.load(encoder_folder))
    gold = [(label,) for _, label in test]
    lines = []
    for name, scores in (
        ("meaning", evidence.dense),
        ("letters", evidence.ngram),
        (f"both, meaning {share:.2f}", share * evidence.dense + (1 - share) * evidence.ngram),
    ):
        first, among = _shares(_ranked(scores, labels), gold)
        lines.append(f"uchat-id, {name}: top 1 {first:.3f}, top 3 {among:.3f}")
    return lines


def _evidence_of(
    known: Sequence[Line], asked: Sequence[Line], encoder: SentenceEncoder
) -> tuple[Sequence[str], ClassifierScores]:
    """Fit both models on the known lines; give their labels, and what they say of those asked."""
    spellings = load_spellings(SPELLINGS_FILE)

    def normalised_text(lines: Sequence[Line]) -> list[str]:
        return [" ".join(normalise_token(word, spellings) or word for word in text.split()) for text, _ in lines]

    intents = [intent for _, intent in known]
    dense = EmbeddingClassifier.fit(encoder.encode([text.lower() for text, _ in known]), intents)
    ngram = NgramClassifier.fit(normalised_text(known), intents)
    # Alone, as they are served.
    vectors = np.vstack([encoder.encode([text.lower()]) for text, _ in asked])
    return dense.labels, score(dense, ngram, vectors, normalised_text(asked))


def left_out() -> list[str]:
    """Return every seventh topic by name: those that an encoder is tuned without."""
    topics = sorted({name for question in _calibration() for name in question.accepted} - {OUT_OF_SCOPE_INTENT})
    return topics[::7]


def unseen(seen: Path, without: Path) -> list[str]:
    """Judge how a topic is served that came after its encoder was made.

    The classifiers are fitted on every utterance, the questions asked of every topic; only the tuning differs.

    Args:
        seen: an encoder tuned on every topic.
        without: one made by the same recipe, tuned without `left_out()`.
    """
    topics = set(left_out())
    training = [(line.text, line.intent) for line in read_training(DATA)]
    asked = _calibration()
    is_left_out = np.array([bool(topics & set(each.accepted)) for each in asked])
    lines = []
    for name, folder in (("tuned on them", seen), ("tuned without them", without)):
        encoder = SentenceEncoder.load(folder)
        labels, evidence = _evidence_of(training, [(each.text, each.accepted[0]) for each in asked], encoder)
        both = MEANING_SHARE * evidence.dense + (1 - MEANING_SHARE) * evidence.ngram
        for kind, chosen in (("left out", is_left_out), ("others", ~is_left_out)):
            gold = [asked[place].accepted for place in np.flatnonzero(chosen)]
            for what, scores in (("meaning", evidence.dense), ("meaning and letters", both)):
                first, among = _shares(_ranked(scores[chosen], labels), gold)
                told = f"topics {kind}, {len(gold)} questions, {name}, {what}"
                lines.append(f"{told}: top 1 {first:.3f}, top 3 {among:.3f}")
    return lines


def _calibration() -> list[Question]:
    return read_questions(ROOT / "nlu" / "calibration" / "questions.jsonl")


MEANING_SHARE = 0.7
"""About what the calibration of our own models gives."""


def _ranked(scores: Floats, labels: Sequence[str]) -> list[list[str]]:
    return [[labels[column] for column in row[:OPTIONS]] for row in np.argsort(-scores, axis=1)]


def _shares(ranked: Sequence[Sequence[str]], gold: Sequence[Sequence[str]]) -> tuple[float, float]:
    pairs = list(zip(ranked, gold))  # noqa: B905 (Python 3.10 here, equal lengths)
    first = sum(names[0] in accepted for names, accepted in pairs)
    among = sum(any(name in accepted for name in names[:OPTIONS]) for names, accepted in pairs)
    return first / len(pairs), among / len(pairs)


if __name__ == "__main__":
    main()
