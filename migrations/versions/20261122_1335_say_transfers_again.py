"""keep what is ours of the words of a transfer, to say it in each reader's language."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020_said_again"
down_revision = "0019_next_promise"
branch_labels = None
depends_on = None


def upgrade() -> None:
    said = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("transfer", sa.Column("said", said, nullable=True))


def downgrade() -> None:
    op.drop_column("transfer", "said")
