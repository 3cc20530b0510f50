"""count the next promise of a case among its clocks."""

import sqlalchemy as sa
from alembic import op

revision = "0019_next_promise"
down_revision = "0016_charter"
branch_labels = None
depends_on = None

CLOCKS = (
    "'acknowledge', 'owner_named', 'silence', 'reply_owed', 'executive_brief', 'close', 'holder'"
)
MORE = f"{CLOCKS}, 'promise'"
CHECKED = {"escalation": "next_due_kind", "clock_event": "clock", "ladder_notice": "clock"}
OPEN = "'declared', 'accepted', 'stabilising', 'awaiting_customer'"
OWED = "SELECT min(due_at) FROM promise WHERE state = 'open' AND case_ref = escalation.reference"


def upgrade() -> None:
    _allow(CLOCKS, MORE)
    # What is due next in the cases there are; one that others went into follows with its next act.
    op.execute(
        f"UPDATE escalation SET next_due_at = ({OWED}), next_due_kind = 'promise'"  # noqa: S608
        f" WHERE state IN ({OPEN})"
        " AND reference IN (SELECT case_ref FROM promise WHERE state = 'open')"
        f" AND (next_due_at IS NULL OR next_due_at > ({OWED}))"
    )


def downgrade() -> None:
    # The clock that comes after a promise is worked out with the next act.
    op.execute(
        "UPDATE escalation SET next_due_at = NULL, next_due_kind = NULL"
        " WHERE next_due_kind = 'promise'"
    )
    for table in ("clock_event", "ladder_notice"):
        op.execute(f"DELETE FROM {table} WHERE clock = 'promise'")  # noqa: S608
    _allow(MORE, CLOCKS)


def _allow(before: str, after: str) -> None:
    """Let the columns that name a clock hold other names."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        for table, column in CHECKED.items():
            name = f"ck_{table}_escalations_clockkind"
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({after}))")
        return
    # As in 0005_calendars: SQLite changes no constraint, so the schema's text is edited.
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
