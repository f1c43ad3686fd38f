"""How long an update waits for a missing one: time in which nothing could come in is no waiting."""

from bot.core.vocabulary import Channel
from bot.storage.messaging.gap_tracker import FIRST_SECONDS, GAP_SECONDS, LOOK_AGAIN_SECONDS, MAX_WAITING, GapTracker


def _looks(patience: GapTracker, times: int, step: float, *, is_first: bool = False, start: float = 0.0) -> list[float]:
    return [
        patience.seconds_to_wait(Channel.TELEGRAM, 7, start + step * each, is_first=is_first) for each in range(times)
    ]


def _wait_until_over(patience: GapTracker, *, is_first: bool, arrivals: bool = False) -> float:
    now = 1000.0
    while (wait := patience.seconds_to_wait(Channel.TELEGRAM, 7, now, is_first=is_first)) > 0:
        now += wait
        if arrivals:
            patience.record_arrivals(1)
    return now - 1000.0


def test_a_missing_update_is_waited_for_so_long() -> None:
    assert abs(_wait_until_over(GapTracker(), is_first=False) - GAP_SECONDS) < 0.01


def test_the_first_updates_wait_until_no_more_come() -> None:
    assert abs(_wait_until_over(GapTracker(), is_first=True) - FIRST_SECONDS) < 0.01


def test_while_more_come_the_first_wait_on_but_not_for_ever() -> None:
    assert abs(_wait_until_over(GapTracker(), is_first=True, arrivals=True) - GAP_SECONDS) < 0.01


def test_many_that_wait_at_once_wait_no_longer_than_one() -> None:
    patience, waiting, now = GapTracker(), list(range(200)), 0.0
    while waiting:
        # Four workers look at the conversations in turn, so that each is looked at every five seconds only.
        for position in list(waiting):
            now += 0.025
            patience.record_arrivals(1)
            if patience.seconds_to_wait(Channel.TELEGRAM, position, now, is_first=position == 0) == 0.0:
                waiting.remove(position)
    assert now < 4 * GAP_SECONDS


def test_a_process_that_stood_still_has_not_waited() -> None:
    waits = _looks(GapTracker(), 3, step=3600.0, is_first=True)
    assert min(waits) > LOOK_AGAIN_SECONDS / 2


def test_a_clock_that_goes_back_ends_no_waiting_and_prolongs_none() -> None:
    patience = GapTracker()
    assert patience.seconds_to_wait(Channel.TELEGRAM, 7, 1000.0, is_first=True) > 0
    assert patience.seconds_to_wait(Channel.TELEGRAM, 7, 10.0, is_first=True) > 0
    waits = _looks(patience, 8, step=LOOK_AGAIN_SECONDS, is_first=True, start=10.0)
    assert 0.0 in waits


def test_what_another_process_took_over_is_forgotten_at_last() -> None:
    patience = GapTracker()
    for position in range(MAX_WAITING + 500):
        patience.seconds_to_wait(Channel.TELEGRAM, position, 0.0, is_first=False)
    assert patience.remembered <= MAX_WAITING + 1
