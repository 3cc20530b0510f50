"""let people watch a case without a part in it."""

import sqlalchemy as sa
from alembic import op

revision = "0021_watchers"
down_revision = "0020_said_again"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watcher",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("escalation_id", sa.Integer(), sa.ForeignKey("escalation.id"), nullable=False),
        sa.Column(
            "person_id", sa.Integer(), sa.ForeignKey("user.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("escalation_id", "person_id"),
    )
    op.create_index("ix_watcher_person_id", "watcher", ["person_id"])


def downgrade() -> None:
    op.drop_table("watcher")
