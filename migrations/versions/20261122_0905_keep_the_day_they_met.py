"""keep the day on which a sponsor met the customer, not the moment it was noted."""

import sqlalchemy as sa
from alembic import op

revision = "0013_held_on"
down_revision = "0012_levels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("touchpoint", sa.Column("held_on", sa.Date(), nullable=True))
    op.execute("update touchpoint set held_on = date(held_at)")
    with op.batch_alter_table("touchpoint") as batch:
        batch.drop_column("held_at")


def downgrade() -> None:
    moment = sa.Column("held_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("touchpoint", moment)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("update touchpoint set held_at = held_on || ' 12:00:00.000000'")
    else:
        op.execute("update touchpoint set held_at = (held_on + time '12:00') at time zone 'UTC'")
    with op.batch_alter_table("touchpoint") as batch:
        batch.drop_column("held_on")
