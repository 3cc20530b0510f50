"""Keep which account a file names as the one above, by its number in the other system."""

import sqlalchemy as sa
from alembic import op

revision = "0035_above"
down_revision = "0035_books"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account") as table:
        table.add_column(
            sa.Column("above_external_id", sa.String(120), nullable=False, server_default="")
        )


def downgrade() -> None:
    with op.batch_alter_table("account") as table:
        table.drop_column("above_external_id")
