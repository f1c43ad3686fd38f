"""How soon a password is guessed, by zxcvbn and its lists, which are part of the package: nothing is asked outside."""

from collections.abc import Mapping, Sequence
from typing import Any

from zxcvbn import zxcvbn

from bot.core.accounts.passwords import COMMON_WORDS, FIELD_WORDS, Strength

JUDGED = 72
"""Characters that are looked at, zxcvbn's own limit: it takes time that grows faster than the length."""
MIN_SHOWN = 3
MIN_HELD = 4
"""Letters of a word that counts wherever it stands; shorter ones are parts of too many others."""
_LETTERS = str.maketrans("40315!7@$", "aoeisitas")


def strength_of(password: str, words: Sequence[str]) -> Strength:
    """Judge a password.

    Args:
        words: of the user and the agency, lower case.
    """
    ours = [*words, *sorted(FIELD_WORDS | COMMON_WORDS)]
    judged = zxcvbn(password[:JUDGED], user_inputs=ours)
    parts: Sequence[Mapping[str, Any]] = judged["sequence"]
    common = [part for part in parts if part["pattern"] in {"dictionary", "spatial", "sequence", "repeat", "date"}]
    # A word that is in zxcvbn's own lists too is named after the first list that has it.
    known = [part for part in common if part.get("matched_word", part["token"].lower()) in ours]
    return Strength(
        guesses=float(judged["guesses"]), known=_longest(known) or _held(password, ours), common=_longest(common)
    )


def _held(password: str, words: Sequence[str]) -> str | None:
    """Return the longest of our words that a password holds, digits read as the letters that they stand for."""
    plain = password.lower()
    forms = (plain, plain.translate(_LETTERS))
    held = [word for word in words if len(word) >= MIN_HELD and any(word in form for form in forms)]
    return max(held, key=len, default=None)


def _longest(parts: Sequence[Mapping[str, Any]]) -> str | None:
    words = [str(part["token"]) for part in parts if len(part["token"]) >= MIN_SHOWN]
    return max(words, key=len, default=None)
