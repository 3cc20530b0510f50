"""keep mail that came in, once for each Message-ID; find our messages by theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0015_mail_in"
down_revision = "0014_chased"
branch_labels = None
depends_on = None

INDEXES = [
    ("ix_incoming_mail_account_id", "incoming_mail", ["account_id"]),
    ("ix_incoming_mail_sender", "incoming_mail", ["record_ref", "address", "arrived_at"]),
    ("ix_incoming_mail_state", "incoming_mail", ["state", "arrived_at", "id"]),
    ("ix_notification_message", "notification", ["message_id"]),
]


def upgrade() -> None:
    op.create_table(
        "incoming_mail",
        sa.Column("message_id", sa.String(length=300), nullable=False),
        sa.Column("sender", sa.String(length=300), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "filed",
                "put_aside",
                name="intake_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "why",
            sa.Enum(
                "no_match",
                "forged",
                "colleague",
                "too_many",
                "too_large",
                "answer",
                "address",
                "person",
                "program",
                "ours",
                "report",
                name="intake_why",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("record_ref", sa.String(length=24), nullable=True),
        sa.Column("klass", sa.Integer(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_incoming_mail_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_incoming_mail_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["handled_by_id"], ["user.id"], name=op.f("fk_incoming_mail_handled_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_incoming_mail_message_id")),
    )
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _columns in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_table("incoming_mail")
