"""Bind books of accounts, make links that open once; drop what no reading was ever told.

Revision ID: 0035_books
Revises: 0034_remarks
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035_books"
down_revision = "0034_remarks"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CHECK = "ck_briefing_briefings_kind"
KINDS = (
    "account",
    "escalation",
    "delta",
    "call",
    "compensation",
    "sponsor",
    "nomination",
    "postmortem",
    "quarterly_review",
    "portfolio_risk",
)
UNTOLD = ("sent_at", "delivered_at", "opened_at")
"""Columns of a reading that were written, or not even that, and read by nobody."""
STATES = ("collecting", "bound", "empty", "cancelled")


def upgrade() -> None:
    with op.batch_alter_table("briefing") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), sa.text(_listed(*KINDS, "book")))
    with op.batch_alter_table("reading") as batch:
        for column in UNTOLD:
            batch.drop_column(column)
    _books()
    _links()


def _listed(*kinds: str) -> str:
    return f"kind IN ({', '.join(repr(one) for one in kinds)})"


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


def _books() -> None:
    state = sa.Enum(
        *STATES,
        name="briefings_bookstate",
        native_enum=False,
        length=40,
        create_constraint=True,
    )
    op.create_table(
        "account_book",
        sa.Column("reference", sa.String(24), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column(
            "accounts",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("locale", sa.String(5), nullable=False),
        sa.Column("paper", sa.String(8), nullable=False),
        sa.Column("annex", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("briefing_id", sa.Integer(), nullable=True),
        *_kept(),
        _of("account_book", "reader_id", "user"),
        _of("account_book", "author_id", "user"),
        _of("account_book", "briefing_id", "briefing"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_book")),
        sa.UniqueConstraint("reference", name=op.f("uq_account_book_reference")),
    )
    op.create_index(op.f("ix_account_book_reader_id"), "account_book", ["reader_id"])
    op.create_index(op.f("ix_account_book_author_id"), "account_book", ["author_id"])


def _links() -> None:
    op.create_table(
        "briefing_link",
        sa.Column("briefing_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        *_kept(),
        _of("briefing_link", "briefing_id", "briefing"),
        _of("briefing_link", "person_id", "user"),
        _of("briefing_link", "author_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_briefing_link_digest")),
    )
    op.create_index(op.f("ix_briefing_link_briefing_id"), "briefing_link", ["briefing_id"])
    op.create_index(op.f("ix_briefing_link_person_id"), "briefing_link", ["person_id"])


def downgrade() -> None:
    op.drop_table("briefing_link")
    op.drop_table("account_book")
    # A book cannot be kept by code that does not know it.
    of_new = "(SELECT id FROM briefing WHERE kind = 'book')"
    for table in ("reading", "briefed_case"):
        op.execute(f"DELETE FROM {table} WHERE briefing_id IN {of_new}")  # noqa: S608 - ours
    op.execute("DELETE FROM briefing WHERE kind = 'book'")
    with op.batch_alter_table("reading") as batch:
        for column in UNTOLD:
            batch.add_column(sa.Column(column, MOMENT, nullable=True))
    with op.batch_alter_table("briefing") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), sa.text(_listed(*KINDS)))
