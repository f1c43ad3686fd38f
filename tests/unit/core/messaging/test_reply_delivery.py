"""What becomes of an owed reply: pure, for every outcome."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.messaging.backoff import MAX_SECONDS, backoff
from bot.core.messaging.reply_delivery import (
    MAX_READINGS,
    PATIENCE_SECONDS,
    Fate,
    Later,
    OwedReply,
    after_failure,
    after_reading,
    after_sending,
    before_sending,
    is_late,
)
from bot.core.messaging.send_outcome import SendOutcome, SendResult, Trouble
from bot.core.messaging.sender_state import LONE_SECONDS, UNPROVEN_SECONDS, SenderState, after

FIRST = OwedReply(attempts=1, begun=1)
REPEAT = OwedReply(attempts=2, begun=2)
SILENCE = SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.PLATFORM)
REFUSED_TOKEN = SendResult(outcome=SendOutcome.HELD, trouble=Trouble.OURS)
ACCEPTED = SendResult(outcome=SendOutcome.ACCEPTED)
HERE, THERE = b"satu", b"dua"


@pytest.mark.parametrize(
    ("attempt", "fate"),
    [
        (ACCEPTED, Fate.SENT),
        (SendResult(outcome=SendOutcome.UNREACHABLE), Fate.GONE),
        (SendResult(outcome=SendOutcome.REFUSED), Fate.LOST),
        (SendResult(outcome=SendOutcome.WITHDRAWN), Fate.LOST),
        (SendResult(outcome=SendOutcome.HELD, trouble=Trouble.TEMPLATE), Fate.LOST),
        (REFUSED_TOKEN, Fate.AGAIN),
        (SendResult(outcome=SendOutcome.RATE_LIMITED, retry_after=7.0), Fate.AGAIN),
        (SendResult(outcome=SendOutcome.NO_CONNECTION), Fate.AGAIN),
        (SendResult(outcome=SendOutcome.NOT_TAKEN), Fate.AGAIN),
        (SILENCE, Fate.AGAIN),
    ],
)
def test_each_outcome_has_its_fate(attempt: SendResult, fate: Fate) -> None:
    assert after_sending(FIRST, attempt, 0.5).fate is fate


def test_what_surely_did_not_leave_is_no_doubt_and_is_tried_as_long_as_it_is_of_use() -> None:
    for outcome in (SendOutcome.NO_CONNECTION, SendOutcome.NOT_TAKEN, SendOutcome.RATE_LIMITED):
        many = OwedReply(attempts=1_000, begun=1)
        assert after_sending(many, SendResult(outcome=outcome), 0.5).begun == 0
        assert after_sending(many, SendResult(outcome=outcome), 0.5).fate is Fate.AGAIN
        late = OwedReply(attempts=2, begun=1, is_late=True)
        assert after_sending(late, SendResult(outcome=outcome), 0.5).fate is Fate.LOST


def test_a_second_doubt_ends_as_sent_and_is_not_sent_again() -> None:
    assert after_sending(REPEAT, SILENCE, 0.5).fate is Fate.IN_DOUBT
    assert before_sending(2) is Fate.IN_DOUBT
    assert before_sending(1) is Fate.AGAIN


def test_of_a_program_that_broke_twice_nobody_says_that_the_reply_is_out() -> None:
    broken = SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.OURS)
    assert after_sending(REPEAT, broken, 0.5).fate is Fate.LOST


@given(st.lists(st.tuples(st.sampled_from(SendOutcome), st.booleans()), max_size=60))
def test_nobody_gets_a_reply_more_than_twice_over_any_outcomes_and_crashes(
    story: list[tuple[SendOutcome, bool]],
) -> None:
    begun, attempts, copies = 0, 0, 0
    for outcome, crashes in story:
        if before_sending(begun) is not Fate.AGAIN:
            break
        begun, attempts = begun + 1, attempts + 1
        copies += crashes or outcome in {SendOutcome.ACCEPTED, SendOutcome.UNKNOWN}
        if crashes:
            continue
        verdict = after_sending(OwedReply(attempts=attempts, begun=begun), SendResult(outcome=outcome), 0.5)
        if verdict.fate is not Fate.AGAIN:
            break
        begun = verdict.begun
    assert copies <= 2


def test_a_stored_message_that_cannot_be_read_is_put_to_an_end() -> None:
    fates = [after_reading(readings, 0.5).fate for readings in range(1, MAX_READINGS + 1)]
    assert fates == [*[Fate.AGAIN] * (MAX_READINGS - 1), Fate.LOST]


def test_patience_is_a_time_from_the_question_or_the_end_of_the_window() -> None:
    assert not is_late(1_000.0, None, 1_000.0 + PATIENCE_SECONDS)
    assert is_late(1_000.0, None, 1_001.0 + PATIENCE_SECONDS)
    assert not is_late(1_000.0, 90_000.0, 90_000.0 + PATIENCE_SECONDS)


def test_pauses_grow_to_a_minute_and_chance_takes_a_share() -> None:
    assert [backoff(tries, 1.0) for tries in (1, 2, 3, 7, 5_000)] == [1.0, 2.0, 4.0, 60.0, 60.0]
    assert backoff(9, 0.0) < MAX_SECONDS


# Later


@pytest.mark.parametrize(
    ("outcome", "trouble", "failed_before", "later"),
    [
        (SendOutcome.NOT_TAKEN, Trouble.PLATFORM, False, Later.AGAIN),
        (SendOutcome.NOT_TAKEN, Trouble.PLATFORM, True, Later.LOST),
        (SendOutcome.RATE_LIMITED, Trouble.PLATFORM, False, Later.AGAIN),
        (SendOutcome.HELD, Trouble.ACCOUNT, False, Later.AGAIN),
        (SendOutcome.HELD, Trouble.TEMPLATE, False, Later.LOST),
        (SendOutcome.UNREACHABLE, Trouble.PERSON, False, Later.LOST),
        (SendOutcome.REFUSED, None, False, Later.LOST),
    ],
)
def test_what_failed_for_now_is_sent_once_more(
    outcome: SendOutcome, trouble: Trouble | None, failed_before: bool, later: Later
) -> None:
    attempt = SendResult(outcome=outcome, trouble=trouble)
    found = after_failure(attempt, failed_before=failed_before, is_window_closed=False, is_reopening=False)
    assert found is later


def test_a_closed_window_is_reopened_once() -> None:
    closed = SendResult(outcome=SendOutcome.REFUSED, trouble=Trouble.PERSON)
    laters = [
        after_failure(closed, failed_before=True, is_window_closed=True, is_reopening=reopening)
        for reopening in (False, True)
    ]
    assert laters == [Later.REOPEN, Later.LOST]


# The platform


def test_three_failures_in_a_row_are_an_outage_and_one_sign_of_life_ends_it() -> None:
    state = SenderState()
    for _ in range(3):
        assert not state.is_failing
        state = after(state, SILENCE, HERE, 100.0, 1.0)
    assert state.is_failing
    for outcome in (SendOutcome.ACCEPTED, SendOutcome.REFUSED, SendOutcome.UNREACHABLE, SendOutcome.RATE_LIMITED):
        assert after(state, SendResult(outcome=outcome), HERE, 101.0, 1.0) == SenderState()


def test_probes_of_an_outage_come_ever_later_and_stragglers_do_not_count() -> None:
    state, now = SenderState(), 0.0
    rests = []
    for _ in range(12):
        state = after(state, SILENCE, HERE, now, 1.0)
        state = after(state, SILENCE, HERE, now, 1.0)
        rests.append(state.rest_until - now)
        now = max(state.rest_until, now)
    assert rests[1:9] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


def test_a_refused_token_rests_ten_seconds_first_and_five_minutes_at_most() -> None:
    state, now = SenderState(), 0.0
    rests = []
    for _ in range(12):
        state = after(state, REFUSED_TOKEN, HERE, now, 1.0)
        assert state.is_failing
        rests.append(state.rest_until - now)
        now = state.rest_until
    assert (rests[0], rests[-1]) == (10.0, 300.0)
    assert all(shorter < longer for shorter, longer in itertools.pairwise(rests[:8]))


def test_in_an_outage_no_repeat_is_used_up_until_it_lasts_too_long() -> None:
    state = SenderState()
    for place in (HERE, HERE, THERE):
        state = after(state, SILENCE, place, 100.0, 1.0)
    assert state.doubt_rest(110.0) == UNPROVEN_SECONDS - 10.0
    assert state.doubt_rest(100.0 + UNPROVEN_SECONDS) == 0.0
    assert after(state, ACCEPTED, HERE, 110.0, 1.0).doubt_rest(110.0) == 0.0


def test_one_conversation_alone_is_no_outage_and_waits_a_little_for_others_to_show_one() -> None:
    state = SenderState()
    for moment in (100.0, 101.0, 103.0):
        state = after(state, SILENCE, HERE, moment, 1.0)
    assert state.doubt_rest(103.0) == LONE_SECONDS
    assert SenderState().doubt_rest(0.0) == 0.0


def test_trouble_of_one_person_or_message_is_no_outage() -> None:
    crowded = SendResult(outcome=SendOutcome.NOT_TAKEN, trouble=Trouble.PERSON, is_crowded=True)
    broken = SendResult(outcome=SendOutcome.UNKNOWN, trouble=Trouble.OURS)
    state = SenderState()
    for each in (crowded, broken) * 5:
        state = after(state, each, HERE, 0.0, 1.0)
    assert not state.is_failing
