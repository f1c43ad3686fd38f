"""What becomes of a message, for every outcome."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.campaigns.delivery import (
    MAX_ATTEMPTS,
    MAX_DOUBTS,
    TRANSITIONS,
    Delivery,
    DeliveryStatus,
    UnknownDeliveryPolicy,
    after_attempt,
    after_crash,
    may_become,
)
from bot.core.messaging.send_outcome import SendOutcome, SendResult

pytestmark = pytest.mark.broadcast

FINAL = {status for status, later in TRANSITIONS.items() if not later}
SENDING = Delivery(status=DeliveryStatus.SENDING)


def test_every_status_has_its_transitions_and_none_leads_to_itself() -> None:
    assert set(TRANSITIONS) == set(DeliveryStatus)
    assert not any(may_become(status, status) for status in DeliveryStatus)


def test_no_event_changes_a_final_status() -> None:
    for status, outcome, mode in itertools.product(FINAL, SendOutcome, UnknownDeliveryPolicy):
        delivery = Delivery(status=status)
        assert after_attempt(delivery, SendResult(outcome=outcome), mode) == delivery
        assert after_crash(delivery, mode) == delivery


@given(st.lists(st.tuples(st.sampled_from(SendOutcome), st.booleans())), st.sampled_from(UnknownDeliveryPolicy))
def test_every_change_is_a_listed_one_and_nobody_may_get_it_more_than_three_times(
    story: list[tuple[SendOutcome, bool]], mode: UnknownDeliveryPolicy
) -> None:
    delivery, arrived = Delivery(status=DeliveryStatus.WAITING), 0
    for outcome, crashes in story:
        if delivery.status is not DeliveryStatus.WAITING:
            break
        delivery = Delivery(status=DeliveryStatus.SENDING, attempts=delivery.attempts, doubts=delivery.doubts)
        arrived += crashes or outcome in {SendOutcome.ACCEPTED, SendOutcome.UNKNOWN}
        after = after_crash(delivery, mode) if crashes else after_attempt(delivery, SendResult(outcome=outcome), mode)
        assert may_become(delivery.status, after.status)
        delivery = after
    assert arrived <= (1 if mode is UnknownDeliveryPolicy.HOLD else MAX_DOUBTS)


def test_a_rate_limit_and_a_lost_connection_count_as_no_attempt() -> None:
    for outcome in (SendOutcome.RATE_LIMITED, SendOutcome.NO_CONNECTION):
        after = after_attempt(SENDING, SendResult(outcome=outcome), UnknownDeliveryPolicy.HOLD)
        assert (after.status, after.attempts, after.doubts) == (DeliveryStatus.WAITING, 0, 0)


def test_a_message_not_taken_is_given_up_after_the_last_attempt() -> None:
    last = Delivery(status=DeliveryStatus.SENDING, attempts=MAX_ATTEMPTS - 1)
    attempt = SendResult(outcome=SendOutcome.NOT_TAKEN, reason="500")
    assert after_attempt(SENDING, attempt, UnknownDeliveryPolicy.RESEND).status is DeliveryStatus.WAITING
    assert after_attempt(last, attempt, UnknownDeliveryPolicy.RESEND).status is DeliveryStatus.FAILED


def test_a_message_in_doubt_is_held_or_sent_again_as_the_campaign_says() -> None:
    assert after_crash(SENDING, UnknownDeliveryPolicy.HOLD).status is DeliveryStatus.IN_DOUBT
    assert after_crash(SENDING, UnknownDeliveryPolicy.RESEND).status is DeliveryStatus.WAITING
