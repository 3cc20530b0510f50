"""Lots of credits for one incident: who is hit, how far a lot is, whether equals are equal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contract, TargetOwner
from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core import access
from portal.core.access import Actor, K, Reach, Role, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.money import Money, from_minor, minor, rounded

from .. import rules
from ..models import (
    Concession,
    CreditLine,
    CreditLot,
    LeftOut,
    LotSignature,
    ServiceTerms,
    State,
)
from . import assessing, owing

L = CreditLine


@dataclass(frozen=True)
class Hit:
    """Terms that an incident hit, and what they owe for it."""

    terms: ServiceTerms
    account: Account
    availability: Decimal
    fee: Money
    credit: rules.Credit
    reporting: Money
    arr: Money | None
    left_out: LeftOut | None


def lot_seen(viewer: Actor, *, now: datetime) -> sa.ColumnElement[bool]:
    """Give the predicate for lots: for those who see the compensation of all customers, and for
    counsel where it is asked about one.
    """
    return access.scope(
        viewer,
        Subject.CONCESSION,
        account_id=sa.literal(None, sa.Integer),
        refs=(CreditLot.reference,),
        klass=K.RESTRICTED,
        now=now,
    )


def sees_all(viewer: Actor) -> bool:
    """Say whether somebody sees the compensation of all customers: lots are theirs alone."""
    return access.reach(viewer, Subject.CONCESSION, klass=K.RESTRICTED) is Reach.ALL


def services() -> list[str]:
    """Give the services that terms in force name."""
    query = sa.select(ServiceTerms.service).where(ServiceTerms.ended_on.is_(None)).distinct()
    return sorted(db.session.scalars(query))


def hit_by(
    service: str,
    day: date,
    *,
    availability: Decimal,
    listed: Mapping[str, Decimal | None],
    now: datetime,
) -> list[Hit]:
    """Find the terms that an incident hit: those in force for its service, of contracts that run on
    its day, and of the listed accounts alone where some are listed; with what each owes.
    """
    policy, _number = policy_queries.in_force(CompensationPolicy)
    query = (
        sa.select(ServiceTerms, Account)
        .join(Account, Account.id == ServiceTerms.account_id)
        .join(Contract, Contract.id == ServiceTerms.contract_id)
        .where(
            ServiceTerms.service == service,
            ServiceTerms.ended_on.is_(None),
            Contract.starts_on <= day,
            sa.or_(Contract.ends_on.is_(None), Contract.ends_on >= day),
        )
        .order_by(Account.reference, ServiceTerms.id)
    )
    if listed:
        query = query.where(Account.reference.in_(listed))
    return [
        _hit(
            terms,
            account,
            availability if (own := listed.get(account.reference)) is None else own,
            day,
            policy,
            now=now,
        )
        for terms, account in db.session.execute(query)
    ]


def period_of(terms: ServiceTerms, day: date) -> tuple[date, date]:
    """Give the first and the last day of the period of some terms that a day lies in."""
    return rules.span(day, owing.level_of(terms).period)


def _hit(
    terms: ServiceTerms,
    account: Account,
    availability: Decimal,
    day: date,
    policy: CompensationPolicy,
    *,
    now: datetime,
) -> Hit:
    level = owing.level_of(terms)
    fee = from_minor(terms.fee_minor, terms.currency)
    paid = rules.credit(level, availability=availability, fee=fee)
    first, last = period_of(terms, day)
    before = owing.measured_for(terms, first)
    rate = assessing.rate_to(terms.currency, policy.currency, now=now)
    worth = rounded(Money(paid.credit.amount * (rate[0] if rate else 0), policy.currency))
    arr = account_queries.at_stake([account.id], at=now).total.value
    known = arr is not None and arr.currency.code == policy.currency
    taken = before is not None and owing.is_taken(before)
    today = assessing.today(now)
    left_out = rules.left_out(
        level, paid, ends_on=last, taken=taken, rate=rate is not None, today=today
    )
    return Hit(terms, account, availability, fee, paid, worth, arr if known else None, left_out)


def get_lot(viewer: Actor, reference: str, *, now: datetime, lock: bool = False) -> CreditLot:
    """Give a lot by its reference; `NotFound` for who may not see it."""
    query = sa.select(CreditLot).where(CreditLot.reference == reference, lot_seen(viewer, now=now))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def lot_lines(row: CreditLot) -> list[CreditLine]:
    """Give the lines of a lot in their order."""
    return list(db.session.scalars(sa.select(L).where(L.lot_id == row.id).order_by(L.id)))


def unpaid(lot_id: int) -> list[int]:
    """Give the ids of a lot's lines that are still to be paid, in their order."""
    query = sa.select(L.id).where(
        L.lot_id == lot_id, L.left_out == "", L.error == "", L.concession_id.is_(None)
    )
    return list(db.session.scalars(query.order_by(L.id)))


def unfinished(row: CreditLot) -> bool:
    """Say whether somebody of a lot still has nothing: not paid yet, or no letter sent."""
    waits = (
        sa.select(L.id)
        .outerjoin(Concession, Concession.id == L.concession_id)
        .where(
            L.lot_id == row.id,
            L.left_out == "",
            sa.or_(
                L.concession_id.is_(None),
                Concession.state == State.APPROVED,
            ),
        )
    )
    return bool(db.session.scalar(sa.select(waits.exists())))


def held_lines(lot_id: int) -> list[CreditLine]:
    """Give the lines of a lot whose letters wait for counsel."""
    query = (
        sa.select(L)
        .join(Concession, Concession.id == L.concession_id)
        .where(L.lot_id == lot_id, L.held, Concession.state == State.APPROVED)
    )
    return list(db.session.scalars(query.order_by(L.id)))


def concession_of(line: CreditLine) -> Concession | None:
    """Give the compensation that a line became; nobody else changes it meanwhile."""
    query = sa.select(Concession).where(Concession.id == line.concession_id).with_for_update()
    return db.session.scalar(query)


def line_called(reference: str) -> CreditLine | None:
    """Give the line of a lot that became the compensation of this reference, None where it belongs
    to no lot.
    """
    query = sa.select(L).join(Concession, Concession.id == L.concession_id)
    return db.session.scalar(query.where(Concession.reference == reference))


def is_held(row: Concession) -> bool:
    """Say whether the letter of a lot waits for counsel, who speaks for the customer still."""
    line = line_called(row.reference)
    return line is not None and line.held and with_counsel(row.account_id)


def line_in(row: CreditLot, line_id: int) -> int:
    """Give the number of a line of this very lot; `NotFound` for another's."""
    found = db.session.scalar(sa.select(L.id).where(L.id == line_id, L.lot_id == row.id))
    if found is None:
        raise NotFound
    return found


def lot_and_line(line_id: int) -> tuple[CreditLot, CreditLine, Account, ServiceTerms]:
    """Give a line with its lot, account and terms; nobody else changes it meanwhile."""
    query = (
        sa.select(L, CreditLot, Account, ServiceTerms)
        .join(CreditLot, CreditLot.id == L.lot_id)
        .join(Account, Account.id == L.account_id)
        .join(ServiceTerms, ServiceTerms.id == L.terms_id)
        .where(L.id == line_id)
        .with_for_update(of=L)
        .execution_options(populate_existing=True)
    )
    line, lot, account, terms = db.session.execute(query).one()
    return lot, line, account, terms


def lot_by_id(lot_id: int) -> CreditLot:
    """Give a lot by its number, for our own work; nobody else changes it meanwhile."""
    db.session.flush()
    return db.session.get_one(CreditLot, lot_id, with_for_update=True, populate_existing=True)


def with_counsel(account_id: int) -> bool:
    """Say whether counsel speaks for a case of an account: nothing is mailed to it then."""
    query = sa.select(Escalation.id).where(
        Escalation.account_id == account_id, Escalation.legal_mode.is_(True)
    )
    return db.session.scalar(query.limit(1)) is not None


def step_of(row: CreditLot, lines: Sequence[CreditLine]) -> rules.Step:
    """Give the signatures that release a lot, by its total and by each single credit, under the
    policy of its request and the one in force: the stricter decides.
    """
    policy, number = policy_queries.in_force(CompensationPolicy)
    policies: tuple[CompensationPolicy, ...] = (policy,)
    if number != row.policy_number:
        policies = (policy_queries.numbered(CompensationPolicy, row.policy_number), policy)

    def money(count: int | None) -> Money | None:
        return None if count is None else from_minor(count, row.currency)

    singles = [
        (from_minor(one.reporting_minor, row.currency), money(one.arr_minor))
        for one in lines
        if not one.left_out
    ]
    total = from_minor(row.total_minor, row.currency)
    return rules.lot_step(rules.lot_row(total, singles, policies=policies))


def lot_signatures(row: CreditLot) -> list[LotSignature]:
    """Give the signatures on a lot as it stands."""
    query = sa.select(LotSignature).filter_by(lot_id=row.id, digest=row.digest)
    return list(db.session.scalars(query.order_by(LotSignature.id)))


def has_a_part(by: Actor, row: CreditLot, *, now: datetime) -> bool:
    """Say whether somebody has a part in a lot: they asked for it, look after a customer in it or
    carry its revenue target, stand in for one of these, or manage accounts.
    """
    if by.id is None or Role.ACCOUNT_MANAGER in by.roles:
        return True
    inside = sa.select(L.account_id).where(L.lot_id == row.id, L.left_out == "")
    on = assessing.today(now)
    owns = sa.select(Account.owner_id).where(Account.id.in_(inside), Account.owner_id.is_not(None))
    carries = sa.select(TargetOwner.person_id).where(
        TargetOwner.account_id.in_(inside),
        TargetOwner.since <= on,
        sa.or_(TargetOwner.until.is_(None), TargetOwner.until > on),
    )
    concerned = sa.or_(User.id == row.requested_by_id, User.id.in_(owns), User.id.in_(carries))
    mine = sa.or_(User.id == by.id, User.substitute_id == by.id)
    return bool(db.session.scalar(sa.select(sa.select(User.id).where(concerned, mine).exists())))


def asks_insurer(row: CreditLot) -> bool:
    """Say whether the insurer's question comes before the signatures: above the policy's amount."""
    policy, _number = policy_queries.in_force(CompensationPolicy)
    return row.total_minor > minor(Money(policy.insurer_from, policy.currency))
