"""say what the harm was that a concession answers, and what each part comes to."""

import sqlalchemy as sa
from alembic import op

revision = "0003_harm"
down_revision = "0002_step"
branch_labels = None
depends_on = None

NUMBERS = ("owed_minor", "loss_minor", "effort_hours", "disrupted_days")
FLAGS = ("loss_documented", "value_moved", "release", "termination_right")
WORDS = ("rests_on", "terms")


def upgrade() -> None:
    with op.batch_alter_table("concession") as batch:
        for name in NUMBERS:
            batch.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        for name in FLAGS:
            flag = sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            batch.add_column(flag)
        for name in WORDS:
            batch.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("fee_minor", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("concession_part") as batch:
        batch.add_column(sa.Column("reporting_minor", sa.BigInteger(), nullable=True))
        batch.add_column(
            sa.Column("on_renewal", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("concession_part") as batch:
        batch.drop_column("on_renewal")
        batch.drop_column("reporting_minor")
    with op.batch_alter_table("concession") as batch:
        for name in ("fee_minor", *WORDS, *FLAGS, *NUMBERS):
            batch.drop_column(name)
