"""say what an action changes and which ticket it has; link cases to the causes they repeat."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028_recurs"
down_revision = "0029_alike"
branch_labels = None
depends_on = None

KINDS = ("prevent", "detect", "respond", "train", "document", "product")
CHECK = "ck_action_postmortems_actionkind"


def upgrade() -> None:
    kind = sa.Enum(*KINDS, name="postmortems_actionkind", native_enum=False, length=40)
    with op.batch_alter_table("action") as batch:
        batch.add_column(sa.Column("kind", kind, nullable=True))
        names = ", ".join(f"'{name}'" for name in KINDS)
        batch.create_check_constraint(op.f(CHECK), sa.text(f"kind IN ({names})"))
        for name, length in (("ticket", 60), ("ticket_url", 500)):
            batch.add_column(
                sa.Column(name, sa.String(length=length), server_default="", nullable=False)
            )
    op.create_table(
        "recurrence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("postmortem_id", sa.Integer(), nullable=False),
        sa.Column("cause_id", sa.Integer(), nullable=False),
        sa.Column("case_ref", sa.String(length=24), nullable=False),
        sa.Column("linked_by_id", sa.Integer(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "alike", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _refers("postmortem_id", "postmortem"),
        _refers("cause_id", "cause"),
        _refers("linked_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurrence")),
        sa.UniqueConstraint("cause_id", "case_ref", name=op.f("uq_recurrence_cause_id_case_ref")),
    )
    for column in ("postmortem_id", "case_ref"):
        op.create_index(op.f(f"ix_recurrence_{column}"), "recurrence", [column])


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_recurrence_{column}_{to}")
    )


def downgrade() -> None:
    op.drop_table("recurrence")
    with op.batch_alter_table("action") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        for name in ("ticket_url", "ticket", "kind"):
            batch.drop_column(name)
