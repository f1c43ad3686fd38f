"""A row of the log as bytes, while it waits sealed for its hour to end."""

import json
from datetime import date, datetime

from bot.core.conversation import Channel, Stage
from bot.core.decision import Band, Feedback, Kind
from bot.core.query_log import LogRow


def log_row_to_json(row: LogRow) -> bytes:
    """Give the bytes to seal."""
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
            "unanswered": row.unanswered,
            "feedback": feedback
            and {
                "topic": feedback.topic,
                "version": feedback.version,
                "helpful": feedback.helpful,
                "comment": feedback.comment,
            },
        }
    ).encode()


def log_row_from_json(plain: bytes) -> LogRow:
    """Read the bytes back."""
    fields = json.loads(plain)
    return LogRow(
        hour=datetime.fromisoformat(fields["hour"]),
        day=date.fromisoformat(fields["day"]),
        channel=Channel(fields["channel"]),
        topic=fields["topic"],
        decision=Kind(fields["decision"]),
        band=Band(fields["band"]),
        stage=Stage(fields["stage"]) if fields["stage"] else None,
        model=fields["model"],
        guidance_version=fields["version"],
        unanswered=fields["unanswered"],
        feedback=Feedback(**fields["feedback"]) if fields["feedback"] else None,
    )
