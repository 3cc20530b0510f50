"""Keep remarks on drafts of post-mortems, and what was typed and not kept yet."""

import sqlalchemy as sa
from alembic import op

revision = "0034_remarks"
down_revision = "0033_weighed"
branch_labels = None
depends_on = None

STATES = ("open", "taken", "settled")


def upgrade() -> None:
    op.create_table(
        "remark",
        sa.Column("postmortem_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=30), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("suggestion", sa.Text(), nullable=True),
        sa.Column("base", sa.String(length=64), nullable=False),
        sa.Column("for_counsel", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *STATES,
                name="postmortems_remarkstate",
                native_enum=False,
                length=40,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("answer", sa.String(length=400), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _refers("remark", "postmortem_id", "postmortem"),
        _refers("remark", "person_id", "user"),
        _refers("remark", "settled_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
    )
    op.create_index("ix_remark_of", "remark", ["postmortem_id", "id"])
    op.create_index(op.f("ix_remark_person_id"), "remark", ["person_id"])
    op.create_table(
        "unsaved_text",
        sa.Column("postmortem_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=30), nullable=False),
        sa.Column("was", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        _refers("unsaved_text", "postmortem_id", "postmortem"),
        _refers("unsaved_text", "person_id", "user"),
        sa.PrimaryKeyConstraint(
            "postmortem_id", "person_id", "field", name=op.f("pk_unsaved_text")
        ),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def downgrade() -> None:
    op.drop_table("unsaved_text")
    op.drop_table("remark")
