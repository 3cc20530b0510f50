"""say what the harm was that a concession answers, and what each part comes to."""

import sqlalchemy as sa
from alembic import op

revision = "0003_harm"
down_revision = "0002_step"
branch_labels = None
depends_on = None

NUMBERS = ("owed_minor", "loss_minor", "effort_hours", "disrupted_days", "drawn_minor")
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
        batch.add_column(
            sa.Column("waits_for", sa.String(length=400), nullable=False, server_default="")
        )
        batch.add_column(sa.Column("fee_minor", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("drawn_from_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            "fk_concession_drawn_from_id_budget", "budget", ["drawn_from_id"], ["id"]
        )
    with op.batch_alter_table("concession_part") as batch:
        batch.add_column(sa.Column("reporting_minor", sa.BigInteger(), nullable=True))
        batch.add_column(
            sa.Column("on_renewal", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("approval") as batch:
        batch.add_column(sa.Column("for_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_approval_for_id_user", "user", ["for_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("approval") as batch:
        batch.drop_constraint("fk_approval_for_id_user", type_="foreignkey")
        batch.drop_column("for_id")
    with op.batch_alter_table("concession_part") as batch:
        batch.drop_column("on_renewal")
        batch.drop_column("reporting_minor")
    with op.batch_alter_table("concession") as batch:
        batch.drop_constraint("fk_concession_drawn_from_id_budget", type_="foreignkey")
        for name in ("drawn_from_id", "fee_minor", "waits_for", *WORDS, *FLAGS, *NUMBERS):
            batch.drop_column(name)
