"""Doubts of a reply counted apart from its tries, its age, and what the platform tells after it took it."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; what is owed already counts as owed from now on."""
    op.add_column("outbox", sa.Column("begun", sa.Integer(), server_default="0", nullable=False))
    op.add_column("outbox", sa.Column("failed", sa.Integer(), server_default="0", nullable=False))
    op.add_column("outbox", sa.Column("is_reopening", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("outbox", sa.Column("owed_at", sa.Float(), server_default="0", nullable=False))
    op.add_column("outbox", sa.Column("accepted_at", sa.Float(), nullable=True))
    op.create_index(op.f("ix_outbox_accepted_at"), "outbox", ["accepted_at"], unique=False)
    outbox = sa.table("outbox", sa.column("owed_at", sa.Float()))
    op.execute(outbox.update().values(owed_at=time.time()))


def downgrade() -> None:
    """Undo."""
    op.drop_index(op.f("ix_outbox_accepted_at"), table_name="outbox")
    for name in ("accepted_at", "owed_at", "is_reopening", "failed", "begun"):
        op.drop_column("outbox", name)
