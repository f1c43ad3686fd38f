"""Texts of one meaning together."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.curation.clusters import (
    MIN_PART,
    SIMHASH_RADIUS,
    WORDING_BITS,
    Cluster,
    EmbeddedText,
    centre_of,
    clusters,
    embedding_bits,
    simhash_bits,
    split_cluster,
)

pytestmark = pytest.mark.learning

DAY = date(2026, 11, 2)
WIDTH = 16
REACH = 0.25
MOST = 4

points = st.lists(
    st.builds(
        EmbeddedText,
        id=st.text("abcdef0123456789", min_size=1, max_size=4),
        text=st.sampled_from(["boleh mudik", "gaji 13 kapan", "cuti besar", "apa itu arisan", "naik pangkat"]),
        day=st.dates(min_value=DAY, max_value=DAY + timedelta(days=60)),
        bits=st.integers(min_value=0, max_value=2**WIDTH - 1),
    ),
    max_size=40,
    unique_by=lambda point: point.id,
)


def point(identifier: str, bits: int, text: str = "", day: date = DAY) -> EmbeddedText:
    return EmbeddedText(id=identifier, text=text or identifier, day=day, bits=bits)


def ids(found: tuple[Cluster, ...]) -> list[list[str]]:
    return [[each.id for each in cluster.points] for cluster in found]


@given(points)
def test_every_text_is_in_exactly_one_cluster(given_points: list[EmbeddedText]) -> None:
    found = clusters(given_points, WIDTH, REACH)
    assert sorted(each.id for cluster in found for each in cluster.points) == sorted(each.id for each in given_points)


@given(points, st.randoms(use_true_random=False))
def test_the_order_of_the_texts_does_not_matter(given_points: list[EmbeddedText], chance: object) -> None:
    shuffled = list(given_points)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert clusters(shuffled, WIDTH, REACH) == clusters(given_points, WIDTH, REACH)


@given(points)
def test_nobody_is_farther_from_the_centre_than_allowed_and_the_nearest_come_first(
    given_points: list[EmbeddedText],
) -> None:
    for cluster in clusters(given_points, WIDTH, REACH):
        away = [(each.bits ^ cluster.centre.bits).bit_count() for each in cluster.points]
        assert away == sorted(away)
        assert away[-1] <= MOST


@given(points)
def test_centres_are_apart_and_the_largest_cluster_comes_first(given_points: list[EmbeddedText]) -> None:
    found = clusters(given_points, WIDTH, REACH)
    centres = [cluster.centre.bits for cluster in found]
    assert all((a ^ b).bit_count() > MOST for n, a in enumerate(centres) for b in centres[:n])
    assert [len(c.points) for c in found] == sorted((len(c.points) for c in found), reverse=True)


def test_the_text_with_the_most_neighbours_stands_for_all() -> None:
    found = clusters([point("a", 0b0000_0111), point("b", 0b0000_0011), point("c", 0b0000_0000)], WIDTH, 2 / WIDTH)
    assert ids(found) == [["b", "a", "c"]]


@given(points.filter(bool), st.data())
def test_parts_of_a_pile_hold_every_text_once_and_none_is_tiny_but_the_rest(
    given_points: list[EmbeddedText], data: st.DataObject
) -> None:
    pile = Cluster(points=tuple(given_points))
    bits = {each.id: data.draw(st.integers(0, 2**WIDTH - 1)) for each in given_points}
    parts = split_cluster(pile, bits, WIDTH, REACH)
    assert sorted(each.id for part in parts for each in part.points) == sorted(each.id for each in given_points)
    assert [part for part in parts[:-1] if len(part.points) < MIN_PART] == []


def test_a_group_comes_out_of_a_pile_and_the_rest_stays_together() -> None:
    pile = Cluster(points=tuple(point(name, 0) for name in "abcdef"))
    bits = {"a": 0xFFFF, "b": 0, "c": 0, "d": 1, "e": 0xFF00, "f": 0x00FF}
    assert ids(split_cluster(pile, bits, WIDTH, REACH)) == [["b", "c", "d"], ["a", "e", "f"]]


def test_no_texts_make_no_clusters() -> None:
    assert clusters([], WIDTH, REACH) == ()


def test_of_clusters_of_one_size_the_one_asked_last_comes_first() -> None:
    later = DAY + timedelta(days=1)
    found = clusters([point("a", 0), point("b", 2**WIDTH - 1, day=later)], WIDTH, REACH)
    assert ids(found) == [["b"], ["a"]]


def test_a_cluster_knows_when_it_was_asked_and_what_is_left_of_it() -> None:
    [cluster] = clusters([point("a", 0), point("b", 0, day=DAY + timedelta(days=9))], WIDTH, REACH)
    assert (cluster.first_day, cluster.last_day) == (DAY, DAY + timedelta(days=9))
    left = cluster.among({"b", "lain"})
    assert left is not None
    assert [each.id for each in left.points] == ["b"]
    assert cluster.among({"lain"}) is None


def test_vectors_on_one_side_of_the_centre_have_the_same_bits() -> None:
    centre = centre_of([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])
    assert centre == (1.0, 1.0, 1.0)
    assert embedding_bits([3.0, 0.0, 1.5], centre) == 0b101
    assert embedding_bits([9.0, -1.0, 1.1], centre) == 0b101


def test_by_wording_near_duplicates_come_together_and_other_matters_stay_apart() -> None:
    texts = [
        "kapan gaji ke-13 pensiunan cair",
        "gaji ke-13 pensiunan kapan cairnya ya",
        "syarat naik haji pakai cuti besar",
        "apa syarat cuti besar naik haji",
        "cara isi SKP di aplikasi kinerja",
    ]
    made = [
        EmbeddedText(id=str(number), text=text, day=DAY, bits=bits)
        for number, (text, bits) in enumerate(zip(texts, simhash_bits(texts), strict=True))
    ]
    found = clusters(made, WORDING_BITS, SIMHASH_RADIUS)
    assert {frozenset(each) for each in ids(found)} == {frozenset("01"), frozenset("23"), frozenset("4")}


@given(st.lists(st.text(max_size=60), min_size=1, max_size=8))
def test_any_text_has_bits_and_equal_texts_have_equal_ones(texts: list[str]) -> None:
    made = simhash_bits([*texts, texts[0]])
    assert made[0] == made[-1]
    assert all(0 <= bits < 2**WORDING_BITS for bits in made)
