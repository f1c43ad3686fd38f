"""Bring one token of Indonesian chat to the spelling that the training data shares."""

import re
import unicodedata
from collections.abc import Mapping

_RUN_OF_THREE = re.compile(r"([^\W\d_])\1{2,}")
_ROMAN = re.compile(r"^[ivx]+$")
_REDUPLICATED = re.compile(r"^([a-z]{3,})2$")
_TRAILING_DOUBLE = re.compile(r"([a-z])\1+$")
_EDGES = re.compile(r"^[^\w@#]+|(?<![^\w@#])[^\w@#]+$")


def normalise_token(token: str, spellings: Mapping[str, str]) -> str:
    """Return the common spelling of one token.

    Args:
        token: as typed, without white space.
        spellings: from a chat spelling in lower case to the common one, which may be several words.

    Returns:
        Lower case, without punctuation at its edges; "" when nothing but punctuation was typed.
        A reduplication written with a digit ("teman2") comes back as its single word.
    """
    plain = unicodedata.normalize("NFKC", token).lower().replace("’", "'")
    plain = _EDGES.sub("", plain)
    if not plain:
        return ""
    if _ROMAN.match(plain):
        # "eselon III" is not a stretched "eselon i".
        return spellings.get(plain, plain)
    for candidate in _candidates(plain):
        if candidate in spellings:
            return spellings[candidate]
    return _shorten(plain)


def _candidates(plain: str) -> list[str]:
    """Return the spellings to look up, the likeliest first."""
    shortened = _shorten(plain)
    stripped = _TRAILING_DOUBLE.sub(r"\1", shortened)
    return list(dict.fromkeys([plain, _RUN_OF_THREE.sub(r"\1\1", plain), shortened, stripped]))


def _shorten(plain: str) -> str:
    """Undo stretched letters ("bolehhhh") and reduplication by digit ("teman2")."""
    match = _REDUPLICATED.match(plain)
    if match:
        plain = match.group(1)
    return _RUN_OF_THREE.sub(r"\1", plain)
