"""Migrations: an empty database becomes what the models say, and back, with people's rows in it."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask_migrate import downgrade, upgrade

from portal.app.migrating import _ours
from portal.config import ROOT
from portal.core.db import Base


def differences(db):
    options = {"compare_type": True, "include_object": _ours, "target_metadata": Base.metadata}
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, Base.metadata)


def tables(db):
    return set(sa.inspect(db.engine).get_table_names()) & set(Base.metadata.tables)


def test_the_newest_migration_is_what_the_models_say(db):
    assert differences(db) == []


def test_down_to_nothing_and_up_again_with_rows_in_it(db, cast):
    before = tables(db)
    assert before == set(Base.metadata.tables)
    assert cast.acme.name
    db.session.commit()
    db.session.remove()
    downgrade(revision="base")
    assert tables(db) == set()
    upgrade()
    assert tables(db) == before
    assert differences(db) == []
    db.session.execute(sa.text("insert into role (name, permissions) values ('x', null)"))
    db.session.rollback()
    heads = db.session.execute(sa.text("select seq, digest from event_head")).all()
    assert [row.seq for row in heads] == [0], "the log begins anew"


def test_child_rows_survive_a_table_that_is_rebuilt(db, cast):
    """SQLite rebuilds a table to change it, and would delete what hangs on it (ON DELETE
    CASCADE).
    """
    count = sa.text("select count(*) from relation")
    before = db.session.scalar(count)
    assert before
    db.session.commit()
    db.session.remove()
    with db.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        if db.engine.dialect.name == "sqlite":
            connection.rollback()
            raw.execute("PRAGMA foreign_keys=OFF")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("user", recreate="auto") as batch:
            batch.add_column(sa.Column("tried", sa.String(10), nullable=True))
            batch.alter_column("name", existing_type=sa.String(120), type_=sa.String(130))
        if db.engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        connection.commit()
    db.engine.dispose()
    assert db.session.scalar(count) == before


def test_our_migrations_run_with_foreign_keys_off_on_sqlite():
    """What the test above does by hand, `env.py` does for every migration."""
    env = (ROOT / "migrations" / "env.py").read_text()
    assert "foreign_keys=OFF" in env
    assert "foreign_key_check" in env
