"""How often handling an update failed, and the form of what nothing could be made of."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

CHANNELS = ("web", "terminal", "telegram", "whatsapp")
REASONS = ("not_json", "too_large", "no_shape", "no_chat", "unreadable", "failed", "sealed")


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    """Apply."""
    op.add_column("inbox", sa.Column("attempts", sa.Integer(), nullable=True))
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("channel", _one_of(CHANNELS, "channel"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", _one_of(REASONS, "reason"), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_dead_letter_day"), "dead_letter", ["day"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_index(op.f("ix_dead_letter_day"), table_name="dead_letter")
    op.drop_table("dead_letter")
    with op.batch_alter_table("inbox") as table:
        table.drop_column("attempts")
