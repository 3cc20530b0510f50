"""keep links into rooms of customers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_rooms"
down_revision = "0016_customer_status"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "room_link",
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("visited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_room_link_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["escalation_id"], ["escalation.id"], name=op.f("fk_room_link_escalation_id_escalation")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user.id"], name=op.f("fk_room_link_made_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"], ["user.id"], name=op.f("fk_room_link_revoked_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_link")),
    )
    op.create_index("ix_room_link_escalation_id", "room_link", ["escalation_id"])

    op.create_table(
        "pulse",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("on_track", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["escalation_id"], ["escalation.id"], name=op.f("fk_pulse_escalation_id_escalation")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["room_link.id"], name=op.f("fk_pulse_link_id_room_link")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pulse")),
        sa.UniqueConstraint("escalation_id", "round", name=op.f("uq_pulse_escalation_id_round")),
    )
    op.create_table(
        "room_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "files", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_room_message_escalation_id_escalation"),
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["room_link.id"], name=op.f("fk_room_message_link_id_room_link")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_message")),
    )
    op.create_index("ix_room_message_case", "room_message", ["escalation_id", "at", "id"])

    op.create_table(
        "room_tick",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["criterion_id"],
            ["exit_criterion.id"],
            name=op.f("fk_room_tick_criterion_id_exit_criterion"),
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["room_link.id"], name=op.f("fk_room_tick_link_id_room_link")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_tick")),
        sa.UniqueConstraint("criterion_id", name=op.f("uq_room_tick_criterion_id")),
    )


def downgrade() -> None:
    op.drop_table("room_tick")

    op.drop_table("room_message")
    op.drop_table("pulse")

    op.drop_table("room_link")
