"""Taking imports back: one that runs leaves nothing, one that is in gives back what nobody touched
since.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.core import access, jobs
from portal.core.access import Actor, Relation
from portal.core.db import Base, db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from ..models import (
    Account,
    AccountMerge,
    Contract,
    ImportChange,
    ImportRun,
    ImportState,
    RevenueLine,
)
from ..queries.value import local_date
from .changing import Values, columns_of, plain, update_many
from .placing import Family
from .runs import BATCH, OPEN, RUNNING, forget_stage, tell

FEW = 200
"""Accounts removed in one transaction: each is looked for in every table that names accounts, and
SQLite has one writer, for whom nobody waits longer than ten seconds.
"""

USED = {"account": "used"}
DERIVED = ("risk_assessment", "risk_snapshot", "risk_prediction")
"""What is reckoned of an account every day: it goes with it."""


def take_back(run: ImportRun, *, by: Actor, now: datetime) -> None:
    """Stop an import that is not done and queue the removal of what it wrote; nobody saw it.

    Refused for one that has ended.
    """
    if run.state not in OPEN:
        raise Refused(_("This import has ended; it can no longer be taken back."))
    run.state, run.ended_at, run.updated_at = ImportState.TAKEN_BACK, now, now
    tell("accounts.import_taken_back", run, now=now, by=by)
    _enqueue(run)


def undo(run: ImportRun, *, by: Actor, now: datetime) -> None:
    """Queue the undoing of a whole import that is in; refused while a file of its shape is written,
    and for one that is not in. What somebody touched since stays, and the import says why.
    """
    if run.state is not ImportState.DONE:
        raise Refused(_("Only an import that is in can be undone."))
    other = sa.select(ImportRun.id).where(
        ImportRun.source == run.source,
        ImportRun.dry_run.is_(False),
        ImportRun.state.in_(RUNNING),
    )
    if db.session.scalar(other) is not None:
        raise Refused(_("Another file of this shape is being imported. Wait until it is in."))
    run.state, run.updated_at = ImportState.UNDOING, now
    tell("accounts.import_undo_begun", run, now=now, by=by)
    _enqueue(run)


def _enqueue(run: ImportRun) -> None:
    db.session.flush()
    jobs.enqueue("accounts.undo_import", key=f"undo:{run.id}", payload={"run_id": run.id})


def undo_batches(run_id: int, *, now: datetime) -> Iterator[None]:
    """Remove what a taken-back import wrote, or undo one that was in, batch by batch; the door
    commits after each. Killed, it goes on with what is left.
    """
    run = db.session.get(ImportRun, run_id)
    if run is None:
        raise NotFound
    yield from forget_stage(run_id)
    if run.state is ImportState.TAKEN_BACK:
        while ids := _some_new(run_id):
            _remove(ids)
            yield
    elif run.state is ImportState.UNDOING:
        while _still(run_id, now=now) and (some := _some_changed(run_id)):
            _restore(run_id, some, now=now)
            yield
        while _still(run_id, now=now) and (ids := _some_new(run_id)):
            _remove_unused(run_id, ids, now=now)
            yield
        if _still(run_id, now=now):
            run = db.session.get_one(ImportRun, run_id, populate_existing=True)
            run.state, run.ended_at = ImportState.UNDONE, now
            tell("accounts.import_undone", run, now=now, by=access.job("accounts.undo_import"))
            db.session.flush()
        yield


def _still(run_id: int, *, now: datetime) -> bool:
    """Hold the run until the commit, so that two processes follow each other; say whether there is
    anything left to undo.
    """
    held = db.session.execute(
        sa.update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.state == ImportState.UNDOING)
        .values(updated_at=now),
        execution_options={"synchronize_session": False},
    )
    return bool(held.rowcount)  # type: ignore[attr-defined]


def _some_new(run_id: int) -> list[int]:
    # Locked: nobody shall begin something for an account that is about to go.
    some = sa.select(Account.id).where(Account.import_id == run_id).limit(FEW).with_for_update()
    return list(db.session.scalars(some))


def _some_changed(run_id: int) -> list[ImportChange]:
    some = (
        sa.select(ImportChange)
        .where(ImportChange.run_id == run_id, ImportChange.undone_at.is_(None))
        .order_by(ImportChange.id)
        .limit(BATCH)
    )
    return list(db.session.scalars(some))


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), 500):
        yield ids[start : start + 500]


def _remove(ids: Sequence[int]) -> None:
    """Remove accounts with what an import wrote beside them."""
    derived = [Base.metadata.tables[name] for name in DERIVED]
    for some in _chunks(ids):
        # What stands below them goes too, or stood nowhere before the import.
        db.session.execute(
            sa.update(Account).where(Account.parent_id.in_(some)).values(parent_id=None),
            execution_options={"synchronize_session": False},
        )
        for table in derived:
            db.session.execute(sa.delete(table).where(table.c.account_id.in_(some)))
        for written in (ImportChange, RevenueLine, Contract, Relation):
            db.session.execute(
                sa.delete(written).where(written.account_id.in_(some)),
                execution_options={"synchronize_session": False},
            )
        db.session.execute(
            sa.delete(Account).where(Account.id.in_(some)),
            execution_options={"synchronize_session": False},
        )


def _remove_unused(run_id: int, ids: Sequence[int], *, now: datetime) -> None:
    """Remove those new accounts that nobody touched; the others become ordinary ones."""
    left = {account_id for some in _chunks(ids) for account_id in _used(run_id, some)}
    _remove([account_id for account_id in ids if account_id not in left])
    if left:
        db.session.execute(
            sa.update(Account).where(Account.id.in_(left)).values(import_id=None),
            execution_options={"synchronize_session": False},
        )
        kept = [
            {"run_id": run_id, "account_id": account_id, "undone_at": now, "left": USED}
            for account_id in left
        ]
        db.session.execute(sa.insert(ImportChange), kept)
    _count(run_id, undone=len(ids) - len(left), left=len(left))


def _used(run_id: int, ids: Sequence[int]) -> Iterator[int]:
    """Give those accounts that somebody changed or began something for. What it was is not told: it
    may be a case that few may know of.
    """
    yield from db.session.scalars(
        sa.select(Account.id).where(Account.id.in_(ids), Account.version > 1)
    )
    for column in _references():
        name = column.table.name
        query = sa.select(column).where(column.in_(ids)).distinct()
        if name == "contract":
            query = sa.select(Contract.account_id).where(Contract.account_id.in_(ids))
            query = query.where(
                sa.or_(
                    Contract.version > 1,
                    Contract.number
                    != sa.select(sa.func.substr(Account.external_id, 1, 80))
                    .where(Account.id == Contract.account_id)
                    .scalar_subquery(),
                )
            ).distinct()
        elif name == "revenue_line":
            other = sa.or_(RevenueLine.import_id.is_(None), RevenueLine.import_id != run_id)
            query = query.where(other)
        elif column is Account.__table__.c.parent_id:
            # What a file of the same source put below it is no work of people.
            of_run = sa.select(ImportRun.source).where(ImportRun.id == run_id)
            placed = Account.source == of_run.scalar_subquery()
            query = query.where(sa.not_(sa.and_(placed, Account.above_external_id != "")))
        elif name == "import_change":
            query = query.where(ImportChange.run_id != run_id)
        yield from db.session.scalars(query)


def _references() -> list[sa.Column[int]]:
    """Give every column that points at an account and does not only hold what is reckoned of it."""
    return [
        column
        for table in Base.metadata.tables.values()
        if table.name not in DERIVED
        for column in table.columns
        if any(key.target_fullname == "account.id" for key in column.foreign_keys)
    ]


def _count(run_id: int, *, undone: int, left: int) -> None:
    db.session.execute(
        sa.update(ImportRun)
        .where(ImportRun.id == run_id)
        .values(rows_undone=ImportRun.rows_undone + undone, rows_left=ImportRun.rows_left + left),
        execution_options={"synchronize_session": False},
    )


def _restore(run_id: int, some: Sequence[ImportChange], *, now: datetime) -> None:
    """Give accounts back what stood there before, field by field, where the import's own value
    still stands; its revenue is taken off by correcting lines, where no later one builds on it.
    """
    rows = _rows(Account, [change.account_id for change in some])
    signed = _rows(Contract, [_after(c)["contract"]["id"] for c in some if "contract" in _after(c)])
    lines = _lines(run_id, [change.account_id for change in some])
    built_on = _built_on(run_id, list(lines))
    accounts, contracts, corrections = [], [], []
    merged = _merged([change.account_id for change in some])
    family = Family(db.session.get_one(ImportRun, run_id).source)
    for change in some:
        if change.account_id in merged:
            change.undone_at, change.left = now, USED
            continue
        account = rows[change.account_id]
        before, after = change.before or {}, _after(change)
        fields = [name for name in before if name != "contract"]
        values, left = _given_back(account, before, after, names=fields)
        above_id = values.get("parent_id")
        if above_id and not (family.has(above_id) and family.put(account.id, above_id)):
            left["parent_id"] = "changed"
            del values["parent_id"]
        if "contract" in after:
            contract = signed.get(after["contract"]["id"])
            names = [name for name in after["contract"] if name != "id"]
            back, kept = _given_back(contract, before["contract"], after["contract"], names=names)
            left |= {f"contract.{name}": why for name, why in kept.items()}
            if back and contract is not None:
                back |= _day(back)
                contracts.append((contract.id, back))
        if values:
            values |= _day(values)
            on = local_date(now, account.zone)
            accounts.append((account.id, columns_of(values, currency=account.currency, on=on)))
        if account.id in built_on:
            left["revenue"] = "built_on"
        else:
            corrections += [_correction(line, now=now) for line in lines.get(account.id, ())]
        change.undone_at, change.left = now, left
    update_many(Account, accounts, now=now)
    update_many(Contract, contracts, now=now)
    if corrections:
        db.session.execute(sa.insert(RevenueLine), corrections)
    db.session.flush()
    stayed = sum(bool(change.left) for change in some)
    _count(run_id, undone=len(some) - stayed, left=stayed)


def _merged(ids: Sequence[int]) -> set[int]:
    """Give those accounts that were merged since: what they have is no longer theirs alone."""
    found: set[int] = set()
    for some in _chunks(ids):
        rows = sa.select(AccountMerge.from_id, AccountMerge.into_id).where(
            AccountMerge.undone_at.is_(None),
            sa.or_(AccountMerge.from_id.in_(some), AccountMerge.into_id.in_(some)),
        )
        found.update(one for row in db.session.execute(rows) for one in row)
    return found


def _after(change: ImportChange) -> Mapping[str, Any]:
    return change.after or {}


def _given_back(
    row: Any, before: Mapping[str, Any], after: Mapping[str, Any], *, names: Iterable[str]
) -> tuple[Values, Values]:
    """Give what a row gets back, and what stays because somebody changed it since."""
    values, left = {}, {}
    for name in names:
        if row is not None and plain(getattr(row, name)) == after[name]:
            values[name] = before[name]
        else:
            left[name] = "changed"
    return values, left


def _day(values: Values) -> Values:
    """Give days as days again: JSON holds them as words."""
    days = ("ends_on", "renewal_on", "growth_potential_on")
    return {name: date.fromisoformat(values[name]) for name in days if values.get(name)}


def _rows(table: type[Account] | type[Contract], ids: Sequence[int]) -> dict[int, Any]:
    """Give rows as they stand now, held until the commit."""
    found: dict[int, Any] = {}
    for some in _chunks(ids):
        columns = [c for c in table.__table__.c if c.name in SEEN]
        query = sa.select(*columns).where(table.__table__.c.id.in_(some)).with_for_update()
        found.update({row.id: row for row in db.session.execute(query)})
    return found


SEEN = frozenset(
    {"id", "name", "industry", "country", "region", "lifecycle", "arr_minor", "ends_on"}
    | {"currency", "zone", "segment", "renewal_on", "above_external_id", "parent_id"}
    | {"growth_potential", "growth_potential_on"}
)


def _lines(run_id: int, ids: Sequence[int]) -> dict[int, list[RevenueLine]]:
    """Give the lines of revenue that a run brought to accounts that were there."""
    found: dict[int, list[RevenueLine]] = {}
    for some in _chunks(ids):
        query = sa.select(RevenueLine).where(
            RevenueLine.account_id.in_(some),
            RevenueLine.import_id == run_id,
            RevenueLine.corrects_id.is_(None),
        )
        for line in db.session.scalars(query):
            found.setdefault(line.account_id, []).append(line)
    return found


def _built_on(run_id: int, ids: Sequence[int]) -> set[int]:
    """Give those accounts to which a later import of the same source brought revenue that stands:
    it brought what was missing to its own total, so that without the earlier the sum is wrong.
    """
    mine, later, off = aliased(RevenueLine), aliased(RevenueLine), aliased(RevenueLine)
    found: set[int] = set()
    for some in _chunks(ids):
        query = (
            sa.select(mine.account_id)
            .join(
                later,
                sa.and_(
                    later.account_id == mine.account_id,
                    later.source == mine.source,
                    later.basis == mine.basis,
                    later.import_id > mine.import_id,
                    later.corrects_id.is_(None),
                ),
            )
            .where(mine.account_id.in_(some), mine.import_id == run_id)
            .where(sa.not_(sa.exists().where(off.corrects_id == later.id)))
        )
        found.update(db.session.scalars(query.distinct()))
    return found


def _correction(line: RevenueLine, *, now: datetime) -> Values:
    """Give the line that takes another off: figures that rested on it stay explained."""
    same = ("account_id", "month", "product", "basis", "currency", "legal_entity_id", "source")
    return {
        **{name: getattr(line, name) for name in same},
        "amount_minor": -line.amount_minor,
        "corrects_id": line.id,
        "recorded_at": now,
        "import_id": line.import_id,
    }
