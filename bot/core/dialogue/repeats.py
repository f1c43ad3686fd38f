"""Tell what a client sends several times for one act of a person, so that one act gets one reply.

Nothing of a text is kept: a conversation remembers short hashes, in its sealed state, for as long as it lives.
"""

import hashlib
from dataclasses import dataclass

from bot.core.vocabulary import Unreadable

MAX_REMEMBERED = 12
"""Messages of a conversation; edits and parts of an album come soon after the first."""
SAME_SENTENCE_SECONDS = 10.0
"""Within so long several things that cannot be read count as one act, such as two pictures picked together."""
MARK_BYTES = 6
"""Of a hash; among a dozen of them two are equal by chance once in 10^12 conversations."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Which message of the platform something comes from."""

    name: str
    """A hash of the message's id, or of its album's."""
    words: str | None = None
    """A hash of what was written; None when nothing was."""
    sentence: Unreadable | None = None
    """What would be said of it without its words; pictures picked together come one by one, one with the caption."""
    is_edit: bool = False
    """Whether an earlier message was changed."""
    is_part: bool = False
    """Whether it is one of several of an album."""


def mark_of(*parts: object) -> str:
    """Return a short hash of some values."""
    text = "\x1f".join(map(str, parts)).encode("utf-8", "replace")
    return hashlib.blake2b(text, digest_size=MARK_BYTES).hexdigest()


def is_repeat(remembered: tuple[str, ...], origin: Origin, heard: object, seconds: float) -> bool:
    """Decide whether something was answered already, as part of the same act.

    Args:
        seconds: the present, since 1970.
    """
    known = {entry.partition(":")[0]: entry.partition(":")[2] for entry in remembered}
    if origin.is_edit:
        # An edit brings news only by its words; what is not remembered any more counts as new.
        return origin.words is None or f"{origin.name}:{origin.words}" in remembered
    if origin.words is not None:
        return f"{origin.name}:{origin.words}" in remembered and origin.is_part
    if origin.is_part and origin.name in known:
        return True
    if not isinstance(heard, Unreadable):
        return False
    last = known.get(heard.value, "")
    return last.isdecimal() and 0.0 <= seconds - int(last) <= SAME_SENTENCE_SECONDS


def remember(remembered: tuple[str, ...], origin: Origin | None, heard: object, seconds: float) -> tuple[str, ...]:
    """Return what is remembered after something was answered."""
    if origin is None:
        return remembered
    added = [f"{origin.name}:{origin.words or ''}"]
    said = heard if isinstance(heard, Unreadable) and origin.words is None else origin.sentence
    if said is not None:
        added.append(f"{said.value}:{int(seconds)}")
    replaced = {f"{said.value}:"} if said is not None else set()
    if not origin.is_part:
        replaced.add(f"{origin.name}:")
    kept = [entry for entry in remembered if entry not in added and not any(map(entry.startswith, replaced))]
    return (*kept, *added)[-MAX_REMEMBERED:]
