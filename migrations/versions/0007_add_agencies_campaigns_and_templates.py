"""Whose campaign it is, who changed it, and templates of reminders."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = (("agency", sa.String(length=200)), ("template_id", sa.String(length=200)), ("editors", sa.JSON()))
STATES = ("writing", "submitted", "approved", "retired")


def upgrade() -> None:
    """Apply."""
    for name, kind in COLUMNS:
        op.add_column("campaign", sa.Column(name, kind, nullable=True))
    op.create_table(
        "reminder_template",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("agency", sa.String(length=200), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.String(length=200), nullable=True),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("review_by", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_template")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("reminder_template")
    with op.batch_alter_table("campaign") as table:
        for name, _ in COLUMNS:
            table.drop_column(name)
