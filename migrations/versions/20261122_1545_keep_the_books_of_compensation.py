"""keep what compensation moves in the books, closed months, parts delivered one by one, and why an
offer departs from what was recommended.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024_books"
down_revision = "0023_requests"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOVES = [
    "offered",
    "accepted",
    "declined",
    "countered",
    "lapsed",
    "taken_back",
    "delivered",
    "cancelled",
    "reversed",
]
GROUNDS = ["owed", "direct_loss", "effort", "goodwill"]
FORMS = [
    "service_credit",
    "refund",
    "discount",
    "free_months",
    "training",
    "service_hours",
    "roadmap_commitment",
    "apology_only",
]
TEXTS = ("departure", "counter")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("concession", sa.Column(name, sa.Text(), server_default="", nullable=False))
    answered = sa.Column("answered_by", sa.String(length=160), server_default="", nullable=False)
    op.add_column("concession", answered)
    for table, name in (
        ("concession", "chased_at"),
        ("concession", "reversed_at"),
        ("concession_part", "delivered_at"),
    ):
        op.add_column(table, sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("concession") as batch:
        batch.add_column(sa.Column("asked_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f(ASKED), "user", ["asked_id"], ["id"])
    _let_sign_again()
    _make_tables()
    _book_what_was_given()


ASKED = "fk_concession_asked_id_user"
UNIQUE = "uq_approval_concession_id_seat_digest"
SEAT = ["concession_id", "seat", "digest"]


def _let_sign_again() -> None:
    """A signature that is void kept the same proposal from ever being signed again."""
    with op.batch_alter_table("approval") as batch:
        batch.drop_constraint(op.f(UNIQUE), type_="unique")
    living = sa.text("voided_at IS NULL")
    op.create_index(
        "uq_approval_living",
        "approval",
        SEAT,
        unique=True,
        sqlite_where=living,
        postgresql_where=living,
    )


def _one_of(values: list[str], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _make_tables() -> None:
    op.create_table(
        "concession_movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("concession_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("legal_entity_id", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("move", _one_of(MOVES, "concessions_move"), nullable=False),
        sa.Column("ground", _one_of(GROUNDS, "concessions_ground_moved"), nullable=False),
        sa.Column("form", _one_of(FORMS, "concessions_form_moved"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("proof", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount_minor >= 0", name=op.f("ck_concession_movement_amount_not_negative")
        ),
        _refers("concession_movement", "concession_id", "concession"),
        _refers("concession_movement", "account_id", "account"),
        _refers("concession_movement", "legal_entity_id", "legal_entity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concession_movement")),
    )
    for column in ("concession_id", "account_id"):
        name = op.f(f"ix_concession_movement_{column}")
        op.create_index(name, "concession_movement", [column])
    by_period = ["period", "legal_entity_id", "currency"]
    op.create_index("ix_movement_period", "concession_movement", by_period)
    op.create_table(
        "closed_period",
        sa.Column("period", sa.String(length=7), autoincrement=False, nullable=False),
        sa.Column("balances", DOCUMENT, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        _refers("closed_period", "closed_by_id", "user"),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_closed_period")),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _book_what_was_given() -> None:
    """Book what was offered, answered, delivered or lapsed before there were books."""
    found = op.get_bind().execute(
        sa.text(
            "SELECT c.id, c.account_id, c.currency, c.state, c.offered_at, c.answered_at,"
            " c.delivered_at, c.lapses_at, c.updated_at, p.ground, p.form, p.face_minor,"
            " p.credit_note, (SELECT k.legal_entity_id FROM contract k WHERE k.account_id ="
            " c.account_id AND k.legal_entity_id IS NOT NULL ORDER BY k.starts_on DESC, k.id"
            " LIMIT 1) AS entity FROM concession c JOIN concession_part p ON p.concession_id = c.id"
            " WHERE c.offered_at IS NOT NULL ORDER BY c.id, p.id"
        )
    )
    op.execute(
        "UPDATE concession_part SET delivered_at = (SELECT c.delivered_at FROM concession c"
        " WHERE c.id = concession_part.concession_id)"
    )
    rows = [one for row in found for one in _moved(row)]
    if rows:
        op.get_bind().execute(_MOVEMENT.insert(), rows)


_MOVEMENT = sa.table(
    "concession_movement",
    *(sa.column(name) for name in ("concession_id", "account_id", "legal_entity_id", "currency")),
    *(sa.column(name) for name in ("period", "move", "ground", "form", "amount_minor", "proof")),
    sa.column("at", sa.DateTime(timezone=True)),
)


def _moved(row: sa.Row) -> list[dict]:
    """Give the movements of one part, as far as its offer came."""
    moves = [("offered", row.offered_at)]
    if row.state in ("accepted", "delivered"):
        moves.append(("accepted", row.answered_at))
    elif row.state == "declined":
        moves.append(("declined", row.answered_at))
    elif row.state == "lapsed":
        moves.append(("lapsed", row.lapses_at))
    elif row.state == "withdrawn":
        moves.append(("taken_back", row.updated_at))
    if row.state == "delivered":
        moves.append(("delivered", row.delivered_at))
    return [
        {
            "concession_id": row.id,
            "account_id": row.account_id,
            "legal_entity_id": row.entity,
            "currency": row.currency,
            "period": f"{_utc(at):%Y-%m}",
            "move": move,
            "ground": row.ground,
            "form": row.form,
            "amount_minor": row.face_minor,
            "proof": row.credit_note if move == "delivered" else "",
            "at": _utc(at),
        }
        for move, at in moves
    ]


def _utc(at: datetime | str) -> datetime:
    """Give a time as it is stored, which SQLite gives as text."""
    found = datetime.fromisoformat(at) if isinstance(at, str) else at
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def downgrade() -> None:
    with op.batch_alter_table("concession") as batch:
        batch.drop_constraint(op.f(ASKED), type_="foreignkey")
        batch.drop_column("asked_id")
    op.drop_index("uq_approval_living", "approval")
    with op.batch_alter_table("approval") as batch:
        batch.create_unique_constraint(op.f(UNIQUE), SEAT)
    op.drop_table("closed_period")
    op.drop_table("concession_movement")
    op.drop_column("concession_part", "delivered_at")
    for name in ("reversed_at", "chased_at", "answered_by", *reversed(TEXTS)):
        op.drop_column("concession", name)
