"""The state of a channel tells the last success and the present trouble."""

from bot.application.messaging.channel_state import ChannelState


def test_before_the_first_attempt_nothing_is_known() -> None:
    state = ChannelState(lambda: 5.0)
    assert (state.last_success, state.trouble) == (None, None)


def test_a_success_is_timed_and_ends_the_trouble() -> None:
    state = ChannelState(lambda: 5.0)
    state.failed("token")
    state.worked()
    assert (state.last_success, state.trouble) == (5.0, None)


def test_a_failure_leaves_the_last_success_as_it_was() -> None:
    times = iter([5.0, 9.0])
    state = ChannelState(lambda: next(times))
    state.worked()
    state.failed("database")
    assert (state.last_success, state.trouble) == (5.0, "database")
