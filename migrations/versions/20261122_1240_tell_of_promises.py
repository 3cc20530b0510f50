"""keep when somebody is next told of a promise that falls due."""

import sqlalchemy as sa
from alembic import op

revision = "0016_promises"
down_revision = "0015_hear"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("promise", sa.Column("next_notice_at", moment, nullable=True))
    op.create_index("ix_promise_notice", "promise", ["next_notice_at"])
    names = ("case_ref", "state", "due_at", "next_notice_at")
    promise = sa.table("promise", *(sa.column(name) for name in names))
    op.execute(
        sa.update(promise)
        .where(promise.c.state == "open", promise.c.case_ref.is_not(None))
        .values(next_notice_at=promise.c.due_at)
    )


def downgrade() -> None:
    op.drop_index("ix_promise_notice", table_name="promise")
    with op.batch_alter_table("promise") as batch:
        batch.drop_column("next_notice_at")
