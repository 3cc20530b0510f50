"""say how a file was written, and keep what an import changed so that it can be undone."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy.dialects import postgresql

revision = "0026_undo"
down_revision = "0026_rounds"
branch_labels = None
depends_on = None

CHECK = "ck_import_run_accounts_importstate"
BEFORE = ("checking", "checked", "writing", "done", "refused", "taken_back")
NEW = ("undoing", "undone")


def upgrade() -> None:
    with op.batch_alter_table("import_run") as batch:
        batch.add_column(sa.Column("encoding", sa.String(20), nullable=False, server_default=""))
        batch.add_column(sa.Column("sheet", sa.String(80), nullable=False, server_default=""))
        for name in ("rows_undone", "rows_left"):
            batch.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        _allow(batch, (*BEFORE, *NEW))
    with op.batch_alter_table("import_run") as batch:
        for name in ("encoding", "sheet", "rows_undone", "rows_left"):
            batch.alter_column(name, server_default=None)
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "import_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("before", document, nullable=True),
        sa.Column("after", document, nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left", document, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_import_change_run_id_import_run")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_import_change_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_change")),
    )
    op.create_index("ix_import_change_run", "import_change", ["run_id", "id"])
    op.create_index(op.f("ix_import_change_account_id"), "import_change", ["account_id"])


def _allow(batch: BatchOperations, states: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{state}'" for state in states)
    batch.drop_constraint(op.f(CHECK), type_="check")
    batch.create_check_constraint(op.f(CHECK), sa.text(f"state IN ({listed})"))


def downgrade() -> None:
    op.drop_table("import_change")
    op.execute("UPDATE import_run SET state = 'done' WHERE state IN ('undoing', 'undone')")
    with op.batch_alter_table("import_run") as batch:
        _allow(batch, BEFORE)
        for name in ("encoding", "sheet", "rows_undone", "rows_left"):
            batch.drop_column(name)
