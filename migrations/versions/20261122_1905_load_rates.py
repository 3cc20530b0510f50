"""keep tables of exchange rates until a second person publishes them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027_rates"
down_revision = "0026_signals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    state = sa.Enum(
        "waiting",
        "published",
        "withdrawn",
        name="accounts_rate_state",
        native_enum=False,
        length=40,
    )
    op.create_table(
        "rate_load",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("state", state, nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column(
            "rates", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("rows_new", sa.Integer(), nullable=False),
        sa.Column("rows_changed", sa.Integer(), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), sa.ForeignKey("user.id")),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), sa.ForeignKey("user.id")),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    op.drop_table("rate_load")
