"""Answer from the index alone which records and accounts somebody stands in relation to.

Revision ID: 0032_covered
Revises: 0031_columns
"""

import sqlalchemy as sa
from alembic import op

revision = "0032_covered"
down_revision = "0031_columns"
branch_labels = None
depends_on = None

BEFORE = ("account_id",)
COVERED = ("account_id", "record_ref", "until")


def _index(*columns: str) -> None:
    for column in ("person_id", "team_id", "role"):
        name = f"ix_relation_{column.removesuffix('_id')}"
        there = sa.text(f"{column} IS NOT NULL")
        op.drop_index(name, "relation")
        op.create_index(
            name, "relation", [column, *columns], sqlite_where=there, postgresql_where=there
        )


def upgrade() -> None:
    _index(*COVERED)


def downgrade() -> None:
    _index(*BEFORE)
