"""A fate for who is not meant any more, the number of an attempt, rests, refusals to be judged, marks that count."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CHANNELS = ("web", "terminal", "telegram", "whatsapp")
BEFORE = (
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
AFTER = (*BEFORE, "not_meant")


def upgrade() -> None:
    """Apply."""
    _allow(AFTER)
    op.add_column("delivery", sa.Column("number", sa.Integer(), nullable=True))
    op.add_column("delivery", sa.Column("not_before", sa.Float(), nullable=True))
    op.add_column("delivery", sa.Column("suspect", sa.String(length=200), nullable=True))
    op.create_index(
        "ix_delivery_suspect",
        "delivery",
        ["chunk_id"],
        unique=False,
        sqlite_where=sa.text("suspect IS NOT NULL"),
        postgresql_where=sa.text("suspect IS NOT NULL"),
    )
    op.add_column("opt_in", sa.Column("unreachable_times", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Undo; who was not meant any more counts as one who was written to too late."""
    with op.batch_alter_table("opt_in") as table:
        table.drop_column("unreachable_times")
    op.drop_index("ix_delivery_suspect", table_name="delivery")
    op.execute("UPDATE delivery SET status = 'late' WHERE status = 'not_meant'")
    op.execute("DELETE FROM delivery_count WHERE status = 'not_meant'")
    if op.get_bind().dialect.name != "sqlite":
        for name in ("number", "not_before", "suspect"):
            op.drop_column("delivery", name)
    _allow(BEFORE)


def _allow(statuses: tuple[str, ...]) -> None:
    """Let messages have these statuses; SQLite needs the tables made anew for it."""
    if op.get_bind().dialect.name == "sqlite":
        _remake("delivery", _delivery(statuses), sqlite_with_rowid=False)
        _remake("delivery_count", _delivery_count(statuses))
        return
    for table in ("delivery", "delivery_count"):
        op.drop_constraint(op.f(f"ck_{table}_status"), table, type_="check")
        listed = ", ".join(f"'{status}'" for status in statuses)
        op.create_check_constraint(op.f(f"ck_{table}_status"), table, f"status IN ({listed})")


def _remake(name: str, parts: list[sa.schema.SchemaItem], **options: bool) -> None:
    op.rename_table(name, f"{name}_before")
    made = op.create_table(name, *parts, **options)
    columns = ", ".join(column.name for column in made.columns)
    op.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {name}_before")  # noqa: S608 (names of our own)
    op.drop_table(f"{name}_before")


def _delivery(statuses: tuple[str, ...]) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("chunk_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", _one_of(statuses, "status"), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["chunk_id"], ["chunk.id"], name=op.f("fk_delivery_chunk_id")),
        sa.PrimaryKeyConstraint("chunk_id", "key", name=op.f("pk_delivery")),
    ]


def _delivery_count(statuses: tuple[str, ...]) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("campaign_id", sa.String(length=200), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("channel", _one_of(CHANNELS, "channel"), nullable=False),
        sa.Column("status", _one_of(statuses, "status"), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_delivery_count_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "run", "channel", "status", "reason", name=op.f("pk_delivery_count")),
    ]


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
