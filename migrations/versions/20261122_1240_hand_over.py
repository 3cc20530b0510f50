"""keep hand-overs of what somebody owns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016_handover"
down_revision = "0018_surveys"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "handover",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("heirs", DOCUMENT, nullable=False),
        sa.Column("summary", sa.String(length=2000), nullable=False),
        sa.Column("begins_at", moment, nullable=False),
        sa.Column("ends_access", sa.Boolean(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("progress", DOCUMENT, nullable=False),
        sa.Column("done_at", moment, nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'done', 'cancelled')",
            name=op.f("ck_handover_handovers_handoverstate"),
        ),
        *(
            sa.ForeignKeyConstraint([name], ["user.id"], name=op.f(f"fk_handover_{name}_user"))
            for name in ("person_id", "asked_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    op.create_index("ix_handover_due", "handover", ["state", "begins_at"])
    op.create_index(op.f("ix_handover_person_id"), "handover", ["person_id"])


def downgrade() -> None:
    op.drop_table("handover")
