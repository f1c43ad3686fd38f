"""Roll-ups for the overview: feedback by day and topic, questions understood at once; filled from the log."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The log keeps hours in UTC and no time zone, so days before this migration are those of Jakarta, the default.
LOCAL_DAY = {
    "sqlite": "date(hour, '+7 hours')",
    "postgresql": "CAST(hour AT TIME ZONE 'Asia/Jakarta' AS date)",
}
COUNT_FEEDBACK = """
INSERT INTO feedback_day (day, topic_id, helpful, votes)
SELECT {day}, topic_id, helpful, count(*) FROM feedback GROUP BY 1, 2, 3
"""
COUNT_AT_ONCE = """
UPDATE query_day SET at_once = LEAST(asked, counted.number) FROM (
    SELECT {day} AS day, channel, COALESCE(topic_id, '') AS topic_id, decision, COALESCE(stage, '') AS stage,
        count(*) AS number
    FROM query_log WHERE band = 'answer' GROUP BY 1, 2, 3, 4, 5
) AS counted
WHERE query_day.day = counted.day AND query_day.channel = counted.channel AND query_day.topic_id = counted.topic_id
    AND query_day.decision = counted.decision AND query_day.stage = counted.stage
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "feedback_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("topic_id", sa.String(length=200), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("votes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "topic_id", "helpful", name=op.f("pk_feedback_day")),
        sqlite_with_rowid=False,
    )
    op.add_column("query_day", sa.Column("at_once", sa.Integer(), server_default="0", nullable=False))
    dialect = op.get_bind().dialect.name
    least = COUNT_AT_ONCE.replace("LEAST", "MIN") if dialect == "sqlite" else COUNT_AT_ONCE
    op.execute(COUNT_FEEDBACK.format(day=LOCAL_DAY[dialect]))
    op.execute(least.format(day=LOCAL_DAY[dialect]))


def downgrade() -> None:
    """Undo."""
    op.drop_column("query_day", "at_once")
    op.drop_table("feedback_day")
