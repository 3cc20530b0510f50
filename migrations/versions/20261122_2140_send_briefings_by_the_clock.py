"""send briefings by the clock, and prepare calls."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028_sent"
down_revision = "0028_agenda"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CHECK = "ck_briefing_briefings_kind"
KINDS = (
    "account",
    "escalation",
    "compensation",
    "sponsor",
    "nomination",
    "postmortem",
    "quarterly_review",
    "portfolio_risk",
)
NEW = ("delta", "call")


def upgrade() -> None:
    _subscriptions()
    with op.batch_alter_table("briefing") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), sa.text(_listed(*KINDS, *NEW)))
        batch.add_column(sa.Column("subscription_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_briefing_subscription_id_subscription"),
            "subscription",
            ["subscription_id"],
            ["id"],
        )
        batch.create_index("ix_briefing_subscription_id", ["subscription_id"])
    _calls()


def _listed(*kinds: str) -> str:
    return f"kind IN ({', '.join(repr(one) for one in kinds)})"


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _kept() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    ]


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def _document() -> sa.types.TypeEngine[object]:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _subscriptions() -> None:
    op.create_table(
        "subscription",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("kind", _one_of("briefings_kind_sent", *KINDS, *NEW), nullable=False),
        sa.Column("about", sa.String(60), nullable=False),
        sa.Column("severity", sa.String(2), nullable=False),
        sa.Column(
            "rhythm",
            _one_of("briefings_rhythm", "workdays", "weekly", "monthly"),
            nullable=False,
        ),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Boolean(), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("ran_at", MOMENT, nullable=True),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column(
            "ending",
            _one_of("briefings_ending", "stopped", "unsubscribed", "over", "hidden"),
            nullable=True,
        ),
        *_kept(),
        sa.CheckConstraint("hour between 0 and 23", name=op.f("ck_subscription_hour_of_a_day")),
        sa.CheckConstraint("weekday between 0 and 4", name=op.f("ck_subscription_weekday_of_work")),
        _of("subscription", "person_id", "user"),
        _of("subscription", "author_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index("ix_subscription_due", "subscription", ["next_at"])
    op.create_index("ix_subscription_person", "subscription", ["person_id"])


def _calls() -> None:
    op.create_table(
        "customer_call",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("case_ref", sa.String(24), nullable=True),
        sa.Column("caller_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("say", _document(), nullable=False),
        sa.Column("avoid", _document(), nullable=False),
        sa.Column("briefing_id", sa.Integer(), nullable=True),
        sa.Column("ask_at", MOMENT, nullable=True),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("dropped_at", MOMENT, nullable=True),
        sa.Column("promises", sa.Integer(), nullable=False),
        *_kept(),
        _of("customer_call", "account_id", "account"),
        _of("customer_call", "caller_id", "user"),
        _of("customer_call", "author_id", "user"),
        _of("customer_call", "briefing_id", "briefing"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_call")),
    )
    op.create_index("ix_customer_call_account_id", "customer_call", ["account_id"])
    op.create_index("ix_customer_call_caller", "customer_call", ["caller_id", "at"])
    op.create_index("ix_customer_call_ask", "customer_call", ["ask_at"])
    op.create_table(
        "call_guest",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("stake", sa.String(300), nullable=False),
        _of("call_guest", "call_id", "customer_call"),
        _of("call_guest", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("call_id", "contact_id", name=op.f("pk_call_guest")),
    )


def downgrade() -> None:
    op.drop_table("call_guest")
    op.drop_table("customer_call")
    # What only the newer kinds are cannot be kept by code that does not know them.
    of_new = "(SELECT id FROM briefing WHERE kind IN ('delta', 'call'))"
    for table in ("reading", "briefed_case"):
        op.execute(f"DELETE FROM {table} WHERE briefing_id IN {of_new}")  # noqa: S608 - ours
    op.execute("DELETE FROM briefing WHERE kind IN ('delta', 'call')")
    with op.batch_alter_table("briefing") as batch:
        batch.drop_index("ix_briefing_subscription_id")
        batch.drop_constraint(op.f("fk_briefing_subscription_id_subscription"), type_="foreignkey")
        batch.drop_column("subscription_id")
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), sa.text(_listed(*KINDS)))
    op.drop_table("subscription")
