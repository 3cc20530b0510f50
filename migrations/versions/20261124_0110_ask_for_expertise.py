"""Keep which expertise a nomination asks of a sponsor."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039_expertise"
down_revision = "0038_retired"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("nomination") as table:
        table.add_column(
            sa.Column(
                "expertise",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
                server_default=sa.text("'[]'"),
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("nomination") as table:
        table.drop_column("expertise")
