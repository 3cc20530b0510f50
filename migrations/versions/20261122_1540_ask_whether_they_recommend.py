"""ask customers by schedule whether they would recommend us."""

import sqlalchemy as sa
from alembic import op

revision = "0024_nps"
down_revision = "0024_risk"
branch_labels = None
depends_on = None


def _row() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "nps_schedule",
        sa.Column("every_months", sa.Integer(), nullable=False),
        *_row(),
        sa.CheckConstraint(
            "every_months between 0 and 24", name=op.f("ck_nps_schedule_every_months")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nps_schedule")),
    )
    op.create_table(
        "nps",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("answered_at", moment, nullable=True),
        *_row(),
        _of("nps", "account_id", "account"),
        _of("nps", "contact_id", "contact"),
        _of("nps", "owner_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nps")),
    )
    op.create_index("ix_nps_account", "nps", ["account_id", "asked_at"])
    op.create_index(op.f("ix_nps_answered_at"), "nps", ["answered_at"])
    op.create_table(
        "nps_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nps_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.String(2000), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("replaced_at", moment, nullable=True),
        sa.CheckConstraint("score between 0 and 10", name=op.f("ck_nps_answer_score")),
        _of("nps_answer", "nps_id", "nps"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nps_answer")),
    )
    op.create_index(op.f("ix_nps_answer_nps_id"), "nps_answer", ["nps_id"])


def downgrade() -> None:
    op.drop_table("nps_answer")
    op.drop_table("nps")
    op.drop_table("nps_schedule")
