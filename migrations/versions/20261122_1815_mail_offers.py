"""mail offers of compensation, and let customers answer them."""

import sqlalchemy as sa
from alembic import op

revision = "0026_offers"
down_revision = "0027_rates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "sent_offer",
        sa.Column("concession_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=True),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", moment, nullable=False),
        sa.Column("lapses_at", moment, nullable=False),
        sa.Column("countered", sa.Boolean(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("visited_at", moment, nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["concession_id"],
            ["concession.id"],
            name=op.f("fk_sent_offer_concession_id_concession"),
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_sent_offer_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name=op.f("fk_sent_offer_notification_id_notification"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_offer")),
    )
    op.create_index("ix_sent_offer_concession_id", "sent_offer", ["concession_id"])


def downgrade() -> None:
    op.drop_table("sent_offer")
