"""Updates may be set aside because they are older than the platform delivers."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FORMER = ("not_json", "too_large", "no_shape", "no_chat", "unreadable", "failed", "sealed")
REASONS = ("not_json", "too_large", "no_shape", "no_chat", "too_old", "unreadable", "failed", "sealed")
CHANNELS = ("web", "terminal", "telegram", "whatsapp")
LETTERS = sa.table("dead_letter", sa.column("reason", sa.String))


def upgrade() -> None:
    """Apply."""
    _allow(REASONS)


def downgrade() -> None:
    """Undo; what the older program has no word for goes."""
    op.execute(LETTERS.delete().where(LETTERS.c.reason == "too_old"))
    _allow(FORMER)


def _allow(reasons: tuple[str, ...]) -> None:
    """Let updates be set aside for these reasons; SQLite needs the table made anew for it."""
    if op.get_bind().dialect.name == "sqlite":
        _remake(reasons)
        return
    listed = ", ".join(f"'{reason}'" for reason in reasons)
    op.drop_constraint(op.f("ck_dead_letter_reason"), "dead_letter", type_="check")
    op.create_check_constraint(op.f("ck_dead_letter_reason"), "dead_letter", f"reason IN ({listed})")


def _remake(reasons: tuple[str, ...]) -> None:
    op.drop_index(op.f("ix_dead_letter_day"), table_name="dead_letter")
    op.rename_table("dead_letter", "dead_letter_before")
    made = op.create_table(
        "dead_letter",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("channel", _one_of(CHANNELS, "channel"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", _one_of(reasons, "reason"), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        sqlite_with_rowid=False,
    )
    columns = ", ".join(column.name for column in made.columns)
    op.execute(f"INSERT INTO dead_letter ({columns}) SELECT {columns} FROM dead_letter_before")  # noqa: S608 (our names)
    op.drop_table("dead_letter_before")
    op.create_index(op.f("ix_dead_letter_day"), "dead_letter", ["day"], unique=False)


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
