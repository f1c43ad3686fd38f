"""Tunes the upper layers: cross-entropy and supervised contrast over batches of twelve classes, four lines each."""

from __future__ import annotations

import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlu.encoder.training.network import Network, Packing

CLASSES = 12
LINES_EACH = 4
STRANGERS = 6
FROZEN_LAYERS = 6
"""Unless told otherwise; fewer take longer a step and adapt further."""
LABEL_SMOOTHING = 0.1
CONTRAST = 1.0
CONTRAST_TEMPERATURE = 0.1
HEAD_SCALE = 10.0
HEAD_RATE = 2e-3
RATE = 3e-4
WEIGHT_DECAY = 0.01
WARM_UP = 0.1
CLIP = 1.0
NOISY_SHARE = 0.3
EMBED_BATCH = 64
STRANGER = "di_luar_cakupan"

LOG_EVERY = 50

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """What may differ between runs."""

    epochs: int
    seed: int
    neighbours: int = 0
    """So many of a batch's classes are the nearest to its first one; the rest are drawn."""
    classes: int = CLASSES
    rate: float = RATE
    noisy_share: float = NOISY_SHARE
    frozen: int = FROZEN_LAYERS
    """So many lower layers stay as they are; those that the cache of `tune` has passed."""


@dataclass(frozen=True)
class Cache:
    """Output of the frozen layers for many lines, packed, in half precision."""

    hidden: Tensor
    starts: list[int]
    """Where each line begins; one more at the end."""
    layers: int
    """How many layers the states have passed."""

    def lines(self, chosen: Sequence[int]) -> tuple[Tensor, Packing]:
        """Return the packed hidden states of some lines."""
        parts = [self.hidden[self.starts[row] : self.starts[row + 1]] for row in chosen]
        return torch.cat([part.float() for part in parts]), Packing.of([len(part) for part in parts])


Ranker: TypeAlias = Callable[[Cache], list[list[str]]]
"""From cached lines to the labels of each, the likeliest first."""


def cache_frozen(network: Network, lines: Sequence[Sequence[int]], layers: int) -> Cache:
    """Run every line through so many layers, which stay as they are, once."""
    network.eval()
    outputs: list[Tensor] = [torch.empty(0)] * len(lines)
    for batch in _length_batches(lines):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            packing = Packing.of([len(lines[row]) for row in batch])
            hidden = network.through(network.embedded([lines[row] for row in batch]), packing, slice(layers))
        for row, part in zip(batch, hidden.half().split(packing.lengths.tolist()), strict=True):
            outputs[row] = part
    starts = [0]
    for output in outputs:
        starts.append(starts[-1] + len(output))
    return Cache(torch.cat(outputs), starts, layers)


def _length_batches(lines: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    order = sorted(range(len(lines)), key=lambda row: len(lines[row]))
    for start in range(0, len(order), EMBED_BATCH):
        yield order[start : start + EMBED_BATCH]


def embed(network: Network, cache: Cache, rows: Sequence[int]) -> Tensor:
    """Return the unit vectors of cached lines."""
    network.eval()
    lengths = {row: cache.starts[row + 1] - cache.starts[row] for row in rows}
    order = sorted(rows, key=lambda row: lengths[row])
    vectors: dict[int, Tensor] = {}
    for start in range(0, len(order), EMBED_BATCH):
        batch = order[start : start + EMBED_BATCH]
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            vectors.update(zip(batch, _vectors(network, cache, batch), strict=True))
    return torch.stack([vectors[row] for row in rows])


def _vectors(network: Network, cache: Cache, rows: Sequence[int]) -> Tensor:
    hidden, packing = cache.lines(rows)
    hidden = network.through(hidden, packing, slice(cache.layers, None))
    return functional.normalize(packing.mean(hidden.float()), dim=-1)


def tune(
    network: Network,
    cache: Cache,
    labels: Sequence[str],
    settings: Settings,
    after_epoch: Callable[[int, Ranker], None],
) -> None:
    """Tune the network in place.

    Args:
        cache: the lines, then optionally a noisy copy of each, in the same order.
        labels: of the lines; those of `STRANGER` are never pulled together, for they share no meaning.
        after_epoch: called with 1, 2 ... and a function that ranks the labels of other cached lines.
    """
    torch.manual_seed(settings.seed)
    names = sorted(set(labels))
    targets = torch.tensor([names.index(label) for label in labels])
    frozen = embed(network, cache, range(len(labels)))
    centre = frozen.mean(dim=0)
    head, prototypes = _first_head(functional.normalize(frozen - centre, dim=-1), targets, len(names))
    batches = _Batches(labels, prototypes, names, settings, len(cache.starts) > len(labels) + 1)
    stranger = names.index(STRANGER) if STRANGER in names else -1
    steps = _Steps(network, head, centre, stranger, settings, batches)
    for epoch in range(1, settings.epochs + 1):
        network.train()
        started, total = time.monotonic(), 0.0
        for number, rows in enumerate(batches.epoch(), start=1):
            total += steps.take(cache, rows, targets[torch.tensor([row % len(labels) for row in rows])])
            if number % LOG_EVERY == 0:
                seconds = time.monotonic() - started
                log.info("epoch %d step %d loss %.3f %.0f s", epoch, number, total / number, seconds)
        after_epoch(epoch, partial(ranking, network, head, centre, names))


class _Steps:
    """The optimiser with its schedule: one call, one step."""

    def __init__(
        self, network: Network, head: nn.Linear, centre: Tensor, stranger: int, settings: Settings, batches: _Batches
    ) -> None:
        self._network, self._head, self._centre, self._stranger = network, head, centre, stranger
        self._upper = list(network.layers[settings.frozen :].parameters())
        groups = [{"params": self._upper, "lr": settings.rate}, {"params": head.parameters(), "lr": HEAD_RATE}]
        self._optimiser = torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY)
        rate = partial(_rate_at, steps=settings.epochs * batches.per_epoch)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimiser, rate)

    def take(self, cache: Cache, rows: Sequence[int], goals: Tensor) -> float:
        """Learn from one batch and give its loss."""
        with torch.autocast("cpu", torch.bfloat16):
            vectors = _vectors(self._network, cache, rows)
        centred = functional.normalize(vectors.float() - self._centre, dim=-1)
        loss = _loss(centred, goals, self._head, self._stranger)
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._upper, CLIP)
        self._optimiser.step()
        self._schedule.step()
        return float(loss.detach())


def ranking(network: Network, head: nn.Linear, centre: Tensor, names: Sequence[str], cache: Cache) -> list[list[str]]:
    """Return for each cached line the labels as the head ranks them."""
    vectors = embed(network, cache, range(len(cache.starts) - 1))
    with torch.no_grad():
        scores = head(HEAD_SCALE * functional.normalize(vectors - centre, dim=-1))
    return [[names[column] for column in row] for row in scores.argsort(dim=1, descending=True).tolist()]


def _rate_at(step: int, steps: int) -> float:
    """Return the share of the full rate: a tenth of the steps upward, then down to nothing."""
    warm = max(1, int(WARM_UP * steps))
    return (step + 1) / warm if step < warm else max(0.0, (steps - step) / (steps - warm))


def _first_head(vectors: Tensor, targets: Tensor, classes: int) -> tuple[nn.Linear, Tensor]:
    """Begin with each class's mean direction."""
    sums = torch.zeros(classes, vectors.shape[1]).index_add(0, targets, vectors)
    prototypes = functional.normalize(sums, dim=-1)
    head = nn.Linear(vectors.shape[1], classes)
    head.weight.data.copy_(prototypes)
    head.bias.data.zero_()
    return head, prototypes


def _loss(vectors: Tensor, goals: Tensor, head: nn.Linear, stranger: int) -> Tensor:
    entropy = functional.cross_entropy(head(HEAD_SCALE * vectors), goals, label_smoothing=LABEL_SMOOTHING)
    return entropy + CONTRAST * _contrast(vectors, goals, goals != stranger)


def _contrast(vectors: Tensor, goals: Tensor, is_anchor: Tensor) -> Tensor:
    """Supervised contrastive loss; a line that is no anchor only pushes away."""
    others = ~torch.eye(len(goals), dtype=torch.bool)
    similar = vectors @ vectors.T / CONTRAST_TEMPERATURE
    shares = similar - similar.masked_fill(~others, -torch.inf).logsumexp(dim=1, keepdim=True)
    positives = (goals[:, None] == goals[None, :]) & others
    per_line = (shares * positives).sum(dim=1) / positives.sum(dim=1).clamp(min=1)
    return -per_line[is_anchor & positives.any(dim=1)].mean()


class _Batches:
    """Draws classes evenly; each class deals its lines out before any comes again."""

    def __init__(
        self, labels: Sequence[str], prototypes: Tensor, names: Sequence[str], settings: Settings, has_noisy: bool
    ) -> None:
        self._rng = random.Random(settings.seed)  # noqa: S311
        self._settings = settings
        self._lines = len(labels)
        self._noisy = settings.noisy_share if has_noisy else 0.0
        self._rows: dict[str, list[int]] = defaultdict(list)
        for row, label in enumerate(labels):
            self._rows[label].append(row)
        self._decks: dict[str, list[int]] = {label: [] for label in names}
        self._classes = [name for name in names if name != STRANGER]
        nearest = (prototypes @ prototypes.T).argsort(dim=1, descending=True).tolist()
        self._nearest = {name: [names[c] for c in nearest[row] if c != row] for row, name in enumerate(names)}
        self.per_epoch = max(1, self._lines // (settings.classes * LINES_EACH))

    def epoch(self) -> Iterator[list[int]]:
        """Return the rows of each batch; rows past the lines are their noisy copies."""
        queue: list[str] = []
        for _ in range(self.per_epoch):
            chosen: list[str] = []
            while len(chosen) < min(self._settings.classes, len(self._classes)):
                if not queue:
                    queue = self._rng.sample(self._classes, len(self._classes))
                chosen += [name for name in self._with_neighbours(queue.pop(), not chosen) if name not in chosen]
            rows = [row for name in chosen[: self._settings.classes] for row in self._deal(name, LINES_EACH)]
            if STRANGER in self._rows:
                rows += self._deal(STRANGER, STRANGERS)
            yield [row + self._lines if self._rng.random() < self._noisy else row for row in rows]

    def _with_neighbours(self, name: str, is_first: bool) -> list[str]:
        near = [other for other in self._nearest[name] if other != STRANGER]
        return [name, *near[: self._settings.neighbours]] if is_first else [name]

    def _deal(self, name: str, count: int) -> list[int]:
        deck = self._decks[name]
        while len(deck) < count:
            deck += self._rng.sample(self._rows[name], len(self._rows[name]))
        dealt, self._decks[name] = deck[:count], deck[count:]
        return dealt
