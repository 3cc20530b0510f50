"""say what a meeting is at, which decision a line is about, and the policy draft that follows it."""

import sqlalchemy as sa
from alembic import op

revision = "0028_agenda"
down_revision = "0028_losses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("review") as table:
        table.add_column(sa.Column("at_item", sa.String(24), nullable=False, server_default=""))
        table.add_column(sa.Column("at_since", sa.DateTime(timezone=True)))
    with op.batch_alter_table("review") as table:
        table.alter_column("at_item", existing_type=sa.String(24), server_default=None)
    with op.batch_alter_table("decision_sought") as table:
        table.add_column(sa.Column("draft_id", sa.Integer()))
        table.create_foreign_key(
            "fk_decision_sought_draft_id_policy_draft", "policy_draft", ["draft_id"], ["id"]
        )
    with op.batch_alter_table("review_line") as table:
        table.add_column(sa.Column("sought_id", sa.Integer()))
        table.create_foreign_key(
            "fk_review_line_sought_id_decision_sought", "decision_sought", ["sought_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("review_line") as table:
        table.drop_constraint("fk_review_line_sought_id_decision_sought", type_="foreignkey")
        table.drop_column("sought_id")
    with op.batch_alter_table("decision_sought") as table:
        table.drop_constraint("fk_decision_sought_draft_id_policy_draft", type_="foreignkey")
        table.drop_column("draft_id")
    with op.batch_alter_table("review") as table:
        table.drop_column("at_since")
        table.drop_column("at_item")
