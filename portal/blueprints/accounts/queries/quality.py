"""What is wrong with the data of accounts: found in the database, each with where it is mended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import User
from portal.core import access, paging
from portal.core.access import Actor
from portal.core.db import db

from ..models import Account, Contract, Lifecycle
from ..rules.quality import LEGAL_FORMS, Fault
from .accounts import mine, own_class, sees_value


@dataclass(frozen=True)
class FaultLine:
    """An account with what is wrong with it; `twin` is the account it is likely the same as."""

    fault: Fault
    reference: str
    name: str
    country: str
    owner: str | None
    lifecycle: Lifecycle
    starts_on: date | None
    renewal_on: date | None
    currency: str
    signed_in: str | None
    twin: str | None


Owner, Twin, Above = aliased(User), aliased(Account), aliased(Account)
HERE = Account.lifecycle != Lifecycle.LOST


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(auth_queries.organisation().zone)).date()


def kinds(viewer: Actor) -> list[Fault]:
    """Give what the viewer is told of: currencies of contracts by who reads value alone."""
    return [one for one in Fault if one is not Fault.OTHER_CURRENCY or sees_value(viewer)]


def _signed(today: date) -> Any:
    """Give another currency in which a contract that runs was signed; NULL where there is none."""
    runs = sa.or_(Contract.ends_on.is_(None), Contract.ends_on >= today)
    return (
        sa.select(sa.func.min(Contract.currency))
        .where(Contract.account_id == Account.id, runs, Contract.currency != Account.currency)
        .scalar_subquery()
    )


def _is(fault: Fault, today: date) -> sa.ColumnElement[bool]:
    """Give the predicate of a fault; duplicates have a list of their own."""
    gone = sa.exists().where(User.id == Account.owner_id, User.active.is_(False))
    found: dict[Fault, sa.ColumnElement[bool]] = {
        Fault.NO_OWNER: sa.and_(HERE, sa.or_(Account.owner_id.is_(None), gone)),
        Fault.RENEWAL_PASSED: sa.and_(HERE, Account.renewal_on < today),
        Fault.RENEWAL_BEFORE_START: Account.renewal_on < Account.contract_start,
        Fault.OTHER_CURRENCY: sa.and_(HERE, _signed(today).is_not(None)),
        Fault.NOTHING_ABOVE: sa.and_(
            HERE,
            Account.above_external_id != "",
            Account.parent_id.is_(None),
            sa.not_(
                sa.exists().where(
                    Above.source == Account.source,
                    Above.external_id == Account.above_external_id,
                )
            ),
        ),
    }
    return found[fault]


def _key() -> Any:
    """Give a name without the legal form at its end: "nordkraft gmbh" and "nordkraft" are alike."""
    name = Account.name_key
    return sa.case(
        *(
            (
                name.endswith(f" {form}", autoescape=True),
                sa.func.substr(name, 1, sa.func.length(name) - len(form) - 1),
            )
            for form in LEGAL_FORMS
        ),
        else_=name,
    )


def _twins(viewer: Actor, now: access.Instant) -> Any:
    """Select the accounts that are likely another one, with that one: companies of the same name,
    legal form aside, in the same country or with none; families and people are left out.
    """
    seen = mine(viewer, now=now, klass=own_class(viewer))
    keyed = (
        sa.select(
            Account.id,
            Account.country,
            Account.parent_id,
            sa.func.first_value(Account.id)
            .over(partition_by=_key(), order_by=Account.id)
            .label("first_id"),
        )
        .where(seen, HERE, Account.natural_person.is_(False))
        .subquery("keyed")
    )
    alike = sa.or_(keyed.c.country == Twin.country, keyed.c.country == "", Twin.country == "")
    kin = sa.or_(
        sa.func.coalesce(keyed.c.parent_id, 0) == Twin.id,
        sa.func.coalesce(Twin.parent_id, 0) == keyed.c.id,
        keyed.c.parent_id == Twin.parent_id,
    )
    return (
        sa.select(keyed.c.id, Twin.reference.label("twin"))
        .join(Twin, Twin.id == keyed.c.first_id)
        .where(keyed.c.id != keyed.c.first_id, alike, sa.func.coalesce(kin, sa.false()).is_(False))
        .subquery("twins")
    )


def how_many(viewer: Actor, *, now: datetime) -> dict[Fault, int]:
    """Count the accounts with each fault among those that the viewer may see."""
    today, told = _today(now), [one for one in kinds(viewer) if one is not Fault.DUPLICATE]
    sums = [
        sa.func.coalesce(sa.func.sum(sa.case((_is(one, today), 1), else_=0)), 0).label(one.value)
        for one in told
    ]
    seen = mine(viewer, now=now, klass=own_class(viewer))
    row = db.session.execute(sa.select(*sums).where(seen)).one()
    twins = _twins(viewer, now)
    double = db.session.scalar(sa.select(sa.func.count()).select_from(twins)) or 0
    found = {one: int(getattr(row, one.value)) for one in told} | {Fault.DUPLICATE: double}
    return {one: found[one] for one in kinds(viewer)}


_LISTED: tuple[Any, ...] = (
    Account.id,
    Account.name_key,
    Account.reference,
    Account.name,
    Account.country,
    Owner.name.label("owner"),
    Account.lifecycle,
    Account.contract_start.label("starts_on"),
    Account.renewal_on,
    Account.currency,
)


def faults(
    viewer: Actor, fault: Fault, *, cursor: str | None, now: datetime, limit: int = paging.LIMIT
) -> paging.Page[FaultLine]:
    """Give a page of the accounts with a fault, by name; none of what the viewer is not told."""
    today = _today(now)
    books = sees_value(viewer)
    signed: Any = _signed(today) if books else sa.null()
    query: sa.Select[Any] = sa.select(*_LISTED, signed.label("signed_in"))
    query = query.outerjoin(Owner, Owner.id == Account.owner_id)
    query = query.where(mine(viewer, now=access.AT_RUN, klass=own_class(viewer)))
    if fault is Fault.DUPLICATE:
        twins = _twins(viewer, access.AT_RUN)
        query = query.join(twins, twins.c.id == Account.id).add_columns(twins.c.twin)
    else:
        known = _is(fault, today) if fault in kinds(viewer) else sa.false()
        query = query.where(known).add_columns(sa.null().label("twin"))
    found = paging.keyset(
        query,
        sort=Account.name_key,
        row_id=Account.id,
        descending=False,
        cursor=cursor,
        limit=limit,
        given={"now": now},
    )
    lines = [FaultLine(fault, *tuple(row)[2:]) for row in found.rows]
    return paging.Page(lines, found.after, found.before)


def every_fault(viewer: Actor, fault: Fault, *, now: datetime) -> Iterator[FaultLine]:
    """Give every account with a fault, by name, page by page."""
    cursor: str | None = None
    while True:
        part = faults(viewer, fault, cursor=cursor, now=now, limit=1000)
        yield from part.rows
        cursor = part.after
        if cursor is None:
            return
