"""The window of a conversation, message templates, whom we wrote to today, and whose workers take a piece of work."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("work", sa.Column("channel", sa.String(length=200), nullable=True))
    op.add_column("opt_in", sa.Column("written_to_at", sa.Float(), nullable=True))
    op.create_index(op.f("ix_opt_in_written_to_at"), "opt_in", ["written_to_at"], unique=False)
    op.create_table(
        "service_window",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("open_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_service_window")),
    )
    op.create_index(op.f("ix_service_window_open_until"), "service_window", ["open_until"], unique=False)
    op.create_table(
        "message_template",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("parameters", sa.Integer(), nullable=False),
        sa.Column("buttons", sa.JSON(), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "language", name=op.f("pk_message_template")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("message_template")
    op.drop_index(op.f("ix_service_window_open_until"), table_name="service_window")
    op.drop_table("service_window")
    op.drop_index(op.f("ix_opt_in_written_to_at"), table_name="opt_in")
    with op.batch_alter_table("opt_in") as table:
        table.drop_column("written_to_at")
    with op.batch_alter_table("work") as table:
        table.drop_column("channel")
