"""keep playbooks as policies, and for each case what its playbook asks, who ticked it, who joined."""

import sqlalchemy as sa
from alembic import op

revision = "0010_playbooks"
down_revision = "0009_told"
branch_labels = None
depends_on = None

BEFORE = (
    "severity", "routing", "triggers", "value", "risk", "compensation", "sponsorship",
    "postmortem", "regulator_clocks",
)  # fmt: skip
AFTER = (*BEFORE[:3], "playbooks", *BEFORE[3:])
HOLDERS = (
    ("policy", "kind", ""),
    ("policy_draft", "kind", "_draft"),
    ("decision", "policy_kind", ""),
)


def upgrade() -> None:
    _allow(AFTER)
    op.create_table(
        "case_step",
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("trigger", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=4), nullable=False),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=2_000), nullable=False),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _to("case_step", "escalation_id", "escalation"),
        _to("case_step", "done_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name="pk_case_step"),
        sa.UniqueConstraint("escalation_id", "name", name="uq_case_step_escalation_id_name"),
    )
    op.create_table(
        "case_tick",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        _to("case_tick", "step_id", "case_step"),
        _to("case_tick", "by_id", "user"),
        sa.PrimaryKeyConstraint("id", name="pk_case_tick"),
    )
    op.create_index("ix_case_tick_step_id", "case_tick", ["step_id"])
    op.create_table(
        "case_response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=80), nullable=False),
        sa.Column("does", sa.String(length=2_000), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        _to("case_response", "escalation_id", "escalation"),
        _to("case_response", "person_id", "user"),
        sa.PrimaryKeyConstraint("id", name="pk_case_response"),
        sa.UniqueConstraint(
            "escalation_id", "person_id", name="uq_case_response_escalation_id_person_id"
        ),
    )
    op.create_index("ix_case_response_person_id", "case_response", ["person_id"])
    op.add_column("escalation", sa.Column("playbook_number", sa.Integer(), nullable=True))


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")


def _allow(kinds: tuple[str, ...]) -> None:
    """Let the tables that name a kind of policy hold these."""
    for table, column, suffix in HOLDERS:
        name = f"ck_{table}_policies_policykind{suffix}"
        listed = ", ".join(f"'{kind}'" for kind in kinds)
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(name), type_="check")
            batch.create_check_constraint(op.f(name), sa.text(f"{column} IN ({listed})"))


def downgrade() -> None:
    with op.batch_alter_table("escalation") as batch:
        batch.drop_column("playbook_number")
    op.drop_table("case_response")
    op.drop_table("case_tick")
    op.drop_table("case_step")
    for table, column, _suffix in HOLDERS:
        op.execute(f"DELETE FROM {table} WHERE {column} = 'playbooks'")  # noqa: S608 - our own names
    _allow(BEFORE)
