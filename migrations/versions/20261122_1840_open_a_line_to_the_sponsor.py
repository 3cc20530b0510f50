"""open a line to the sponsor, note gifts, and draw ties by lot."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026_lines"
down_revision = "0026_found"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _draws()
    _lines()
    _messages()
    _gifts()


def _draws() -> None:
    op.create_table(
        "panel_draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("panel_id", sa.Integer(), nullable=False),
        sa.Column("lane", _one_of("sponsorship_lanekind_draw", "strategic", "recovery"), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column(
            "ties", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("drawn_by_id", sa.Integer(), nullable=True),
        sa.Column("drawn_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["panel_id"], ["panel.id"], name=op.f("fk_panel_draw_panel_id_panel")),
        sa.ForeignKeyConstraint(
            ["drawn_by_id"], ["user.id"], name=op.f("fk_panel_draw_drawn_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_draw")),
        sa.UniqueConstraint("panel_id", "lane", name=op.f("uq_panel_draw_panel_id_lane")),
    )


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


def _lines() -> None:
    op.create_table(
        "sponsor_line",
        sa.Column("sponsorship_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("opener_id", sa.Integer(), nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        *_kept(),
        _of("sponsor_line", "sponsorship_id", "sponsorship"),
        _of("sponsor_line", "contact_id", "contact"),
        _of("sponsor_line", "opener_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sponsor_line")),
    )
    op.create_index("ix_sponsor_line_sponsorship_id", "sponsor_line", ["sponsorship_id"])


def _messages() -> None:
    op.create_table(
        "line_message",
        sa.Column("sponsorship_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("passed_on_at", MOMENT, nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        *_kept(),
        _of("line_message", "sponsorship_id", "sponsorship"),
        _of("line_message", "line_id", "sponsor_line"),
        _of("line_message", "answered_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_message")),
    )
    op.create_index("ix_line_message_sponsorship_id", "line_message", ["sponsorship_id"])
    op.create_index("ix_line_message_due", "line_message", ["answered_at", "due_at"])


def _gifts() -> None:
    op.create_table(
        "gift",
        sa.Column("sponsorship_id", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of("sponsorship_giftkind", "gift", "hospitality"), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("recorder_id", sa.Integer(), nullable=True),
        *_kept(),
        sa.CheckConstraint("value_minor > 0", name=op.f("ck_gift_value_is_something")),
        _of("gift", "sponsorship_id", "sponsorship"),
        _of("gift", "recorder_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift")),
    )
    op.create_index("ix_gift_sponsorship_id", "gift", ["sponsorship_id"])


def downgrade() -> None:
    for table in ("gift", "line_message", "sponsor_line", "panel_draw"):
        op.drop_table(table)
