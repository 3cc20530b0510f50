"""keep what signals and people say of a risk, and where signals came from."""

import sqlalchemy as sa
from alembic import op

revision = "0026_signals"
down_revision = "0027_merges"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "risk_ground",
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), primary_key=True),
        *(
            sa.Column(name, sa.BigInteger())
            for name in ("health_trend", "usage_trend", "payment_delay", "sentiment")
        ),
        sa.Column("executive_there", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True))
            for name in ("executive_left_at", "earliest_at", "ahead_at")
        ),
    )
    op.add_column("risk_snapshot", sa.Column("score_before", sa.Integer(), nullable=True))
    op.execute(
        "update risk_snapshot set score_before = (select past.score from risk_snapshot past"
        " where past.account_id = risk_snapshot.account_id and past.day < risk_snapshot.day"
        " order by past.day desc limit 1)"
    )
    op.create_index(
        "ix_risk_snapshot_moved",
        "risk_snapshot",
        ["day", "account_id"],
        sqlite_where=sa.text("score_before IS NOT NULL"),
        postgresql_where=sa.text("score_before IS NOT NULL"),
    )
    op.create_table(
        "signal_batch",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), sa.ForeignKey("user.id")),
        sa.Column("by_name", sa.String(120), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("rows_new", sa.Integer(), nullable=False),
        sa.Column("rows_changed", sa.Integer(), nullable=False),
        sa.Column("rows_same", sa.Integer(), nullable=False),
    )
    with op.batch_alter_table("health_signal") as batch:
        batch.add_column(sa.Column("external_id", sa.String(120), nullable=True))
        batch.add_column(sa.Column("batch_id", sa.Integer(), nullable=True))
    op.execute("update health_signal set external_id = 'row ' || id")
    with op.batch_alter_table("health_signal") as batch:
        batch.alter_column("external_id", existing_type=sa.String(120), nullable=False)
        batch.create_foreign_key(
            "fk_health_signal_batch_id_signal_batch", "signal_batch", ["batch_id"], ["id"]
        )
        batch.create_unique_constraint(
            "uq_health_signal_account_id_source_kind_external_id",
            ["account_id", "source", "kind", "external_id"],
        )
        batch.create_index("ix_health_signal_batch_id", ["batch_id"])
        batch.drop_index("ix_signal_account")
        batch.create_index(
            "ix_signal_account",
            ["account_id", "kind", "observed_at", "id"],
            postgresql_include=["value"],
        )


def downgrade() -> None:
    with op.batch_alter_table("health_signal") as batch:
        batch.drop_index("ix_signal_account")
        batch.create_index("ix_signal_account", ["account_id", "kind", "observed_at"])
        batch.drop_index("ix_health_signal_batch_id")
        batch.drop_constraint("uq_health_signal_account_id_source_kind_external_id", type_="unique")
        batch.drop_constraint("fk_health_signal_batch_id_signal_batch", type_="foreignkey")
        batch.drop_column("batch_id")
        batch.drop_column("external_id")
    op.drop_table("signal_batch")
    op.drop_index("ix_risk_snapshot_moved", "risk_snapshot")
    with op.batch_alter_table("risk_snapshot") as batch:
        batch.drop_column("score_before")
    op.drop_table("risk_ground")
