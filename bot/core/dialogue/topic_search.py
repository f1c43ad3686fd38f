"""Find topics by words."""

import re
from collections.abc import Iterable
from functools import lru_cache

from bot.core.guidance.entry import Topic

MAX_FOUND = 8
"""WhatsApp's list holds ten rows (`docs/limits.md`); one stays for the menu."""

MAX_WORDS = 12
"""Of a search; what stands behind them narrows nothing that a person would look for, and each is looked for anew."""
MAX_REMEMBERED = 512
"""Topics whose words are remembered: some five times as many as there are, so that new versions push old ones out."""

# What a match weighs, by where it is.
TITLE = 3
KEYWORD = 2
DESCRIPTION = 1


def search(topics: Iterable[Topic], words: str) -> tuple[Topic, ...]:
    """Return the topics that hold the words, best first, at most eight.

    A word matches the beginning of a word of title, label, keywords or description; every word must match somewhere.
    Of a longer text the first twelve different words are looked for.
    """
    wanted = list(dict.fromkeys(_words(words)))[:MAX_WORDS]
    if not wanted:
        return ()
    weighed = [(_weight(topic, wanted), topic) for topic in topics]
    found = [(weight, topic) for weight, topic in weighed if weight > 0]
    found.sort(key=lambda pair: -pair[0])
    return tuple(topic for _, topic in found[:MAX_FOUND])


def _weight(topic: Topic, wanted: list[str]) -> int:
    places = _words_of(topic)
    total = 0
    for word in wanted:
        best = max((weight for weight, held in places if any(h.startswith(word) for h in held)), default=0)
        if best == 0:
            return 0
        total += best
    return total


@lru_cache(MAX_REMEMBERED)
def _words_of(topic: Topic) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Return the words of each place of a topic, with what a match in it weighs."""
    return (
        (TITLE, tuple(_words(f"{topic.title} {topic.label}"))),
        (KEYWORD, tuple(_words(" ".join(topic.keywords)))),
        (DESCRIPTION, tuple(_words(topic.description))),
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
