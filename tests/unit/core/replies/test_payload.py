"""Buttons as the short text that channels hand back."""

from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.guidance.book import GuidanceBook
from bot.core.replies.payload import Act, Choice, decode, encode

LONGEST_PAYLOAD = 64
"""Bytes; Telegram's limit for callback data (`platform-limits.md`)."""
NUMBERED = (Act.VARIANT, Act.HELPFUL, Act.UNHELPFUL)
BARE = (Act.MENU, Act.NONE_OF_THESE, Act.PRIVACY)

ids = st.from_regex(r"[a-z][a-z_]{0,39}", fullmatch=True)
choices = st.one_of(
    st.builds(lambda act: Choice(act=act), st.sampled_from(BARE)),
    st.builds(
        lambda act, subject: Choice(act=act, subject=subject),
        st.sampled_from([act for act in Act if act not in (*NUMBERED, *BARE)]),
        ids,
    ),
    st.builds(
        lambda act, subject, number: Choice(act=act, subject=subject, number=number),
        st.sampled_from(NUMBERED),
        ids,
        st.integers(0, 999),
    ),
)
quick = settings(deadline=None, max_examples=200)


@quick
@given(choice=choices)
def test_a_payload_is_read_back_as_what_it_was_made_of(choice: Choice) -> None:
    assert decode(encode(choice)) == choice


@quick
@given(choice=choices)
def test_a_payload_is_ascii_and_short(choice: Choice) -> None:
    payload = encode(choice)
    assert (payload.isascii(), len(payload) <= LONGEST_PAYLOAD) == (True, True)


@pytest.mark.parametrize(
    ("choice", "payload"),
    [
        (Choice(act=Act.MENU), "m"),
        (Choice(act=Act.GROUP, subject="medsos"), "g:medsos"),
        (Choice(act=Act.TOPIC, subject="hak_pilih"), "t:hak_pilih"),
        (Choice(act=Act.VARIANT, subject="hak_pilih", number=2), "v:hak_pilih:2"),
        (Choice(act=Act.VARIANT, subject="hak_pilih"), "v:hak_pilih:0"),
        (Choice(act=Act.HELPFUL, subject="hak_pilih", number=3), "y:hak_pilih:3"),
        (Choice(act=Act.UNHELPFUL, subject="hak_pilih", number=12), "n:hak_pilih:12"),
    ],
)
def test_old_buttons_keep_their_meaning(choice: Choice, payload: str) -> None:
    assert (encode(choice), decode(payload)) == (payload, choice)


@pytest.mark.parametrize(("payload", "act"), [("y:hak_pilih", Act.HELPFUL), ("n:hak_pilih", Act.UNHELPFUL)])
def test_an_old_feedback_button_names_no_version(payload: str, act: Act) -> None:
    assert decode(payload) == Choice(act=act, subject="hak_pilih", number=0)


def test_every_topic_and_group_fits_into_every_kind_of_button(book: GuidanceBook) -> None:
    payloads = [
        encode(Choice(act=act, subject=subject, number=99))
        for act, subject in product(Act, (*book.topics, *book.groups))
    ]
    assert [payload for payload in payloads if len(payload.encode()) > LONGEST_PAYLOAD] == []


@pytest.mark.parametrize(
    "payload",
    [
        *("", ":", "T", "T:hak_pilih", " t:hak_pilih", "tt:hak_pilih", "hak_pilih", "/start", "👍"),
        *("v:hak_pilih:", "v:hak_pilih:satu", "v:hak_pilih:-1", "v:hak_pilih:1.5", "v:hak_pilih:1:2", "t:a:0:"),
    ],
)
def test_garbage_is_no_choice(payload: str) -> None:
    assert decode(payload) is None


@quick
@given(payload=st.text(max_size=100))
def test_a_text_that_opens_with_no_act_is_no_choice(payload: str) -> None:
    assume(payload.partition(":")[0] not in set(Act))
    assert decode(payload) is None


@quick
@given(act=st.sampled_from(Act), rest=st.text(alphabet=":_-09a٣ \n", max_size=30))
def test_whatever_follows_an_act_is_read_as_that_act_or_as_nothing(act: Act, rest: str) -> None:
    choice = decode(f"{act}:{rest}")
    assert choice is None or (choice.act, choice.subject, choice.number >= 0) == (act, rest.partition(":")[0], True)


def test_a_number_of_many_digits_is_no_choice() -> None:
    assert decode("v:hak_pilih:" + "9" * 10_000) is None
