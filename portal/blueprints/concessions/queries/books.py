"""The books of compensation: months, balances, movements, promises, budgets."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contract, Promise, PromiseState
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import LegalEntity, User
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core import paging
from portal.core.access import Actor
from portal.core.db import db
from portal.core.money import Money, from_minor

from .. import rules
from ..models import (
    Budget,
    ClosedPeriod,
    Concession,
    Form,
    Ground,
    Move,
    Movement,
    State,
)
from . import finding, taxing

SHOWN = 500
PROMISES = 50
PROMISE = (
    Promise.id,
    Promise.case_ref,
    Promise.what,
    Promise.to_whom,
    Promise.made_at,
    Promise.due_at,
    Promise.state,
    Promise.concession_ref,
)
GRANTED_OPEN = (State.APPROVED, State.OFFERED, State.ACCEPTED)


@dataclass(frozen=True)
class Month:
    """A month that has movements or is closed."""

    period: str
    closed_at: datetime | None
    closed_by: str | None


@dataclass(frozen=True)
class Moved:
    """A movement in a month; account and reference only where the viewer may see them."""

    at: datetime
    reference: str | None
    account: str | None
    entity: str | None
    move: Move
    ground: Ground
    form: Form
    amount: Money
    proof: str
    tax: str | None


@dataclass(frozen=True)
class Drawn:
    """A region's budget of a quarter: committed is granted and not delivered, paid is delivered."""

    region: str
    quarter: str
    whole: Money
    committed: Money
    paid: Money

    @property
    def left(self) -> Money:
        """Give what is left; below zero: overdrawn, which leadership has signed."""
        return self.whole - self.committed - self.paid


def entity_of(account_id: int) -> int | None:
    """Give the legal entity that invoices an account: that of its newest contract naming one."""
    return db.session.scalar(
        sa.select(Contract.legal_entity_id)
        .where(Contract.account_id == account_id, Contract.legal_entity_id.is_not(None))
        .order_by(Contract.starts_on.desc(), Contract.id)
        .limit(1)
    )


def entities() -> dict[int, str]:
    """Give the names of the legal entities."""
    rows = db.session.execute(sa.select(LegalEntity.id, LegalEntity.name))
    return {row.id: row.name for row in rows}


def closed_periods() -> frozenset[str]:
    """Give the periods whose books are closed."""
    return frozenset(db.session.scalars(sa.select(ClosedPeriod.period)))


def months() -> list[Month]:
    """Give the months that have movements or are closed, the newest first."""
    moved = set(db.session.scalars(sa.select(Movement.period).distinct()))
    closed = {
        row.period: row
        for row in db.session.execute(
            sa.select(ClosedPeriod.period, ClosedPeriod.closed_at, User.name).outerjoin(
                User, User.id == ClosedPeriod.closed_by_id
            )
        )
    }
    return [
        Month(one, closed[one].closed_at, closed[one].name)
        if one in closed
        else Month(one, None, None)
        for one in sorted(moved | set(closed), reverse=True)
    ]


def first_open(*, before: str) -> str | None:
    """Give the first month with movements before one that is not closed."""
    return db.session.scalar(
        sa.select(sa.func.min(Movement.period)).where(
            Movement.period < before, Movement.period.not_in(sa.select(ClosedPeriod.period))
        )
    )


def lines(period: str) -> tuple[rules.BookLine, ...]:
    """Give the balances and movements of a month, by legal entity and currency.

    What it opens with is what the closed month before it kept, and what moved since.
    """
    last = db.session.execute(
        sa.select(ClosedPeriod.period, ClosedPeriod.balances)
        .where(ClosedPeriod.period < period)
        .order_by(ClosedPeriod.period.desc())
        .limit(1)
    ).one_or_none()
    opening = rules.from_stored(last.balances) if last else {}
    since = _sums(Movement.period < period, *([Movement.period > last.period] if last else []))
    for key, one in rules.totals(since).items():
        opening[key] = opening.get(key, rules.Balance()) + one
    return rules.sheet(opening, _sums(Movement.period == period))


def _sums(*where: sa.ColumnElement[bool]) -> list[tuple[rules.BookKey, Move, int]]:
    query = (
        sa.select(
            Movement.legal_entity_id,
            Movement.currency,
            Movement.move,
            sa.func.sum(Movement.amount_minor).label("total"),
        )
        .where(*where)
        .group_by(Movement.legal_entity_id, Movement.currency, Movement.move)
    )
    return [
        ((row.legal_entity_id, row.currency), row.move, int(row.total))
        for row in db.session.execute(query)
    ]


def moved(viewer: Actor, period: str, *, now: datetime, limit: int = SHOWN) -> list[Moved]:
    """Give the movements of a month in their order; of cases that the viewer may not see the
    amount alone.
    """
    seen = sa.case((finding.seen_by(viewer, now=now), 1), else_=0).label("seen")
    query = (
        sa.select(
            Movement,
            Concession.reference,
            Concession.policy_number,
            Account.name,
            LegalEntity.name,
            seen,
        )
        .join(Concession, Concession.id == Movement.concession_id)
        .join(Account, Account.id == Movement.account_id)
        .outerjoin(LegalEntity, LegalEntity.id == Movement.legal_entity_id)
        .where(Movement.period == period)
        .order_by(Movement.at, Movement.id)
        .limit(limit)
    )
    known: dict[int, tuple[CompensationPolicy, ...]] = {}
    return [
        Moved(
            at=row.at,
            reference=reference if shown else None,
            account=account if shown else None,
            entity=entity,
            move=row.move,
            ground=row.ground,
            form=row.form,
            amount=from_minor(row.amount_minor, row.currency),
            proof=row.proof,
            tax=taxing.tax_of(row.form, row.ground, number=number, known=known),
        )
        for row, reference, number, account, entity, shown in db.session.execute(query)
    ]


@dataclass(frozen=True)
class PromiseMade:
    """A promise that nobody with the authority made; where it stands, for finance."""

    account: str
    account_ref: str
    case_ref: str | None
    what: str
    to_whom: str
    by: str | None
    made_at: datetime
    due_at: datetime
    state: PromiseState
    covered_by: str | None


def promised(
    viewer: Actor, period: str, *, now: datetime, cursor: str | None = None, limit: int = PROMISES
) -> tuple[paging.Page[PromiseMade], int]:
    """Give a page of the promises without authority of a month (house zone) that the viewer may
    see, the oldest first, and how many there are in all.
    """
    zone = ZoneInfo(auth_queries.organisation().zone)
    first, after = (
        datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in rules.bounds(period)
    )
    made = (
        Promise.without_authority,
        Promise.made_at >= first,
        Promise.made_at < after,
        account_queries.promise_scope(viewer, now=now),
    )
    query: Any = (
        sa.select(
            *PROMISE,
            Account.name.label("account"),
            Account.reference.label("account_ref"),
            User.name.label("by"),
        )
        .join(Account, Account.id == Promise.account_id)
        .outerjoin(User, User.id == Promise.by_id)
        .where(*made)
    )
    found = paging.keyset(
        query,
        sort=Promise.made_at,
        row_id=Promise.id,
        descending=False,
        cursor=cursor,
        limit=limit,
    )
    rows = [
        PromiseMade(
            account=row.account,
            account_ref=row.account_ref,
            case_ref=row.case_ref,
            what=row.what,
            to_whom=row.to_whom,
            by=row.by,
            made_at=row.made_at,
            due_at=row.due_at,
            state=row.state,
            covered_by=row.concession_ref,
        )
        for row in found.rows
    ]
    every = db.session.scalar(sa.select(sa.func.count(Promise.id)).where(*made)) or 0
    return paging.Page(rows, found.after, found.before), every


def budgets() -> list[Drawn]:
    """Give what each region had in each quarter, committed and paid, the newest quarter first."""
    drawn = sa.func.sum(Concession.drawn_minor)
    query = (
        sa.select(
            Budget,
            drawn.filter(Concession.state.in_(GRANTED_OPEN)).label("committed"),
            drawn.filter(Concession.state == State.DELIVERED).label("paid"),
        )
        .outerjoin(Concession, Concession.drawn_from_id == Budget.id)
        .group_by(Budget.id)
        .order_by(Budget.quarter.desc(), Budget.region)
    )
    return [
        Drawn(
            region=row.region,
            quarter=row.quarter,
            whole=from_minor(row.amount_minor, row.currency),
            committed=from_minor(int(committed or 0), row.currency),
            paid=from_minor(int(paid or 0), row.currency),
        )
        for row, committed, paid in db.session.execute(query)
    ]
