"""let a condition of the house's own be a reason to leave the programme.

Revision ID: 0033_leaving
Revises: 0032_covered
"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0033_leaving"
down_revision = "0032_covered"
branch_labels = None
depends_on = None

REASONS = (
    *("outcome_reached", "term_over", "touchpoints_missed", "score_low"),
    *("executive_gone", "churned", "displaced"),
)
ENDED, MET = "ck_sponsorship_sponsorship_exitreason", "ck_exit_signal_sponsorship_exitreason_signal"


def _allow(batch: BatchOperations, column: str, name: str, words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    batch.drop_constraint(op.f(name), type_="check")
    batch.create_check_constraint(op.f(name), sa.text(f"{column} IN ({listed})"))


def upgrade() -> None:
    with op.batch_alter_table("sponsorship") as batch:
        _allow(batch, "exit_reason", ENDED, (*REASONS, "condition"))
    with op.batch_alter_table("exit_signal") as batch:
        _allow(batch, "reason", MET, (*REASONS, "condition"))
        batch.add_column(sa.Column("condition", sa.String(60), nullable=False, server_default=""))


def downgrade() -> None:
    # The old code knows no such reason: what it ended stays ended, as its term being over.
    op.execute("UPDATE sponsorship SET exit_reason = 'term_over' WHERE exit_reason = 'condition'")
    op.execute("DELETE FROM exit_signal WHERE reason = 'condition'")
    with op.batch_alter_table("exit_signal") as batch:
        batch.drop_column("condition")
        _allow(batch, "reason", MET, REASONS)
    with op.batch_alter_table("sponsorship") as batch:
        _allow(batch, "exit_reason", ENDED, REASONS)
