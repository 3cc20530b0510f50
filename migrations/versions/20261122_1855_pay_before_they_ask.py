"""pay what one incident makes us owe to many, once approved."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027_lots"
down_revision = "0026_offers"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def upgrade() -> None:
    op.create_table(
        "credit_lot",
        sa.Column("reference", sa.String(24), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("apology", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.Column("service", sa.String(120), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("largest_minor", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column("insurer", sa.String(20), nullable=False),
        sa.Column("insurer_by_id", sa.Integer(), nullable=True),
        sa.Column("requested_by_id", sa.Integer(), nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("paid_at", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        _key("credit_lot", "insurer_by_id", "user"),
        _key("credit_lot", "requested_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_lot")),
        sa.UniqueConstraint("reference", name=op.f("uq_credit_lot_reference")),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'refused', 'paid')",
            name=op.f("ck_credit_lot_concessions_lotstate"),
        ),
    )
    op.create_table(
        "credit_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("terms_id", sa.Integer(), nullable=False),
        sa.Column("availability", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("reporting_minor", sa.BigInteger(), nullable=False),
        sa.Column("arr_minor", sa.BigInteger(), nullable=True),
        sa.Column(
            "computed_from",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("left_out", sa.String(20), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(400), nullable=False),
        sa.Column("concession_id", sa.Integer(), nullable=True),
        _key("credit_line", "lot_id", "credit_lot"),
        _key("credit_line", "account_id", "account"),
        _key("credit_line", "terms_id", "service_terms"),
        _key("credit_line", "concession_id", "concession"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_line")),
        sa.UniqueConstraint("lot_id", "terms_id", name=op.f("uq_credit_line_lot_id_terms_id")),
    )
    for column in ("lot_id", "account_id", "concession_id"):
        op.create_index(f"ix_credit_line_{column}", "credit_line", [column])
    op.create_table(
        "lot_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _key("lot_signature", "lot_id", "credit_lot"),
        _key("lot_signature", "person_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_signature")),
        sa.UniqueConstraint("lot_id", "role", name=op.f("uq_lot_signature_lot_id_role")),
    )


def downgrade() -> None:
    op.drop_table("lot_signature")
    op.drop_table("credit_line")
    op.drop_table("credit_lot")
