"""Sums of failed logins, and whether a reset login must renew its second factor."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "login_failure",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "hour", "kind", name=op.f("pk_login_failure")),
    )
    op.add_column("user", sa.Column("must_renew_factor", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("user") as table:
        table.drop_column("must_renew_factor")
    op.drop_table("login_failure")
