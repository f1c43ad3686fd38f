"""`python -m tools.ordinary_words`: the words that our own texts use, for the masking.

What people write in the training utterances and what the answers say is no name, unless the gazetteer knows it. Run it
again when utterances were added; `bot/data/word_lists/ordinary.txt` is committed.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMES = ROOT / "bot" / "data" / "word_lists"
TARGET = NAMES / "ordinary.txt"
MIN_TIMES = 2
"""A word that stands once may be a slip."""
MIN_TIMES_OF_NAME = 6
"""A word of the gazetteer is ordinary too only when it is really used so."""
_WORD = re.compile(r"[^\W\d_]+(?:['’`][^\W\d_]+)*")
_NO_EXAMPLE = re.compile(r"\s*(?:- intent|version|nlu|examples|- lookup|- synonym|- regex)")


def ordinary_words() -> list[str]:
    """Return the words that stand in lower case in our own texts, sorted."""
    counts: Counter[str] = Counter()
    for line in _lines():
        counts.update(word for word in _WORD.findall(line) if word.islower())
    names = set((NAMES / "names.txt").read_text(encoding="utf-8").split())
    return sorted(
        word for word, times in counts.items() if times >= (MIN_TIMES_OF_NAME if word in names else MIN_TIMES)
    )


def _lines() -> Iterator[str]:
    for path in sorted((ROOT / "nlu" / "data").rglob("*.yml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if not _NO_EXAMPLE.match(line):
                yield line
    for path in [
        *sorted((ROOT / "bot" / "data" / "guidance").rglob("*.yml")),
        ROOT / "bot" / "core" / "replies" / "texts.py",
    ]:
        text = path.read_text(encoding="utf-8")
        # Curated text is spelt right: once is enough.
        yield from [text] * MIN_TIMES


def main() -> None:
    """Write the list."""
    heading = "# Words that our own utterances and answers use; made by `python -m tools.ordinary_words`."
    words = ordinary_words()
    TARGET.write_text("\n".join([heading, *words]) + "\n", encoding="utf-8")
    print(f"{len(words)} words written to {TARGET}")


if __name__ == "__main__":
    main()
