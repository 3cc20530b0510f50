"""Let issues of briefings expire.

Revision ID: 0031_expiry
Revises: 0028_versions
"""

import sqlalchemy as sa
from alembic import op

revision = "0031_expiry"
down_revision = "0028_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("briefing") as table:
        table.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("briefing") as table:
        table.drop_column("expires_at")
