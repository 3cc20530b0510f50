"""Mappings of columns: the saved ones, and what the first rows of a file become by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import ValuePolicy
from portal.core import files
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.files import StoredFile
from portal.core.money import Money, from_minor

from ..models import ColumnMapping, ImportRun
from ..rules import columns as cols
from ..rules import mapping as maps
from ..rules import reading, shapes
from .value import local_date

SHOWN = 5
SHIPPED = frozenset(mapping.value for mapping in shapes.SHAPES)


@dataclass(frozen=True)
class Saved:
    """A version of a mapping, with who saved it."""

    row: ColumnMapping
    who: str | None


def newest(name: str) -> ColumnMapping | None:
    """Give the newest version of a name, taken out of use or not."""
    query = sa.select(ColumnMapping).where(ColumnMapping.name == name)
    return db.session.scalar(query.order_by(ColumnMapping.number.desc()).limit(1))


def usable(name: str) -> ColumnMapping:
    """Give the version of a name that files are read by now."""
    found = newest(name)
    if found is None or found.retired_at is not None:
        raise NotFound
    return found


def mappings() -> list[list[Saved]]:
    """Give every saved mapping: its versions, the newest first."""
    query = (
        sa.select(ColumnMapping, User.name)
        .outerjoin(User, User.id == ColumnMapping.person_id)
        .order_by(ColumnMapping.name, ColumnMapping.number.desc())
    )
    found: dict[str, list[Saved]] = {}
    for row, who in db.session.execute(query):
        found.setdefault(row.name, []).append(Saved(row, who))
    return list(found.values())


def in_use() -> list[ColumnMapping]:
    """Give the newest version of each mapping that is offered, by title."""
    rows = (versions[0].row for versions in mappings())
    return sorted((row for row in rows if row.retired_at is None), key=lambda row: row.title)


@dataclass(frozen=True)
class Sample:
    """The beginning of a file: its header and first rows, each with its line; `cut`: it cannot be
    read on, and why (a key of `UNREADABLE`).
    """

    header: list[str]
    rows: list[reading.Row]
    cut: str = ""


def sample(run: ImportRun) -> Sample:
    """Give the beginning of the file of an import."""
    stored = db.session.get_one(StoredFile, run.file_id)
    with files.opened(stored) as stream:
        table = reading.open_table(stream, wanted=[], encoding=run.encoding)
        rows: list[reading.Row] = []
        try:
            rows.extend(islice(table.rows, 1, 1 + SHOWN))
        except reading.Unreadable as error:
            return Sample(table.header, rows, error.why)
    return Sample(table.header, rows)


@dataclass(frozen=True)
class Becomes:
    """What a row becomes: its fields, days as days, and its amount a year; or what is wrong with it
    (neither: it is left out).
    """

    line: int
    values: dict[str, Any]
    arr: Money | None = None
    faults: maps.Faults = ()


def becoming(found: Sample, columns: cols.Columns, *, now: datetime) -> Iterator[Becomes]:
    """Give what the first rows become by a mapping, as the check itself reads them."""
    house = auth_queries.organisation()
    policy, _number = policy_queries.in_force(ValuePolicy)
    shape = cols.shape_of(columns)
    today: date = local_date(now, house.zone)
    for row in found.rows:
        read = _read(found.header, row.cells, shape, house.currency, policy, today)
        yield _becomes(row.line, read)


def _becomes(line: int, read: maps.Stage | maps.Faults | None) -> Becomes:
    if read is None or isinstance(read, tuple):
        return Becomes(line, {}, faults=read or ())
    days = {k: date.fromisoformat(read[k]) for k in ("customer_since", "renewal_on") if k in read}
    arr = from_minor(read["arr_minor"], read["currency"]) if "arr_minor" in read else None
    return Becomes(line, read | days, arr)


def _read(
    header: Sequence[str],
    cells: Sequence[str],
    shape: maps.Shape,
    currency: str,
    policy: ValuePolicy,
    today: date,
) -> maps.Stage | maps.Faults | None:
    return shapes.read_row(
        header, cells, shape=shape, currency=currency, limits=policy.limits, today=today
    )


def mapping_of(run: ImportRun) -> ColumnMapping | None:
    """Give the version of a saved mapping that a file is read by; None where a shipped one is."""
    return db.session.get(ColumnMapping, run.columns_id) if run.columns_id else None
