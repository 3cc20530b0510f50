"""keep views of lists, bulk changes, open forms, and files of the timeline."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008_room"
down_revision = "0007_drafts"
branch_labels = None
depends_on = None

KINDS = ("assign", "team", "tag", "trend")


def upgrade() -> None:
    instant, number = sa.DateTime(timezone=True), sa.Integer()
    document = sa.JSON().with_variant(JSONB(), "postgresql")
    op.create_table(
        "saved_view",
        sa.Column("id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("team_id", number, nullable=True),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", document, nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name="fk_saved_view_person_id_user", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name="fk_saved_view_team_id_team", ondelete="SET NULL"
        ),
        sa.UniqueConstraint("person_id", "name", name="uq_saved_view_person_id_name"),
    )
    op.create_index("ix_saved_view_team_id", "saved_view", ["team_id"])
    op.create_table(
        "bulk_change",
        sa.Column("id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                *KINDS,
                name="escalations_bulkkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("before", document, nullable=False),
        sa.Column("after", document, nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("undone_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_change"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name="fk_bulk_change_person_id_user", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_bulk_change_person_id", "bulk_change", ["person_id"])
    op.create_table(
        "presence",
        sa.Column("id", number, nullable=False),
        sa.Column("escalation_id", number, nullable=False),
        sa.Column("person_id", number, nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("seen_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_presence"),
        sa.ForeignKeyConstraint(
            ["escalation_id"], ["escalation.id"], name="fk_presence_escalation_id_escalation"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name="fk_presence_person_id_user", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "escalation_id", "person_id", name="uq_presence_escalation_id_person_id"
        ),
    )
    with op.batch_alter_table("affected_account") as batch:
        batch.add_column(sa.Column("named_id", number, nullable=True))
        batch.create_foreign_key("fk_affected_account_named_id_user", "user", ["named_id"], ["id"])
    with op.batch_alter_table("timeline_entry") as batch:
        batch.add_column(sa.Column("file_id", number, nullable=True))
        batch.create_foreign_key(
            "fk_timeline_entry_file_id_stored_file", "stored_file", ["file_id"], ["id"]
        )
    for name, table, column in INDEXES:
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, table, [column], sqlite_where=there, postgresql_where=there)


INDEXES = (
    ("ix_timeline_corrects", "timeline_entry", "corrects_id"),
    ("ix_escalation_merged", "escalation", "merged_into_id"),
)


def downgrade() -> None:
    for name, table, _column in INDEXES:
        op.drop_index(name, table)
    with op.batch_alter_table("timeline_entry") as batch:
        batch.drop_constraint("fk_timeline_entry_file_id_stored_file", type_="foreignkey")
        batch.drop_column("file_id")
    with op.batch_alter_table("affected_account") as batch:
        batch.drop_constraint("fk_affected_account_named_id_user", type_="foreignkey")
        batch.drop_column("named_id")
    op.drop_table("presence")
    op.drop_table("bulk_change")
    op.drop_table("saved_view")
