"""The books of compensation: months, balances, movements, budgets, the whole population."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contract
from portal.blueprints.auth.models import LegalEntity, User
from portal.core.access import Actor
from portal.core.db import db
from portal.core.money import Money, from_minor

from .. import rules
from ..models import (
    Budget,
    ClosedPeriod,
    Concession,
    ConcessionPart,
    Form,
    Ground,
    Move,
    Movement,
    State,
)
from . import finding

SHOWN = 500
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
        sa.select(Movement, Concession.reference, Account.name, LegalEntity.name, seen)
        .join(Concession, Concession.id == Movement.concession_id)
        .join(Account, Account.id == Movement.account_id)
        .outerjoin(LegalEntity, LegalEntity.id == Movement.legal_entity_id)
        .where(Movement.period == period)
        .order_by(Movement.at, Movement.id)
        .limit(limit)
    )
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
        )
        for row, reference, account, entity, shown in db.session.execute(query)
    ]


@dataclass(frozen=True)
class Whole:
    """A part of a compensation as the auditor reads it; names only where they may be seen."""

    reference: str | None
    account: str | None
    case_ref: str | None
    state: State
    ground: Ground
    form: Form
    face: Money
    cost: Money
    policy: int
    requested_by: str | None
    requested_at: datetime | None
    approved_at: datetime | None
    offered_at: datetime | None
    answered_at: datetime | None
    delivered_at: datetime | None
    proof: str


def population(viewer: Actor, *, now: datetime) -> Iterator[Whole]:
    """Give every part of every compensation that was ever handed in, the oldest first."""
    seen = sa.case((finding.seen_by(viewer, now=now), 1), else_=0).label("seen")
    query = (
        sa.select(Concession, ConcessionPart, Account.reference, User.name, seen)
        .join(ConcessionPart, ConcessionPart.concession_id == Concession.id)
        .join(Account, Account.id == Concession.account_id)
        .outerjoin(User, User.id == Concession.requested_by_id)
        .where(Concession.requested_at.is_not(None))
        .order_by(Concession.id, ConcessionPart.id)
        .execution_options(yield_per=500)
    )
    for row, part, account, person, shown in db.session.execute(query):
        yield Whole(
            reference=row.reference if shown else None,
            account=account if shown else None,
            case_ref=row.case_ref if shown else None,
            state=row.state,
            ground=part.ground,
            form=part.form,
            face=from_minor(part.face_minor, row.currency),
            cost=from_minor(part.cost_minor, row.currency),
            policy=row.policy_number,
            requested_by=person if shown else None,
            requested_at=row.requested_at,
            approved_at=row.approved_at,
            offered_at=row.offered_at,
            answered_at=row.answered_at,
            delivered_at=part.delivered_at or row.delivered_at,
            proof=part.credit_note,
        )


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
