"""What of a sentence is left after masking, and what of it tells on somebody."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.core.privacy.masking import PLACEHOLDER
from tests.privacy.corpus import PARTICLES, Sentence, Span

MAX_LEFT = 3
"""Letters or digits of an identifier that may stay; more could be looked up."""


def survivors(text: str, masked: str) -> list[bool]:
    """Say of every character whether it is still there; what stays keeps its order."""
    pieces = PLACEHOLDER.split(masked)
    pattern = "(.*?)".join(f"({re.escape(piece)})" for piece in pieces)
    found = re.fullmatch(pattern, text, re.DOTALL)
    assert found is not None, (text, masked)
    there = [False] * len(text)
    for group in range(1, found.re.groups + 1, 2):
        for place in range(*found.span(group)):
            there[place] = True
    return there


@dataclass
class Count:
    """How much of one sort was left in how many."""

    total: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of each sort the first text and its masked form."""

    def add(self, sort: str, *, is_wrong: bool, example: tuple[str, str]) -> None:
        """Count one."""
        self.total[sort] += 1
        if is_wrong:
            self.wrong[sort] += 1
            self.examples.setdefault(sort, example)

    @property
    def share_wrong(self) -> float:
        """Return 0..1 over all sorts."""
        return self.wrong.total() / self.total.total()

    def report(self, title: str, most: int = 40) -> str:
        """Return the figures, the worst sorts first."""
        lines = [f"{title}: {self.wrong.total()} of {self.total.total()} ({self.share_wrong:.2%})"]
        for sort, wrong in self.wrong.most_common(most):
            lines.append(
                f"  {wrong}/{self.total[sort]}  {sort}: {self.examples[sort][0]!r} -> {self.examples[sort][1]!r}"
            )
        return "\n".join(lines)


@dataclass
class Figures:
    """What masking a corpus gave."""

    identifiers: Count = field(default_factory=Count)
    names: Count = field(default_factory=Count)
    by_carrier: Count = field(default_factory=Count)
    citations: Count = field(default_factory=Count)

    def add(self, sentence: Sentence, masked: str) -> None:
        """Count what is left of one sentence."""
        there = survivors(sentence.text, masked)
        example = (sentence.text, masked)
        for span in sentence.identifiers:
            self.identifiers.add(f"{span.kind} {span.form}", is_wrong=is_leaked(sentence, span, there), example=example)
        for span in sentence.names:
            is_left = is_name_left(sentence, span, there)
            self.names.add(span.kind, is_wrong=is_left, example=example)
            self.by_carrier.add(span.form, is_wrong=is_left, example=example)
        for span in sentence.citations:
            self.citations.add(span.form, is_wrong=not all(there[span.start : span.end]), example=example)


def is_leaked(sentence: Sentence, span: Span, there: list[bool]) -> bool:
    """Say whether so much of an identifier is left that it could be looked up."""
    left = sum(there[place] and sentence.text[place].isalnum() for place in range(span.start, span.end))
    return left > MAX_LEFT


def is_name_left(sentence: Sentence, span: Span, there: list[bool]) -> bool:
    """Say whether any whole word of a name is left."""
    for word in re.finditer(r"\w+", sentence.of(span)):
        places = range(span.start + word.start(), span.start + word.end())
        if word.group().lower() not in PARTICLES and all(there[place] for place in places):
            return True
    return False


def figures_of(pairs: Iterable[tuple[Sentence, str]]) -> Figures:
    """Count over sentences with their masked forms."""
    figures = Figures()
    for sentence, masked in pairs:
        figures.add(sentence, masked)
    return figures
