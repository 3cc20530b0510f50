"""What became of those who were given something, per form and per row of authority."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contract
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core.db import db
from portal.core.money import Money, from_minor, rounded, zero

from .. import rules
from ..models import Concession, ConcessionPart, Ground
from . import finding
from .precedents import COMPARED_FOR

MOST = 5_000
RETAINED = {
    90: Concession.retained_90,
    180: Concession.retained_180,
    365: Concession.retained_365,
}


Costs = dict[Ground, Money]


@dataclass(frozen=True)
class Learnt:
    """Outcomes of the last three years: of all, by ground, by form, and by row of authority;
    `limits` are the amounts of the rows in force, None: without limit. What was given on several
    grounds counts on each, at the cost of that ground alone.
    """

    every: rules.Outcome
    by_ground: list[rules.Outcome]
    by_form: list[rules.Outcome]
    by_band: list[rules.Outcome]
    limits: dict[str, Money | None]


def to_note(days: int, *, now: datetime, limit: int = 500) -> Sequence[Concession]:
    """Give the granted decisions whose outcome after so many days can be noted, locked."""
    query = (
        sa.select(Concession)
        .where(
            Concession.state.in_(finding.GRANTED),
            Concession.approved_at <= now - timedelta(days=days),
            RETAINED[days].is_(None),
            Concession.account_id.in_(sa.select(Contract.account_id)),
        )
        .order_by(Concession.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return db.session.scalars(query).all()


def outcomes(*, now: datetime) -> Learnt:
    """Give what became of those to whom something was granted in the last three years."""
    policy, _number = policy_queries.in_force(CompensationPolicy)
    known = _given(policy, now=now)
    every = [one for one, _costs in known]
    of_ground = {
        ground: [replace(one, cost=costs[ground]) for one, costs in known if ground in costs]
        for ground in Ground
    }
    forms = sorted({one.form for one in every})
    bands = [row.key for row in policy.authority]
    of_band = {
        key: [one for one in every if rules.band_of(one.face, policy=policy) == key]
        for key in bands
    }
    code = policy.currency
    return Learnt(
        every=rules.outcome("all", every, currency=code),
        by_ground=[
            rules.outcome(ground.value, group, currency=code)
            for ground, group in of_ground.items()
            if group
        ],
        by_form=[
            rules.outcome(form, [one for one in every if one.form == form], currency=code)
            for form in forms
        ],
        by_band=[
            rules.outcome(key, group, currency=code) for key, group in of_band.items() if group
        ],
        limits={
            row.key: None if row.amount is None else Money(row.amount, code)
            for row in policy.authority
        },
    )


def _given(policy: CompensationPolicy, *, now: datetime) -> list[tuple[rules.Given, Costs]]:
    """Read the granted decisions; each has the form of its largest part, and what its parts cost
    by ground.
    """
    rows = db.session.execute(
        sa.select(Concession, Account.arr_minor, Account.currency)
        .join(Account, Account.id == Concession.account_id)
        .where(
            Concession.state.in_(finding.GRANTED),
            Concession.approved_at > now - COMPARED_FOR,
            Concession.reporting_currency == policy.currency,
        )
        .order_by(Concession.id.desc())
        .limit(MOST)
    ).all()
    parts: dict[int, list[ConcessionPart]] = {row[0].id: [] for row in rows}
    for part in db.session.scalars(
        sa.select(ConcessionPart).where(ConcessionPart.concession_id.in_(list(parts)))
    ):
        parts[part.concession_id].append(part)
    return [_one(*row, parts[row[0].id], policy) for row in rows if parts[row[0].id]]


def _one(
    row: Concession,
    arr_minor: int | None,
    currency: str,
    parts: list[ConcessionPart],
    policy: CompensationPolicy,
) -> tuple[rules.Given, Costs]:
    """Turn a decision into the policy's currency at its own frozen rate."""
    rate = row.rate or 1

    def turned(minor: int) -> Money:
        return rounded(Money(from_minor(minor, row.currency).amount * rate, policy.currency))

    same = arr_minor is not None and currency == row.currency
    costs: Costs = {}
    for part in parts:
        costs[part.ground] = costs.get(part.ground, zero(policy.currency)) + turned(part.cost_minor)
    said = row.recommendation.get("expected") or {}
    found = rules.Given(
        form=max(parts, key=lambda one: (one.face_minor, -one.id)).form.value,
        face=turned(sum(one.face_minor for one in parts)),
        cost=turned(sum(one.cost_minor for one in parts)),
        arr=turned(arr_minor) if same and arr_minor is not None else zero(policy.currency),
        stayed=(row.retained_90, row.retained_180, row.retained_365),
        stays=_share(said.get("stays")),
        needed=_share(said.get("needed")),
    )
    return found, costs


def _share(said: str | None) -> Decimal | None:
    return None if said is None else Decimal(said)
