"""Weigh the causes of post-mortems, with what shows them; say why we were surprised."""

import sqlalchemy as sa
from alembic import op

revision = "0033_weighed"
down_revision = "0033_leaving"
branch_labels = None
depends_on = None

CHECK = "ck_cause_weight"


def upgrade() -> None:
    with op.batch_alter_table("postmortem") as table:
        table.add_column(sa.Column("surprise", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("cause") as table:
        table.add_column(sa.Column("weight", sa.Integer(), nullable=True))
        table.add_column(sa.Column("evidence", sa.String(400), nullable=False, server_default=""))
        table.add_column(
            sa.Column("evidence_url", sa.String(500), nullable=False, server_default="")
        )
        table.create_check_constraint(
            op.f(CHECK), sa.text("weight is null or weight between 1 and 3")
        )


def downgrade() -> None:
    with op.batch_alter_table("cause") as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        table.drop_column("evidence_url")
        table.drop_column("evidence")
        table.drop_column("weight")
    with op.batch_alter_table("postmortem") as table:
        table.drop_column("surprise")
