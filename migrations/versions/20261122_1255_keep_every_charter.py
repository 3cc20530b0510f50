"""keep every version of the programme's charter, in the place of a table that nothing wrote."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016_charter"
down_revision = "0017_mailing"
branch_labels = None
depends_on = None


def _row() -> tuple[sa.Column, ...]:
    moment = sa.DateTime(timezone=True)
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
    )


def upgrade() -> None:
    document = sa.JSON().with_variant(JSONB(), "postgresql")
    op.create_table(
        "charter",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("metrics", document, nullable=False),
        sa.Column("duties", sa.Text(), nullable=False),
        sa.Column("donts", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("training", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("publisher_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        *_row(),
        sa.ForeignKeyConstraint(
            ["publisher_id"], ["user.id"], name=op.f("fk_charter_publisher_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charter")),
        sa.UniqueConstraint("number", name=op.f("uq_charter_number")),
    )
    op.drop_table("programme")


def downgrade() -> None:
    op.create_table(
        "programme",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("duties", sa.Text(), nullable=False),
        sa.Column("training", sa.Text(), nullable=False),
        *_row(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.drop_table("charter")
