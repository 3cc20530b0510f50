"""The database: one set of typed models on SQLite and PostgreSQL, and how a transaction begins."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, Literal

import sqlalchemy as sa
from flask import g, has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry

from portal.core import clock
from portal.core.money import Money, from_minor
from portal.core.personal import IMPERSONAL, Personal, personal

RATE_SCALE = 8


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An instant in UTC; refuses times that do not know their zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """Give what it holds: cursors of lists are checked against it."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bind an aware time as UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without its zone cannot be stored")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read an instant back, aware, in UTC."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


class Rate(sa.TypeDecorator[Decimal]):
    """An exact rate or percentage, stored as an integer count of 10⁻⁸."""

    impl = sa.BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[Decimal]:
        """Give what it holds."""
        return Decimal

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Bind a rate; a finer one than 10⁻⁸ is a mistake of the caller."""
        if value is None:
            return None
        scaled = Decimal(value).scaleb(RATE_SCALE)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"the rate {value} is finer than 1e-{RATE_SCALE}")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Read a rate back as a Decimal."""
        return None if value is None else Decimal(value).scaleb(-RATE_SCALE)


class Base(DeclarativeBase):
    """The base of every table."""

    registry = registry(
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UTCDateTime,
            date: sa.Date,
            Decimal: Rate,
            dict[str, Any]: sa.JSON().with_variant(JSONB(), "postgresql"),
            list[Any]: sa.JSON().with_variant(JSONB(), "postgresql"),
        },
    )
    metadata = registry.metadata


class Row(Base):
    """A record people work on: its number, its version for optimistic locking, and when it was made
    and changed.
    """

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let every record's version be SQLAlchemy's optimistic lock."""
        return (
            {"version_id_col": cls.__table__.c.version}
            if "__table__" in cls.__dict__
            else {"version_id_col": cls.version}
        )


def _owner(enum: type[StrEnum]) -> str:
    """Give the room of an enum, or core: constraints are named by it."""
    parts = enum.__module__.split(".")
    return parts[2] if parts[1] == "blueprints" else parts[1]


def choice(enum: type[StrEnum], *, check: str = "", **kwargs: Any) -> Mapped[Any]:
    """Make a column that holds one value of `enum`, checked by the database; `check` tells two such
    columns apart.
    """
    kind = sa.Enum(
        enum,
        native_enum=False,
        length=40,
        create_constraint=True,
        name=f"{_owner(enum)}_{enum.__name__}{check}".lower(),
        values_callable=lambda e: [member.value for member in e],
    )
    return mapped_column(kind, info=IMPERSONAL, **kwargs)


def words(length: int | None = None, *, holds: Personal | None, **kwargs: Any) -> Mapped[Any]:
    """Make a column of words and declare whose personal data it may hold (None: nobody's)."""
    kind = sa.String(length) if length else sa.Text()
    return mapped_column(kind, info=personal(holds) if holds else IMPERSONAL, **kwargs)


def document(*, holds: Personal | None, **kwargs: Any) -> Mapped[Any]:
    """Make a column of JSON and declare whose personal data it may hold (None: nobody's)."""
    return mapped_column(info=personal(holds) if holds else IMPERSONAL, **kwargs)


def money_of(row: object, name: str, currency: str = "currency") -> Money | None:
    """Give the amount in the columns `<name>_minor` and `currency` of a row, None where it is
    unknown.
    """
    count = getattr(row, f"{name}_minor")
    return None if count is None else from_minor(count, getattr(row, currency))


# expire_on_commit=False: else the page shown after a commit reads again, in a new transaction.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

WRITER = threading.Lock()
"""SQLite: the writers of this process queue here; SQLite's own waiting starves some of them for
seconds.
"""
WRITER_PATIENCE = 10.0


def reading() -> bool:
    """Say whether this request has promised not to write; the promise ends with the request."""
    return has_app_context() and bool(g.get("reading"))


def begin(connection: sa.Connection) -> None:
    """Begin a transaction in the right mode; SQLAlchemy calls this lazily, at the first
    statement.
    """
    if connection.dialect.name != "sqlite":
        if reading():
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        return
    if not reading() and not connection.info.get("writer"):
        if not WRITER.acquire(timeout=WRITER_PATIENCE):
            raise sa.exc.TimeoutError("too many writers")
        connection.info["writer"] = True
    try:
        # A write in a reading request is an error on both databases, not a silent upgrade.
        connection.exec_driver_sql(f"PRAGMA query_only={int(reading())}")
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


def _checkin(connection: Any, record: Any) -> None:
    # After commit or rollback, whoever called it; the events of those come too early.
    if record.info.pop("writer", None):
        WRITER.release()


def render_item(kind: str, item: Any, context: Any) -> str | Literal[False]:
    """Let migrations name plain types, so that they import nothing of ours."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Rate):
        return "sa.BigInteger()"
    if isinstance(item, sa.JSON):
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    if type(item).__name__ == "AsaList":
        return "sa.UnicodeText()"
    return False


def insert_once(model: type[Base], **values: Any) -> bool:
    """Insert a row unless its key is there already; say whether it was inserted.

    Beside another transaction that inserts the same key it waits until that one has ended.
    """
    db.session.flush()
    connection = db.session.connection()
    statement = _inserting_once(model, connection.dialect.name)
    # Not the row count: psycopg's is -1 here.
    return connection.execute(statement, values).first() is not None


@lru_cache
def _inserting_once(model: type[Base], dialect: str) -> Any:
    """Make the statement once for each table: making it takes longer than sending it."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    table = model.metadata.tables[model.__tablename__]
    return insert(table).on_conflict_do_nothing().returning(*table.primary_key)


class Counter(Base):
    """The last number given to a kind of record in a year, and how many there were."""

    __tablename__ = "counter"

    kind: Mapped[str] = words(8, holds=None, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
    register: Mapped[int]


@cache
def _count() -> Any:
    counter = Base.metadata.tables[Counter.__tablename__].c
    return (
        sa.update(counter.last.table)
        .where(counter.kind == sa.bindparam("of_kind"), counter.year == sa.bindparam("of_year"))
        .values(last=counter.last + sa.bindparam("step"), register=counter.register + 1)
        .returning(counter.last, counter.register)
    )


STEPS: random.Random = random.SystemRandom()
"""How far numbers jump, so that a gap tells nothing; the demo company puts a seeded one here."""
TELLING = frozenset({"ESC", "PM"})
"""Kinds whose count would tell outsiders something: their numbers advance by random steps."""


def next_reference(kind: str, *, year: int) -> tuple[str, int]:
    """Give the next public reference of a kind (`ESC-2026-0017`) and its gapless register number.

    `year` is the year in the organisation's zone; 0 numbers a kind without years (`ACC-00042`).
    """
    step = STEPS.randint(1, 7) if kind in TELLING else 1
    counted = {"of_kind": kind, "of_year": year, "step": step}
    connection = db.session.connection()
    found = connection.execute(_count(), counted).one_or_none()
    if found is None:
        insert_once(Counter, kind=kind, year=year, last=0, register=0)
        found = connection.execute(_count(), counted).one()
    last, register = found
    return (f"{kind}-{year}-{last:04d}" if year else f"{kind}-{last:05d}"), register
