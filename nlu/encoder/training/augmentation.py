"""Second copies of the training lines as hurried thumbs would type them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

from indoNLP.preprocessing import SLANG_DATA

from nlu.encoder.training.vocabulary_pruning import misspell

SLANG_SHARE = 0.35
MISSPELT_SHARE = 0.15
JOINED_SHARE = 0.03


def noisy_copies(texts: Sequence[str], seed: int) -> list[str]:
    """Return one noisy copy of each text, in order."""
    rng = random.Random(seed)  # noqa: S311
    slang = _slang_of_common()
    return [_noisy(text.lower(), slang, rng) for text in texts]


def _slang_of_common() -> Mapping[str, list[str]]:
    spellings: dict[str, list[str]] = defaultdict(list)
    for slang, common in SLANG_DATA.items():
        if " " not in common and slang.isalpha():
            spellings[common].append(slang)
    return spellings


def _noisy(text: str, slang: Mapping[str, list[str]], rng: random.Random) -> str:
    typed = ""
    for word in text.split():
        if word in slang and rng.random() < SLANG_SHARE:
            word = rng.choice(slang[word])  # noqa: PLW2901
        elif word.isalpha() and rng.random() < MISSPELT_SHARE:
            word = misspell(word, rng)  # noqa: PLW2901
        typed += word if rng.random() < JOINED_SHARE else " " + word
    return typed.strip()
