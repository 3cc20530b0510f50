"""let a customer confirm a binding yes by a code mailed to them."""

import sqlalchemy as sa
from alembic import op

revision = "0025_codes"
down_revision = "0024_nps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "one_time_code",
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("record_ref", sa.String(24), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", moment, nullable=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("capacity", sa.String(120), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_one_time_code_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
    )
    op.create_index("ix_one_time_code_contact", "one_time_code", ["contact_id", "created_at"])


def downgrade() -> None:
    op.drop_table("one_time_code")
