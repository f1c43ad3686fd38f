"""Sealed spool of the query log, roll-ups, masked texts, opt-ins and privacy events."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHANNELS = ("web", "terminal", "telegram", "whatsapp")
DECISIONS = ("answer", "clarify", "fallback", "smalltalk", "refuse")
EVENTS = (
    "erased",
    "withdrawn",
    "unanswered_purged",
    "conversations_purged",
    "key_rotated",
    "key_retired",
)


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "log_spool",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_spool")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_log_spool_hour"), "log_spool", ["hour"], unique=False)
    op.create_table(
        "query_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", _one_of(CHANNELS, "channel"), nullable=False),
        sa.Column("topic_id", sa.String(length=200), nullable=False),
        sa.Column("decision", _one_of(DECISIONS, "decision"), nullable=False),
        sa.Column("stage", sa.String(length=200), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "channel", "topic_id", "decision", "stage", name=op.f("pk_query_day")),
    )
    op.create_table(
        "unanswered",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unanswered")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_unanswered_day"), "unanswered", ["day"], unique=False)
    op.create_table(
        "opt_in",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("channel", _one_of(CHANNELS, "channel"), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("opted_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_version", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_opt_in")),
    )
    op.create_table(
        "privacy_event",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", _one_of(EVENTS, "kind"), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_event")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_privacy_event_day"), "privacy_event", ["day"], unique=False)
    op.add_column("query_log", sa.Column("stage", sa.String(length=200), nullable=True))
    op.add_column("feedback", sa.Column("comment", sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("feedback", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.drop_column("comment")
    with op.batch_alter_table("query_log", table_kwargs={"sqlite_with_rowid": False}) as table:
        table.drop_column("stage")
    for name in ("privacy_event", "opt_in", "unanswered", "query_day", "log_spool"):
        op.drop_table(name)
