"""Find topics by words."""

import re
from collections.abc import Iterable

from bot.core.guidance import Topic

MOST_FOUND = 8
"""WhatsApp's list holds ten rows (`platform-limits.md`); one stays for the menu."""

# What a match weighs, by where it is.
TITLE = 3
KEYWORD = 2
DESCRIPTION = 1


def search(topics: Iterable[Topic], words: str) -> tuple[Topic, ...]:
    """Give the topics that hold the words, best first, at most eight.

    A word matches the beginning of a word of title, label, keywords or description; every word must match somewhere.
    """
    wanted = _words(words)
    if not wanted:
        return ()
    weighed = [(_weight(topic, wanted), topic) for topic in topics]
    found = [(weight, topic) for weight, topic in weighed if weight > 0]
    found.sort(key=lambda pair: -pair[0])
    return tuple(topic for _, topic in found[:MOST_FOUND])


def _weight(topic: Topic, wanted: list[str]) -> int:
    places = (
        (TITLE, _words(f"{topic.title} {topic.label}")),
        (KEYWORD, _words(" ".join(topic.keywords))),
        (DESCRIPTION, _words(topic.description)),
    )
    total = 0
    for word in wanted:
        best = max((weight for weight, held in places if any(h.startswith(word) for h in held)), default=0)
        if best == 0:
            return 0
        total += best
    return total


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
