"""seat panels that vote on nominations, and link a nomination to the one before it."""

import sqlalchemy as sa
from alembic import op

revision = "0024_panels"
down_revision = "0025_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "panel",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("meets_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "closed",
                name="sponsorship_panelstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("convener_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quorum between 1 and 15", name=op.f("ck_panel_quorum_is_possible")),
        sa.ForeignKeyConstraint(
            ["convener_id"], ["user.id"], name=op.f("fk_panel_convener_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel")),
        sa.UniqueConstraint("reference", name=op.f("uq_panel_reference")),
    )
    op.create_table(
        "panel_seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("panel_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panel.id"], name=op.f("fk_panel_seat_panel_id_panel")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_panel_seat_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_seat")),
        sa.UniqueConstraint("panel_id", "person_id", name=op.f("uq_panel_seat_panel_id_person_id")),
    )
    with op.batch_alter_table("panel_seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_seat_person_id"), ["person_id"], unique=False)

    op.create_table(
        "panel_vote",
        sa.Column("nomination_id", sa.Integer(), nullable=False),
        sa.Column("panel_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "admit",
                "wait",
                "decline",
                name="sponsorship_verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["nomination_id"],
            ["nomination.id"],
            name=op.f("fk_panel_vote_nomination_id_nomination"),
        ),
        sa.ForeignKeyConstraint(
            ["panel_id"], ["panel.id"], name=op.f("fk_panel_vote_panel_id_panel")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_panel_vote_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_vote")),
        sa.UniqueConstraint(
            "nomination_id",
            "panel_id",
            "person_id",
            name=op.f("uq_panel_vote_nomination_id_panel_id_person_id"),
        ),
    )
    with op.batch_alter_table("panel_vote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_vote_panel_id"), ["panel_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_panel_vote_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("nomination", schema=None) as batch_op:
        batch_op.add_column(sa.Column("earlier_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("come_back_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("panel_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_nomination_panel_id"), ["panel_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_nomination_panel_id_panel"), "panel", ["panel_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_nomination_earlier_id_nomination"), "nomination", ["earlier_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("nomination", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_nomination_earlier_id_nomination"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("fk_nomination_panel_id_panel"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_nomination_panel_id"))
        batch_op.drop_column("panel_id")
        batch_op.drop_column("come_back_on")
        batch_op.drop_column("earlier_id")

    with op.batch_alter_table("panel_vote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_vote_person_id"))
        batch_op.drop_index(batch_op.f("ix_panel_vote_panel_id"))

    op.drop_table("panel_vote")
    with op.batch_alter_table("panel_seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_seat_person_id"))

    op.drop_table("panel_seat")
    op.drop_table("panel")
