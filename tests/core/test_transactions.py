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


def test_postgresql_keeps_what_it_prepared_and_a_reader_writes_nothing(db, database):
    """A ROLLBACK would make the driver forget it: each reading request ends in one."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite's driver prepares by itself")
    engine = sa.create_engine(sa.make_url(database.url), pool_size=1, max_overflow=0)
    transactions.prepare_engine(engine)
    question = sa.text("select 42 as found")
    prepared = sa.text("select count(*) from pg_prepared_statements where statement like '%found'")
    for _request in range(8):
        g.reading = True
        with engine.connect() as connection:
            connection.execute(question)
    with engine.connect() as connection:
        assert connection.scalar(prepared) == 1
        with pytest.raises(sa.exc.InternalError, match="read-only"):
            connection.execute(sa.text("create table t (n int)"))
    g.reading = False
    with engine.connect() as connection:
        connection.execute(sa.text("create temporary table t (n int)"))
        connection.rollback()
        assert connection.scalar(sa.text("select to_regclass('t')")) is None
    engine.dispose()
