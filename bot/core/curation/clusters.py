"""Texts of one meaning together: pure, and the same for any order of the texts.

A vector becomes one bit a dimension: on which side of a centre it lies. Two texts are as near as their bits agree,
which takes next to nothing a pair; with 384 dimensions it tells topics apart about as well as the vectors themselves.
"""

import hashlib
import heapq
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from bot.core.dialogue.word_sets import FUNCTION_WORDS

EMBEDDING_RADIUS = 0.26
"""The share of differing bits up to which two vectors of the sentence encoder are one question.

Source: 642 questions that the encoder never saw: of the texts in groups of three and more 89 in 100 are of the group's
topic, and three quarters of all texts are in such a group. At 0.24 it is 93 in 100 and two thirds, at 0.30 80 in 100.
"""
SPLIT_RADIUS = 0.30
"""The same around the middle of one large group, where what all its texts have in common counts no more."""
MIN_PART = 3
"""Texts; fewer stay in the pile that they were found in."""
SIMHASH_RADIUS = 0.37
"""The same for bits that are made from the words alone: groups are few and small, and two thirds right."""
WORDING_BITS = 384
PIECE = 4
"""Letters of the pieces of words that wordings are compared by."""

_WORD = re.compile(r"\w+")
_LANES = [b"".join((byte >> bit & 1).to_bytes(2, "little") for bit in range(8)) for byte in range(256)]


@dataclass(frozen=True, kw_only=True)
class EmbeddedText:
    """One text to put with others."""

    id: str
    text: str
    day: date
    bits: int


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Texts that ask the same; never empty."""

    points: tuple[EmbeddedText, ...]
    """The most central first, then the nearest to it."""

    @property
    def centre(self) -> EmbeddedText:
        """Return the text that stands for all."""
        return self.points[0]

    @property
    def first_day(self) -> date:
        """Return the day on which it was asked first."""
        return min(point.day for point in self.points)

    @property
    def last_day(self) -> date:
        """Return the day on which it was asked last."""
        return max(point.day for point in self.points)

    def among(self, ids: Iterable[str]) -> "Cluster | None":
        """Return what is left of it when only these texts are, None when nothing is."""
        kept = set(ids)
        points = tuple(point for point in self.points if point.id in kept)
        return Cluster(points=points) if points else None


def clusters(points: Iterable[EmbeddedText], width: int, reach: float) -> tuple[Cluster, ...]:
    """Put every text with those around it: always the one with the most free neighbours gathers them.

    Args:
        points: in any order, each id once.
        width: how many bits each has.
        reach: the share of bits in which a text may differ from the centre of its cluster, 0..1.

    Returns:
        Every point in exactly one cluster; the largest first, of equals the one asked last, then by text.
    """
    ordered = sorted(points, key=lambda point: (point.text, point.id))
    most = int(width * reach)
    near = _neighbours([point.bits for point in ordered], most)
    groups: dict[int, list[int]] = {centre: [] for centre in _centres(near)}
    for number, point in enumerate(ordered):
        distances = ((_distance(point, ordered[c]), c) for c in groups if near[number] >> c & 1)
        groups[number if number in groups else min(distances)[1]].append(number)
    found = [_cluster(ordered, centre, members) for centre, members in groups.items()]
    return largest_first(found)


def split_cluster(pile: Cluster, bits: Mapping[str, int], width: int, reach: float) -> tuple[Cluster, ...]:
    """Take the groups out of a pile whose texts are near only because all are far from everything we know.

    Args:
        bits: of every text in it by id, made around the pile's own middle.

    Returns:
        Groups of at least `MIN_PART` texts, and the rest of the pile when there is any.
    """
    again = [replace(point, bits=bits[point.id]) for point in pile.points]
    found = [each for each in clusters(again, width, reach) if len(each.points) >= MIN_PART]
    taken = {point.id for each in found for point in each.points}
    rest = pile.among(point.id for point in pile.points if point.id not in taken)
    return (*found, rest) if rest is not None else tuple(found)


def largest_first(found: Iterable[Cluster]) -> tuple[Cluster, ...]:
    """Put clusters in order: the largest first, of equals the one asked last, then by text."""
    return tuple(sorted(found, key=lambda each: (-len(each.points), -each.last_day.toordinal(), each.centre.text)))


def centre_of(vectors: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Return the mean of vectors of one length; at least one."""
    return tuple(math.fsum(column) / len(vectors) for column in zip(*vectors, strict=True))


def embedding_bits(vector: Sequence[float], centre: Sequence[float]) -> int:
    """Return one bit a dimension: whether the vector lies above the centre."""
    bits = 0
    for value, middle in zip(vector, centre, strict=True):
        bits = bits << 1 | (value > middle)
    return bits


def simhash_bits(texts: Sequence[str]) -> list[int]:
    """Return bits made from words and their pieces, rare ones weighing more; texts of equal words have equal bits."""
    pieces = [_pieces(text) for text in texts]
    in_texts = Counter(piece for each in pieces for piece in set(each))
    weights = {piece: max(1, round(2 * math.log(len(texts) / count))) for piece, count in in_texts.items()}
    return [_folded(each, weights) for each in pieces]


def _neighbours(bits: Sequence[int], most: int) -> list[int]:
    """Return for each text the set of texts near it, itself among them, as the bits of one number."""
    near = [1 << number for number in range(len(bits))]
    for number, own in enumerate(bits):
        found, mark = 0, 1 << number
        for other in range(number):
            if (own ^ bits[other]).bit_count() <= most:
                found |= 1 << other
                near[other] |= mark
        near[number] |= found
    return near


def _centres(near: Sequence[int]) -> list[int]:
    """Return the texts that gather others, until every text is near one."""
    free = (1 << len(near)) - 1
    waiting = [(-each.bit_count(), number) for number, each in enumerate(near)]
    heapq.heapify(waiting)
    centres = []
    while free:
        _, number = heapq.heappop(waiting)
        if not free >> number & 1:
            continue
        present = (-(near[number] & free).bit_count(), number)
        if waiting and waiting[0] < present:
            # Some of its neighbours went to another: it must wait for its turn.
            heapq.heappush(waiting, present)
            continue
        centres.append(number)
        free &= ~near[number]
    return centres


def _cluster(ordered: Sequence[EmbeddedText], centre: int, members: Iterable[int]) -> Cluster:
    middle = ordered[centre]
    others = [ordered[number] for number in members if number != centre]
    others.sort(key=lambda point: (_distance(point, middle), point.text, point.id))
    return Cluster(points=(middle, *others))


def _distance(one: EmbeddedText, other: EmbeddedText) -> int:
    return (one.bits ^ other.bits).bit_count()


def _pieces(text: str) -> list[str]:
    words = _WORD.findall(text.lower())
    telling = [word for word in words if word not in FUNCTION_WORDS] or words
    pieces = []
    for word in telling:
        framed = f" {word} "
        pieces += [f"={word}", f"={word}"]
        pieces += [framed[start : start + PIECE] for start in range(len(framed) - PIECE + 1)]
    return pieces


def _folded(pieces: Sequence[str], weights: dict[str, int]) -> int:
    """Let every piece vote on every bit; the majority decides (Charikar's similarity hash)."""
    # The sum of one 16-bit lane a bit: adding long numbers adds all lanes at once.
    total, votes = 0, 0
    for piece in pieces:
        weight = weights[piece]
        if votes + weight >= 1 << 15:
            break
        total += _ballot(piece) * weight
        votes += weight
    lanes = memoryview(total.to_bytes(WORDING_BITS * 2, "little")).cast("H")
    return sum(1 << number for number, lane in enumerate(lanes) if 2 * lane > votes)


@cache
def _ballot(piece: str) -> int:
    digest = hashlib.blake2b(piece.encode(), digest_size=WORDING_BITS // 8).digest()
    return int.from_bytes(b"".join(_LANES[byte] for byte in digest), "little")
