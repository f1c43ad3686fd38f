"""Unanswered questions that curators labelled, and the topics that they propose."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KINDS = ("topic", "out_of_scope", "proposal")
STATES = ("open", "merged", "closed")


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "labelled_example",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("kind", _one_of(KINDS, "kind"), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("labelled_by", sa.String(length=200), nullable=False),
        sa.Column("labelled_on", sa.Date(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.Column("batch", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labelled_example")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_labelled_example_batch"), "labelled_example", ["batch"], unique=False)
    op.create_table(
        "topic_proposal",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("state", _one_of(STATES, "state"), nullable=False),
        sa.Column("proposed_by", sa.String(length=200), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_proposal")),
    )


def downgrade() -> None:
    """Undo."""
    for name in ("topic_proposal", "labelled_example"):
        op.drop_table(name)
