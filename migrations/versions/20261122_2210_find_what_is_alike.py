"""find decisions about the same harm, and the newest of a currency, by an index."""

from alembic import op

revision = "0029_alike"
down_revision = "0028_letters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_escalation_alike", "escalation", ["trigger", "problem"])
    op.create_index("ix_concession_approved", "concession", ["currency", "approved_at"])


def downgrade() -> None:
    op.drop_index("ix_concession_approved", table_name="concession")
    op.drop_index("ix_escalation_alike", table_name="escalation")
