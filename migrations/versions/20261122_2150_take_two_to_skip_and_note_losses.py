"""let two people leave a post-mortem out, and keep notes about customers who left."""

import sqlalchemy as sa
from alembic import op

revision = "0028_losses"
down_revision = "0028_recurs"
branch_labels = None
depends_on = None

FACTORS = (
    "product_defect",
    "change_or_release",
    "capacity_or_load",
    "third_party",
    "monitoring_gap",
    "process_gap",
    "handover",
    "communication",
    "expectation_or_contract",
    "staffing_or_skill",
    "data_or_billing",
    "security",
)
STATES = ("due", "written", "void")
ASKED = "fk_postmortem_waiver_asked_by_id_user"


def upgrade() -> None:
    with op.batch_alter_table("postmortem") as batch:
        batch.add_column(sa.Column("waiver_asked_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("waiver_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(op.f(ASKED), "user", ["waiver_asked_by_id"], ["id"])
    op.create_table(
        "loss_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("register_year", sa.Integer(), nullable=False),
        sa.Column("register_number", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("state", _one_of(STATES, "postmortems_lossstate"), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("lost_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("policy_number", sa.Integer(), nullable=False),
        sa.Column("arr_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("factor", _one_of(FACTORS, "postmortems_factor"), nullable=True),
        sa.Column("sentence", sa.String(length=400), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        _refers("account_id", "account"),
        _refers("owner_id", "user"),
        _refers("written_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loss_note")),
        sa.UniqueConstraint("reference", name=op.f("uq_loss_note_reference")),
        sa.UniqueConstraint(
            "register_year",
            "register_number",
            name=op.f("uq_loss_note_register_year_register_number"),
        ),
    )
    for column in ("account_id", "owner_id"):
        op.create_index(op.f(f"ix_loss_note_{column}"), "loss_note", [column])
    op.create_index("ix_loss_note_state", "loss_note", ["state", "due_on"])


def _one_of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_loss_note_{column}_{to}"))


def downgrade() -> None:
    op.drop_table("loss_note")
    with op.batch_alter_table("postmortem") as batch:
        batch.drop_constraint(op.f(ASKED), type_="foreignkey")
        batch.drop_column("waiver_asked_at")
        batch.drop_column("waiver_asked_by_id")
