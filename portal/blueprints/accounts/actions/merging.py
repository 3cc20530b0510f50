"""Merging an account into another: all that belongs to it goes along, both histories stay, and it
can be undone.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.core import events
from portal.core.access import Actor, ActorKind, K
from portal.core.db import Base, db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _
from portal.core.money import from_minor, minor

from .. import queries
from ..models import Account, AccountMerge, EntryKind, Lane, MergedRow
from .changing import plain
from .history import add_entry
from .money import in_currency, restate, sort_amount, today
from .undoing import DERIVED

STAY = frozenset({*DERIVED, "account_merge", "import_change"})
"""What is reckoned of an account, and what tells of one alone, stays with it."""
FILLED = (
    "segment",
    "industry",
    "country",
    "region",
    "customer_since",
    "gross_margin",
    "governing_law",
    "sole_remedy",
    "regulator_exposed",
    "reference_customer",
    "growth_potential",
    "growth_potential_on",
    "opening",
)
"""What an account takes over where it says nothing itself."""
KEPT = (*FILLED, "liability_cap_minor")
TERMS = ("arr_minor", "arr_sort", "contract_start", "renewal_on", "notice_days")


def merge(account: Account, into: Account, *, by: Actor, now: datetime) -> AccountMerge:
    """Merge an account into another, with its cases, revenue, people, contracts, sponsorships and
    whatever else belongs to it; who looked after it alone sees no more by it than before.

    Refused for an account and itself, for one that another went into or that went into another, and
    where no rate is known between their currencies.
    """
    _hold(account, into)
    _refuse(account, into, now=now)
    row = AccountMerge(
        from_id=account.id,
        into_id=into.id,
        person_id=by.id if by.kind is not ActorKind.JOB and by.id else None,
        merged_at=now,
        kept={name: plain(getattr(into, name)) for name in (*KEPT, *TERMS)},
        created_at=now,
        updated_at=now,
    )
    db.session.add(row)
    db.session.flush()
    raised = _raise(into, account)
    for column in _columns():
        _take_along(column, row)
    account.merged_into_id, account.updated_at = into.id, now
    _fill(into, account, now=now)
    filled = {n: plain(getattr(into, n)) for n in KEPT}
    row.kept = row.kept | {"filled": filled, "raised": raised}
    uid = _record("merged", account, into, by=by, now=now)
    for one, text in (
        (account, _("Merged into %(ref)s.", ref=into.reference)),
        (into, _("%(ref)s was merged into this account.", ref=account.reference)),
    ):
        _tell(one, text, uid=uid, by=by, now=now)
    db.session.flush()
    db.session.expire_all()
    return row


def _raise(into: Account, account: Account) -> dict[str, int | None] | None:
    """Let what stands between an account and one above it that goes have the parent of that one:
    following along, it would stand below itself. Gives which that is, if any, and the parent.
    """
    at, seen = into, {into.id}
    while at.parent_id != account.id:
        if at.parent_id is None or at.parent_id in seen:
            return None
        seen.add(at.parent_id)
        at = queries.by_id(at.parent_id)
    at.parent_id = account.parent_id
    db.session.flush()
    return {"id": at.id, "parent_id": at.parent_id}


def _hold(*accounts: Account) -> None:
    """Hold both accounts until the commit, always in the same order."""
    ids = sorted({account.id for account in accounts})
    held = sa.select(Account).where(Account.id.in_(ids)).order_by(Account.id).with_for_update()
    db.session.scalars(held.execution_options(populate_existing=True)).all()


def _refuse(account: Account, into: Account, *, now: datetime) -> None:
    if account.id == into.id:
        raise Refused(_("An account cannot be merged into itself."), field="other")
    if account.merged_into_id is not None or into.merged_into_id is not None:
        raise Refused(_("One of the two is merged already."), field="other")
    if queries.merges_into(account):
        raise Refused(
            _("Others were merged into %(ref)s: undo that first.", ref=account.reference),
            field="other",
        )
    on = today(now)
    codes = {signed.currency for signed in queries.contracts([account.id])} | {account.currency}
    for code in sorted(codes):
        if in_currency(from_minor(0, code), currency=into.currency, on=on) is None:
            raise Refused(
                _("No exchange rate is known for %(currency)s.", currency=code), field="other"
            )


def _columns() -> Iterator[sa.Column[Any]]:
    """Give every column that says to which account a row belongs; what is there once for each
    account, and known by it alone, stays with it.
    """
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            points = any(key.target_fullname == "account.id" for key in column.foreign_keys)
            alone = [*table.primary_key.columns] == [column]
            if points and not alone and table.name not in STAY and column.name != "merged_into_id":
                yield column


def _key(column: sa.Column[Any]) -> sa.Column[Any]:
    """Give what a table's rows are known by, beside the account they belong to."""
    table: Any = column.table
    keys: list[sa.Column[Any]] = [one for one in table.primary_key.columns if one is not column]
    [key] = keys
    return key


def _take_along(column: sa.Column[Any], row: AccountMerge) -> None:
    """Let the rows of a table follow, and note each; what the other account has just so stays."""
    table, key = column.table, _key(column)
    mine = [column == row.from_id, *(_no_twin(unique, column, row) for unique in _unique(column))]
    if table.name == "relation":
        # Who looks after the account alone shall not see all of the other by it.
        mine.append(table.c.record_ref.is_not(None))
    place = sa.literal(f"{table.name}.{column.name}")
    number = isinstance(key.type, sa.Integer)
    to = MergedRow.row_id if number else MergedRow.row_ref
    noted = sa.select(sa.literal(row.id), place, key).where(*mine)
    db.session.execute(
        sa.insert(MergedRow).from_select([MergedRow.merge_id, MergedRow.place, to], noted)
    )
    _point(column, row, to=row.into_id)


def _unique(column: sa.Column[Any]) -> list[list[sa.Column[Any]]]:
    """Give the other columns of each rule that a row is there once for an account."""
    return [
        [other for other in rule.columns if other is not column]
        for rule in column.table.constraints
        if isinstance(rule, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
        and column.name in rule.columns
    ]


def _no_twin(
    others: list[sa.Column[Any]], column: sa.Column[Any], row: AccountMerge
) -> sa.ColumnElement[bool]:
    twin = column.table.alias()
    same = [twin.c[other.name] == other for other in others]
    found = sa.select(twin.c[column.name]).where(twin.c[column.name] == row.into_id, *same)
    return sa.not_(found.exists())


def _point(column: sa.Column[Any], row: AccountMerge, *, to: int) -> None:
    """Let the rows of a table that went along with a merge belong to an account."""
    table, key = column.table, _key(column)
    number = isinstance(key.type, sa.Integer)
    gone = sa.select(MergedRow.row_id if number else MergedRow.row_ref).where(
        MergedRow.merge_id == row.id, MergedRow.place == f"{table.name}.{column.name}"
    )
    now_at = row.from_id if to == row.into_id else row.into_id
    db.session.execute(sa.update(table).where(column == now_at, key.in_(gone)).values({column: to}))


def _fill(into: Account, account: Account, *, now: datetime) -> None:
    """Let an account take over what it does not say itself, and what is signed."""
    since = [day for day in (into.customer_since, account.customer_since) if day]
    for name in FILLED:
        own = getattr(into, name)
        if own is None or own is False or own == "":
            setattr(into, name, getattr(account, name))
    into.customer_since = min(since, default=None)
    into.liability_cap_minor = _cap(into, account, on=today(now))
    into.updated_at = now
    signed = queries.contracts([into.id])
    if signed:
        restate(into, signed, now=now)
    elif account.arr_minor is not None:
        on = today(now)
        own = from_minor(into.arr_minor or 0, into.currency)
        other = in_currency(
            from_minor(account.arr_minor, account.currency), currency=into.currency, on=on
        )
        assert other is not None
        total = own + other
        into.arr_minor, into.arr_sort = minor(total), sort_amount(total, on=on)


def _cap(into: Account, account: Account, *, on: date) -> int | None:
    """Give the liability cap that holds: the smaller one, or the only one, converted by the rate of
    the day; of two in different currencies that of the account that stays.
    """
    own, other = into.liability_cap_minor, account.liability_cap_minor
    if other is None or (own is not None and into.currency != account.currency):
        return own
    if own is not None:
        return min(own, other)
    there = in_currency(from_minor(other, account.currency), currency=into.currency, on=on)
    assert there is not None
    return minor(there)


def _record(verb: str, account: Account, into: Account, *, by: Actor, now: datetime) -> str:
    return events.record(
        f"accounts.{verb}",
        by=by,
        now=now,
        record=account.reference,
        account_id=into.id,
        data={"into": into.reference, "accounts": [account.id, into.id]},
    )


def _tell(account: Account, text: str, *, uid: str, by: Actor, now: datetime) -> None:
    add_entry(
        account.id,
        lane=Lane.INTERNAL,
        kind=EntryKind.SYSTEM,
        text=text,
        klass=K.INTERNAL,
        event_uid=uid,
        by=by,
        now=now,
    )


def unmerge(row: AccountMerge, *, by: Actor, now: datetime) -> None:
    """Undo a merge wholly: every row that went along belongs to its account again; what came since
    stays where it was written. Refused where it was undone already.
    """
    account, into = db.session.get(Account, row.from_id), db.session.get(Account, row.into_id)
    if account is None or into is None:
        raise NotFound
    _hold(account, into)
    db.session.refresh(row)
    if row.undone_at is not None:
        raise Refused(_("This merge was undone already."))
    for column in _columns():
        _point(column, row, to=row.from_id)
    row.undone_at, row.updated_at = now, now
    account.merged_into_id, account.updated_at = None, now
    db.session.flush()
    _give_back(into, row.kept, now=now)
    if raised := row.kept.get("raised"):
        child = db.session.get(Account, raised["id"])
        if child and child.parent_id == raised["parent_id"]:
            child.parent_id = account.id
    uid = _record("unmerged", account, into, by=by, now=now)
    for one in (account, into):
        _tell(one, _("The merge was undone."), uid=uid, by=by, now=now)
    db.session.flush()
    db.session.expire_all()


def _give_back(into: Account, kept: dict[str, Any], *, now: datetime) -> None:
    """Let an account say what it said before, where nobody has changed it since."""
    for name, value in kept["filled"].items():
        if plain(getattr(into, name)) == value:
            setattr(into, name, _read(name, kept[name]))
    signed = queries.contracts([into.id])
    if signed:
        restate(into, signed, now=now)
    else:
        for name in TERMS:
            setattr(into, name, _read(name, kept[name]))
    into.updated_at = now


def _read(name: str, value: Any) -> Any:
    if name == "gross_margin" and value:
        return Decimal(value)
    is_day = name in {"customer_since", "contract_start", "renewal_on", "growth_potential_on"}
    return date.fromisoformat(value) if is_day and value else value
