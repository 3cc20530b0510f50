"""hold quarterly reviews: decisions sought, what the meeting said, who read the pack."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025_reviews"
down_revision = "0024_imported"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "review",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "preparing",
                "called",
                "meeting",
                "signed",
                name="reviews_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("meets_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("none_sought", sa.String(length=600), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.Column("pack", DOCUMENT, nullable=False),
        sa.Column("pack_digest", sa.String(length=64), nullable=False),
        sa.Column("signed_by_id", sa.Integer(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["user.id"], name=op.f("fk_review_signed_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("reference", name=op.f("uq_review_reference")),
        sa.UniqueConstraint("year", "quarter", name=op.f("uq_review_year_quarter")),
    )
    op.create_table(
        "decision_sought",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("recommendation", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "open",
                "taken",
                "refused",
                "postponed",
                name="reviews_verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("decided", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carried_from", sa.String(length=24), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_decision_sought_asked_by_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_decision_sought_review_id_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_sought")),
    )
    with op.batch_alter_table("decision_sought", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_decision_sought_review_id"), ["review_id"], unique=False
        )

    op.create_table(
        "pack_reading",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["user.id"], name=op.f("fk_pack_reading_person_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_pack_reading_review_id_review")
        ),
        sa.PrimaryKeyConstraint("review_id", "person_id", name=op.f("pk_pack_reading")),
    )
    op.create_table(
        "review_line",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "note",
                "decision",
                "action",
                name="reviews_linekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_review_line_author_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user.id"], name=op.f("fk_review_line_owner_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_review_line_review_id_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_line")),
    )
    with op.batch_alter_table("review_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_line_review_id"), ["review_id"], unique=False)

    with op.batch_alter_table("imported_postmortem", schema=None) as batch_op:
        batch_op.alter_column(
            "title",
            existing_type=sa.VARCHAR(length=200),
            type_=sa.String(length=400),
            existing_nullable=False,
        )
        batch_op.alter_column(
            "company",
            existing_type=sa.VARCHAR(length=120),
            type_=sa.String(length=200),
            existing_nullable=False,
        )
        batch_op.alter_column(
            "product",
            existing_type=sa.VARCHAR(length=120),
            type_=sa.String(length=200),
            existing_nullable=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("imported_postmortem", schema=None) as batch_op:
        batch_op.alter_column(
            "product",
            existing_type=sa.String(length=200),
            type_=sa.VARCHAR(length=120),
            existing_nullable=False,
        )
        batch_op.alter_column(
            "company",
            existing_type=sa.String(length=200),
            type_=sa.VARCHAR(length=120),
            existing_nullable=False,
        )
        batch_op.alter_column(
            "title",
            existing_type=sa.String(length=400),
            type_=sa.VARCHAR(length=200),
            existing_nullable=False,
        )

    with op.batch_alter_table("review_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_line_review_id"))

    op.drop_table("review_line")
    op.drop_table("pack_reading")
    with op.batch_alter_table("decision_sought", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_sought_review_id"))

    op.drop_table("decision_sought")
    op.drop_table("review")
