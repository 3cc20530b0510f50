"""ask other departments: an agreed first reply to a task, and who is asked instead."""

import sqlalchemy as sa
from alembic import op

revision = "0023_requests"
down_revision = "0022_statements"
branch_labels = None
depends_on = None

NAME = "fk_task_substitute_id_user"


def upgrade() -> None:
    with op.batch_alter_table("task") as batch:
        for name in ("reply_by", "replied_at", "chased_at"):
            batch.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("reply", sa.String(2000), nullable=False, server_default=""))
        batch.add_column(sa.Column("substitute_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f(NAME), "user", ["substitute_id"], ["id"])
        batch.create_index(op.f("ix_task_reply_by"), ["reply_by"])
    with op.batch_alter_table("task") as batch:
        batch.alter_column("reply", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("task") as batch:
        batch.drop_index(op.f("ix_task_reply_by"))
        batch.drop_constraint(op.f(NAME), type_="foreignkey")
        for name in ("substitute_id", "reply", "chased_at", "replied_at", "reply_by"):
            batch.drop_column(name)
