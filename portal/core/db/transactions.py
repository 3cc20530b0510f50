"""The session, and how a transaction begins: who reads keeps nobody waiting."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import g, has_app_context
from flask_sqlalchemy import SQLAlchemy

from .columns import Base

# expire_on_commit=False: else the page shown after a commit reads again, in a new transaction.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

WRITER = threading.Lock()
"""SQLite: the writers of this process queue here; SQLite's own waiting starves some of them for
seconds.
"""
WRITER_PATIENCE = 10.0
PREPARED = 400
"""PostgreSQL: statements a connection keeps prepared; a page asks up to forty different ones."""


def reading() -> bool:
    """Say whether this request has promised not to write; the promise ends with the request."""
    return has_app_context() and bool(g.get("reading"))


def begin(connection: sa.Connection) -> None:
    """Begin a transaction in the right mode; SQLAlchemy calls this lazily, at the first
    statement.
    """
    if connection.dialect.name != "sqlite":
        driver = connection.connection.driver_connection
        if driver is not None and driver.read_only is not reading():
            driver.read_only = reading()  # psycopg says so in its BEGIN, at the first statement
        return
    if not reading() and not connection.info.get("writer"):
        if not WRITER.acquire(timeout=WRITER_PATIENCE):
            raise sa.exc.TimeoutError("too many writers")
        connection.info["writer"] = True
    try:
        # A write in a reading request is an error on both databases, not a silent upgrade.
        if connection.info.get("query_only") is not reading():
            # Only where it changes: SQLite forgets with it every statement it has prepared.
            connection.info["query_only"] = None
            connection.exec_driver_sql(f"PRAGMA query_only={int(reading())}")
            connection.info["query_only"] = reading()
        connection.exec_driver_sql("BEGIN" if reading() else "BEGIN IMMEDIATE")
    except BaseException:
        if connection.info.pop("writer", None):
            WRITER.release()
        raise


def writing() -> None:
    """End this request's reading transaction on the same connection and begin a writing one."""
    if not reading():
        return
    g.reading = False
    if db.session().in_transaction():
        with db.session.no_autoflush:
            connection = db.session.connection()
        connection.exec_driver_sql("COMMIT")
        begin(connection)  # psycopg begins again by itself


@contextmanager
def aside() -> Iterator[sa.Connection]:
    """Write something in a short transaction of its own, beside what the request reads."""
    before = reading()
    if has_app_context():
        g.reading = False
    try:
        with db.engine.begin() as connection:
            yield connection
    finally:
        if has_app_context():
            g.reading = before


@contextmanager
def looking() -> Iterator[None]:
    """Read for long inside a job or a changing request without keeping writers out: what was
    changed before is committed by the door first.
    """
    before = reading()
    db.session.rollback()
    g.reading = True
    try:
        yield
    finally:
        db.session.rollback()
        g.reading = before


def prepare_engine(engine: sa.Engine) -> None:
    """Hang our transactions and SQLite's settings on an engine, before its first connection."""
    sa.event.listen(engine, "begin", begin)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _connect)
        sa.event.listen(engine, "checkin", _checkin)
    else:
        sa.event.listen(engine, "connect", _plan_only)
        sa.event.listen(engine, "rollback", _keep_prepared)


def _connect(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute("PRAGMA " + pragma)


def _plan_only(connection: Any, record: Any) -> None:
    # Compiling a statement takes PostgreSQL up to a third of a second, and it thinks that worth
    # while wherever it knows no better than a guess of a table's size. Ours take milliseconds.
    connection.autocommit = True
    connection.execute("SET jit TO off")
    connection.autocommit = False
    connection.prepared_max = PREPARED


def _keep_prepared(connection: sa.Connection) -> None:
    # psycopg forgets at a ROLLBACK every statement that it has prepared, and each reading request
    # ends in one. There is nothing to take back: its end may as well be a COMMIT.
    driver = None if connection.invalidated else connection.connection.driver_connection
    if driver is not None and driver.read_only and driver.info.transaction_status.name == "INTRANS":
        driver.commit()


def _checkin(connection: Any, record: Any) -> None:
    # After commit or rollback, whoever called it; the events of those come too early.
    if record.info.pop("writer", None):
        WRITER.release()
