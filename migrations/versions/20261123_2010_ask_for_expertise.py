"""Keep which expertise a nomination asks of a sponsor."""

import sqlalchemy as sa
from alembic import op

revision = "0038_expertise"
down_revision = "0037_growth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("nomination") as table:
        table.add_column(
            sa.Column("expertise", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
        )


def downgrade() -> None:
    with op.batch_alter_table("nomination") as table:
        table.drop_column("expertise")
