"""say who does what in a case, who was told what, and until when the long track runs."""

import sqlalchemy as sa
from alembic import op

revision = "0009_told"
down_revision = "0008_room"
branch_labels = None
depends_on = None

COUNTED = ["state", "restricted", "account_id", "reference", "declared_by_id"]
STANCES = ("supportive", "neutral", "critical", "unknown")


def upgrade() -> None:
    stance = sa.Enum(
        *STANCES,
        name="escalations_stance",
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    with op.batch_alter_table("task") as batch:
        batch.add_column(sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(
            sa.Column("dropped_because", sa.String(length=400), nullable=False, server_default="")
        )
    with op.batch_alter_table("stakeholder") as batch:
        batch.add_column(
            sa.Column("part", sa.String(length=120), nullable=False, server_default="")
        )
        batch.add_column(sa.Column("stance", stance, nullable=False, server_default="unknown"))
        batch.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "telling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stakeholder_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["stakeholder_id"],
            ["stakeholder.id"],
            name=op.f("fk_telling_stakeholder_id_stakeholder"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_telling_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telling")),
    )
    op.create_index("ix_telling_stakeholder_id", "telling", ["stakeholder_id"])
    op.drop_index("ix_escalation_count", "escalation")
    op.create_index("ix_escalation_count", "escalation", [*COUNTED, "trigger"])
    with op.batch_alter_table("escalation") as batch:
        batch.add_column(sa.Column("long_track_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_index("ix_escalation_count", "escalation")
    op.create_index("ix_escalation_count", "escalation", COUNTED)
    with op.batch_alter_table("escalation") as batch:
        batch.drop_column("long_track_until")
    op.drop_table("telling")
    with op.batch_alter_table("stakeholder") as batch:
        batch.drop_constraint(op.f("ck_stakeholder_escalations_stance"), type_="check")
        for name in ("left_at", "stance", "part"):
            batch.drop_column(name)
    with op.batch_alter_table("task") as batch:
        for name in ("dropped_because", "dropped_at"):
            batch.drop_column(name)
