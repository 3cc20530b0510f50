"""Say of which cases an issue of a briefing tells.

Once such a case is restricted, the issue opens to the people named on it alone. What was printed
before is taken to tell of every case its account had by then.

Revision ID: 0011_issues
Revises: 0010_playbooks
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_issues"
down_revision = "0010_playbooks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "briefed_case",
        sa.Column("briefing_id", sa.Integer(), nullable=False),
        sa.Column("case_ref", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["briefing_id"], ["briefing.id"], name=op.f("fk_briefed_case_briefing_id_briefing")
        ),
        sa.PrimaryKeyConstraint("briefing_id", "case_ref", name=op.f("pk_briefed_case")),
    )
    op.create_index("ix_briefed_case", "briefed_case", ["case_ref"])
    op.execute(
        "insert into briefed_case (briefing_id, case_ref)"
        " select briefing.id, escalation.reference from briefing"
        " join escalation on escalation.account_id = briefing.account_id"
        " where escalation.opened_at <= briefing.taken_at"
    )


def downgrade() -> None:
    op.drop_table("briefed_case")
