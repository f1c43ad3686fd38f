"""What is counted of a handled question; nothing in it can point to a person."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.core.conversation import Channel
from bot.core.decision import Band, Decision, Feedback, Kind


@dataclass(frozen=True, kw_only=True)
class LogRow:
    """One handled question (`design.md`, promise 3)."""

    hour: datetime
    """UTC, cut to the hour."""
    channel: Channel
    topic: str | None
    decision: Kind
    band: Band
    model: str | None
    """Content id of the NLU model, None when it was not asked."""
    guidance_version: int | None
    feedback: Feedback | None
    """Kept in a table of its own, tied to the answer's version only."""


def log_row(decision: Decision, channel: Channel, model: str | None, now: datetime) -> LogRow:
    """Make the row of one decision."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return LogRow(
        hour=hour,
        channel=channel,
        topic=decision.topic,
        decision=decision.kind,
        band=decision.band,
        model=model,
        guidance_version=decision.version,
        feedback=decision.feedback,
    )
