"""How transactions begin."""

import pytest
import sqlalchemy as sa
from flask import Flask, g

from portal.core.db import transactions


def test_sqlite_is_told_only_when_reading_begins_and_ends(tmp_path):
    """It forgets at each word of it what it has prepared; it still refuses a reader who writes."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    transactions.prepare_engine(engine)
    told = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(connection, cursor, statement, *rest):
        if statement.startswith("PRAGMA query_only"):
            told.append(statement[-1])

    with Flask("x").app_context():
        for reading in (False, True, True, True, False, False, True):
            g.reading = reading
            with engine.begin() as connection:
                if not reading:
                    connection.execute(sa.text("create table if not exists t (n)"))
                    continue
                with pytest.raises(sa.exc.OperationalError, match="readonly"):
                    connection.execute(sa.text("insert into t values (1)"))
    engine.dispose()
    assert told == ["0", "1", "0", "1"]
