"""Keyset paging: a page begins after a row, not after a count of rows, and costs the same wherever
it lies.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from portal.core.db import db

T = TypeVar("T")
LIMIT = 50
FAR = 2**63


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows in order, and the cursors of the pages before and after (None: there is none)."""

    rows: Sequence[T]
    after: str | None
    before: str | None


def _packed(value: Any, row_id: int, *, back: bool) -> str:
    plain = value.isoformat() if isinstance(value, date | datetime) else value
    text = json.dumps([type(value).__name__, plain, row_id, back], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def is_cursor(text: str) -> bool:
    """Say whether a text is a cursor as we write them, of whichever list."""
    return _read(text) is not None


def _unpacked(cursor: str, *, of: type) -> tuple[Any, int, bool] | None:
    """Read a cursor of a list that is sorted by such values; one that we did not write, or for
    another list, begins at the first page.
    """
    found = _read(cursor)
    return found if found is not None and type(found[0]) is of else None


def _read(cursor: str) -> tuple[Any, int, bool] | None:
    try:
        kind, plain, row_id, back = json.loads(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        )
        readers: dict[str, Callable[[Any], Any]] = {
            "datetime": datetime.fromisoformat,
            "date": date.fromisoformat,
            "int": int,
            "str": str,
        }
        value, row_id = readers[kind](plain), int(row_id)
    except (ValueError, KeyError, TypeError, OverflowError, binascii.Error, RecursionError):
        return None
    fits = abs(row_id) < FAR and _is_kept(value)
    return (value, row_id, bool(back)) if fits else None


def _is_kept(value: Any) -> bool:
    """Say whether a database compares with a value."""
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, str):
        return "\x00" not in value
    return not isinstance(value, int) or abs(value) < FAR


def keyset(
    query: sa.Select[Any],
    *,
    sort: Any,
    row_id: Any,
    descending: bool = True,
    cursor: str | None = None,
    limit: int = LIMIT,
    given: dict[str, Any] | None = None,
) -> Page[Any]:
    """Run a select of named columns for one page, ordered by (sort, id); both columns must be among
    the selected.

    A query that is made once and kept takes what differs from run to run in `given`.
    """
    place = _unpacked(cursor, of=sort.type.python_type) if cursor else None
    back = bool(place and place[2])
    values = {**(given or {}), "page_limit": limit + 1}
    if place:
        values |= {"page_sort": place[0], "page_id": place[1]}
    statement = _paged(query, sort, row_id, descending != back, place is not None)
    db.session.flush()
    rows = list(db.session.connection().execute(statement, values))
    more, rows = len(rows) > limit, rows[:limit]
    if back:
        rows.reverse()
    later = more if not back else bool(rows)
    earlier = bool(place) and (more if back else True)
    return Page(
        rows,
        after=_packed(getattr(rows[-1], sort.key), getattr(rows[-1], row_id.key), back=False)
        if rows and later
        else None,
        before=_packed(getattr(rows[0], sort.key), getattr(rows[0], row_id.key), back=True)
        if rows and earlier
        else None,
    )


@lru_cache(1024)
def _paged(
    query: sa.Select[Any], sort: Any, row_id: Any, downwards: bool, placed: bool
) -> sa.Select[Any]:
    if placed:
        here = sa.tuple_(sort, row_id)
        there = sa.tuple_(
            sa.bindparam("page_sort", type_=sort.type), sa.bindparam("page_id", type_=row_id.type)
        )
        query = query.where(here < there if downwards else here > there)
    order = (sort.desc(), row_id.desc()) if downwards else (sort.asc(), row_id.asc())
    return query.order_by(*order).limit(sa.bindparam("page_limit", type_=sa.Integer()))
