"""Who decides about what others wrote."""

import pytest

from bot.core.accounts.review import (
    CHANGED_SINCE,
    MAX_REASON_CHARACTERS,
    NO_REASON,
    OWN_WORK,
    is_second_person,
    reason_of_return,
    require_review,
    with_involved,
)
from bot.core.errors import InvalidInputError


@pytest.mark.parametrize(
    ("involved", "name", "is_second"),
    [({"ani", "budi"}, "citra", True), ({"ani", "budi"}, "Budi", False), ({"ani"}, "ANI", False), ((), "ani", True)],
)
def test_none_of_those_involved_is_a_second_person_however_the_name_is_written(
    involved: set[str], name: str, is_second: bool
) -> None:
    assert is_second_person(involved, name) is is_second


def test_whoever_takes_part_twice_is_named_once() -> None:
    assert with_involved(with_involved(("ani",), "budi"), "Ani") == ("ani", "budi")


@pytest.mark.parametrize(
    ("decider", "is_as_read", "words"),
    [("ani", True, OWN_WORK), ("ani", False, OWN_WORK), ("citra", False, CHANGED_SINCE)],
)
def test_nobody_decides_about_own_work_or_about_what_was_not_read(decider: str, is_as_read: bool, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words.split(".", 1)[0]):
        require_review(("ani",), decider, is_as_read=is_as_read)


def test_a_second_person_decides_about_what_was_read() -> None:
    require_review(("ani",), "citra", is_as_read=True)


def test_what_goes_back_says_why_on_one_line() -> None:
    assert reason_of_return("  pasal \n salah ") == "pasal salah"
    assert len(reason_of_return("x" * 2_000)) == MAX_REASON_CHARACTERS
    with pytest.raises(InvalidInputError, match=NO_REASON.split(",", 1)[0]):
        reason_of_return(" \n ")
