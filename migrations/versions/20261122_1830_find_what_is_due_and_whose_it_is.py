"""index what is due next, and what is asked of executives; names compare without accents."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0026_found"
down_revision = "0025_codes"
branch_labels = None
depends_on = None

NARROWED = {
    "ix_escalation_severity": "severity",
    "ix_escalation_team": "team_id",
    "ix_escalation_level": "level",
}
LISTED = ("opened_at", "id", "state", "trigger", "restricted")
FEW = {
    "ix_escalation_due": ["next_due_at", "id"],
    "ix_escalation_executive_owner": ["executive_owner_id"],
    "ix_escalation_ask_of": ["ask_of_id"],
}


def upgrade() -> None:
    op.drop_index("ix_escalation_due", "escalation")
    for name, columns in FEW.items():
        there = sa.text(f"{columns[0]} IS NOT NULL")
        op.create_index(name, "escalation", columns, sqlite_where=there, postgresql_where=there)
    op.drop_index("ix_escalation_severity", "escalation")
    op.drop_index("ix_escalation_team_id", "escalation")
    for name, column in NARROWED.items():
        op.create_index(name, "escalation", [column, *LISTED])
    op.create_index("ix_promise_maker", "promise", ["by_id", "state", "due_at"])
    _fold()


def downgrade() -> None:
    op.drop_index("ix_promise_maker", "promise")
    for name in NARROWED:
        op.drop_index(name, "escalation")
    op.create_index("ix_escalation_team_id", "escalation", ["team_id"])
    op.create_index("ix_escalation_severity", "escalation", ["severity", "id"])
    for name in FEW:
        op.drop_index(name, "escalation")
    op.create_index("ix_escalation_due", "escalation", ["state", "next_due_at", "id"])


def _fold() -> None:
    """Take the accents from the keys of names that have some."""
    account = sa.table("account", sa.column("id"), sa.column("name_key"))
    connection = op.get_bind()
    rows = connection.execute(sa.select(account.c.id, account.c.name_key)).all()
    bare = ((row.id, row.name_key, _plain(row.name_key)) for row in rows)
    changed = [{"of": id_, "key": plain} for id_, key, plain in bare if plain != key]
    if changed:
        write = sa.update(account).where(account.c.id == sa.bindparam("of"))
        connection.execute(write.values(name_key=sa.bindparam("key")), changed)


def _plain(text: str) -> str:
    bare = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare).lower()
