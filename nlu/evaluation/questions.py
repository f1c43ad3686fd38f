"""Score a model on held-out questions, as the bot would use its answer."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

OPTIONS = 3
OUT_OF_SCOPE_INTENT = "di_luar_cakupan"
OUT_OF_SCOPE_AT = 0.5


class Parser(Protocol):
    """What is scored."""

    def parse(self, text: str) -> Mapping[str, Any]:
        """Give Rasa's parse."""


@dataclass(frozen=True)
class Question:
    """One held-out question."""

    text: str
    register: str
    accepted: tuple[str, ...]
    """Topic ids that a fair judge accepts."""


@dataclass
class Score:
    """Counts over some questions."""

    asked: int = 0
    top: int = 0
    """The likeliest topic was right."""
    top_three: int = 0
    answered_right: int = 0
    answered_wrong: int = 0
    offered_right: int = 0
    """Not answered at once, but among the options offered."""

    def line(self) -> str:
        """Give the rates for people."""
        parts = {
            "top1": self.top,
            "top3": self.top_three,
            "right at once": self.answered_right,
            "wrong": self.answered_wrong,
            "resolved": self.answered_right + self.offered_right,
        }
        rates = "  ".join(f"{name} {value / max(self.asked, 1):.3f}" for name, value in parts.items())
        return f"n {self.asked:4d}  {rates}"


def read_questions(path: Path) -> list[Question]:
    """Read JSON Lines of `text`, `register`, `accepted`."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Question(each["text"], each["register"], tuple(each["accepted"])) for each in lines]


def score(parser: Parser, questions: Iterable[Question]) -> dict[str, Score]:
    """Give the scores by register, and under "all"."""
    scores: dict[str, Score] = defaultdict(Score)
    for question in questions:
        parse = parser.parse(question.text)
        for name in (question.register, "all"):
            _count(scores[name], parse, question.accepted)
    return dict(scores)


def _count(score: Score, parse: Mapping[str, Any], accepted: tuple[str, ...]) -> None:
    ranking = [each["name"] for each in parse["intent_ranking"]]
    confidence = parse["intent"]["confidence"]
    refused = ranking[0] == OUT_OF_SCOPE_INTENT or parse["out_of_scope"] >= OUT_OF_SCOPE_AT
    right = ranking[0] in accepted
    among = any(name in accepted for name in ranking[:OPTIONS])
    score.asked += 1
    score.top += right
    score.top_three += among
    if refused:
        return
    if confidence >= parse["bands"]["answer"]:
        score.answered_right += right
        score.answered_wrong += not right
    elif confidence >= parse["bands"]["clarify"]:
        score.offered_right += among
