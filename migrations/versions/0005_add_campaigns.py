"""Campaigns, their chunks and deliveries, agencies; what people chose with their opt-in."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CHANNELS = ("web", "terminal", "telegram", "whatsapp")
CAMPAIGN = ("draft", "submitted", "approved", "scheduled", "running", "paused", "done", "stopped")
DELIVERY = (
    "waiting",
    "sending",
    "sent",
    "delivered",
    "read",
    "unreachable",
    "refused",
    "failed",
    "in_doubt",
    "withdrawn",
    "capped",
    "late",
)
OPT_IN = ("method", "agency", "region", "role", "zone", "stages")


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=200), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    for name in OPT_IN:
        op.add_column("opt_in", _id(name, nullable=True))
    op.add_column("opt_in", sa.Column("unreachable_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("opt_in", sa.Column("week", sa.Integer(), nullable=True))
    op.add_column("opt_in", sa.Column("week_count", sa.Integer(), nullable=True))
    op.create_table(
        "agency",
        _id("code"),
        _id("name"),
        _id("region"),
        _id("zone"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_agency")),
    )
    _create_campaign()
    _create_deliveries()


def _create_campaign() -> None:
    op.create_table(
        "campaign",
        _id("id"),
        _id("name"),
        sa.Column("status", _one_of(CAMPAIGN, "status"), nullable=False),
        _id("topic_id"),
        sa.Column("guidance_version", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("valid_hours", sa.Integer(), nullable=False),
        sa.Column("in_doubt", _one_of(("resend", "hold"), "in_doubt"), nullable=False),
        sa.Column("weekly_limit", sa.Integer(), nullable=False),
        _id("created_by"),
        _id("submitted_by", nullable=True),
        _id("approved_by", nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_run", sa.Float(), nullable=True),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.Float(), nullable=False),
        sa.Column("cursor", sa.LargeBinary(length=32), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_index(op.f("ix_campaign_status"), "campaign", ["status"], unique=False)


def _create_deliveries() -> None:
    op.create_table(
        "chunk",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        _id("campaign_id"),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("channel", _one_of(CHANNELS, "channel"), nullable=False),
        _id("zone"),
        sa.Column("not_before", sa.Float(), nullable=False),
        _id("owner", nullable=True),
        sa.Column("leased_until", sa.Float(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_chunk_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chunk")),
    )
    op.create_index(
        "ix_chunk_open",
        "chunk",
        ["campaign_id", "id"],
        unique=False,
        sqlite_where=sa.text("is_done = 0"),
        postgresql_where=sa.text("NOT is_done"),
    )
    op.create_table(
        "delivery",
        sa.Column("chunk_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", _one_of(DELIVERY, "status"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        _id("reason", nullable=True),
        sa.ForeignKeyConstraint(["chunk_id"], ["chunk.id"], name=op.f("fk_delivery_chunk_id")),
        sa.PrimaryKeyConstraint("chunk_id", "key", name=op.f("pk_delivery")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "delivery_count",
        _id("campaign_id"),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("channel", _one_of(CHANNELS, "channel"), nullable=False),
        sa.Column("status", _one_of(DELIVERY, "status"), nullable=False),
        _id("reason"),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_delivery_count_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "run", "channel", "status", "reason", name=op.f("pk_delivery_count")),
    )


def downgrade() -> None:
    """Undo."""
    for name in ("delivery_count", "delivery"):
        op.drop_table(name)
    op.drop_index("ix_chunk_open", table_name="chunk")
    op.drop_table("chunk")
    op.drop_index(op.f("ix_campaign_status"), table_name="campaign")
    op.drop_table("campaign")
    op.drop_table("agency")
    with op.batch_alter_table("opt_in") as table:
        for name in (*OPT_IN, "unreachable_since", "week", "week_count"):
            table.drop_column(name)
