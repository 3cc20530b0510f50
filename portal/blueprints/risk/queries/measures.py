"""What is measured of every account, in one statement: the same for one account and for all."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Lifecycle, Promise, PromiseState
from portal.blueprints.accounts.queries import visible
from portal.blueprints.escalations.models import (
    OPEN_STATES,
    ClockEvent,
    ClockKind,
    Escalation,
    Notice,
    Severity,
    Trigger,
)
from portal.blueprints.escalations.rules import ClockEventKind
from portal.blueprints.policies.rules import RiskPolicy
from portal.blueprints.policies.rules.risk import RiskFactor

from ..models import Ground, HardRule
from ..rules import FINE, NAMES, SCALE, WHOLE
from .among import among

RAN_OUT = "due"
DAY = 86_400
OUT = (Lifecycle.LOST, Lifecycle.PROSPECT)

E = Escalation
# Who reads a score need not know of a case that only named people may see.
OPEN_TO_ALL = (sa.not_(E.restricted), E.trigger != Trigger.OPPORTUNITY)


def _sum(condition: Any, value: Any = 1) -> Any:
    return sa.func.sum(sa.case((condition, value), else_=0))


def _cases(policy: RiskPolicy, only: Sequence[Any]) -> Any:
    worth = policy.open_case_points
    points = sa.case(
        {one: int(getattr(worth, one.value) * SCALE) for one in Severity}, value=E.severity, else_=0
    )
    return (
        sa.select(
            E.account_id,
            sa.cast(sa.func.sum(points), sa.BigInteger).label("points"),
            _sum(E.severity == Severity.E1).label("e1"),
            _sum(E.severity == Severity.E2).label("e2"),
        )
        .where(E.state.in_(OPEN_STATES), *OPEN_TO_ALL, *among(E.account_id, only))
        .group_by(E.account_id)
        .subquery("cases")
    )


def _breaches(since: datetime, now: datetime, only: Sequence[Any]) -> Any:
    return (
        sa.select(E.account_id, (sa.func.count() * SCALE).label("value"))
        .join(Notice, Notice.escalation_id == E.id)
        .where(
            Notice.clock == ClockKind.SILENCE,
            Notice.step == RAN_OUT,
            Notice.due_at > since,
            Notice.due_at <= now,
            *OPEN_TO_ALL,
            *among(E.account_id, only),
        )
        .group_by(E.account_id)
        .subquery("breaches")
    )


def _broken(since: datetime, now: datetime, only: Sequence[Any]) -> Any:
    hidden = sa.select(E.reference).where(E.restricted)
    return (
        sa.select(Promise.account_id, (sa.func.count() * SCALE).label("value"))
        .where(
            Promise.state == PromiseState.BROKEN,
            Promise.settled_at > since,
            Promise.settled_at <= now,
            sa.or_(Promise.case_ref.is_(None), Promise.case_ref.not_in(hidden)),
            *among(Promise.account_id, only),
        )
        .group_by(Promise.account_id)
        .subquery("broken")
    )


def _came_back(since: datetime, now: datetime, only: Sequence[Any]) -> Any:
    """Count cases that were opened again, and those that follow another."""
    again = (
        sa.select(E.account_id)
        .join(ClockEvent, ClockEvent.escalation_id == E.id)
        .where(
            ClockEvent.kind == ClockEventKind.REOPENED.value,
            ClockEvent.at > since,
            ClockEvent.at <= now,
            *OPEN_TO_ALL,
            *among(E.account_id, only),
        )
    )
    followed = sa.select(E.account_id).where(
        E.previous_id.is_not(None),
        E.opened_at > since,
        E.opened_at <= now,
        *OPEN_TO_ALL,
        *among(E.account_id, only),
    )
    every = sa.union_all(again, followed).subquery("both")
    return (
        sa.select(every.c.account_id, (sa.func.count() * SCALE).label("value"))
        .group_by(every.c.account_id)
        .subquery("came_back")
    )


def _renewal(policy: RiskPolicy, today: date) -> Any:
    """Give the share of the time before a renewal that has gone; one that has passed is unknown."""
    span, epoch = policy.renewal_near_days, (today - date(1970, 1, 1)).days
    ahead = sa.cast(sa.extract("epoch", Account.renewal_on), sa.BigInteger) // DAY - epoch
    gone = (span - ahead) * FINE // span * (SCALE // FINE)
    passed = sa.or_(Account.renewal_on.is_(None), ahead < 0)
    return sa.case((passed, None), (ahead > span, 0), else_=gone)


def _gone(now: datetime) -> Any:
    """Give for how many days the customer's executive is gone."""
    left = sa.cast(sa.extract("epoch", Ground.executive_left_at), sa.BigInteger)
    days = (int(now.timestamp()) - left) // DAY * SCALE
    return sa.case((Ground.executive_there, 0), (Ground.executive_left_at.is_not(None), days))


def has_score() -> sa.ColumnElement[bool]:
    """Give the predicate for accounts that have a score: customers that are there."""
    return sa.and_(visible(), Account.lifecycle.not_in(OUT))


def measures(
    policy: RiskPolicy, *, today: date, now: datetime, only: Sequence[int] = ()
) -> sa.Select[Any]:
    """Select for each account that has a score, or for some of them, what is measured of each
    factor in 10⁻⁸ (NULL: nothing is known), and the hard rule that holds. Signals and people are
    taken as `grounds` found them.
    """
    since = now - timedelta(days=policy.look_back_days)
    cases, breaches = _cases(policy, only), _breaches(since, now, only)
    broken, back = _broken(since, now, only), _came_back(since, now, only)
    found: dict[str, Any] = {
        "open_cases": sa.func.coalesce(cases.c.points, 0),
        "silence_breaches": sa.func.coalesce(breaches.c.value, 0),
        "promises_broken": sa.func.coalesce(broken.c.value, 0),
        "health_trend": Ground.health_trend,
        "usage_trend": Ground.usage_trend,
        "sponsor_gone": _gone(now),
        "renewal_near": _renewal(policy, today),
        "payment_delay": Ground.payment_delay,
        "sentiment": Ground.sentiment,
        "recurrence": sa.func.coalesce(back.c.value, 0),
    }
    holds = {
        HardRule.CHURN_NOTICE: Account.lifecycle == Lifecycle.NOTICE_GIVEN,
        HardRule.OPEN_E1: cases.c.e1 > 0,
        HardRule.OPEN_E2: cases.c.e2 > 0,
    }
    named = [(holds[rule], rule.value) for rule in holds if rule.value in policy.never_green_with]
    rule = sa.case(*named) if named else sa.cast(sa.null(), sa.String)
    query = sa.select(
        Account.id.label("account_id"),
        rule.label("rule"),
        *(
            sa.cast(sa.type_coerce(found[name], sa.BigInteger), sa.BigInteger).label(name)
            for name in NAMES
        ),
    )
    query = query.outerjoin(Ground, Ground.account_id == Account.id)
    for part in (cases, breaches, broken, back):
        query = query.outerjoin(part, part.c.account_id == Account.id)
    return query.where(has_score(), *among(Account.id, only))


def points_of(policy: RiskPolicy, name: str, measure: Any) -> Any:
    """Give the hundredths of a point of a factor for a measure in 10⁻⁸: what `rules.points` says,
    as the database reckons it.
    """
    factor: RiskFactor = next(one for one in policy.factors if one.name == name)
    full = int(factor.full_at * SCALE)
    raw = sa.type_coerce(measure, sa.BigInteger)
    top = sa.case((raw > full, full), (raw > 0, raw), else_=0)
    return factor.weight * WHOLE * top // full


def scored(
    policy: RiskPolicy, *, today: date, now: datetime, only: Sequence[int] = ()
) -> sa.Select[Any]:
    """Select for each account what is measured, the points of each factor in hundredths, score,
    band and rule: what `rules` says, as the database reckons it.
    """
    # Fenced: else each step would be written into the next, and reckoned many times over.
    seen = measures(policy, today=today, now=now, only=only).offset(0).subquery("seen")
    given = [points_of(policy, name, seen.c[name]).label(f"{name}_points") for name in NAMES]
    inner = sa.select(seen, *given).offset(0).subquery("given")
    total = sum((inner.c[f"{name}_points"] for name in NAMES), sa.literal(WHOLE // 2))
    reached = sa.select(inner, (total // WHOLE).label("score")).offset(0).subquery("reached")
    colour = sa.case(
        (reached.c.score >= policy.red_from, "red"),
        (sa.or_(reached.c.score >= policy.amber_from, reached.c.rule.is_not(None)), "amber"),
        else_="green",
    )
    return sa.select(reached, colour.label("band"))
