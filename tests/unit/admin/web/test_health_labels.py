"""Every trouble that a part can have is said in words, with what to do."""

import pytest

from bot.admin.web.health_labels import OTHERWISE, health_lines
from bot.application.figures.service_health import PartHealth
from bot.storage.engine.errors import Cause

CHANNEL_TROUBLES = ["token", "other_poller", "webhook_set", "no_connection", "database", "waiting", "starting"]


@pytest.mark.parametrize("trouble", [*CHANNEL_TROUBLES, "failing", "silent"])
def test_every_trouble_of_a_channel_has_words_of_its_own(trouble: str) -> None:
    [line] = health_lines([PartHealth(name="telegram", is_working=False, trouble=trouble, age_seconds=190.0)])
    assert line.words not in ("", OTHERWISE)
    assert (line.label, line.minutes) == ("Telegram", 3)


@pytest.mark.parametrize("cause", [Cause.BUSY, Cause.FULL, Cause.READ_ONLY, Cause.UNREACHABLE, Cause.DAMAGED])
def test_every_cause_of_the_database_has_words_of_its_own(cause: Cause) -> None:
    [line] = health_lines([PartHealth(name="database", is_working=False, trouble=cause.value)])
    assert line.words not in ("", OTHERWISE)


def test_what_works_says_nothing_more_and_workers_are_told_with_their_channel() -> None:
    parts = [PartHealth(name=name, is_working=True) for name in ("telegram", "telegram_inbox", "jobs")]
    assert [(line.label, line.words) for line in health_lines(parts)] == [("Telegram", ""), ("Pekerjaan berkala", "")]
