"""index each kind of subject of a relation alone."""

import sqlalchemy as sa
from alembic import op

revision = "0004_subjects"
down_revision = "0003_harm"
branch_labels = None
depends_on = None

SUBJECTS = {"person": "person_id", "team": "team_id", "role": "role"}


def upgrade() -> None:
    for name, column in SUBJECTS.items():
        op.drop_index(f"ix_relation_{name}", "relation")
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_relation_{name}",
            "relation",
            [column, "account_id"],
            sqlite_where=there,
            postgresql_where=there,
        )


def downgrade() -> None:
    for name, column in SUBJECTS.items():
        op.drop_index(f"ix_relation_{name}", "relation")
        op.create_index(f"ix_relation_{name}", "relation", [column, "account_id"])
