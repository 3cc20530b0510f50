"""What contracts owe: service-level terms of an account, measured availability, open credits."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contract
from portal.core import access
from portal.core.access import Actor, K, Subject
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.money import Money, from_minor

from .. import rules
from ..models import Concession, MeasuredAvailability, ServiceTerms, State
from . import assessing, finding

NOT_GIVEN = (State.DECLINED, State.LAPSED, State.WITHDRAWN)
"""A credit put into one of these is owed as before."""


@dataclass(frozen=True)
class Measured:
    """A measured period: its credit, where that stands, and the proposal that it is in, where the
    viewer may see that one.
    """

    row: MeasuredAvailability
    owing: rules.Owing
    claim_by: date | None
    taken: bool
    concession: str | None

    @property
    def percent(self) -> Decimal:
        """Give the availability in percent."""
        return self.row.availability * 100

    @property
    def credit(self) -> Money:
        """Give what the contract gives for it."""
        return from_minor(self.row.credit_minor, self.row.currency)

    @property
    def fee(self) -> Money:
        """Give the affected fee of the period."""
        return from_minor(self.row.fee_minor, self.row.currency)

    @property
    def share(self) -> Decimal | None:
        """Give the tier's percentage of the fee; None where the promise was kept."""
        reached = self.row.computed_from.get("credit")
        return None if reached is None else Decimal(reached)

    @property
    def open(self) -> bool:
        """Say whether it is owed and in no proposal yet."""
        return self.owing is rules.Owing.OWED and not self.taken


@dataclass(frozen=True)
class Terms:
    """Service-level terms with their contract and what was measured, the newest first."""

    row: ServiceTerms
    contract: Contract
    level: rules.Level
    measured: list[Measured]

    @property
    def fee(self) -> Money:
        """Give the affected fee of a period."""
        return from_minor(self.row.fee_minor, self.row.currency)


def account_of_terms(viewer: Actor, reference: str, *, now: datetime) -> Account:
    """Give an account whose amounts the viewer may see; `NotFound` where there is none."""
    account = account_queries.get(viewer, reference, now=now)
    seen = access.scope(
        viewer, Subject.CONCESSION, account_id=Account.id, klass=K.RESTRICTED, now=now
    )
    if db.session.scalar(sa.select(Account.id).where(Account.id == account.id, seen)) is None:
        raise NotFound
    return account


def level_of(row: ServiceTerms) -> rules.Level:
    """Give stored terms as the rules see them."""

    def money(minor: int | None) -> Money | None:
        return None if minor is None else from_minor(minor, row.currency)

    return rules.Level(
        currency=row.currency,
        tiers=rules.tiers_from_json(row.tiers),
        period=row.period,
        cap_share=row.cap_share,
        cap=money(row.cap_minor),
        least=money(row.least_minor),
        claim_days=row.claim_days,
        automatic=row.automatic,
        rounding=row.rounding,
    )


def get_terms(account: Account, terms_id: int, *, lock: bool = False) -> ServiceTerms:
    """Give terms of an account by their number."""
    query = sa.select(ServiceTerms).where(
        ServiceTerms.id == terms_id, ServiceTerms.account_id == account.id
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def measured_for(terms: ServiceTerms, starts_on: date) -> MeasuredAvailability | None:
    """Give what was measured for one period, if anything."""
    query = sa.select(MeasuredAvailability).filter_by(terms_id=terms.id, starts_on=starts_on)
    return db.session.scalar(query)


def is_taken(row: MeasuredAvailability) -> bool:
    """Say whether a credit is in a proposal that stands."""
    if row.concession_id is None:
        return False
    state = db.session.scalar(sa.select(Concession.state).filter_by(id=row.concession_id))
    return state not in NOT_GIVEN


def terms_of(viewer: Actor, account: Account, *, now: datetime) -> list[Terms]:
    """Give the terms of an account, those in force first, with what was measured."""
    rows = db.session.execute(
        sa.select(ServiceTerms, Contract)
        .join(Contract, Contract.id == ServiceTerms.contract_id)
        .where(ServiceTerms.account_id == account.id)
        .order_by(ServiceTerms.ended_on.is_not(None), ServiceTerms.service, ServiceTerms.id)
    ).all()
    found = measured(viewer, account.id, now=now)
    return [
        Terms(row, contract, level_of(row), [one for one in found if one.row.terms_id == row.id])
        for row, contract in rows
    ]


def measured(viewer: Actor, account_id: int, *, now: datetime) -> list[Measured]:
    """Give every measured period of an account, the newest first."""
    named = sa.case((finding.seen_by(viewer, now=now), Concession.reference))
    query = (
        _measured()
        .add_columns(named)
        .where(MeasuredAvailability.account_id == account_id)
        .order_by(MeasuredAvailability.starts_on.desc(), MeasuredAvailability.id.desc())
    )
    today = assessing.today(now)
    return [_standing(*found, today=today) for found in db.session.execute(query)]


def open_credits(account_id: int, *, currency: str, now: datetime) -> list[Measured]:
    """Give the credits of one currency that are owed and in no proposal yet."""
    query = (
        _measured()
        .add_columns(sa.null())
        .where(
            MeasuredAvailability.account_id == account_id,
            MeasuredAvailability.currency == currency,
            MeasuredAvailability.credit_minor > 0,
        )
        .order_by(MeasuredAvailability.starts_on, MeasuredAvailability.id)
    )
    today = assessing.today(now)
    every = [_standing(*found, today=today) for found in db.session.execute(query)]
    return [one for one in every if one.open]


def taken_into(row: Concession) -> list[MeasuredAvailability]:
    """Give the credits that a proposal takes in."""
    query = sa.select(MeasuredAvailability).filter_by(concession_id=row.id)
    return list(db.session.scalars(query.order_by(MeasuredAvailability.id)))


def total(credits: list[Measured], currency: str) -> Money:
    """Give what credits of one currency come to."""
    return sum((one.credit for one in credits), Money(0, currency))


def _measured() -> sa.Select[MeasuredAvailability, ServiceTerms, State]:
    return (
        sa.select(MeasuredAvailability, ServiceTerms, Concession.state)
        .join(ServiceTerms, ServiceTerms.id == MeasuredAvailability.terms_id)
        .outerjoin(Concession, Concession.id == MeasuredAvailability.concession_id)
    )


def _standing(
    row: MeasuredAvailability,
    terms: ServiceTerms,
    state: State | None,
    concession: str | None,
    *,
    today: date,
) -> Measured:
    until = rules.claim_by(row.ends_on, claim_days=terms.claim_days)
    owing = rules.owing(
        from_minor(row.credit_minor, row.currency),
        tier="credit" in row.computed_from,
        automatic=terms.automatic,
        claim_by=until,
        claimed_on=row.claimed_on,
        today=today,
    )
    return Measured(row, owing, until, state is not None and state not in NOT_GIVEN, concession)
