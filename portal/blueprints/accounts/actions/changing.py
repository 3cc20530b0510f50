"""The end of an import: what it changes of accounts that are there, all at once, and what stood
there before, so that it can be undone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.core.db import db
from portal.core.money import from_minor

from ..models import (
    Account,
    Contract,
    ImportChange,
    ImportRun,
    ImportStage,
    ImportState,
    Lifecycle,
    RevenueLine,
)
from ..rules import mapping as maps
from ..rules.text import name_key
from .money import sort_amount
from .placing import Family, place
from .runs import BATCH, Overtaken, Terms, tell
from .writing import There, changes, existing, line_of, spent

Values = dict[str, Any]


def finish(run_id: int, terms: Terms, *, now: datetime) -> None:
    """Make the changes of a run and let everybody see it: one transaction, one event."""
    run = db.session.get_one(ImportRun, run_id, populate_existing=True)
    if run.state is not ImportState.WRITING:
        raise Overtaken
    family = Family(terms.shape.source)
    for staged in _staged(run_id):
        there = existing(terms.shape.source, [row["external_id"] for row in staged])
        sums = spent(there.values(), terms)
        wanted = []
        for row in staged:
            account = there[row["external_id"]]
            wanted.append((account, row, changes(account, row, sums, terms)))
        _move(wanted, family)
        _change(wanted, run_id, terms, now=now)
    place(family, run_id=run_id, now=now)
    run.state, run.rows_written = ImportState.DONE, run.rows_total or 0
    run.ended_at, run.updated_at = now, now
    tell("accounts.imported", run, now=now)
    db.session.flush()


def _staged(run_id: int) -> Iterator[list[maps.Stage]]:
    line = 0
    query = sa.select(ImportStage.line, ImportStage.row).where(ImportStage.run_id == run_id)
    while some := list(
        db.session.execute(
            query.where(ImportStage.line > line).order_by(ImportStage.line).limit(BATCH)
        )
    ):
        line = some[-1].line
        yield [staged.row for staged in some]


def _move(wanted: Sequence[tuple[There, maps.Stage, Values]], family: Family) -> None:
    """Say for accounts that a file puts below another one than before which that is; None where it
    is not there, or stands below them.
    """
    moved = [(account, found) for account, _row, found in wanted if "above_external_id" in found]
    there = family.ids({found["above_external_id"] for _account, found in moved})
    for account, found in moved:
        above_id = there.get(found["above_external_id"])
        if not family.put(account.id, above_id):
            family.put(account.id, above_id := None)
        if above_id != account.parent_id:
            found["parent_id"] = above_id


def _change(
    wanted: Sequence[tuple[There, maps.Stage, Values]],
    run_id: int,
    terms: Terms,
    *,
    now: datetime,
) -> None:
    """Write a batch of changes, a statement for each set of columns."""
    priced = {
        a.id: row["external_id"][:80]
        for a, row, found in wanted
        if "arr_minor" in found or "renewal_on" in found
    }
    signed = _signed(priced)
    accounts, contracts, lines, kept = [], [], [], []
    for account, _row, found in wanted:
        if not found:
            continue
        values = {field: value for field, value in found.items() if field != "revenue"}
        before = {field: getattr(account, field) for field in values}
        after = dict(values)
        if account.id in signed:
            contract_id, now_there = signed[account.id]
            then = _contract_values(found, now_there["starts_on"], terms)
            contracts.append((contract_id, then))
            before["contract"] = {k: now_there[k] for k in then} | {"id": contract_id}
            after["contract"] = then | {"id": contract_id}
        if "revenue" in found:
            month = maps.shifted(terms.today, -1)
            lines.append(line_of(account.id, month, found["revenue"], run_id, terms, now=now))
            after["revenue"] = found["revenue"]
        if values:
            derived = columns_of(values, currency=account.currency, on=terms.today)
            accounts.append((account.id, derived))
        kept.append(
            {
                "run_id": run_id,
                "account_id": account.id,
                "before": _plain(before),
                "after": _plain(after),
                "left": {},
            }
        )
    update_many(Account, accounts, now=now)
    update_many(Contract, contracts, now=now)
    for table, rows in ((RevenueLine, lines), (ImportChange, kept)):
        if rows:
            db.session.execute(sa.insert(table), rows)


def _contract_values(found: Values, starts_on: date, terms: Terms) -> Values:
    then: Values = {}
    if "arr_minor" in found:
        arr = found["arr_minor"]
        then = {"ends_on": terms.today.replace(day=1)} if arr is None else {"arr_minor": arr}
    # Somebody may have moved the start of the contract since: then its end is theirs, too.
    if "renewal_on" in found and found["renewal_on"] >= starts_on:
        then["ends_on"] = found["renewal_on"]
    return then


def _signed(priced: Mapping[int, str]) -> dict[int, tuple[int, Values]]:
    """Give the contract that an import keeps for each account: its number is the customer's."""
    found: dict[int, tuple[int, Values]] = {}
    ids = list(priced)
    for start in range(0, len(ids), 500):
        query = sa.select(
            Contract.id,
            Contract.account_id,
            Contract.number,
            Contract.arr_minor,
            Contract.ends_on,
            Contract.starts_on,
        ).where(Contract.account_id.in_(ids[start : start + 500]))
        for row in db.session.execute(query):
            if row.number == priced[row.account_id]:
                values = {"arr_minor": row.arr_minor, "ends_on": row.ends_on}
                found[row.account_id] = (row.id, values | {"starts_on": row.starts_on})
    return found


def columns_of(values: Mapping[str, Any], *, currency: str, on: date) -> Values:
    """Give an account's columns for some fields, with those that follow from them."""
    found = dict(values)
    if "name" in found:
        found["name_key"] = name_key(found["name"])
    if "lifecycle" in found:
        found["lifecycle"] = Lifecycle(found["lifecycle"])
    if "arr_minor" in found:
        arr = found["arr_minor"]
        money = None if arr is None else from_minor(arr, currency)
        found["arr_sort"] = sort_amount(money, on=on)
    return found


def update_many(
    table: type[Account] | type[Contract], rows: Iterable[tuple[int, Values]], *, now: datetime
) -> None:
    """Change rows by their id, a statement for each set of columns."""
    sets: dict[tuple[str, ...], list[Values]] = {}
    for row_id, values in rows:
        given = {f"to_{name}": value for name, value in values.items()}
        sets.setdefault(tuple(sorted(values)), []).append({"row_id": row_id, **given})
    for names, given_rows in sets.items():
        statement = (
            sa.update(table.__table__)  # type: ignore[arg-type]
            .where(table.__table__.c.id == sa.bindparam("row_id"))
            .values(
                version=table.__table__.c.version + 1,
                updated_at=now,
                **{name: sa.bindparam(f"to_{name}") for name in names},
            )
        )
        db.session.connection().execute(statement, given_rows)


def _plain(values: Mapping[str, Any]) -> Values:
    """Give values as JSON holds them."""
    return {name: plain(value) for name, value in values.items()}


def plain(value: Any) -> Any:
    """Give a value as JSON holds it: days as ISO 8601, enums as their word."""
    if isinstance(value, dict):
        return _plain(value)
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
