"""Tell an utterance that can be interpreted from a command, a thumb, and what has no words."""

import re
import unicodedata
from collections.abc import Collection

from bot.core.dialogue.conversation import Command, Search, Thumb
from bot.core.dialogue.word_sets import FUNCTION_WORDS
from bot.core.privacy.text_folding import fold
from bot.core.vocabulary import Unreadable

MAX_UTTERANCE = 4_096
"""Characters as written; longer texts are not interpreted."""

_COMMAND = re.compile(r"^/([a-z]+)(?:@\w+)?(?:\s+(.*))?$", re.DOTALL)
_ALIASES = {
    "bantuan": Command.HELP,
    "mulai": Command.START,
    "topics": Command.TOPICS,
    "cari": Command.TOPICS,
    "privacy": Command.PRIVACY,
}
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_ENDINGS = ("nya", "kah", "lah", "pun")
_STOP_WORDS = frozenset({"berhenti", "stop", "unsubscribe"})
"""Alone in a message they end the reminders, also while the NLU is down."""
_SKIN_TONES = "".join(chr(point) for point in range(0x1F3FB, 0x1F400))


def classify_utterance(utterance: str) -> str | Command | Search | Thumb | Unreadable:
    """Return the folded and trimmed text to interpret, or what the utterance is instead of one."""
    if len(utterance) > MAX_UTTERANCE:
        return Unreadable.TOO_LONG
    text = fold(utterance).strip()
    if not text:
        # Invisible characters alone are something, though no words; blanks are nothing.
        return Unreadable.NO_WORDS if utterance.strip() else Unreadable.EMPTY
    command = Command.STOP if text.lower().strip(" .!") in _STOP_WORDS else _command(text)
    if command is not None:
        return command
    if any(unicodedata.category(character)[0] in "LN" for character in text):
        return text
    return _thumb(text) or Unreadable.NO_WORDS


def word_count(text: str) -> int:
    """Count what stands between white space."""
    return len(text.split())


def other_words(text: str, spans: Collection[tuple[int, int]]) -> tuple[str, ...]:
    """Return the words, in order and lower case, that are neither inside an entity nor function words.

    Args:
        spans: start and end of each entity, in characters of the text.
    """
    inside = bytearray(len(text))
    for start, end in spans:
        inside[max(start, 0) : end] = b"\x01" * (min(end, len(text)) - max(start, 0))
    words = _WORD.finditer(text)
    outside = [match.group().lower() for match in words if inside.find(1, match.start(), match.end()) < 0]
    return tuple(word for word in map(_plain, outside) if word not in FUNCTION_WORDS)


def _plain(word: str) -> str:
    """Undo stretched letters and take off a clitic; a word that is known with its ending keeps it."""
    word = _STRETCHED.sub(r"\1", word)
    if word in FUNCTION_WORDS:
        return word
    return next((word.removesuffix(end) for end in _ENDINGS if word.endswith(end) and len(word) > len(end) + 2), word)


def _command(text: str) -> Command | Search | None:
    match = _COMMAND.match(text.lower())
    if match is None:
        return None
    name = match.group(1)
    command = _ALIASES.get(name) or next((command for command in Command if command.value == name), None)
    words = (match.group(2) or "").strip()
    return Search(words=words) if command is Command.TOPICS and words else command


def _thumb(text: str) -> Thumb | None:
    bare = set(text) - set(_SKIN_TONES) - {"\ufe0f", " "}
    if bare == {"👍"}:
        return Thumb.UP
    return Thumb.DOWN if bare == {"👎"} else None
