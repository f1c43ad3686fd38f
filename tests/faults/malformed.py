"""Every update kind made malformed in every field: missing, null, of another type, huge. The same on every run.

A payload of `tests/faults/corpus` holds marks where a person shows: their id, their phone number, and `KANARI` wherever
they or others wrote. Each variant gets a person and a canary of its own, so that logs can be searched for them.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "corpus"
MARKED_CHAT = 700_000_001
MARKED_PHONE = "628990001112"
MARKED_USER_ID = "ID.18990001112"
MARKED_UPDATE = 710_000_001
MARKED_MESSAGE = "KANARIKANARI"
CANARY = "KANARI"
LEAK = re.compile(rb"kanari[a-z]{6}|62899[0-9]{7}|bolehkah saya memakai baju|wulandari|santoso", re.IGNORECASE)
"""What may stand in no log: names, phone numbers and words of the corpus."""
WAYS = ("missing", "null", "wrong", "huge")
DEEP = "@@DEEP@@"
INFINITE = "@@INFINITE@@"
DEPTH = 20_000
LONG = 100_000
RAW = {f'"{DEEP}"'.encode(): b"[" * DEPTH + b"]" * DEPTH, f'"{INFINITE}"'.encode(): b"1e999"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"

Path_ = tuple[str | int, ...]
MISSING = object()
UNCHANGED = object()


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One malformed update."""

    channel: str
    kind: str
    """The payload's file."""
    path: Path_
    way: str
    what: str
    """What stands there instead."""
    number: int
    new: Any = field(repr=False)
    """What stands at the path; `MISSING` where nothing does, `UNCHANGED` for the payload as it is."""

    @property
    def value(self) -> Any:
        """Return the whole body, its marks still in it."""
        whole = kinds(self.channel)[self.kind]
        if self.new is UNCHANGED:
            return whole
        return _without(whole, self.path) if self.new is MISSING else _with(whole, self.path, self.new)

    @property
    def name(self) -> str:
        """Return how reports call it."""
        return f"{self.channel}/{self.kind}: {'.'.join(map(str, self.path))} {self.way} ({self.what})"

    @property
    def canary(self) -> str:
        """Return the word that only this variant's texts hold."""
        rest, letters = self.number, []
        for _ in range(6):
            rest, letter = divmod(rest, len(LETTERS))
            letters.append(LETTERS[letter])
        return CANARY.lower() + "".join(letters)

    @property
    def chat(self) -> int:
        """Return the person on Telegram."""
        return 800_000_000 + self.number

    @property
    def phone(self) -> str:
        """Return the person on WhatsApp."""
        return f"62899{self.number:07d}"

    @property
    def user_id(self) -> str:
        """Return the person on WhatsApp by the business's own id."""
        return f"ID.1899{self.number:07d}"

    def json(self, update_id: int = 0) -> bytes:
        """Return the body that is posted, its marks replaced.

        Args:
            update_id: Telegram's; takes the place of the mark where that still stands.
        """
        written = self.marked(update_id)
        for mark, meant in RAW.items():
            written = written.replace(mark, meant)
        return written

    def marked(self, update_id: int = 0) -> bytes:
        """Return the same with marks where Python's own JSON library would not go, for a proxy to replace."""
        written = json.dumps(self.value)
        for mark, own in (
            (MARKED_MESSAGE, f"{self.canary}{self.number}"),
            (CANARY, self.canary),
            ("kanari_", f"{self.canary}_"),
            ("kanari@", f"{self.canary}@"),
            (str(MARKED_CHAT), str(self.chat)),
            (MARKED_PHONE, self.phone),
            (MARKED_USER_ID, self.user_id),
            (f'"update_id": {MARKED_UPDATE}', f'"update_id": {update_id}'),
        ):
            written = written.replace(mark, own)
        return written.encode()


@cache
def kinds(channel: str) -> dict[str, Any]:
    """Return the payloads of a channel by kind, in order of name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / channel).glob("*.json"))}


def paths(value: Any, start: Path_ = ()) -> Iterator[Path_]:
    """Return where something stands, the outermost first; of a list only its first place."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield (*start, key)
            yield from paths(each, (*start, key))
    elif isinstance(value, list) and value:
        yield (*start, 0)
        yield from paths(value[0], (*start, 0))


def variants(channel: str, most: int | None = None) -> Sequence[Variant]:
    """Return every variant of a channel's corpus, or so many of them, spread evenly."""
    made = _all(channel)
    if most is not None and most < len(made):
        made = tuple(made[place * len(made) // most] for place in range(most))
    return made


@cache
def _all(channel: str) -> tuple[Variant, ...]:
    found: list[Variant] = []
    for kind, whole in kinds(channel).items():
        spoiled: list[tuple[Path_, str, str, Any]] = [((), "as it is", "", UNCHANGED)]
        for path in paths(whole):
            spoiled += [(path, *each) for each in _spoiled(_at(whole, path), f"{kind}{path}")]
        for path, way, what, new in spoiled:
            found.append(Variant(channel=channel, kind=kind, path=path, way=way, what=what, number=len(found), new=new))
    return tuple(found)


def _spoiled(old: Any, seed: str) -> Iterator[tuple[str, str, Any]]:
    yield "missing", "nothing", MISSING
    yield "null", "null", None
    chance = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    wrong = [(what, value) for what, value in OTHERS if type(value) is not type(old)]
    yield "wrong", *wrong[chance % len(wrong)]
    yield "huge", *HUGE[chance // 7 % len(HUGE)]


OTHERS: tuple[tuple[str, Any], ...] = (
    ("text", f"{CANARY} teks"),
    ("number", 7),
    ("negative", -1),
    ("fraction", 1.5),
    ("true", True),
    ("list", [CANARY]),
    ("object", {"isi": CANARY}),
    ("empty text", ""),
    ("empty list", []),
    ("empty object", {}),
    ("lone surrogate", "\ud800" + CANARY),
    ("control characters", f"\0\x1b[2J{CANARY}\u202e"),
    ("infinite", INFINITE),
    ("list of lists", [[CANARY], None, 3]),
)
"""A value of each type, and some that JSON allows and few expect."""
HUGE: tuple[tuple[str, Any], ...] = (
    ("long text", f"{CANARY} " * (LONG // 7)),
    ("2^80", 2**80),
    ("-2^63", -(2**63)),
    ("deep", DEEP),
    ("long list", [{"isi": CANARY}] * (LONG // 20)),
    ("many keys", {f"k{number}": CANARY for number in range(LONG // 40)}),
)


def _at(whole: Any, path: Path_) -> Any:
    for step in path:
        whole = whole[step]
    return whole


def _with(whole: Any, path: Path_, value: Any) -> Any:
    made = deepcopy(whole)
    _at(made, path[:-1])[path[-1]] = value
    return made


def _without(whole: Any, path: Path_) -> Any:
    made = deepcopy(whole)
    del _at(made, path[:-1])[path[-1]]
    return made
