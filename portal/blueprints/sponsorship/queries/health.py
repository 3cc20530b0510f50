"""How the programme does: touchpoints, promises, hours, the waiting list; and whether it works."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Contract, Promise, PromiseState
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations.models import Escalation, Severity, State
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import SponsorshipPolicy, ValuePolicy
from portal.core.db import db
from portal.core.money import from_minor

from .. import rules
from ..models import (
    LaneKind,
    Nomination,
    NominationState,
    Sponsor,
    Sponsorship,
    SponsorshipState,
    Touchpoint,
)
from . import finding

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Health:
    """The programme's figures of the last twelve months; shares are None where nothing counts."""

    touches: rules.Kept
    promises_kept: int
    promises_broken: int
    waiting: int
    waiting_days: int | None
    hours_spent: Decimal
    hours_needed: Decimal
    hours_offered: int
    terms_over: int


def health(policy: SponsorshipPolicy, *, now: datetime) -> Health:
    """Give the programme's figures of the last twelve months, of the programme as a whole."""
    on, since = finding.today(now), finding.today(now - YEAR)
    points = db.session.execute(
        sa.select(Touchpoint.state, Touchpoint.planned_on, Touchpoint.minutes)
        .join(Sponsorship, Sponsorship.id == Touchpoint.sponsorship_id)
        .where(
            Touchpoint.planned_on >= since,
            sa.or_(Sponsorship.state == SponsorshipState.ACTIVE, Touchpoint.state != "planned"),
        )
    ).all()
    kept, broken = _promises(now)
    waits = [
        (on - finding.today(at)).days
        for at in db.session.scalars(
            sa.select(Nomination.sent_at).where(Nomination.state == NominationState.WAITING)
        )
        if at is not None
    ]
    running = db.session.execute(
        sa.select(Sponsorship.lane, Sponsorship.ends_on).where(
            Sponsorship.state == SponsorshipState.ACTIVE
        )
    ).all()
    strategic = sum(lane is LaneKind.STRATEGIC for lane, _ends in running)
    load = rules.Load(strategic, len(running) - strategic)
    return Health(
        touches=rules.counted(((state, day) for state, day, _m in points), on=on),
        promises_kept=kept,
        promises_broken=broken,
        waiting=len(waits),
        waiting_days=int(median(waits)) if waits else None,
        hours_spent=Decimal(sum(minutes or 0 for _s, _d, minutes in points)) / 60,
        hours_needed=rules.hours_used(load, policy=policy),
        hours_offered=db.session.scalar(sa.select(sa.func.sum(Sponsor.hours_month))) or 0,
        terms_over=sum(ends <= on for _lane, ends in running),
    )


def _promises(now: datetime) -> tuple[int, int]:
    """Count the promises that sponsors made to their accounts, kept and broken: late is broken."""
    late = sa.and_(Promise.state == PromiseState.OPEN, Promise.due_at < now)
    broken = sa.or_(Promise.state == PromiseState.BROKEN, late)
    ours = (
        sa.exists()
        .where(
            Sponsorship.account_id == Promise.account_id,
            Sponsor.id == Sponsorship.sponsor_id,
            Sponsor.person_id == Promise.by_id,
        )
        .correlate(Promise)
    )
    query = sa.select(
        sa.func.count().filter(Promise.state == PromiseState.KEPT),
        sa.func.count().filter(broken),
    ).where(ours, Promise.due_at >= now - YEAR)
    found = db.session.execute(query).one()
    return found[0], found[1]


@dataclass(frozen=True)
class LaneEffect:
    """What the figures of one lane say: leaving, escalating again, and the revenue that was kept,
    gross and net.
    """

    lane: LaneKind
    days: int
    left: rules.effect.Effect
    escalated: rules.effect.Effect
    gross: rules.effect.Retention
    net: rules.effect.Retention


def effects(*, now: datetime) -> list[LaneEffect]:
    """Compare, lanes apart, every account by its first decision long enough ago: as it was decided,
    whatever became of it.
    """
    return [_effect(lane, now=now) for lane in LaneKind]


def _effect(lane: LaneKind, *, now: datetime) -> LaneEffect:
    span = timedelta(days=rules.effect.HORIZON_DAYS[lane.value])
    first = _first_decisions(lane, before=now - span)
    signed, opened = _contracts(first, on=finding.today(now)), _grave(first)
    sides: dict[bool, list[tuple[bool, bool]]] = {True: [], False: []}
    money: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for account_id, (admitted, at) in first.items():
        start, end = finding.today(at), finding.today(at + span)
        if not _has(signed[account_id], start):
            continue
        again = any(at < moment <= at + span for moment in opened[account_id])
        sides[admitted].append((not _has(signed[account_id], end), again))
        money[admitted].append((_worth(signed[account_id], start), _worth(signed[account_id], end)))
    arms = {
        admitted: [rules.effect.Arm(len(rows), sum(row[place] for row in rows)) for place in (0, 1)]
        for admitted, rows in sides.items()
    }
    left, escalated = (rules.effect.effect(arms[True][n], arms[False][n]) for n in (0, 1))
    gross, net = (
        rules.effect.retention(money[True], money[False], gross=which) for which in (True, False)
    )
    return LaneEffect(lane, span.days, left, escalated, gross, net)


Signed = tuple[date, date | None, float]


def _has(contracts: Iterable[Signed], day: date) -> bool:
    return any(_runs(one, day) for one in contracts)


def _runs(one: Signed, day: date) -> bool:
    begin, end, _worth = one
    return begin <= day and (end is None or day <= end)


def _worth(contracts: Iterable[Signed], day: date) -> float:
    """Add up the yearly revenue in force on a day."""
    return sum(one[2] for one in contracts if _runs(one, day))


def _first_decisions(lane: LaneKind, *, before: datetime) -> dict[int, tuple[bool, datetime]]:
    """Give for each account whether its first decision admitted it, and when; in the strategic lane
    only those whose score the other side has, too.
    """
    query = sa.select(
        Nomination.account_id, Nomination.state, Nomination.decided_at, Nomination.score
    ).where(
        Nomination.lane == lane,
        Nomination.decided_at <= before,
        Nomination.state.in_(
            (NominationState.ADMITTED, NominationState.WAITING, NominationState.DECLINED)
        ),
    )
    found: dict[int, tuple[bool, datetime, Decimal]] = {}
    for account_id, state, at, score in db.session.execute(query.order_by(Nomination.decided_at)):
        if at is not None:
            admitted = state is NominationState.ADMITTED
            found.setdefault(account_id, (admitted, at, score or Decimal(0)))
    low, high = Decimal(0), Decimal(100)
    if lane is LaneKind.STRATEGIC:
        sides = [[s for one, _at, s in found.values() if one is side] for side in (True, False)]
        low, high = rules.effect.common(*sides)
    return {
        account_id: (admitted, at)
        for account_id, (admitted, at, score) in found.items()
        if low <= score <= high
    }


def _contracts(accounts: Iterable[int], *, on: date) -> dict[int, list[Signed]]:
    """Give the contracts of accounts with their yearly revenue in the reporting currency, all at
    the rates of one day: what a currency did is no effect of the programme.
    """
    house = auth_queries.organisation()
    rates = account_queries.rate_table(policy_queries.in_force(ValuePolicy)[0], on=on)
    query = sa.select(
        Contract.account_id,
        Contract.starts_on,
        Contract.ends_on,
        Contract.arr_minor,
        Contract.currency,
    ).where(Contract.account_id.in_(list(accounts)))
    found: dict[int, list[Signed]] = defaultdict(list)
    for account_id, begin, end, minor, currency in db.session.execute(query):
        amount = from_minor(minor or 0, currency)
        told = rates.convert(amount, to=house.currency, on=on)
        found[account_id].append((begin, end, float(told.amount.amount) if told else 0.0))
    return found


def _grave(accounts: Iterable[int]) -> dict[int, list[datetime]]:
    """Give when grave cases of accounts were opened: counted, never shown one by one."""
    query = sa.select(Escalation.account_id, Escalation.opened_at).where(
        Escalation.account_id.in_(list(accounts)),
        Escalation.severity.in_((Severity.E1, Severity.E2)),
        Escalation.state.not_in((State.DRAFT, State.VOID, State.MERGED)),
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for account_id, at in db.session.execute(query):
        found[account_id].append(at)
    return found
