"""keep what rates and signals said before they were corrected."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029_formers"
down_revision = "0028_predictions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signal_former",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signal_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["signal_id"],
            ["health_signal.id"],
            name=op.f("fk_signal_former_signal_id_health_signal"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["signal_batch.id"], name=op.f("fk_signal_former_batch_id_signal_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_former")),
    )
    op.create_index(op.f("ix_signal_former_signal_id"), "signal_former", ["signal_id"])
    op.create_index(op.f("ix_signal_former_batch_id"), "signal_former", ["batch_id"])
    with op.batch_alter_table("rate_load") as table:
        table.add_column(
            sa.Column(
                "former", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("rate_load") as table:
        table.drop_column("former")
    op.drop_table("signal_former")
