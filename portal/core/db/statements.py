"""Statements that both databases understand: many rows at once, a key only once, numbers."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from .columns import Base, words
from .transactions import db


def hold(row: Base) -> None:
    """Let nobody else change a row until this transaction ends, and read its columns as they stand
    now: of two people who save at one moment the second is held against what the first wrote.
    """
    columns = [column.key for column in sa.inspect(type(row)).column_attrs]
    db.session.refresh(row, columns, with_for_update=True)


def insert_once(model: type[Base], **values: Any) -> bool:
    """Insert a row unless its key is there already; say whether it was inserted.

    Beside another transaction that inserts the same key it waits until that one has ended.
    """
    db.session.flush()
    statement = _inserting_once(model, db.session.get_bind().dialect.name)
    # Not the row count: psycopg's is -1 here.
    return db.session.connection().execute(statement, values).first() is not None


@lru_cache
def _inserting_once(model: type[Base], dialect: str) -> Any:
    """Make the statement once for each table: making it takes longer than sending it."""
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    table = model.metadata.tables[model.__tablename__]
    return insert(table).on_conflict_do_nothing().returning(*table.primary_key)


def insert_or_change(model: type[Base], **values: Any) -> None:
    """Insert a row, or give the one with its key these values; neither version nor time of change
    moves.
    """
    statement = _inserting_or_changing(model, tuple(values), db.session.get_bind().dialect.name)
    db.session.connection().execute(statement, values)


@lru_cache
def _inserting_or_changing(model: type[Base], names: tuple[str, ...], dialect: str) -> Any:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    table = model.metadata.tables[model.__tablename__]
    new, keys = insert(table), {column.name for column in table.primary_key}
    changed = {name: new.excluded[name] for name in names if name not in keys}
    return new.on_conflict_do_update(index_elements=sorted(keys), set_=changed)


def insert_all_once(
    model: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    shared: Mapping[str, Any] | None = None,
) -> None:
    """Insert many rows in one statement, leaving out those whose key is there already.

    Every row has the same columns; their values are numbers, texts, instants and documents. What
    all of them have alike is `shared`: it is bound once.
    """
    if not rows:
        return
    table: Any = sa.inspect(model).local_table
    names, alike = list(rows[0]), shared or {}
    values, source = _given(table, names)
    columns = ", ".join(f'"{name}"' for name in (*names, *alike))
    picked = ", ".join((*values, *(f":{name}" for name in alike)))
    statement = (
        f"INSERT INTO {table.name} ({columns}) SELECT {picked}"  # noqa: S608 - names of columns
        f" FROM {source} WHERE true ON CONFLICT DO NOTHING"
    )
    binds = [sa.bindparam(name, type_=table.columns[name].type) for name in alike]
    given = {"rows": _document(rows), **alike}
    db.session.execute(sa.text(statement).bindparams(*binds), given)


def update_each(column: Any, values: Mapping[int, Any]) -> None:
    """Set one column of many rows, each to its own value by id, in one statement; neither version
    nor time of change moves.
    """
    table, name = sa.inspect(column.class_).local_table, column.key
    (row_id, value), source = _given(table, ["id", name])
    statement = (
        f'UPDATE {table.name} SET "{name}" = {value}'  # noqa: S608 - names of columns
        f" FROM {source} WHERE {table.name}.id = {row_id}"
    )
    rows = [{"id": one, name: its} for one, its in values.items()]
    db.session.execute(sa.text(statement), {"rows": _document(rows)})


def _given(table: sa.FromClause, names: Sequence[str]) -> tuple[list[str], str]:
    """Give the columns of rows that come as one document (`:rows`), and what they are read from:
    statement by statement a database would plan, parse and bind each row apart.
    """
    if db.session.get_bind().dialect.name == "sqlite":
        picked = [f"json_extract(given.value, '$.{name}')" for name in names]
        return picked, "json_each(:rows) AS given"
    kinds = ", ".join(f'"{name}" {_kind(table.columns[name])}' for name in names)
    rows = f"json_to_recordset(cast(:rows as json)) AS given ({kinds})"
    return [f'given."{name}"' for name in names], rows


def _kind(column: sa.ColumnElement[Any]) -> str:
    """Give the database's name of what a column holds."""
    return str(column.type.compile(db.session.get_bind().dialect))


def _document(rows: Sequence[Mapping[str, Any]]) -> str:
    """Spell rows as JSON; instants as both databases read them: UTC, which SQLite keeps unsaid."""
    on_sqlite = db.session.get_bind().dialect.name == "sqlite"

    known: dict[int, str] = {}  # by identity: rows of one pass share their moments

    def spelled(value: datetime) -> str:
        text = known.get(id(value))
        if text is None:
            moment = value.astimezone(UTC)
            naive = moment.replace(tzinfo=None) if on_sqlite else moment
            text = known[id(value)] = naive.isoformat(" ", "microseconds")
        return text

    return json.dumps(rows, default=spelled)


class Counter(Base):
    """The last number given to a kind of record in a year, and how many there were."""

    __tablename__ = "counter"

    kind: Mapped[str] = words(8, holds=None, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
    register: Mapped[int]


_COUNTER = Base.metadata.tables["counter"]
_COUNT = (
    sa.update(_COUNTER)
    .where(_COUNTER.c.kind == sa.bindparam("of_kind"), _COUNTER.c.year == sa.bindparam("of_year"))
    .values(last=_COUNTER.c.last + sa.bindparam("step"), register=_COUNTER.c.register + 1)
    .returning(_COUNTER.c.last, _COUNTER.c.register)
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
    found = connection.execute(_COUNT, counted).one_or_none()
    if found is None:
        insert_once(Counter, kind=kind, year=year, last=0, register=0)
        found = connection.execute(_COUNT, counted).one()
    last, register = found
    return (f"{kind}-{year}-{last:04d}" if year else f"{kind}-{last:05d}"), register
