"""What a customer spent, line by line, in their currency and ours, and what happened meanwhile."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import ValuePolicy
from portal.core import access
from portal.core.access import Actor
from portal.core.db import db
from portal.core.money import Money, from_minor, rounded

from .. import rules
from ..models import Account, Basis, Contract, RevenueLine, TimelineEntry
from ..rules.mapping import shifted
from .history import readable
from .rates import rate_table
from .value import local_date

MONTHS = 36


@dataclass(frozen=True)
class Spent:
    """A line of revenue: without tax, in its own currency and, where a rate is known, in the
    reporting one; `corrects` is the month and amount of the line that it puts right.
    """

    id: int
    month: date
    product: str
    basis: Basis
    amount: Money
    source: str
    recorded_at: datetime
    corrects: tuple[date, Money] | None
    reporting: Money | None
    rates: tuple[rules.Rate, ...]


@dataclass(frozen=True)
class Happened:
    """What happened in a month: a contract began or ended, a case was opened."""

    on: date
    what: str
    record: str


@dataclass(frozen=True)
class Spending:
    """The lines of a stretch of months (the newest first), and what can be asked for; `sums` are
    by month in the reporting currency, None where a line has no rate.
    """

    currency: str
    since: date
    until: date
    lines: list[Spent]
    sums: list[tuple[date, Money | None]]
    bases: list[Basis]
    products: list[str]
    basis: Basis | None
    product: str
    happened: list[Happened]
    older: date | None
    newer: date | None


def spending(
    viewer: Actor,
    account: Account,
    *,
    now: datetime,
    basis: Basis | None = None,
    product: str = "",
    until: date | None = None,
    months: int = MONTHS,
) -> Spending:
    """Give what an account spent in the months up to `until`, on one basis: the one asked for, else
    the first of the policy's order that has lines. Callers have checked that the viewer may read
    the account's value.
    """
    house = auth_queries.organisation()
    today = local_date(now, house.zone)
    policy, _number = policy_queries.in_force(ValuePolicy)
    bases, products, first, newest = _offered(account)
    ordered = sorted(bases, key=lambda one: policy.basis_order.index(one.value))
    chosen = basis if basis in bases else next(iter(ordered), None)
    last = (until or today).replace(day=1)
    since = shifted(last, 1 - months)
    query = _lines(account, chosen, product, since=since, until=last)
    rates = rate_table(policy, on=today)
    found = db.session.execute(query)
    lines = [_spent(line, was, rates, to=house.currency, today=today) for line, was in found]
    return Spending(
        currency=house.currency,
        since=since,
        until=last,
        lines=lines,
        sums=_sums(lines, since=max(since, first or last), until=last, currency=house.currency),
        bases=ordered,
        products=products,
        basis=chosen,
        product=product if product in products else "",
        happened=_happened(viewer, account, since=since, until=shifted(last, 1), now=now),
        older=shifted(since, -1) if first is not None and first < since else None,
        newer=min(shifted(last, months), newest) if newest and newest > last else None,
    )


def _offered(account: Account) -> tuple[set[Basis], list[str], date | None, date | None]:
    """Give the bases and products of an account's lines, and their first and last month."""
    query = sa.select(
        RevenueLine.basis,
        RevenueLine.product,
        sa.func.min(RevenueLine.month),
        sa.func.max(RevenueLine.month),
    ).where(RevenueLine.account_id == account.id)
    rows = db.session.execute(query.group_by(RevenueLine.basis, RevenueLine.product)).all()
    return (
        {row[0] for row in rows},
        sorted({row[1] for row in rows if row[1]}),
        min((row[2] for row in rows), default=None),
        max((row[3] for row in rows), default=None),
    )


def _lines(
    account: Account, basis: Basis | None, product: str, *, since: date, until: date
) -> sa.Select[Any, Any]:
    former = aliased(RevenueLine)
    query: sa.Select[Any, Any] = (
        sa.select(RevenueLine, former)
        .outerjoin(former, former.id == RevenueLine.corrects_id)
        .where(
            RevenueLine.account_id == account.id,
            RevenueLine.basis == basis,
            RevenueLine.month >= since,
            RevenueLine.month < shifted(until, 1),
        )
    )
    if product:
        query = query.where(RevenueLine.product == product)
    return query.order_by(RevenueLine.month.desc(), RevenueLine.product, RevenueLine.id)


def _spent(
    line: RevenueLine,
    former: RevenueLine | None,
    rates: rules.RateTable,
    *,
    to: str,
    today: date,
) -> Spent:
    amount = from_minor(line.amount_minor, line.currency)
    month_end = shifted(line.month.replace(day=1), 1) - timedelta(days=1)
    converted = rates.convert(amount, to=to, on=min(today, month_end))
    corrects = None
    if former is not None:
        corrects = (former.month, from_minor(former.amount_minor, former.currency))
    return Spent(
        id=line.id,
        month=line.month,
        product=line.product,
        basis=line.basis,
        amount=amount,
        source=line.source,
        recorded_at=line.recorded_at,
        corrects=corrects,
        reporting=rounded(converted.amount) if converted else None,
        rates=converted.rates if converted else (),
    )


def _sums(
    lines: list[Spent], *, since: date, until: date, currency: str
) -> list[tuple[date, Money | None]]:
    """Add up lines by month, the oldest first; a month without a line is zero."""
    known: dict[date, Decimal] = {}
    unknown: set[date] = set()
    for line in lines:
        month = line.month.replace(day=1)
        if line.reporting is None:
            unknown.add(month)
        else:
            known[month] = known.get(month, Decimal(0)) + line.reporting.amount
    answer: list[tuple[date, Money | None]] = []
    month = since.replace(day=1)
    # A month without a line yet, after the last that has one, is not a month without revenue.
    while lines and month <= min(until, max(line.month for line in lines)):
        amount = None if month in unknown else Money(known.get(month, Decimal(0)), currency)
        answer.append((month, amount))
        month = shifted(month, 1)
    return answer


def _happened(
    viewer: Actor, account: Account, *, since: date, until: date, now: datetime
) -> list[Happened]:
    """Give contracts that began or ended, and cases that the viewer may read with their first
    entry, from one day until before another, by day.
    """
    found = []
    for signed in db.session.scalars(sa.select(Contract).filter_by(account_id=account.id)):
        found.append(Happened(signed.starts_on, "began", signed.number))
        if signed.ends_on is not None:
            found.append(Happened(signed.ends_on, "ended", signed.number))
    entry = TimelineEntry
    query = (
        sa.select(entry.case_ref, sa.func.min(entry.event_at))
        .where(
            entry.account_id == account.id,
            entry.case_ref.like("ESC-%"),
            readable(viewer, now=access.AT_RUN),
        )
        .group_by(entry.case_ref)
    )
    zone = auth_queries.organisation().zone
    for case, at in db.session.execute(query, {"now": now}):
        found.append(Happened(local_date(at, zone), "case", str(case)))
    return sorted((one for one in found if since <= one.on < until), key=lambda one: one.on)
