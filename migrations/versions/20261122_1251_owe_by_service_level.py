"""keep what contracts owe by service level, and the availability that was measured."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016_owed"
down_revision = "0016_value_models"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_terms",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=120), nullable=False),
        sa.Column(
            "period",
            sa.Enum(
                "month",
                "quarter",
                "year",
                name="concessions_period",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "tiers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("cap_share", sa.BigInteger(), nullable=True),
        sa.Column("cap_minor", sa.BigInteger(), nullable=True),
        sa.Column("least_minor", sa.BigInteger(), nullable=True),
        sa.Column("claim_days", sa.Integer(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column(
            "rounding",
            sa.Enum(
                "half_up",
                "down",
                "up",
                name="concessions_rounding",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("exclusions", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "claim_days is null or claim_days >= 0",
            name=op.f("ck_service_terms_claim_not_negative"),
        ),
        sa.CheckConstraint("fee_minor >= 0", name=op.f("ck_service_terms_fee_not_negative")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_service_terms_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_service_terms_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_terms")),
    )
    with op.batch_alter_table("service_terms", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_service_terms_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_service_terms_contract_id"), ["contract_id"], unique=False
        )

    op.create_table(
        "measured_availability",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("terms_id", sa.Integer(), nullable=False),
        sa.Column("concession_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("availability", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "computed_from",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("claimed_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "availability between 0 and 100000000",
            name=op.f("ck_measured_availability_availability_is_share"),
        ),
        sa.CheckConstraint(
            "credit_minor >= 0", name=op.f("ck_measured_availability_credit_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_measured_availability_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["concession_id"],
            ["concession.id"],
            name=op.f("fk_measured_availability_concession_id_concession"),
        ),
        sa.ForeignKeyConstraint(
            ["terms_id"],
            ["service_terms.id"],
            name=op.f("fk_measured_availability_terms_id_service_terms"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measured_availability")),
        sa.UniqueConstraint(
            "terms_id", "starts_on", name=op.f("uq_measured_availability_terms_id_starts_on")
        ),
    )
    with op.batch_alter_table("measured_availability", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_measured_availability_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_measured_availability_concession_id"), ["concession_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("measured_availability", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_measured_availability_concession_id"))
        batch_op.drop_index(batch_op.f("ix_measured_availability_account_id"))

    op.drop_table("measured_availability")
    with op.batch_alter_table("service_terms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_terms_contract_id"))
        batch_op.drop_index(batch_op.f("ix_service_terms_account_id"))

    op.drop_table("service_terms")
