"""Deliveries by the keyed hash of their person: erasing, a new number and a new key read no others."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_delivery_key", "delivery", ["key"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_delivery_key", table_name="delivery")
