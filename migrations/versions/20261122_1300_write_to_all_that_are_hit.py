"""keep messages to the other customers that a case hits, and what became of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_mailing"
down_revision = "0016_owed"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _foreign(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "mailing",
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("words", DOCUMENT, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", moment, nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", moment, nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.CheckConstraint(
            "state IN ('written', 'approved', 'sent', 'dropped')",
            name=op.f("ck_mailing_escalations_mailingstate"),
        ),
        _foreign("mailing", "escalation_id", "escalation"),
        _foreign("mailing", "written_by_id", "user"),
        _foreign("mailing", "approved_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
    )
    op.create_index(op.f("ix_mailing_escalation_id"), "mailing", ["escalation_id"])
    op.create_table(
        "mailing_line",
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", moment, nullable=True),
        sa.Column("answered_at", moment, nullable=True),
        sa.Column("answer", sa.String(length=400), nullable=False),
        _foreign("mailing_line", "mailing_id", "mailing"),
        _foreign("mailing_line", "account_id", "account"),
        _foreign("mailing_line", "contact_id", "contact"),
        _foreign("mailing_line", "notification_id", "notification"),
        sa.PrimaryKeyConstraint("mailing_id", "account_id", name=op.f("pk_mailing_line")),
        sa.UniqueConstraint("notification_id", name=op.f("uq_mailing_line_notification_id")),
    )
    op.create_index(op.f("ix_mailing_line_account_id"), "mailing_line", ["account_id"])


def downgrade() -> None:
    op.drop_table("mailing_line")
    op.drop_table("mailing")
