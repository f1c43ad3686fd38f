"""Keeps the pieces that Indonesian chat needs: 30 of 250 thousand, a quarter of the published model."""

from __future__ import annotations

import importlib.util
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from wordfreq import top_n_list

from nlu.encoder.training.e5_checkpoint import Floats, Source
from nlu.encoder.vocabulary import QUERY_PREFIX, SPECIAL_PIECES, Vocabulary

# How many of the commonest words of each language that people mix in.
FREQUENT_WORDS = {"id": 60_000, "ms": 15_000, "en": 4_000}
WORD_LISTS = {
    "nlp_id": ("data/root-word.txt", "data/lemma_dict.json", "data/stopword.txt"),
    "Sastrawi": ("Stemmer/data/kata-dasar.txt",),
    "basa": ("core/slang.py", "core/typo.py"),
    "indoNLP": ("preprocessing/slang_data.py", "preprocessing/stopwords_data.py"),
    "indo_normalizer": ("corpus/slangs.csv", "corpus/common_words.txt"),
    "javanese_stemmer": ("data/kamus.txt",),
}
MISSPELT_WORDS = 20_000
MISSPELLINGS_EACH = 2
LAST_WESTERN = 0x2100
EMOJI = ((0x2600, 0x27C0), (0x1F300, 0x1F650), (0x1F680, 0x1F700), (0x1F900, 0x1FA00))
_WORD = re.compile(r"[^\W_][\w'’-]*")


def prune(source: Source, lines: Iterable[str], seed: int) -> tuple[list[tuple[str, float]], Floats]:
    """Choose the pieces to keep.

    Args:
        lines: texts whose every piece is kept, the training lines.

    Returns:
        The kept pieces with scores, and the embedding rows, which begin with the four special pieces.
    """
    first = len(SPECIAL_PIECES)
    known = {p: (row, float(source.scores[row])) for row, p in enumerate(source.pieces[:-1]) if row >= first}
    whole = Vocabulary(pieces=known, replacements=source.replacements)
    kept = {row for piece, (row, _) in known.items() if _is_kept_anyway(piece)}
    texts = [QUERY_PREFIX, *lines, *_words(seed)]
    for word in sorted({word for text in texts for word in whole.words(text)}):
        kept.update(whole.word_ids(word))
    order = sorted(row for row in kept if row >= first)
    pieces = [(source.pieces[row], float(source.scores[row])) for row in order]
    rows = np.array([*range(first), *order])
    return pieces, np.ascontiguousarray(source.tensors["emb.word"][rows])


def _is_kept_anyway(piece: str) -> bool:
    bare = piece.removeprefix("▁")
    if not bare or bare != bare.lower():
        return not bare
    if len(bare) == 1:
        return ord(bare) < LAST_WESTERN or any(low <= ord(bare) < high for low, high in EMOJI)
    if bare.isascii():
        return len(bare) <= 3 or (len(bare) <= 6 and not any(map(str.isalpha, bare)))
    return len(bare) <= 4 and bare.replace("é", "e").isascii()


def _words(seed: int) -> Iterator[str]:
    indonesian = top_n_list("id", FREQUENT_WORDS["id"])
    yield from indonesian
    for language in ("ms", "en"):
        yield from top_n_list(language, FREQUENT_WORDS[language])
    for package, files in WORD_LISTS.items():
        for file in files:
            yield from _WORD.findall((_folder(package) / file).read_text(encoding="utf-8"))
    rng = random.Random(seed)  # noqa: S311
    for word in indonesian[:MISSPELT_WORDS]:
        for _ in range(MISSPELLINGS_EACH):
            yield misspell(word, rng)


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{package} is in making/requirements.in and not installed")
    return Path(spec.origin).parent


def misspell(word: str, rng: random.Random) -> str:
    """Mistype a word as a thumb does: drop, double or swap a letter, or leave the vowels out."""
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[0] + re.sub("[aeiou]", "", word[1:])
