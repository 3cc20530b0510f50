"""Let a team that has a past end: since when it takes nothing new, and which team came after it."""

import sqlalchemy as sa
from alembic import op

revision = "0038_retired"
down_revision = "0037_growth"
branch_labels = None
depends_on = None

CHECK, KEY = "ck_team_only_retired_have_successor", "fk_team_successor_id_team"


def upgrade() -> None:
    with op.batch_alter_table("team") as table:
        table.add_column(sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("successor_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f(KEY), "team", ["successor_id"], ["id"])
        table.create_check_constraint(
            op.f(CHECK), sa.text("successor_id IS NULL OR retired_at IS NOT NULL")
        )


def downgrade() -> None:
    with op.batch_alter_table("team") as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        table.drop_constraint(op.f(KEY), type_="foreignkey")
        table.drop_column("successor_id")
        table.drop_column("retired_at")
