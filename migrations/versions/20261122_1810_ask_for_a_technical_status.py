"""ask one person or team for a technical status at set times, for all cases that wait."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026_rounds"
down_revision = "0026_lines"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.create_table(
        "status_round",
        sa.Column("escalation_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(300), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("times", document, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("workdays", sa.Boolean(), nullable=False),
        sa.Column("within_minutes", sa.Integer(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("stopped_because", sa.String(400), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (team_id IS NULL)",
            name=op.f("ck_status_round_one_is_asked"),
        ),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_status_round_escalation_id_escalation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_status_round_person_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["team.id"], name=op.f("fk_status_round_team_id_team")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user.id"], name=op.f("fk_status_round_opened_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_round")),
    )
    for column in ("escalation_id", "person_id", "next_at"):
        op.create_index(f"ix_status_round_{column}", "status_round", [column])
    _cases_and_calls()


def _cases_and_calls() -> None:
    op.create_table(
        "status_round_case",
        sa.Column("round_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("escalation_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("left_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["status_round.id"],
            name=op.f("fk_status_round_case_round_id_status_round"),
        ),
        sa.ForeignKeyConstraint(
            ["escalation_id"],
            ["escalation.id"],
            name=op.f("fk_status_round_case_escalation_id_escalation"),
        ),
        sa.PrimaryKeyConstraint("round_id", "escalation_id", name=op.f("pk_status_round_case")),
    )
    op.create_index("ix_status_round_case_escalation_id", "status_round_case", ["escalation_id"])
    op.create_table(
        "status_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("asked_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("answer_by", MOMENT, nullable=True),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(4000), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["status_round.id"], name=op.f("fk_status_call_round_id_status_round")
        ),
        sa.ForeignKeyConstraint(
            ["asked_id"], ["user.id"], name=op.f("fk_status_call_asked_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user.id"], name=op.f("fk_status_call_answered_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_call")),
        sa.UniqueConstraint("round_id", "due_at", name=op.f("uq_status_call_round_id_due_at")),
    )
    for column in ("asked_id", "answer_by"):
        op.create_index(f"ix_status_call_{column}", "status_call", [column])


def downgrade() -> None:
    op.drop_table("status_call")
    op.drop_table("status_round_case")
    op.drop_table("status_round")
