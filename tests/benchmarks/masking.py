"""`python -m tests.benchmarks.masking`: what masking leaves of sentences that other hands have marked, by kind.

The set says of every sentence where a person is named and of what kind that is; half of the sentences are traps: they
look as if they named somebody and do not. It was written without a look at the rules and the lists of the masking.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.privacy.masking import PLACEHOLDER, PersonalData, mask, may_identify
from bot.core.privacy.person_names import NameLexicon
from bot.core.privacy.text_folding import fold_to_line
from bot.storage.guidance.seed import SEED_FOLDER, read_seed
from bot.storage.privacy.word_lists import read_lexicon
from tests.privacy.leaks import MAX_LEFT, survivors

SET = Path(__file__).parent.parent / "data" / "masking_by_others.jsonl"
NAME = "name"
PARTICLES = frozenset(
    [
        "bin",
        "binti",
        "al",
        "el",
        "ibn",
        "van",
        "de",
        "der",
        "da",
        "la",
        "daeng",
        "dg",
        "dan",
        "pak",
        "bu",
        "bapak",
        "ibu",
        "si",
    ]
)
"""What alone names nobody."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One sentence of the set."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    """Start, end and kind of what is personal; none in a trap."""
    kind: str


@dataclass
class Report:
    """What masking left and what it took."""

    total: Counter[str] = field(default_factory=Counter)
    """Marked pieces by kind."""
    left: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    """Pieces left by the mask in texts that are not stored, since they still look risky."""
    traps: int = 0
    altered: int = 0
    only_units: int = 0
    """Of the altered traps those of which only a village, a school or another small unit is gone: it is masked on
    purpose, since it may give a person away, and the set counts it as a place."""
    unstored: int = 0
    """Traps that are not altered but not stored either, since they look risky."""
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind, text and masked text of every sentence with something wrong."""

    def recall(self, *, names: bool) -> float:
        """Return the share (0..1) of names, or of all other kinds, of which nothing is left."""
        kinds = [kind for kind in self.total if (kind == NAME) == names]
        return 1 - sum(self.left[kind] for kind in kinds) / max(1, sum(self.total[kind] for kind in kinds))

    @property
    def altered_share(self) -> float:
        """Return the share (0..1) of the traps that were changed."""
        return self.altered / max(1, self.traps)

    def lines(self) -> Iterator[str]:
        """Return the figures as lines of text."""
        yield f"structured recall {self.recall(names=False):.3f}, names recall {self.recall(names=True):.3f}"
        yield f"traps altered {self.altered} of {self.traps} ({self.altered_share:.3f})"
        yield f"  of them {self.only_units} by a small unit alone; not stored although unaltered {self.unstored}"
        for kind, total in self.total.most_common():
            yield f"  {kind:<16} {total - self.left[kind]:>4} of {total:>4} masked, {self.lost[kind]} left, not stored"


def read_set(path: Path = SET) -> list[Line]:
    """Return the sentences of a file of JSON lines."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [
        Line(text=row["text"], spans=tuple((a, b, kind) for a, b, kind in row["spans"]), kind=row["kind"])
        for row in rows
    ]


def report_of(lines: Iterable[Line], lexicon: NameLexicon) -> Report:
    """Mask every sentence and count."""
    report = Report()
    for line in lines:
        masked = mask(line.text, lexicon).text
        folded = fold_to_line(line.text)
        is_stored = not may_identify(masked, lexicon)
        is_wrong = False
        if not line.spans:
            report.traps += 1
            is_wrong = masked != folded
            report.altered += is_wrong
            report.only_units += is_wrong and set(PLACEHOLDER.findall(masked)) <= {PersonalData.UNIT.placeholder}
            report.unstored += not is_wrong and not is_stored
            is_wrong = is_wrong or not is_stored
        else:
            there = survivors(folded, masked)
            for start, end, kind in line.spans:
                report.total[kind] += 1
                places = range(len(fold_to_line(line.text[:start])), len(fold_to_line(line.text[:end])))
                if _is_left(folded, places, there, is_name=kind == NAME):
                    report.left[kind] += 1
                    report.lost[kind] += not is_stored
                    is_wrong = True
        if is_wrong:
            report.failures.append((line.kind, line.text, masked if is_stored else f"{masked} (not stored)"))
    return report


def _is_left(folded: str, places: range, there: Sequence[bool], *, is_name: bool) -> bool:
    """Say whether a word of a name, or so much of a number that it could be looked up, is still there."""
    if not is_name:
        return sum(there[place] and folded[place].isalnum() for place in places) > MAX_LEFT
    for word in re.finditer(r"\w+", folded[places.start : places.stop]):
        within = range(places.start + word.start(), places.start + word.end())
        if len(word.group()) > 1 and word.group().lower() not in PARTICLES and all(there[place] for place in within):
            return True
    return False


def main() -> None:
    """Print the figures; with `--failures` also every sentence with something wrong."""
    path = next((Path(each) for each in sys.argv[1:] if not each.startswith("-")), SET)
    report = report_of(read_set(path), read_lexicon(read_seed(SEED_FOLDER).instruments))
    print("\n".join(report.lines()))
    if "--failures" in sys.argv:
        for kind, text, masked in report.failures:
            print(f"[{kind}] {text!r}\n    {masked!r}")


if __name__ == "__main__":
    main()
