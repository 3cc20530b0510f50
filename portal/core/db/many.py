"""Writing many rows at once: one statement, whose rows come as one document."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from . import Base, db


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
