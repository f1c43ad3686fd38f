"""What people write, from the labelled examples of the NLU; its files are read as data."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain, zip_longest
from pathlib import Path

import yaml

MAX_WORDINGS = 10
MAX_CHARACTERS = 160
"""A longer example is a story: it is no wording to learn from at a glance."""
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_EXAMPLE = re.compile(r"^- (.+)$", re.MULTILINE)


async def typical_wordings(folder: Path, topic: str) -> Sequence[str]:
    """Return examples of a topic in turn from every writer; none when the files are not there.

    Args:
        folder: holds a folder a writer, with files of intents and examples in Rasa's form.
    """
    return (await asyncio.to_thread(_all_wordings, folder)).get(topic, ())


@cache
def _all_wordings(folder: Path) -> Mapping[str, Sequence[str]]:
    writers = [_of_writer(each) for each in sorted(folder.glob("*/"))]
    topics = {topic for writer in writers for topic in writer}
    found = {}
    for topic in topics:
        turns = chain.from_iterable(zip_longest(*(writer.get(topic, ()) for writer in writers)))
        plain = (_ENTITY.sub(r"\1", each) for each in turns if each)
        short = dict.fromkeys(each for each in plain if len(each) <= MAX_CHARACTERS)
        found[topic] = tuple(short)[:MAX_WORDINGS]
    return found


def _of_writer(folder: Path) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for file in sorted(folder.glob("*.yml")):
        for part in yaml.safe_load(file.read_text(encoding="utf-8")).get("nlu", []):
            if "intent" in part:
                found.setdefault(part["intent"], []).extend(_EXAMPLE.findall(part["examples"]))
    return found
