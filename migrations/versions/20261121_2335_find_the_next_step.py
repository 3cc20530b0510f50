"""keep when the next step of a case's ladder of notice is due."""

import sqlalchemy as sa
from alembic import op

revision = "0002_step"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("escalation") as batch:
        batch.add_column(sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_index("ix_escalation_step", ["next_step_at"])


def downgrade() -> None:
    with op.batch_alter_table("escalation") as batch:
        batch.drop_index("ix_escalation_step")
        batch.drop_column("next_step_at")
