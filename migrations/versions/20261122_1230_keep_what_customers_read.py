"""keep what the customer reads of a case."""

import sqlalchemy as sa
from alembic import op

revision = "0016_customer_status"
down_revision = "0016_promises"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "customer_status",
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("every_days", sa.Integer(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["user.id"], name=op.f("fk_customer_status_approved_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_customer_status_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_customer_status_escalation_id_escalation"),
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["user.id"], name=op.f("fk_customer_status_written_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_status")),
    )
    op.create_index("ix_customer_status_escalation_id", "customer_status", ["escalation_id"])
    op.create_index("ix_customer_status_next", "customer_status", ["next_at"])


def downgrade() -> None:
    op.drop_table("customer_status")
