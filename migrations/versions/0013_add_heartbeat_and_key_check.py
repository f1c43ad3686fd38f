"""A row that is written as a probe, a value by which the database knows its key, and when a wait was set."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("written_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "key_check",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_check")),
    )
    op.add_column("work", sa.Column("set_at", sa.Float(), nullable=True))
    op.add_column("rate", sa.Column("set_at", sa.Float(), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("rate") as table:
        table.drop_column("set_at")
    with op.batch_alter_table("work") as table:
        table.drop_column("set_at")
    op.drop_table("key_check")
    op.drop_table("heartbeat")
