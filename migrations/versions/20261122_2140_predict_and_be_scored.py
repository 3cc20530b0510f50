"""keep every prediction with what became of it, and scorecards learned from them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028_predictions"
down_revision = "0028_sent"
branch_labels = None
depends_on = None

MEASURES = (
    "open_cases",
    "silence_breaches",
    "promises_broken",
    "health_trend",
    "usage_trend",
    "sponsor_gone",
    "renewal_near",
    "payment_delay",
    "sentiment",
    "recurrence",
)


def upgrade() -> None:
    op.create_table(
        "risk_prediction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("band", sa.String(40), nullable=False),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column("chance", sa.BigInteger(), nullable=True),
        sa.Column("basis", sa.String(40), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("lost", sa.Boolean(), nullable=True),
        sa.Column("work", sa.String(40), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in MEASURES),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_risk_prediction_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_prediction")),
        sa.UniqueConstraint(
            "account_id", "made_on", name=op.f("uq_risk_prediction_account_id_made_on")
        ),
        sa.CheckConstraint("due_on > made_on", name=op.f("ck_risk_prediction_due_later")),
        sa.CheckConstraint(
            "band in ('green', 'amber', 'red')", name=op.f("ck_risk_prediction_accounts_band")
        ),
        sa.CheckConstraint(
            "basis in ('card', 'bands')", name=op.f("ck_risk_prediction_risk_chancebasis")
        ),
        sa.CheckConstraint(
            "work in ('sponsored', 'compensated', 'planned', 'escalated')",
            name=op.f("ck_risk_prediction_risk_workkind"),
        ),
    )
    open_ones = sa.text("settled_on IS NULL")
    op.create_index(
        "ix_risk_prediction_due",
        "risk_prediction",
        ["due_on"],
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )
    op.create_index("ix_risk_prediction_past", "risk_prediction", ["score", "settled_on"])
    op.create_index("ix_risk_prediction_settled", "risk_prediction", ["settled_on", "id"])
    op.create_table(
        "risk_card_fit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "document",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=True,
        ),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_risk_card_fit_asked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["policy_draft.id"], name=op.f("fk_risk_card_fit_draft_id_policy_draft")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_card_fit")),
        sa.CheckConstraint(
            "state in ('fitting', 'fitted', 'failed', 'proposed')",
            name=op.f("ck_risk_card_fit_risk_cardstate"),
        ),
    )


def downgrade() -> None:
    op.drop_table("risk_card_fit")
    op.drop_table("risk_prediction")
