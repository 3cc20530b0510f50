"""Full text: which rows hold some words, by an index of its own beside their table.

SQLite keeps it with FTS5, PostgreSQL in a table of `tsvector`. Triggers write both, whoever changes
a row, and only where one of the indexed columns changes. An index is derived: `settle` makes it,
mends it and makes it anew where it is not the one that is declared, after each migration.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from portal.core.db import db
from portal.core.plain import MARKS, plain

MOST_WORDS = 8
LONGEST = 40  # Signs of a word that count.
READ = 20_000  # Signs of a text that are indexed.
RECENT = 2_000  # So many of the newest rows are looked through before the index is asked.
FEW = 500  # So many rows are named one by one.
STOPS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~’«»"


class Index(NamedTuple):
    """What is looked for in a table: the beginnings of words in its columns or, with `parts`, any
    parts of the words of one column that holds names as they are compared.
    """

    table: str
    columns: tuple[str, ...]
    parts: bool = False

    @property
    def name(self) -> str:
        """Give the name of the table that holds the index."""
        return f"{self.table}_search"


INDEXES: list[Index] = []


def declare(table: str, *columns: str, parts: bool = False) -> Index:
    """Let a table be looked through by words."""
    index = Index(table, columns, parts)
    INDEXES.append(index)
    return index


def words_of(text: str) -> list[str]:
    """Give the words that are looked for, a few at most; none in a text of signs alone."""
    return [word[:LONGEST] for word in re.findall(r"[^\W_]+", plain(text))[:MOST_WORDS]]


def newest(index: Index, text: str, *, row_id: Any, seen: Any, limit: int) -> Sequence[int]:
    """Give the ids of the newest rows that hold every word of a text, among those of the mapped
    table of `row_id` that are `seen`; in words that may be longer than the last one where few have
    it whole. What is found often costs no more than what is rare: nothing is ranked or counted.
    """
    found: Sequence[int] = ()
    for ids in _ways(index, words_of(text)):
        if len(found) < limit:
            rows = sa.select(row_id).join(ids, ids.c.id == row_id).where(seen)
            found = db.session.scalars(rows.order_by(ids.c.id.desc()).limit(limit)).all()
    return found


def holds(index: Index, text: str, row_id: Any) -> sa.ColumnElement[bool]:
    """Give the predicate for rows that hold every word of a text; none does where it has no word.

    It is made for one text: where few rows hold the words these are named, or a planner that does
    not know how few they are would look for them among all.
    """
    words = words_of(text)
    if not words:
        return sa.false()
    ids = _apart(_matching(index, words))
    few = db.session.scalars(sa.select(ids.c.id).limit(FEW + 1)).all()
    held: sa.ColumnElement[bool] = row_id.in_(few if len(few) <= FEW else _matching(index, words))
    return held


def _ways(index: Index, words: list[str]) -> Iterator[Any]:
    """Give where the ids of rows are found, the quicker way first."""
    if not words:
        return
    if _on_sqlite():
        # Read backwards as they are asked for, but begun words only when all are found.
        if not index.parts:
            yield _matching(index, words, begun=False).subquery()
        yield _matching(index, words).subquery()
    else:
        yield _matching(index, words, recent=RECENT).subquery()
        yield _apart(_matching(index, words))


def _apart(ids: sa.Select[Any]) -> Any:
    """Let the index be asked before anything else: how rare a word is no planner knows."""
    return ids.cte().prefix_with("MATERIALIZED", dialect="postgresql")


def _on_sqlite() -> bool:
    return bool(db.session.get_bind().dialect.name == "sqlite")


def _matching(
    index: Index, words: list[str], *, begun: bool = True, recent: int | None = None
) -> sa.Select[Any]:
    """Select the ids of the rows that hold some words; the last one may be `begun`, and of an index
    of parts each any part of a word. With `recent` only of so many of the newest.
    """
    if _on_sqlite():
        return _in_fts5(index, words, begun=begun)
    ends = [":*" if index.parts or (begun and word is words[-1]) else "" for word in words]
    asked = " & ".join(f"'{word}'{end}" for word, end in zip(words, ends, strict=True))
    source: Any = sa.table(index.name, sa.column("id", sa.Integer()), sa.column("words"))
    if recent:
        newest_ones = sa.select(source.c.id, source.c.words).order_by(source.c.id.desc())
        source = newest_ones.limit(recent).subquery()
    return sa.select(source.c.id).where(source.c.words.op("@@")(sa.cast(asked, TSQUERY)))


def _in_fts5(index: Index, words: list[str], *, begun: bool) -> sa.Select[Any]:
    source = sa.table(index.name, sa.column("rowid", sa.Integer()))
    ids = sa.select(source.c.rowid.label("id"))
    itself: sa.ColumnElement[Any] = sa.literal_column(index.name)
    # Of an index of parts three signs make an entry.
    known = [word for word in words if len(word) > 2] if index.parts else words
    asked = " AND ".join(f'"{word}"' for word in known) + ("" if index.parts or not begun else "*")
    short = [word for word in words if word not in known]
    if not short:
        return ids.where(itself.op("MATCH")(asked))
    # What is shorter is looked for in the table itself: asked of the index, SQLite 3.40 dies of a
    # word like "œ".
    table = sa.table(index.table, sa.column("id", sa.Integer()), sa.column(index.columns[0]))
    rows = sa.select(table.c.id).where(*(table.c[index.columns[0]].contains(w) for w in short))
    return ids.where(itself.op("MATCH")(asked), source.c.rowid.in_(rows)) if known else rows


def settle(connection: sa.Connection) -> None:
    """Make what is missing of the declared indexes, and what is not as it is declared anew."""
    there = set(sa.inspect(connection).get_table_names())
    keep = _keep_in_fts5 if connection.dialect.name == "sqlite" else _keep_in_postgresql
    for index in INDEXES:
        if index.table in there:
            keep(connection, index)
        elif index.name in there:
            connection.exec_driver_sql(f"drop table {index.name}")


def _keep_in_fts5(connection: sa.Connection, index: Index) -> None:
    wanted = _fts5(index)
    known = sa.text("select sql from sqlite_master where name = :name")
    if all(connection.scalar(known, {"name": name}) == said for name, said in wanted.items()):
        return
    for name in reversed(wanted):
        kind = "table" if name == index.name else "trigger"
        connection.exec_driver_sql(f"drop {kind} if exists {name}")
    for said in wanted.values():
        connection.exec_driver_sql(said)
    connection.exec_driver_sql(f"insert into {index.name}({index.name}) values ('rebuild')")


def _fts5(index: Index) -> dict[str, str]:
    """Give name → statement of the index and of what writes it."""
    name, table, columns = index.name, index.table, ", ".join(index.columns)
    spelled = "trigram" if index.parts else "unicode61 remove_diacritics 2"
    gone = ", ".join(f"old.{column}" for column in index.columns)
    come = ", ".join(f"new.{column}" for column in index.columns)
    remove = f"insert into {name}({name}, rowid, {columns}) values ('delete', old.id, {gone});"
    add = f"insert into {name}(rowid, {columns}) values (new.id, {come});"
    turns = {
        "added": f"insert on {table} begin {add} end",
        "removed": f"delete on {table} begin {remove} end",
        "changed": f"update of {columns} on {table} begin {remove} {add} end",
    }
    return {
        name: (
            f"CREATE VIRTUAL TABLE {name} using fts5({columns}, content='{table}',"
            f" content_rowid='id', tokenize='{spelled}')"
        ),
        **{
            f"{name}_{turn}": f"CREATE TRIGGER {name}_{turn} after {said}"
            for turn, said in turns.items()
        },
    }


def _keep_in_postgresql(connection: sa.Connection, index: Index) -> None:
    made = " ".join(_tsvector(index))
    known = sa.text("select obj_description(to_regclass(:name), 'pg_class')")
    if connection.scalar(known, {"name": index.name}) == made:
        return
    connection.exec_driver_sql(f"drop table if exists {index.name}")
    for statement in _tsvector(index):
        connection.exec_driver_sql(statement.replace("%", "%%"))
    quoted = made.replace("'", "''").replace("%", "%%")
    connection.exec_driver_sql(f"comment on table {index.name} is '{quoted}'")
    connection.exec_driver_sql(f"analyze {index.name}")


def _tsvector(index: Index) -> list[str]:
    """Give the statements that make the index, fill it, and keep it written."""
    name, table, columns = index.name, index.table, ", ".join(index.columns)
    stops, blanks = STOPS.replace("'", "''"), " " * len(STOPS)
    marks = "".join(f"\\{ord(sign):04X}" if sign != "-" else sign for sign in MARKS)
    bare = f"regexp_replace(normalize(left($1, {READ}), NFD), U&'[{marks}]', '', 'g')"
    words = f"translate(lower(normalize({bare}, NFC)), '{stops}', '{blanks}')"
    if index.parts:
        # Every end of a word, so that the beginning of one of them is any part of the word.
        vector = (
            f"(select coalesce(array_to_tsvector(array_agg(distinct substr(word, at, {LONGEST}))),"
            f" ''::tsvector) from regexp_split_to_table({words}, '\\s+') as word,"
            f" generate_series(1, least(length(word), {LONGEST})) as at)"
        )
    else:
        vector = f"to_tsvector('simple', {words})"
    texts = {row: " || ' ' || ".join(f"{row}.{c}" for c in index.columns) for row in ("new", "r")}
    write = (
        f"insert into {name} values (new.id, {name}_of({texts['new']}))"
        " on conflict (id) do update set words = excluded.words;"
    )
    return [
        f"create table {name} (id integer primary key, words tsvector not null)",
        f"create or replace function {name}_of(text) returns tsvector language sql immutable"
        f" as $$ select {vector} $$",
        f"insert into {name} select r.id, {name}_of({texts['r']}) from {table} r",
        f"create index ix_{name} on {name} using gin (words)",
        f"create or replace function {name}_write() returns trigger language plpgsql as $$ begin"
        f" if tg_op = 'DELETE' then delete from {name} where id = old.id;"
        f" else {write} end if; return null; end $$",
        f"create or replace trigger {name}_write after insert or delete or update of {columns}"
        f" on {table} for each row execute function {name}_write()",
    ]
