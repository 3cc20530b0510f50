"""follow sponsorships: goals, training, readings by quarter, exit signals and reviews."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025_terms"
down_revision = "0024_panels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "training",
        sa.Column("sponsor_id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=200), nullable=False),
        sa.Column("trained_on", sa.Date(), nullable=False),
        sa.Column("proof", sa.String(length=400), nullable=False),
        sa.Column("recorder_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorder_id"], ["user.id"], name=op.f("fk_training_recorder_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["sponsor_id"], ["sponsor.id"], name=op.f("fk_training_sponsor_id_sponsor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
    )
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_sponsor_id"), ["sponsor_id"], unique=False)

    op.create_table(
        "exit_review",
        sa.Column("sponsorship_id", sa.Integer(), nullable=False),
        sa.Column(
            "proposals", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("opener_id", sa.Integer(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "keep",
                "end",
                "extend",
                "change_lane",
                "change_sponsor",
                "displace",
                name="sponsorship_reviewoutcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decider_id"], ["user.id"], name=op.f("fk_exit_review_decider_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["opener_id"], ["user.id"], name=op.f("fk_exit_review_opener_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["sponsorship_id"],
            ["sponsorship.id"],
            name=op.f("fk_exit_review_sponsorship_id_sponsorship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exit_review")),
    )
    with op.batch_alter_table("exit_review", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exit_review_sponsorship_id"), ["sponsorship_id"], unique=False
        )

    op.create_table(
        "exit_signal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sponsorship_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "outcome_reached",
                "term_over",
                "touchpoints_missed",
                "score_low",
                "executive_gone",
                "churned",
                "displaced",
                name="sponsorship_exitreason_signal",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "evidence", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sponsorship_id"],
            ["sponsorship.id"],
            name=op.f("fk_exit_signal_sponsorship_id_sponsorship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exit_signal")),
    )
    with op.batch_alter_table("exit_signal", schema=None) as batch_op:
        batch_op.create_index(
            "ix_exit_signal_sponsorship", ["sponsorship_id", "reason", "raised_on"], unique=False
        )

    op.create_table(
        "goal",
        sa.Column("sponsorship_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("dropped_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sponsorship_id"], ["sponsorship.id"], name=op.f("fk_goal_sponsorship_id_sponsorship")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goal")),
    )
    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_goal_sponsorship_id"), ["sponsorship_id"], unique=False
        )

    op.create_table(
        "sponsorship_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sponsorship_id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Date(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column(
            "band",
            sa.Enum(
                "green",
                "amber",
                "red",
                name="accounts_band_reading",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sponsorship_id"],
            ["sponsorship.id"],
            name=op.f("fk_sponsorship_reading_sponsorship_id_sponsorship"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sponsorship_reading")),
        sa.UniqueConstraint(
            "sponsorship_id", "quarter", name=op.f("uq_sponsorship_reading_sponsorship_id_quarter")
        ),
    )
    with op.batch_alter_table("sponsor", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("feed_nonce", sa.String(length=32), nullable=False, server_default="")
        )

    with op.batch_alter_table("sponsorship", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("displaced_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("reentry_on", sa.Date(), nullable=True))

    with op.batch_alter_table("touchpoint", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agenda", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(
            sa.Column(
                "ours",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
                server_default="[]",
            )
        )
        batch_op.add_column(
            sa.Column(
                "theirs",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
                server_default="[]",
            )
        )
        batch_op.add_column(sa.Column("minutes", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("touchpoint", schema=None) as batch_op:
        batch_op.drop_column("minutes")
        batch_op.drop_column("theirs")
        batch_op.drop_column("ours")
        batch_op.drop_column("agenda")

    with op.batch_alter_table("sponsorship", schema=None) as batch_op:
        batch_op.drop_column("reentry_on")
        batch_op.drop_column("displaced_on")
        batch_op.drop_column("plan")

    with op.batch_alter_table("sponsor", schema=None) as batch_op:
        batch_op.drop_column("feed_nonce")

    op.drop_table("sponsorship_reading")
    with op.batch_alter_table("goal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_goal_sponsorship_id"))

    op.drop_table("goal")
    with op.batch_alter_table("exit_signal", schema=None) as batch_op:
        batch_op.drop_index("ix_exit_signal_sponsorship")

    op.drop_table("exit_signal")
    with op.batch_alter_table("exit_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exit_review_sponsorship_id"))

    op.drop_table("exit_review")
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_training_sponsor_id"))

    op.drop_table("training")
