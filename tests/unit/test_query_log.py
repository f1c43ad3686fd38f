"""What is counted of a handled question."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.core.conversation import Channel, Conversation
from bot.core.decision import Band, Decision, Feedback, Kind
from bot.core.query_log import LogRow, log_row
from bot.core.reply import Reply, text

WIB = timezone(timedelta(hours=7))
INDIA = timezone(timedelta(hours=5, minutes=30))
DECISION = Decision(
    kind=Kind.ANSWER,
    reply=Reply(paragraphs=(text("Jangan."),)),
    conversation=Conversation(topic="hak_pilih"),
    topic="hak_pilih",
    version=3,
    intent="hak_pilih",
    confidence=0.93,
    band=Band.ANSWER,
)

pytestmark = pytest.mark.privacy


def test_a_row_counts_the_decision_and_the_model() -> None:
    now = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    assert log_row(DECISION, Channel.WEB, "model-1", now) == LogRow(
        hour=now,
        channel=Channel.WEB,
        topic="hak_pilih",
        decision=Kind.ANSWER,
        band=Band.ANSWER,
        model="model-1",
        guidance_version=3,
        feedback=None,
    )


@pytest.mark.parametrize(
    ("now", "hour"),
    [
        (datetime(2026, 11, 24, 5, 59, 59, 999_999, tzinfo=UTC), datetime(2026, 11, 24, 5, tzinfo=UTC)),
        (datetime(2026, 11, 24, 0, 10, tzinfo=WIB), datetime(2026, 11, 23, 17, tzinfo=UTC)),
        (datetime(2026, 11, 24, 12, 10, tzinfo=INDIA), datetime(2026, 11, 24, 6, tzinfo=UTC)),
    ],
)
def test_the_time_is_utc_cut_to_the_hour(now: datetime, hour: datetime) -> None:
    logged = log_row(DECISION, Channel.WEB, None, now).hour
    assert (logged, logged.tzinfo) == (hour, UTC)


def test_feedback_is_counted_with_the_version_it_is_about() -> None:
    feedback = Feedback(topic="hak_pilih", version=3, helpful=False)
    row = log_row(replace(DECISION, feedback=feedback), Channel.TERMINAL, None, datetime(2026, 11, 24, tzinfo=UTC))
    assert (row.feedback, row.channel) == (feedback, Channel.TERMINAL)


def test_a_row_has_no_place_for_a_person_a_text_or_a_reply() -> None:
    expected = ["hour", "channel", "topic", "decision", "band", "model", "guidance_version", "feedback"]
    assert [each.name for each in fields(LogRow)] == expected


def test_feedback_has_no_place_for_a_person_or_a_time() -> None:
    assert [each.name for each in fields(Feedback)] == ["topic", "version", "helpful"]
