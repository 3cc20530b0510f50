"""The writing of a checked file: new customers unseen, then all changes and the end at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal.core.db import Counter, db, insert_once
from portal.core.money import from_minor

from ..models import (
    Account,
    AccountMerge,
    Contract,
    ImportRun,
    ImportStage,
    Lifecycle,
    RevenueLine,
)
from ..rules import mapping as maps
from ..rules.text import name_key
from .money import sort_amount
from .runs import BATCH, Overtaken, Terms, advance

COMPARED = ("name", "industry", "country", "region", "lifecycle", "above_external_id")
MONTHS_BATCH = 250
"""So many customers with months of revenue are written at once: each brings dozens of lines, and
other writers of SQLite wait meanwhile.
"""
LIVING = frozenset(
    {Lifecycle.ONBOARDING, Lifecycle.ACTIVE, Lifecycle.RENEWAL, Lifecycle.NOTICE_GIVEN}
)


@dataclass(frozen=True)
class There:
    """An account that an earlier import brought, as it stands now."""

    id: int
    external_id: str
    name: str
    segment: str
    industry: str
    country: str
    region: str
    lifecycle: Lifecycle
    currency: str
    above_external_id: str
    parent_id: int | None
    contract_start: date | None
    renewal_on: date | None
    arr_minor: int | None
    growth_potential: int | None
    growth_potential_on: date | None
    merged: bool
    """It went into another, or another into it: what it has spent is no longer its own alone."""


def existing(source: str, external_ids: Sequence[str]) -> dict[str, There]:
    """Give the accounts of a source by their external ids."""
    found = {}
    for start in range(0, len(external_ids), 500):
        query = sa.select(
            Account.id,
            Account.external_id,
            Account.name,
            Account.segment,
            Account.industry,
            Account.country,
            Account.region,
            Account.lifecycle,
            Account.currency,
            Account.above_external_id,
            Account.parent_id,
            Account.contract_start,
            Account.renewal_on,
            Account.arr_minor,
            Account.growth_potential,
            Account.growth_potential_on,
            sa.or_(Account.merged_into_id.is_not(None), Account.id.in_(_JOINED)),
        ).where(
            Account.source == source,
            Account.external_id.in_(external_ids[start : start + 500]),
        )
        found.update({row.external_id: There(*list(row)) for row in db.session.execute(query)})
    return found


_JOINED = sa.select(AccountMerge.into_id).where(AccountMerge.undone_at.is_(None))


def spent(there: Iterable[There], terms: Terms) -> dict[int, int]:
    """Give what accounts have spent so far by this source, in minor units."""
    if terms.basis is None:
        return {}
    ids, sums = [account.id for account in there], {}
    for start in range(0, len(ids), 500):
        query = (
            sa.select(RevenueLine.account_id, sa.func.sum(RevenueLine.amount_minor))
            .where(
                RevenueLine.account_id.in_(ids[start : start + 500]),
                RevenueLine.basis == terms.basis,
                RevenueLine.source == _source(terms),
            )
            .group_by(RevenueLine.account_id)
        )
        sums.update({account_id: int(total) for account_id, total in db.session.execute(query)})
    return sums


def _source(terms: Terms) -> str:
    return f"import:{terms.shape.source}"


def changes(
    account: There, row: maps.Stage, sums: Mapping[int, int], terms: Terms
) -> dict[str, Any]:
    """Give what a row changes of an account that is there; an empty cell changes nothing.

    A source that says "customer" does not take back what people noted since: a renewal under way, a
    notice given. An account that was merged is people's work: a file leaves it alone.
    """
    found: dict[str, Any] = {}
    if account.merged:
        return found
    # A shape with a segment of its own says what the file is, not what each customer is.
    for field in (*COMPARED, "segment") if "monthly_minor" not in row else COMPARED:
        value = row.get(field)
        if value and value != getattr(account, field):
            found[field] = value
    if found.get("lifecycle") == Lifecycle.ACTIVE and account.lifecycle in LIVING:
        del found["lifecycle"]
    if (until := _day(row, "renewal_on")) and until != account.renewal_on:
        found["renewal_on"] = until
    growth = row.get("growth_potential", account.growth_potential)
    if growth != account.growth_potential:
        found |= {"growth_potential": growth, "growth_potential_on": terms.today}
    if row.get("arr_minor", account.arr_minor) != account.arr_minor:
        found["arr_minor"] = row["arr_minor"]
    if "monthly_minor" in row:
        arr = None if row["lifecycle"] == Lifecycle.LOST else row["monthly_minor"] * 12
        if arr != account.arr_minor:
            found["arr_minor"] = arr
        difference = row["total_minor"] - sums.get(account.id, 0)
        if difference:
            found["revenue"] = difference
    return found


def of_other_currency(account: There, row: maps.Stage) -> bool:
    """Say whether a row brings an amount in another currency than the account is kept in."""
    return "arr_minor" in row and row["currency"] != account.currency


def _day(row: maps.Stage, name: str) -> date | None:
    return date.fromisoformat(row[name]) if name in row else None


def write_batches(run_id: int, terms: Terms, *, done: int, now: datetime) -> Iterator[None]:
    """Write the new customers of a run, unseen, and leave on the stage what changes those that are
    there.
    """
    line, at_once = 0, BATCH if terms.basis is None else MONTHS_BATCH
    while True:
        query = (
            sa.select(ImportStage.id, ImportStage.line, ImportStage.row)
            .where(ImportStage.run_id == run_id, ImportStage.line > line)
            .order_by(ImportStage.line)
            .limit(at_once)
        )
        some = list(db.session.execute(query))
        if not some:
            return
        line = some[-1].line
        there = existing(terms.shape.source, [s.row["external_id"] for s in some])
        sums = spent(there.values(), terms)
        waiting = {
            s.id
            for s in some
            if (known := there.get(s.row["external_id"])) and changes(known, s.row, sums, terms)
        }
        settled = [s.id for s in some if s.id not in waiting]
        if not advance(run_id, column=ImportRun.rows_written, before=done, by_rows=len(settled)):
            raise Overtaken
        done += len(settled)
        _insert([s.row for s in some if s.row["external_id"] not in there], run_id, terms, now=now)
        for start in range(0, len(settled), 500):
            gone = ImportStage.id.in_(settled[start : start + 500])
            db.session.execute(sa.delete(ImportStage).where(gone))
        yield


def _insert(rows: Sequence[maps.Stage], run_id: int, terms: Terms, *, now: datetime) -> None:
    if not rows:
        return
    first = _reserve(len(rows), now=now)
    accounts = [
        _account(row, f"ACC-{first + i:05d}", run_id, terms, now=now) for i, row in enumerate(rows)
    ]
    made = db.session.execute(
        sa.insert(Account).returning(Account.id, Account.external_id), accounts
    )
    ids = {external_id: account_id for account_id, external_id in made}
    paid = [(ids[row["external_id"]], row) for row in rows if "monthly_minor" in row]
    signed = [
        _contract(ids[row["external_id"]], row, terms, now=now) for row in rows if _signed(row)
    ]
    if signed:
        db.session.execute(sa.insert(Contract), signed)
    if paid:
        lines = [
            line_of(account_id, month, amount, run_id, terms, now=now)
            for account_id, row in paid
            for month, amount in maps.spread(
                row["total_minor"], row["months"], last=maps.shifted(terms.today, -1)
            )
        ]
        if lines:
            db.session.execute(sa.insert(RevenueLine), lines)


def _reserve(count: int, *, now: datetime) -> int:
    """Take a row of account numbers at once; gives the first."""
    insert_once(Counter, kind="ACC", year=0, last=0, register=0)
    last = db.session.scalar(
        sa.update(Counter)
        .where(Counter.kind == "ACC", Counter.year == 0)
        .values(last=Counter.last + count, register=Counter.register + count)
        .returning(Counter.last)
    )
    assert last is not None
    return int(last) - count + 1


def _signed(row: maps.Stage) -> bool:
    """Say whether a row tells of a contract: what is paid, and since when."""
    return "monthly_minor" in row or ("arr_minor" in row and "customer_since" in row)


def _arr(row: maps.Stage) -> int | None:
    return row["monthly_minor"] * 12 if "monthly_minor" in row else row.get("arr_minor")


def _term(row: maps.Stage, terms: Terms) -> tuple[date, date | None]:
    """Give start and end of a contract: the days that the row says, else the tenure counts back
    from the file's month; who has left was gone at its beginning.
    """
    if "monthly_minor" not in row:
        since = _day(row, "customer_since")
        return since or terms.today, _day(row, "renewal_on")
    month = terms.today.replace(day=1)
    start = maps.shifted(month, -row["months"])
    if row["lifecycle"] == Lifecycle.LOST:
        return start, month
    return start, maps.term_ends(start, term_months=row["term_months"], today=terms.today)


def _account(
    row: maps.Stage, reference: str, run_id: int, terms: Terms, *, now: datetime
) -> dict[str, Any]:
    start, end = _term(row, terms) if _signed(row) else (None, _day(row, "renewal_on"))
    lost = row["lifecycle"] == Lifecycle.LOST
    arr, currency = None if lost else _arr(row), row.get("currency", terms.currency)
    money = None if arr is None else from_minor(arr, currency)
    return {
        "reference": reference,
        "name": row["name"],
        "name_key": name_key(row["name"]),
        "natural_person": row["natural_person"],
        "segment": row["segment"],
        "industry": row["industry"],
        "country": row["country"],
        "region": row["region"],
        "language": terms.language,
        "zone": terms.zone,
        "currency": currency,
        "lifecycle": Lifecycle(row["lifecycle"] or Lifecycle.ACTIVE),
        "customer_since": start or _day(row, "customer_since"),
        "contract_start": start,
        "renewal_on": None if lost else end,
        "arr_minor": arr,
        "arr_sort": sort_amount(money, on=terms.today) if money else 0,
        "source": terms.shape.source,
        "external_id": row["external_id"],
        "above_external_id": row.get("above_external_id", ""),
        "growth_potential": row.get("growth_potential"),
        "growth_potential_on": terms.today if "growth_potential" in row else None,
        "import_id": run_id,
        "created_at": now,
        "updated_at": now,
    }


def _contract(account_id: int, row: maps.Stage, terms: Terms, *, now: datetime) -> dict[str, Any]:
    start, end = _term(row, terms)
    return {
        "account_id": account_id,
        "number": row["external_id"][:80],
        "product": row["product"],
        "starts_on": start,
        "ends_on": end,
        "arr_minor": _arr(row),
        "currency": row.get("currency", terms.currency),
        "created_at": now,
        "updated_at": now,
    }


def line_of(
    account_id: int, month: date, amount: int, run_id: int, terms: Terms, *, now: datetime
) -> dict[str, Any]:
    """Give a line of revenue that a run brings, in minor units."""
    return {
        "account_id": account_id,
        "month": month,
        "basis": terms.basis,
        "amount_minor": amount,
        "currency": terms.currency,
        "source": _source(terms),
        "recorded_at": now,
        "import_id": run_id,
    }
