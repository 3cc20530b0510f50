"""keep what a text of a post-mortem said before, so that two who write it lose nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0028_versions"
down_revision = "0030_ladder"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("postmortem_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=30), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        _refers("postmortem_id", "postmortem"),
        _refers("by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_version")),
    )
    op.create_index("ix_text_version_of", "text_version", ["postmortem_id", "field", "id"])


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_text_version_{column}_{to}")
    )


def downgrade() -> None:
    op.drop_table("text_version")
