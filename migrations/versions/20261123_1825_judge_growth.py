"""Keep how much a customer's yearly revenue could still grow, and the day that was judged."""

import sqlalchemy as sa
from alembic import op

revision = "0037_growth"
down_revision = "0036_offline"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account") as table:
        table.add_column(sa.Column("growth_potential", sa.Integer(), nullable=True))
        table.add_column(sa.Column("growth_potential_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("account") as table:
        table.drop_column("growth_potential_on")
        table.drop_column("growth_potential")
