"""A row of the log as bytes, while it waits sealed for its hour to end."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bot.core.dialogue.decision import ConfidenceBand, DecisionKind, Feedback
from bot.core.figures.measures import NAMES, UNDERSTOOD_AT_ONCE
from bot.core.figures.query_log import LogRow
from bot.core.vocabulary import Channel, Stage

ROW_BYTES = 3_072
"""A text and a comment of `MAX_TEXT_BYTES` each, escapes, and the fields beside them."""


def log_row_to_json(row: LogRow) -> bytes:
    """Return the bytes to seal, always as many: the length of a sealed row must not tell what it holds.

    Raises:
        ValueError: for a row that is longer than the rows of the log can be.
    """
    plain = _plain(row)
    if len(plain) > ROW_BYTES:
        raise ValueError("a row of the log is too long")
    # White space behind the object does not count in JSON.
    return plain.ljust(ROW_BYTES)


def _plain(row: LogRow) -> bytes:
    feedback = row.feedback
    return json.dumps(
        {
            "hour": row.hour.isoformat(),
            "day": row.day.isoformat(),
            "channel": row.channel.value,
            "topic": row.topic,
            "decision": row.decision.value,
            "band": row.band.value,
            "stage": row.stage.value if row.stage else None,
            "model": row.model,
            "version": row.guidance_version,
            "measures": sorted(row.measures),
            "unanswered": row.unanswered,
            "feedback": feedback
            and {
                "topic": feedback.topic,
                "version": feedback.version,
                "helpful": feedback.helpful,
                "comment": feedback.comment,
                "replaces": feedback.replaces.isoformat() if feedback.replaces else None,
            },
        },
        ensure_ascii=False,
    ).encode()


def log_row_from_json(plain: bytes) -> LogRow:
    """Read the bytes back."""
    fields = json.loads(plain)
    return LogRow(
        hour=datetime.fromisoformat(fields["hour"]),
        day=date.fromisoformat(fields["day"]),
        channel=Channel(fields["channel"]),
        topic=fields["topic"],
        decision=DecisionKind(fields["decision"]),
        band=ConfidenceBand(fields["band"]),
        stage=Stage(fields["stage"]) if fields["stage"] else None,
        model=fields["model"],
        guidance_version=fields["version"],
        measures=_measures(fields),
        unanswered=fields["unanswered"],
        feedback=_feedback(fields["feedback"]) if fields["feedback"] else None,
    )


def _measures(fields: Mapping[str, Any]) -> frozenset[str]:
    """Return what a row counts for; one of an earlier release told it by its band."""
    if "measures" in fields:
        return NAMES & frozenset(fields["measures"])
    return frozenset({UNDERSTOOD_AT_ONCE} if fields["band"] == ConfidenceBand.ANSWER.value else ())


def _feedback(fields: Mapping[str, Any]) -> Feedback:
    replaces = fields.get("replaces")
    return Feedback(
        topic=fields["topic"],
        version=fields["version"],
        helpful=fields["helpful"],
        comment=fields["comment"],
        replaces=date.fromisoformat(replaces) if replaces else None,
    )
