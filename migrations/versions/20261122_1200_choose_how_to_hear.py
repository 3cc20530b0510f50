"""keep how people want to hear, what they muted, and two more ways to reach them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015_hear"
down_revision = "0015_mail_in"
branch_labels = None
depends_on = None

CHECK = "ck_notification_notifications_channel"
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _allow("portal", "mail", "digest", "page")
    op.create_table(
        "notice_preference",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ways", DOCUMENT, nullable=False),
        sa.Column("digest_at", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        _of_person("notice_preference"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_preference")),
    )
    op.create_table(
        "notice_mute",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("record_ref", sa.String(length=24), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        _of_person("notice_mute"),
        sa.PrimaryKeyConstraint("person_id", "record_ref", name=op.f("pk_notice_mute")),
    )


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_person_id_user")
    return sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=name, ondelete="CASCADE")


def _allow(*channels: str) -> None:
    with op.batch_alter_table("notification") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        listed = ", ".join(f"'{one}'" for one in channels)
        batch.create_check_constraint(op.f(CHECK), sa.text(f"channel IN ({listed})"))


def downgrade() -> None:
    op.drop_table("notice_mute")
    op.drop_table("notice_preference")
    op.execute("DELETE FROM notification WHERE channel = 'page'")
    op.execute("UPDATE notification SET channel = 'mail' WHERE channel = 'digest'")
    _allow("portal", "mail")
