"""Accounts, their contacts and contracts, one or in pages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.auth.models import User
from portal.core import access, paging
from portal.core.access import Actor, ActorKind, K, Permission, Reach, Subject
from portal.core.db import db, money_of
from portal.core.errors import NotFound
from portal.core.money import Money, from_minor
from portal.core.search import holds

from ..models import (
    NAMES,
    REFERENCE,
    Account,
    Band,
    Contact,
    Contract,
    ImportRun,
    ImportState,
    Lifecycle,
    Tier,
)
from ..rules.text import name_key, tidy
from .kinship import kin

Owner = aliased(User, name="owner")
Seller = aliased(User, name="seller")
UNFINISHED = (ImportState.CHECKING, ImportState.WRITING, ImportState.TAKEN_BACK)


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a list of accounts is narrowed to and ordered by; `sort` begins with - downwards."""

    text: str = ""
    band: Band | None = None
    tier: Tier | None = None
    lifecycle: Lifecycle | None = None
    mine: bool = False
    family: str = ""
    sort: str = "name"


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """A row of the list; what the viewer may not see is None."""

    reference: str
    name: str
    natural_person: bool
    segment: str
    country: str
    lifecycle: Lifecycle
    renewal_on: date | None
    notice_days: int | None
    owner: str | None
    tier: Tier | None
    arr: Money | None
    band: Band | None
    risk_score: int | None
    open_cases: int | None
    worst_severity: str | None


@dataclass(frozen=True)
class Brief:
    """What other rooms write beside a record of an account."""

    id: int
    reference: str
    name: str
    language: str
    zone: str
    currency: str
    owner_id: int | None


def visible() -> sa.ColumnElement[bool]:
    """Give the predicate for accounts that are there: not those of an import that is under way, nor
    those merged into another.
    """
    unfinished = sa.select(ImportRun.id).where(ImportRun.state.in_(UNFINISHED))
    settled = sa.or_(Account.import_id.is_(None), Account.import_id.not_in(unfinished))
    return sa.and_(settled, Account.merged_into_id.is_(None))


def mine(viewer: Actor, *, now: access.Instant, klass: K = K.INTERNAL) -> sa.ColumnElement[bool]:
    """Give the predicate for the accounts whose fields of `klass` the viewer may read."""
    seen = access.scope(viewer, Subject.ACCOUNT, account_id=Account.id, klass=klass, now=now)
    return sa.and_(visible(), seen)


def sees_value(viewer: Actor) -> bool:
    """Say whether the viewer may read value, spending, risk and contacts of accounts they see."""
    return access.sees(viewer, Subject.ACCOUNT, klass=K.CONFIDENTIAL, related=True)


def parent_reference(account: Account, viewer: Actor, *, now: datetime) -> str:
    """Give the number of the account above one; empty where there is none, or none that the viewer
    may see.
    """
    if account.parent_id is None:
        return ""
    query = sa.select(Account.reference).where(
        Account.id == account.parent_id, mine(viewer, now=now)
    )
    return str(db.session.scalar(query) or "")


def own_class(viewer: Actor) -> K:
    """Give the class of fields by which accounts are somebody's own: value where their role reads
    it. Accounts of which they only know one record are none of theirs.
    """
    return K.CONFIDENTIAL if sees_value(viewer) else K.INTERNAL


def sees_value_of(viewer: Actor, account: Account, *, now: datetime) -> bool:
    """Say whether the viewer may read value, spending, risk and contacts of this account."""
    reached = access.reach(viewer, Subject.ACCOUNT, klass=K.CONFIDENTIAL)
    if reached is not Reach.RELATED:
        return reached is Reach.ALL
    query = sa.select(Account.id).where(
        Account.id == account.id, mine(viewer, now=now, klass=K.CONFIDENTIAL)
    )
    return db.session.scalar(query) is not None


def sees_cases(viewer: Actor, owner_id: int | None) -> bool:
    """Say whether the viewer may know that an account has cases: all of them, or as its owner."""
    reached = access.reach(viewer, Subject.ESCALATION)
    return reached is Reach.ALL or (reached is Reach.RELATED and owner_id == viewer.id)


def get(viewer: Actor, reference: str, *, now: datetime, klass: K = K.INTERNAL) -> Account:
    """Give an account by its reference (ACC-00042); `NotFound` where there is none for this
    viewer.
    """
    query = sa.select(Account).where(
        Account.reference == reference, mine(viewer, now=now, klass=klass)
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def may_edit(viewer: Actor, account: Account) -> bool:
    """Say whether the viewer may change an account they see: all of them, or those they own."""
    if viewer.kind in {ActorKind.JOB, ActorKind.OPERATOR}:
        return True
    grants = [access.TABLE[role].get(Subject.ACCOUNT) for role in viewer.roles]
    editing = [g.reach for g in grants if g and Permission.ACCOUNTS_EDIT in g.may]
    if not viewer.may(Permission.ACCOUNTS_EDIT) or not editing:
        return False
    return max(editing) is Reach.ALL or account.owner_id == viewer.id


def get_to_edit(viewer: Actor, reference: str, *, now: datetime) -> Account:
    """Give an account that the viewer may change; `NotFound` otherwise."""
    found = get(viewer, reference, now=now)
    if not may_edit(viewer, found):
        raise NotFound
    return found


def by_id(account_id: int) -> Account:
    """Give an account by its number, for rooms that have checked who asks."""
    found = db.session.get(Account, account_id)
    if found is None:
        raise NotFound
    return found


def briefs(account_ids: Iterable[int]) -> dict[int, Brief]:
    """Give reference, name, language, zone, currency and owner of accounts by number."""
    wanted = set(account_ids)
    if not wanted:
        return {}
    query = sa.select(
        Account.id,
        Account.reference,
        Account.name,
        Account.language,
        Account.zone,
        Account.currency,
        Account.owner_id,
    ).where(Account.id.in_(wanted))
    return {row.id: Brief(*row) for row in db.session.execute(query)}


def _matching(text: str) -> sa.ColumnElement[bool]:
    key = name_key(tidy(text))
    if not key:
        return sa.true()
    numbered = Account.reference == key.upper()
    return numbered if REFERENCE.fullmatch(key) else sa.or_(named_like(key), numbered)


def named_like(text: str) -> sa.ColumnElement[bool]:
    """Give the predicate for accounts whose name holds every word of a text."""
    return holds(NAMES, name_key(text), Account.id)


_SORTS: dict[str, Any] = {
    "name": Account.name_key,
    "arr": Account.arr_sort,
    "renewal": Account.renewal_on,
}


_LISTED: tuple[Any, ...] = (
    Account.id,
    Account.reference,
    Account.name,
    Account.name_key,
    Account.natural_person,
    Account.segment,
    Account.country,
    Account.lifecycle,
    Account.renewal_on,
    Account.notice_days,
    Account.owner_id,
    Owner.name.label("owner"),
    Account.value_tier,
    Account.arr_minor,
    Account.arr_sort,
    Account.currency,
    Account.risk_band,
    Account.risk_score,
    Account.open_cases,
    Account.worst_severity,
)


_NAMES = tuple(column.key for column in _LISTED)


# Made once for each reader and search: building it takes as long as sending it.
@lru_cache(512)
def _listed(viewer: Actor, search: Search) -> tuple[sa.Select[Any], Any, bool]:
    """Give the select of a list with its sort column, and whether it runs downwards.

    Who may not read a figure can neither sort nor filter by it: the order would tell it.
    """
    open_books = sees_value(viewer)
    query = sa.select(*_LISTED).outerjoin(Owner, Owner.id == Account.owner_id)
    query = query.where(*_filters(viewer, search, open_books=open_books))
    key = search.sort.lstrip("-")
    if key not in _SORTS or (key == "arr" and not open_books):
        return query, Account.name_key, False
    if key == "renewal":
        query = query.where(Account.renewal_on.is_not(None))
    return query, _SORTS[key], search.sort.startswith("-")


def _chosen(viewer: Actor, search: Search) -> tuple[sa.Select[Any], Any, bool]:
    # What was typed is hardly typed twice.
    return (_listed.__wrapped__ if search.text else _listed)(viewer, search)


def _filters(
    viewer: Actor, search: Search, *, open_books: bool
) -> Iterator[sa.ColumnElement[bool]]:
    yield mine(viewer, now=access.AT_RUN, klass=own_class(viewer))
    if search.text:
        yield _matching(search.text)
    if search.tier:
        yield Account.value_tier == search.tier
    if search.lifecycle:
        yield Account.lifecycle == search.lifecycle
    if search.band and open_books:
        yield Account.risk_band == search.band
    if search.mine:
        yield Account.owner_id == viewer.id
    if search.family:
        yield Account.id.in_(_family_of(viewer, search.family))


def _family_of(viewer: Actor, reference: str) -> sa.Select[Any]:
    """Select the ids of the family of an account that the viewer may see; none otherwise."""
    seen = mine(viewer, now=access.AT_RUN, klass=own_class(viewer))
    found = sa.select(Account.id).where(Account.reference == reference, seen)
    return kin(found.scalar_subquery())


# The same line for the same row: what is drawn for it is found by what it is, not by its content.
@lru_cache(2048)
def _line(row: tuple[Any, ...], open_books: bool, sees_cases: bool) -> Line:
    at = dict(zip(_NAMES, row, strict=True))
    known = open_books and at["arr_minor"] is not None
    return Line(
        reference=at["reference"],
        name=at["name"],
        natural_person=at["natural_person"],
        segment=at["segment"],
        country=at["country"],
        lifecycle=at["lifecycle"],
        renewal_on=at["renewal_on"],
        notice_days=at["notice_days"],
        owner=at["owner"],
        tier=at["value_tier"],
        arr=from_minor(at["arr_minor"], at["currency"]) if known else None,
        band=at["risk_band"] if open_books else None,
        risk_score=at["risk_score"] if open_books else None,
        open_cases=at["open_cases"] if sees_cases else None,
        worst_severity=at["worst_severity"] if sees_cases else None,
    )


def page(
    viewer: Actor,
    search: Search,
    *,
    cursor: str | None,
    now: datetime,
    limit: int = paging.LIMIT,
) -> paging.Page[Line]:
    """Give a page of accounts that the viewer may see, in one statement."""
    query, sort, descending = _chosen(viewer, search)
    found = paging.keyset(
        query,
        sort=sort,
        row_id=Account.id,
        descending=descending,
        cursor=cursor,
        limit=limit,
        given={"now": now},
    )
    open_books = sees_value(viewer)
    all_cases = access.reach(viewer, Subject.ESCALATION) is Reach.ALL
    lines = [
        _line(tuple(row), open_books, all_cases or sees_cases(viewer, row.owner_id))
        for row in found.rows
    ]
    return paging.Page(lines, found.after, found.before)


def export(viewer: Actor, search: Search, *, now: datetime) -> Iterator[Line]:
    """Give every account of a list, in its order, page by page."""
    cursor: str | None = None
    while True:
        part = page(viewer, search, cursor=cursor, now=now, limit=1000)
        yield from part.rows
        cursor = part.after
        if cursor is None:
            return


def arr(account: Account) -> Money | None:
    """Give an account's yearly revenue under contract, None where it is unknown; K2."""
    return money_of(account, "arr")


def contacts(account: Account) -> list[Contact]:
    """Give an account's people, those with most say first; who has left comes last."""
    query = (
        sa.select(Contact)
        .where(Contact.account_id == account.id)
        .order_by(Contact.left_at.is_not(None), Contact.influence.desc(), Contact.name)
    )
    return list(db.session.scalars(query))


def get_contact(account: Account, contact_id: int) -> Contact:
    """Give one person of an account."""
    found = db.session.scalar(
        sa.select(Contact).where(Contact.id == contact_id, Contact.account_id == account.id)
    )
    if found is None:
        raise NotFound
    return found


def contracts(account_ids: Sequence[int]) -> list[Contract]:
    """Give the contracts of accounts, the newest first."""
    query = sa.select(Contract).where(Contract.account_id.in_(account_ids))
    return list(db.session.scalars(query.order_by(Contract.starts_on.desc(), Contract.id)))
