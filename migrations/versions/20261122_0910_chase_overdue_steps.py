"""keep when an overdue step of a playbook is next told of, and which rungs were taken."""

import sqlalchemy as sa
from alembic import op

revision = "0014_chased"
down_revision = "0013_held_on"
branch_labels = None
depends_on = None

OPEN = ("declared", "accepted", "stabilising", "awaiting_customer")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("case_step", sa.Column("next_notice_at", moment, nullable=True))
    op.create_index("ix_case_step_notice", "case_step", ["next_notice_at"])
    op.create_table(
        "step_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("rung", sa.String(length=40), nullable=False),
        sa.Column("occurrence", sa.String(length=40), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("given_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["step_id"], ["case_step.id"], name=op.f("fk_step_notice_step_id_case_step")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_notice")),
        sa.UniqueConstraint(
            "step_id", "rung", "occurrence", name=op.f("uq_step_notice_step_id_rung_occurrence")
        ),
    )
    case = sa.table("escalation", sa.column("id"), sa.column("state"))
    step = sa.table(
        "case_step",
        *(sa.column(name) for name in ("escalation_id", "due_at", "done_at", "next_notice_at")),
    )
    still_open = sa.select(case.c.id).where(case.c.state.in_(OPEN))
    op.execute(
        sa.update(step)
        .where(step.c.done_at.is_(None), step.c.escalation_id.in_(still_open))
        .values(next_notice_at=step.c.due_at)
    )


def downgrade() -> None:
    op.drop_table("step_notice")
    op.drop_index("ix_case_step_notice", table_name="case_step")
    with op.batch_alter_table("case_step") as batch:
        batch.drop_column("next_notice_at")
