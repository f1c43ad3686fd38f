"""Counts of questions for each measure, so that a new one needs no column; filled from those understood at once."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CHANNELS = ("web", "terminal", "telegram", "whatsapp")
DECISIONS = ("answer", "clarify", "fallback", "smalltalk", "refuse")
GROUP = "day, channel, topic_id, decision, stage"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "query_measure_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", _one_of(CHANNELS, "channel"), nullable=False),
        sa.Column("topic_id", sa.String(length=200), nullable=False),
        sa.Column("decision", _one_of(DECISIONS, "decision"), nullable=False),
        sa.Column("stage", sa.String(length=200), nullable=False),
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "channel", "topic_id", "decision", "stage", "measure", name=op.f("pk_query_measure_day")
        ),
        sqlite_with_rowid=False,
    )
    op.execute(
        f"INSERT INTO query_measure_day ({GROUP}, measure, asked)"  # noqa: S608 (names of our own)
        f" SELECT {GROUP}, 'at_once', at_once FROM query_day WHERE at_once > 0"
    )


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def downgrade() -> None:
    """Undo; what was counted since then is known again by the older program."""
    op.execute(
        "UPDATE query_day SET at_once = COALESCE((SELECT counted.asked FROM query_measure_day AS counted"
        " WHERE counted.measure = 'at_once' AND counted.day = query_day.day AND counted.channel = query_day.channel"
        " AND counted.topic_id = query_day.topic_id AND counted.decision = query_day.decision"
        " AND counted.stage = query_day.stage), 0)"
    )
    op.drop_table("query_measure_day")
