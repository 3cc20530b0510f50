"""Keep when the ladder goes on with a case apart from the case.

Revision ID: 0030_ladder
Revises: 0029_formers
"""

import sqlalchemy as sa
from alembic import op

revision = "0030_ladder"
down_revision = "0029_formers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ladder_next",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"], ["escalation.id"], name=op.f("fk_ladder_next_id_escalation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder_next")),
    )
    op.execute(
        "INSERT INTO ladder_next (id, at) SELECT id, next_step_at FROM escalation"
        " WHERE next_step_at IS NOT NULL"
    )
    op.create_index("ix_ladder_next_at", "ladder_next", ["at"])
    op.drop_index("ix_escalation_step", table_name="escalation")
    op.drop_column("escalation", "next_step_at")


def downgrade() -> None:
    op.add_column(
        "escalation", sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(
        "UPDATE escalation SET next_step_at ="
        " (SELECT at FROM ladder_next WHERE ladder_next.id = escalation.id)"
    )
    op.create_index("ix_escalation_step", "escalation", ["next_step_at"])
    op.drop_table("ladder_next")
