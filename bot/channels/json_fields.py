"""Reading a stranger's JSON field by field: whatever has another type than documented counts as absent."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

MAX_ID = 2**63 - 1
"""Telegram's ids have at most 52 bits (Bot API, Chat), and databases keep 63; anything wider is no id."""


MAX_DIGITS = 40
"""Of a number; Python refuses to read those of some thousands, and with them everything around them."""


def parsed(body: bytes) -> Any:
    """Read JSON, whatever stands in it: no odd byte or number keeps the rest from being read.

    Raises:
        ValueError: when it is none.
        RecursionError: when it is nested too deep.
    """
    return json.loads(body.decode("utf-8-sig", "replace"), parse_int=_whole)


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= MAX_DIGITS else None


def part(whole: Any, *names: str) -> Mapping[str, Any]:
    """Return the object at the end of a path of names, empty when there is none."""
    for name in names:
        whole = whole.get(name) if isinstance(whole, Mapping) else None
    return whole if isinstance(whole, Mapping) else {}


def objects(whole: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """Return the objects of a list; whatever else stands in it is passed by."""
    found = whole.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def number(whole: Mapping[str, Any], name: str) -> int | None:
    """Return a whole number that can be an id, None for anything else."""
    found = whole.get(name)
    is_id = isinstance(found, int) and not isinstance(found, bool) and -MAX_ID <= found <= MAX_ID
    return found if is_id else None


def words(whole: Mapping[str, Any], name: str) -> str | None:
    """Return a text, None for anything else; half of a character, which no file could hold, becomes "?"."""
    found = whole.get(name)
    return found.encode("utf-8", "replace").decode() if isinstance(found, str) else None
