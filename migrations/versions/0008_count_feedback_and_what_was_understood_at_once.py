"""Roll-ups for the overview: feedback by day and topic, questions understood at once; filled from the log."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

CHANNELS = ("web", "terminal", "telegram", "whatsapp")
DECISIONS = ("answer", "clarify", "fallback", "smalltalk", "refuse")
COLUMNS = "day, channel, topic_id, decision, stage, asked"
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


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


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
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        _lay_in_order_of_days()
    else:
        op.add_column("query_day", _at_once())
    least = COUNT_AT_ONCE.replace("LEAST", "MIN") if dialect == "sqlite" else COUNT_AT_ONCE
    op.execute(COUNT_FEEDBACK.format(day=LOCAL_DAY[dialect]))
    op.execute(least.format(day=LOCAL_DAY[dialect]))


def _at_once() -> sa.Column[int]:
    return sa.Column("at_once", sa.Integer(), server_default="0", nullable=False)


def _lay_in_order_of_days() -> None:
    """Make the table anew, so that its rows lie in the order of its key: a page reads some days of it."""
    op.rename_table("query_day", "query_day_before")
    op.create_table(
        "query_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", _one_of(CHANNELS, "channel"), nullable=False),
        sa.Column("topic_id", sa.String(length=200), nullable=False),
        sa.Column("decision", _one_of(DECISIONS, "decision"), nullable=False),
        sa.Column("stage", sa.String(length=200), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        _at_once(),
        sa.PrimaryKeyConstraint("day", "channel", "topic_id", "decision", "stage", name=op.f("pk_query_day")),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO query_day ({COLUMNS}) SELECT {COLUMNS} FROM query_day_before")  # noqa: S608
    op.drop_table("query_day_before")


def downgrade() -> None:
    """Undo."""
    op.drop_column("query_day", "at_once")
    op.drop_table("feedback_day")
