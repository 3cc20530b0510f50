"""Run migrations; on SQLite with foreign keys off, or a rebuilt table would take its children with it."""

from alembic import context
from flask import current_app
from portal.core import search
from portal.core.db import db


def run() -> None:
    """Migrate the application's database in one transaction."""
    extension = current_app.extensions["migrate"]
    engine = db.engine
    with engine.connect() as connection:
        on_sqlite = engine.dialect.name == "sqlite"
        if on_sqlite:
            # The pragma does nothing inside a transaction, and SQLAlchemy begins one at the first statement.
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            transaction_per_migration=True,
            **extension.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        # A table that was made anew has lost the triggers that wrote its index.
        with connection.begin():
            search.settle(connection)
        if on_sqlite:
            broken = connection.connection.dbapi_connection.execute(
                "PRAGMA foreign_key_check"
            ).fetchall()
            if broken:
                raise RuntimeError(f"the migration broke foreign keys: {broken[:5]}")
    engine.dispose()


run()
