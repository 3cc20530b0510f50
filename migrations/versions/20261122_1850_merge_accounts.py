"""keep which accounts went into which, and every row that went along."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027_merges"
down_revision = "0026_undo"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "account_merge",
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("merged_at", moment, nullable=False),
        sa.Column("undone_at", moment, nullable=True),
        sa.Column("kept", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_account_merge_{column}_{table}")
            )
            for column, table in (
                ("from_id", "account"),
                ("into_id", "account"),
                ("person_id", "user"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_merge")),
    )
    for column in ("from_id", "into_id"):
        op.create_index(op.f(f"ix_account_merge_{column}"), "account_merge", [column])
    op.create_table(
        "merged_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("merge_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(80), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=True),
        sa.Column("row_ref", sa.String(24), nullable=True),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["account_merge.id"], name=op.f("fk_merged_row_merge_id_account_merge")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_row")),
    )
    op.create_index("ix_merged_row_merge", "merged_row", ["merge_id", "place"])


def downgrade() -> None:
    op.drop_table("merged_row")
    op.drop_table("account_merge")
