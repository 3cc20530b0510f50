"""keep calendars of accounts, and the clock of whoever took a case over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_calendars"
down_revision = "0004_subjects"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CLOCKS = "'acknowledge', 'owner_named', 'silence', 'reply_owed', 'executive_brief', 'close'"
MORE = f"{CLOCKS}, 'holder'"
CHECKED = {"escalation": "next_due_kind", "clock_event": "clock", "ladder_notice": "clock"}


def upgrade() -> None:
    with op.batch_alter_table("account") as batch:
        batch.add_column(sa.Column("opening", JSON, nullable=True))
    op.create_table(
        "business_calendar",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("week", JSON, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("subdivision", sa.String(10), nullable=False),
        sa.Column("closures", JSON, nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_calendar")),
        sa.UniqueConstraint("name", name=op.f("uq_business_calendar_name")),
    )
    op.create_table(
        "calendar_use",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_calendar_use_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["business_calendar.id"],
            name=op.f("fk_calendar_use_calendar_id_business_calendar"),
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_calendar_use")),
    )
    op.create_index(
        op.f("ix_calendar_use_calendar_id"), "calendar_use", ["calendar_id"], unique=False
    )
    _allow(CLOCKS, MORE)


def downgrade() -> None:
    # What would not fit any more: the clock of a holder is a matter of the day.
    for table in ("clock_event", "ladder_notice"):
        op.execute(f"DELETE FROM {table} WHERE clock = 'holder'")  # noqa: S608
    op.execute("UPDATE escalation SET next_due_kind = NULL WHERE next_due_kind = 'holder'")
    _allow(MORE, CLOCKS)
    op.drop_index(op.f("ix_calendar_use_calendar_id"), "calendar_use")
    op.drop_table("calendar_use")
    op.drop_table("business_calendar")
    with op.batch_alter_table("account") as batch:
        batch.drop_column("opening")


def _allow(before: str, after: str) -> None:
    """Let the columns that name a clock hold other names."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        for table, column in CHECKED.items():
            name = f"ck_{table}_escalations_clockkind"
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({after}))")
        return
    # SQLite changes no constraint; its manual (lang_altertable, 7) edits the schema's text instead
    # of copying a table of a million rows.
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    for table, column in CHECKED.items():
        old, new = (f"CHECK ({column} IN ({names}))" for names in (before, after))
        changed = bind.execute(
            sa.text(
                "UPDATE sqlite_schema SET sql = replace(sql, :old, :new)"
                " WHERE type = 'table' AND name = :table AND instr(sql, :old) > 0"
            ),
            {"old": old, "new": new, "table": table},
        )
        if changed.rowcount != 1:
            raise RuntimeError(f"the constraint of {table}.{column} is not as expected")
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")
