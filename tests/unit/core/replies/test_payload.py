"""Buttons as the short text that channels hand back."""

from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.core.guidance.book import GuidanceBook
from bot.core.replies.payload import ActionKind, ButtonAction, decode, encode

MAX_PAYLOAD = 64
"""Bytes; Telegram's limit for callback data (`docs/limits.md`)."""
NUMBERED = (ActionKind.VARIANT, ActionKind.HELPFUL, ActionKind.UNHELPFUL)
BARE = (ActionKind.MENU, ActionKind.NONE_OF_THESE, ActionKind.PRIVACY)

ids = st.from_regex(r"[a-z][a-z_]{0,39}", fullmatch=True)
choices = st.one_of(
    st.builds(lambda act: ButtonAction(act=act), st.sampled_from(BARE)),
    st.builds(
        lambda act, subject: ButtonAction(act=act, target=subject),
        st.sampled_from([act for act in ActionKind if act not in (*NUMBERED, *BARE)]),
        ids,
    ),
    st.builds(
        lambda act, subject, number: ButtonAction(act=act, target=subject, number=number),
        st.sampled_from(NUMBERED),
        ids,
        st.integers(0, 999),
    ),
)
quick = settings(deadline=None, max_examples=200)


@quick
@given(choice=choices)
def test_a_payload_is_read_back_as_what_it_was_made_of(choice: ButtonAction) -> None:
    assert decode(encode(choice)) == choice


@quick
@given(choice=choices)
def test_a_payload_is_ascii_and_short(choice: ButtonAction) -> None:
    payload = encode(choice)
    assert (payload.isascii(), len(payload) <= MAX_PAYLOAD) == (True, True)


@pytest.mark.parametrize(
    ("choice", "payload"),
    [
        (ButtonAction(act=ActionKind.MENU), "m"),
        (ButtonAction(act=ActionKind.GROUP, target="medsos"), "g:medsos"),
        (ButtonAction(act=ActionKind.TOPIC, target="hak_pilih"), "t:hak_pilih"),
        (ButtonAction(act=ActionKind.VARIANT, target="hak_pilih", number=2), "v:hak_pilih:2"),
        (ButtonAction(act=ActionKind.VARIANT, target="hak_pilih"), "v:hak_pilih:0"),
        (ButtonAction(act=ActionKind.HELPFUL, target="hak_pilih", number=3), "y:hak_pilih:3"),
        (ButtonAction(act=ActionKind.UNHELPFUL, target="hak_pilih", number=12), "n:hak_pilih:12"),
    ],
)
def test_old_buttons_keep_their_meaning(choice: ButtonAction, payload: str) -> None:
    assert (encode(choice), decode(payload)) == (payload, choice)


@pytest.mark.parametrize(
    ("payload", "act"), [("y:hak_pilih", ActionKind.HELPFUL), ("n:hak_pilih", ActionKind.UNHELPFUL)]
)
def test_an_old_feedback_button_names_no_version(payload: str, act: ActionKind) -> None:
    assert decode(payload) == ButtonAction(act=act, target="hak_pilih", number=0)


def test_every_topic_and_group_fits_into_every_kind_of_button(book: GuidanceBook) -> None:
    payloads = [
        encode(ButtonAction(act=act, target=subject, number=99))
        for act, subject in product(ActionKind, (*book.topics, *book.groups))
    ]
    assert [payload for payload in payloads if len(payload.encode()) > MAX_PAYLOAD] == []


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
    assume(payload.partition(":")[0] not in set(ActionKind))
    assert decode(payload) is None


@quick
@given(act=st.sampled_from(ActionKind), rest=st.text(alphabet=":_-09a٣ \n", max_size=30))
def test_whatever_follows_an_act_is_read_as_that_act_or_as_nothing(act: ActionKind, rest: str) -> None:
    choice = decode(f"{act}:{rest}")
    assert choice is None or (choice.act, choice.target, choice.number >= 0) == (act, rest.partition(":")[0], True)


def test_a_number_of_many_digits_is_no_choice() -> None:
    assert decode("v:hak_pilih:" + "9" * 10_000) is None
