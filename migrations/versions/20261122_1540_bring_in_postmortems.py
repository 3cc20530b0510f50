"""keep post-mortems that were written elsewhere."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024_imported"
down_revision = "0024_books"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "imported_postmortem",
        sa.Column("reference", sa.String(length=24), nullable=False),
        sa.Column("register_year", sa.Integer(), nullable=False),
        sa.Column("register_number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("case_ref", sa.String(length=24), nullable=True),
        sa.Column("title", sa.String(length=400), nullable=False),
        sa.Column("title_derived", sa.Boolean(), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("product", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("archive_url", sa.String(length=2000), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sort_on", sa.Date(), nullable=False),
        sa.Column("categories", DOCUMENT, nullable=False),
        sa.Column("keywords", DOCUMENT, nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("words_key", sa.Text(), nullable=False),
        sa.Column("more", DOCUMENT, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_imported_postmortem_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_postmortem")),
        sa.UniqueConstraint("key", name=op.f("uq_imported_postmortem_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_imported_postmortem_reference")),
        sa.UniqueConstraint(
            "register_year",
            "register_number",
            name=op.f("uq_imported_postmortem_register_year_register_number"),
        ),
    )
    with op.batch_alter_table("imported_postmortem", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_imported_postmortem_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_imported_postmortem_case_ref"), ["case_ref"], unique=False
        )
        batch_op.create_index("ix_imported_postmortem_on", ["sort_on", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("imported_postmortem", schema=None) as batch_op:
        batch_op.drop_index("ix_imported_postmortem_on")
        batch_op.drop_index(batch_op.f("ix_imported_postmortem_case_ref"))
        batch_op.drop_index(batch_op.f("ix_imported_postmortem_account_id"))

    op.drop_table("imported_postmortem")
