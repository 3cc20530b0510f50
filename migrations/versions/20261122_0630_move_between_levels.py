"""keep moves between levels, and until when leaving the executive level is taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0012_levels"
down_revision = "0011_issues"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("transfer", sa.Column("from_level", sa.String(length=2), nullable=True))
    op.add_column("transfer", sa.Column("to_level", sa.String(length=2), nullable=True))
    op.add_column("transfer", sa.Column("kind", sa.String(length=20), nullable=True))
    until = sa.Column("left_executive_until", sa.DateTime(timezone=True), nullable=True)
    op.add_column("escalation", until)


def downgrade() -> None:
    with op.batch_alter_table("escalation") as batch:
        batch.drop_column("left_executive_until")
    with op.batch_alter_table("transfer") as batch:
        for name in ("kind", "to_level", "from_level"):
            batch.drop_column(name)
