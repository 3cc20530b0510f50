"""keep proposed versions of policies, withdrawn ones, and which rule routed a case."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007_drafts"
down_revision = "0006_said"
branch_labels = None
depends_on = None

KINDS = (
    "severity", "routing", "triggers", "value", "risk", "compensation", "sponsorship",
    "postmortem", "regulator_clocks",
)  # fmt: skip
STATES = ("writing", "submitted", "published", "refused", "withdrawn")
PEOPLE = ("author_id", "signer_id", "decider_id")


def choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def document() -> sa.types.TypeEngine:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "policy_draft",
        sa.Column("kind", choice("policies_policykind_draft", KINDS), nullable=False),
        sa.Column("state", choice("policies_draftstate", STATES), nullable=False),
        sa.Column("base_number", sa.Integer(), nullable=False),
        sa.Column("body", document(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signer_id", sa.Integer(), nullable=True),
        sa.Column("signer_role", sa.String(length=40), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("load", document(), nullable=True),
        sa.Column("load_digest", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint([name], ["user.id"], name=f"fk_policy_draft_{name}_user")
            for name in PEOPLE
        ),
        sa.PrimaryKeyConstraint("id", name="pk_policy_draft"),
    )
    op.create_index("ix_policy_draft_kind", "policy_draft", ["kind", "state", "id"])
    op.create_index("ix_policy_draft_state", "policy_draft", ["state", "id"])
    with op.batch_alter_table("policy") as batch:
        batch.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("withdrawer_id", sa.Integer(), nullable=True))
        batch.add_column(
            sa.Column("withdrawn_because", sa.Text(), nullable=False, server_default="")
        )
        batch.create_foreign_key("fk_policy_withdrawer_id_user", "user", ["withdrawer_id"], ["id"])
    op.add_column("decision", sa.Column("rule", sa.String(length=60), nullable=True))
    _name_rules(op.get_bind())
    op.create_index("ix_decision_rule", "decision", ["kind", "rule", "decided_at"])


def _name_rules(connection: sa.Connection) -> None:
    """Write down which rule took each case that was routed before this column was there."""
    policy = sa.table("policy", sa.column("kind"), sa.column("number"), sa.column("body", sa.JSON))
    decision = sa.table(
        "decision",
        sa.column("kind"),
        sa.column("policy_number"),
        sa.column("facts", document()),
        sa.column("rule"),
    )
    routing = sa.select(policy.c.number, policy.c.body).where(policy.c.kind == "routing")
    for number, body in connection.execute(routing).all():
        for position, rule in enumerate(body["rules"], 1):
            connection.execute(
                sa.update(decision)
                .where(
                    decision.c.kind == "escalations.route",
                    decision.c.policy_number == number,
                    decision.c.facts["position"].as_integer() == position,
                )
                .values(rule=rule["name"])
            )


def downgrade() -> None:
    op.drop_index("ix_decision_rule", "decision")
    with op.batch_alter_table("decision") as batch:
        batch.drop_column("rule")
    with op.batch_alter_table("policy") as batch:
        batch.drop_constraint("fk_policy_withdrawer_id_user", type_="foreignkey")
        batch.drop_column("withdrawn_because")
        batch.drop_column("withdrawer_id")
        batch.drop_column("withdrawn_at")
    op.drop_index("ix_policy_draft_state", "policy_draft")
    op.drop_index("ix_policy_draft_kind", "policy_draft")
    op.drop_table("policy_draft")
