"""Users have national reach by a value of its own, and an agency by its code; the trail is read by account."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

USERS = sa.table(
    "user", sa.column("id", sa.String), sa.column("agency", sa.String), sa.column("is_national", sa.Boolean)
)
AGENCIES = sa.table("agency", sa.column("code", sa.String), sa.column("name", sa.String))


def upgrade() -> None:
    """Apply."""
    op.add_column("user", sa.Column("is_national", sa.Boolean(), server_default=sa.false(), nullable=False))
    # Until now an empty field meant all agencies; whoever has one keeps that, and it is written down.
    op.execute(USERS.update().where(USERS.c.agency.is_(None)).values(is_national=True))
    _name_agencies_by_code()
    op.create_index("ix_audit_event_subject", "audit_event", ["subject"])


def _name_agencies_by_code() -> None:
    """Replace what was typed by the code that it means; what means none stays, and reaches nothing but itself."""
    connection = op.get_bind()
    agencies = connection.execute(sa.select(AGENCIES.c.code, AGENCIES.c.name)).all()
    names = [_folded(name) for _, name in agencies]
    codes = {_folded(name): code for code, name in agencies if names.count(_folded(name)) == 1}
    codes |= {_folded(code): code for code, _ in agencies}
    for id_, typed in connection.execute(
        sa.select(USERS.c.id, USERS.c.agency).where(USERS.c.agency.is_not(None))
    ).all():
        code = codes.get(_folded(typed))
        if code is not None and code != typed:
            connection.execute(USERS.update().where(USERS.c.id == id_).values(agency=code))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def downgrade() -> None:
    """Undo; agencies keep their codes, which the older program understands too."""
    op.drop_index("ix_audit_event_subject", "audit_event")
    with op.batch_alter_table("user") as table:
        table.drop_column("is_national")
