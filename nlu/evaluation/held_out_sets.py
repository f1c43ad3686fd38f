"""Held-out questions, and what a model makes of each, as the bot would use its answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from nlu.components.calibration import OUT_OF_SCOPE_AT

OPTIONS = 3
OUT_OF_SCOPE_INTENT = "di_luar_cakupan"


class Parser(Protocol):
    """What is judged."""

    def parse(self, text: str) -> Mapping[str, Any]:
        """Return Rasa's parse."""


@dataclass(frozen=True)
class Question:
    """One held-out question."""

    text: str
    register: str
    accepted: tuple[str, ...]
    """Topic ids that a fair judge accepts; `di_luar_cakupan` alone for what is none of ours."""


@dataclass(frozen=True)
class Prediction:
    """A question, and what the model said to it."""

    question: Question
    ranking: tuple[tuple[str, float], ...]
    """Intent and confidence, most likely first."""
    out_of_scope: float
    answer_band: float
    clarify_band: float
    doubt: float
    """Out-of-scope score from which topics are only offered."""

    @property
    def top(self) -> str:
        """Return the likeliest intent."""
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        """Return the confidence of the likeliest intent."""
        return self.ranking[0][1]

    @property
    def is_right(self) -> bool:
        """Say whether the likeliest intent is accepted."""
        return self.top in self.question.accepted

    @property
    def is_among_three(self) -> bool:
        """Say whether one of the three likeliest is accepted."""
        offered = [name for name, _ in self.ranking if name != OUT_OF_SCOPE_INTENT][:OPTIONS]
        return any(name in self.question.accepted for name in offered)

    @property
    def is_refused(self) -> bool:
        """Say whether the bot would take it for none of its own."""
        return self.out_of_scope >= OUT_OF_SCOPE_AT

    @property
    def is_answered(self) -> bool:
        """Say whether the bot would answer at once."""
        return (
            self.out_of_scope < self.doubt and self.top != OUT_OF_SCOPE_INTENT and self.confidence >= self.answer_band
        )

    @property
    def is_offered(self) -> bool:
        """Say whether the bot would offer three topics."""
        is_likely = self.top == OUT_OF_SCOPE_INTENT or self.confidence >= self.clarify_band
        return not self.is_refused and not self.is_answered and is_likely

    @property
    def is_resolved(self) -> bool:
        """Say whether the right answer is given, or among those offered."""
        return (self.is_answered and self.is_right) or (self.is_offered and self.is_among_three)


def read_questions(path: Path) -> list[Question]:
    """Read JSON Lines of `text` with `register` and `accepted`; without these a line is out of scope."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Question(
            text=each["text"],
            register=each.get("register", each.get("kind", "")),
            accepted=tuple(each.get("accepted", (OUT_OF_SCOPE_INTENT,))),
        )
        for each in lines
    ]


def predict(parser: Parser, questions: Iterable[Question]) -> list[Prediction]:
    """Ask the model every question."""
    found = []
    for question in questions:
        parse = parser.parse(question.text)
        ranking = tuple((str(each["name"]), float(each["confidence"])) for each in parse["intent_ranking"])
        bands = parse["bands"]
        found.append(
            Prediction(
                question=question,
                ranking=ranking,
                out_of_scope=float(parse["out_of_scope"]),
                answer_band=float(bands["answer"]),
                clarify_band=float(bands["clarify"]),
                doubt=float(parse["doubt"]),
            )
        )
    return found


@dataclass(frozen=True)
class Rates:
    """Shares of some judged questions, 0..1."""

    asked: int
    top: float
    """The likeliest intent was right."""
    top_three: float
    right_at_once: float
    wrong: float
    """Answered at once, and wrongly."""
    resolved: float

    @classmethod
    def of(cls, judged: Sequence[Prediction]) -> Rates:
        """Count; of no question everything is 0."""
        asked = max(len(judged), 1)
        return cls(
            asked=len(judged),
            top=sum(each.is_right for each in judged) / asked,
            top_three=sum(each.is_among_three for each in judged) / asked,
            right_at_once=sum(each.is_answered and each.is_right for each in judged) / asked,
            wrong=sum(each.is_answered and not each.is_right for each in judged) / asked,
            resolved=sum(each.is_resolved for each in judged) / asked,
        )


def by_register(judged: Sequence[Prediction]) -> dict[str, Rates]:
    """Return the rates of each register, sorted, and of all under "semua"."""
    registers = sorted({each.question.register for each in judged})
    rates = {name: Rates.of([each for each in judged if each.question.register == name]) for name in registers}
    return {**rates, "semua": Rates.of(judged)}
