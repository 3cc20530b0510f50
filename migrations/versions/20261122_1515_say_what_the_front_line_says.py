"""say what the front line says: holding statements, and who read them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022_statements"
down_revision = "0021_webhooks"
branch_labels = None
depends_on = None

STATES = ("written", "approved", "replaced", "withdrawn", "dropped")


def _of(column: str, table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_statement_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name)


def upgrade() -> None:
    texts = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    state = sa.Enum(
        *STATES,
        name="statements_statementstate",
        native_enum=False,
        length=40,
        create_constraint=True,
    )
    op.create_table(
        "statement",
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("texts", texts, nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("holds_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(400), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _of("escalation_id", "escalation"),
        _of("written_by_id", "user"),
        _of("approved_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
    )
    op.create_index("ix_statement_state", "statement", ["state", "approved_at"])
    op.create_index(op.f("ix_statement_escalation_id"), "statement", ["escalation_id"])
    op.create_table(
        "statement_reading",
        sa.Column("statement_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["user.id"],
            name=op.f("fk_statement_reading_person_id_user"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["statement.id"],
            name=op.f("fk_statement_reading_statement_id_statement"),
        ),
        sa.PrimaryKeyConstraint("statement_id", "person_id", name=op.f("pk_statement_reading")),
    )


def downgrade() -> None:
    op.drop_table("statement_reading")
    op.drop_table("statement")
