"""reckon risk and keep a register."""

import sqlalchemy as sa
from alembic import op

revision = "0024_risk"
down_revision = "0025_terms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_account_risk", "account", ["risk_score", "id"])
    op.create_table(
        "risk_reckoned",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_reckoned")),
    )
    op.create_table(
        "risk_assessment",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column(
            "band",
            sa.Enum(
                "green",
                "amber",
                "red",
                name="accounts_band",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "rule",
            sa.Enum(
                "churn_notice",
                "open_e1",
                "open_e2",
                name="risk_hardrule",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_cases", sa.BigInteger(), nullable=True),
        sa.Column("silence_breaches", sa.BigInteger(), nullable=True),
        sa.Column("promises_broken", sa.BigInteger(), nullable=True),
        sa.Column("health_trend", sa.BigInteger(), nullable=True),
        sa.Column("usage_trend", sa.BigInteger(), nullable=True),
        sa.Column("sponsor_gone", sa.BigInteger(), nullable=True),
        sa.Column("renewal_near", sa.BigInteger(), nullable=True),
        sa.Column("payment_delay", sa.BigInteger(), nullable=True),
        sa.Column("sentiment", sa.BigInteger(), nullable=True),
        sa.Column("recurrence", sa.BigInteger(), nullable=True),
        sa.Column("open_cases_points", sa.Integer(), nullable=False),
        sa.Column("silence_breaches_points", sa.Integer(), nullable=False),
        sa.Column("promises_broken_points", sa.Integer(), nullable=False),
        sa.Column("health_trend_points", sa.Integer(), nullable=False),
        sa.Column("usage_trend_points", sa.Integer(), nullable=False),
        sa.Column("sponsor_gone_points", sa.Integer(), nullable=False),
        sa.Column("renewal_near_points", sa.Integer(), nullable=False),
        sa.Column("payment_delay_points", sa.Integer(), nullable=False),
        sa.Column("sentiment_points", sa.Integer(), nullable=False),
        sa.Column("recurrence_points", sa.Integer(), nullable=False),
        sa.CheckConstraint("score between 0 and 100", name=op.f("ck_risk_assessment_score")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_risk_assessment_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_risk_assessment")),
    )
    op.create_table(
        "risk_entry",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("likelihood", sa.Integer(), nullable=False),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column("plan", sa.String(length=2000), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column(
            "stage",
            sa.Enum(
                "at_risk",
                "plan_in_place",
                "saving",
                "recovered",
                "lost",
                name="risk_stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("stays_minor", sa.BigInteger(), nullable=True),
        sa.Column("leaves_minor", sa.BigInteger(), nullable=True),
        sa.Column("loss_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("impact between 1 and 5", name=op.f("ck_risk_entry_impact")),
        sa.CheckConstraint("likelihood between 1 and 5", name=op.f("ck_risk_entry_likelihood")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_risk_entry_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user.id"], name=op.f("fk_risk_entry_owner_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_entry")),
        sa.UniqueConstraint("reference", name=op.f("uq_risk_entry_reference")),
    )
    op.create_index("ix_risk_entry_account", "risk_entry", ["account_id"])
    op.create_index("ix_risk_entry_owner_id", "risk_entry", ["owner_id"])
    op.create_index("ix_risk_entry_review", "risk_entry", ["review_on", "id"])
    op.create_table(
        "risk_judgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "band",
            sa.Enum(
                "green",
                "amber",
                "red",
                name="accounts_band",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_risk_judgement_account_id_account")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_risk_judgement_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_judgement")),
    )
    op.create_index("ix_risk_judgement_account", "risk_judgement", ["account_id", "id"])
    op.create_table(
        "risk_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column(
            "band",
            sa.Enum(
                "green",
                "amber",
                "red",
                name="accounts_band",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_risk_snapshot_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_snapshot")),
        sa.UniqueConstraint("account_id", "day", name=op.f("uq_risk_snapshot_account_id_day")),
    )
    op.create_table(
        "risk_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column(
            "from_stage",
            sa.Enum(
                "at_risk",
                "plan_in_place",
                "saving",
                "recovered",
                "lost",
                name="risk_stage_from",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_stage",
            sa.Enum(
                "at_risk",
                "plan_in_place",
                "saving",
                "recovered",
                "lost",
                name="risk_stage_to",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_risk_move_by_id_user")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["risk_entry.id"], name=op.f("fk_risk_move_entry_id_risk_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_move")),
    )
    op.create_index("ix_risk_move_entry_id", "risk_move", ["entry_id"])
    op.create_table(
        "risk_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["user.id"], name=op.f("fk_risk_task_done_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["risk_entry.id"], name=op.f("fk_risk_task_entry_id_risk_entry")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_risk_task_owner_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_task")),
    )
    op.create_index("ix_risk_task_entry_id", "risk_task", ["entry_id"])


def downgrade() -> None:
    op.drop_index("ix_account_risk", "account")
    for table in (
        "risk_task",
        "risk_move",
        "risk_snapshot",
        "risk_judgement",
        "risk_entry",
        "risk_assessment",
        "risk_reckoned",
    ):
        op.drop_table(table)
