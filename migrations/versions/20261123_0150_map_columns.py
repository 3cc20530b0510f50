"""let people say which column of a file is which field, and share it."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy.dialects import postgresql

revision = "0031_columns"
down_revision = "0031_plans"
branch_labels = None
depends_on = None

STATES = (
    *("checking", "checked", "writing", "done", "refused", "taken_back"),
    *("undoing", "undone"),
)
SHAPES = ("salesforce", "telco")
KEY = "fk_import_run_columns_id_column_mapping"


def _allow(batch: BatchOperations, column: str, name: str, words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    batch.drop_constraint(op.f(name), type_="check")
    batch.create_check_constraint(op.f(name), sa.text(f"{column} IN ({listed})"))


def _allow_both(batch: BatchOperations, states: tuple[str, ...], shapes: tuple[str, ...]) -> None:
    _allow(batch, "state", "ck_import_run_accounts_importstate", states)
    _allow(batch, "mapping", "ck_import_run_accounts_importmapping", shapes)


def upgrade() -> None:
    op.create_table(
        "column_mapping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column(
            "columns", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_column_mapping_person_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_column_mapping")),
        sa.UniqueConstraint("name", "number", name=op.f("uq_column_mapping_name_number")),
    )
    with op.batch_alter_table("import_run") as batch:
        batch.add_column(sa.Column("columns_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("source", sa.String(40), nullable=False, server_default=""))
        batch.create_foreign_key(op.f(KEY), "column_mapping", ["columns_id"], ["id"])
        _allow_both(batch, ("mapping", *STATES), (*SHAPES, "hubspot", "generic", "own"))
    op.execute("UPDATE import_run SET source = mapping")
    with op.batch_alter_table("import_run") as batch:
        batch.alter_column("source", server_default=None)


def downgrade() -> None:
    # The old code knows no such shapes: what they brought stays, as accounts of their source.
    op.execute("UPDATE import_run SET state = 'refused' WHERE state = 'mapping'")
    op.execute(
        "UPDATE import_run SET mapping = 'salesforce' WHERE mapping NOT IN ('salesforce', 'telco')"
    )
    with op.batch_alter_table("import_run") as batch:
        _allow_both(batch, STATES, SHAPES)
        batch.drop_constraint(op.f(KEY), type_="foreignkey")
        batch.drop_column("source")
        batch.drop_column("columns_id")
    op.drop_table("column_mapping")
