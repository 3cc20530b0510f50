"""tell other systems what happened: receivers of webhooks and the messages for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021_webhooks"
down_revision = "0021_watchers"
branch_labels = None
depends_on = None

RECEIVER = ("active", "paused", "dead")
DELIVERY = ("waiting", "sent", "failed", "withdrawn")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=40, create_constraint=True)


def _row() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def upgrade() -> None:
    chosen = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "webhook_receiver",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("events", chosen, nullable=False),
        sa.Column("state", _choice("webhooks_receiverstate", *RECEIVER), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("secret", sa.Integer(), nullable=False),
        sa.Column("old_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(200), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        *_row(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_receiver")),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(64), nullable=False),
        sa.Column("event", sa.String(80), nullable=False),
        sa.Column("record_ref", sa.String(24), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", _choice("webhooks_deliverystate", *DELIVERY), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(200), nullable=False),
        *_row(),
        sa.ForeignKeyConstraint(
            ["receiver_id"],
            ["webhook_receiver.id"],
            name=op.f("fk_webhook_delivery_receiver_id_webhook_receiver"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint(
            "receiver_id", "message_id", name=op.f("uq_webhook_delivery_receiver_id_message_id")
        ),
    )
    op.create_index("ix_webhook_delivery_due", "webhook_delivery", ["state", "send_at"])
    op.create_index("ix_webhook_delivery_receiver", "webhook_delivery", ["receiver_id", "id"])


def downgrade() -> None:
    op.drop_table("webhook_delivery")
    op.drop_table("webhook_receiver")
