"""Keep which issues of briefings are on which devices, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "0036_offline"
down_revision = "0035_above"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ENDINGS = ("signed_out", "taken_back", "dropped", "access")


def upgrade() -> None:
    ending = sa.Enum(
        *ENDINGS,
        name="briefings_copyending",
        native_enum=False,
        length=40,
        create_constraint=True,
    )
    op.create_table(
        "kept_copy",
        sa.Column("briefing_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("user_key", sa.String(64), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("ending", ending, nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["briefing_id"], ["briefing.id"], name=op.f("fk_kept_copy_briefing_id_briefing")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_kept_copy_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_copy")),
    )
    for column in ("briefing_id", "person_id", "device"):
        op.create_index(op.f(f"ix_kept_copy_{column}"), "kept_copy", [column])


def downgrade() -> None:
    op.drop_table("kept_copy")
