"""Keeping what was predicted, and what became of it."""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Contract, Lifecycle
from portal.blueprints.accounts.queries import visible
from portal.blueprints.concessions.models import Concession
from portal.blueprints.escalations.models import Escalation, Severity
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.rules import ChurnCard, RiskPolicy
from portal.blueprints.sponsorship.models import Sponsorship
from portal.core import events
from portal.core.access import Actor
from portal.core.db import db

from .. import queries, rules
from ..models import (
    Assessment,
    ChanceBasis,
    Prediction,
    RiskEntry,
    RiskMove,
    Stage,
    WorkKind,
)

BATCH = 5_000
DAY = 86_400
REMEMBERED = timedelta(days=3 * 365)
"""What is longer ago says little of customers today."""
P, TABLE = Prediction, Prediction.metadata.tables["risk_prediction"]
AT_WORK = (Stage.PLAN_IN_PLACE, Stage.SAVING)
GRAVE = (Severity.E1, Severity.E2)


def predict(*, by: Actor, now: datetime) -> int:
    """Keep what score and, where one is known, chance say of every account that was not predicted
    this month; gives how many. Written once, a prediction is never changed but for its outcome.
    """
    policy, number = policies.in_force(RiskPolicy)
    today = queries.today(now)
    earlier = sa.select(P.id).where(
        P.account_id == Assessment.account_id, P.made_on >= rules.month_of(today)
    )
    horizon = policy.churn.horizon_days if policy.churn else policy.horizon_days
    rows = (
        sa.select(
            Assessment.account_id,
            sa.literal(today, sa.Date),
            sa.literal(today + timedelta(days=horizon), sa.Date),
            Assessment.score,
            Assessment.band,
            sa.literal(number),
            *(getattr(Assessment, name) for name in rules.NAMES),
        )
        .join(Account, Account.id == Assessment.account_id)
        .where(queries.has_score(), sa.not_(earlier.exists()))
    )
    names = ["account_id", "made_on", "due_on", "score", "band", "policy_number", *rules.NAMES]
    insert = sa.insert(TABLE).from_select(names, rows)
    found: Any = db.session.execute(insert, execution_options={"preserve_rowcount": True})
    made = int(found.rowcount)
    if made:
        if policy.churn:
            _by_card(policy.churn, today)
        else:
            _by_bands(today)
        data = {"count": made, "policy": number, "days": horizon, "card": policy.churn is not None}
        events.record("risk.predicted", by=by, now=now, data=data)
    return made


def _new(today: date) -> list[Any]:
    return [P.made_on == today, P.chance.is_(None), P.settled_on.is_(None)]


def _by_card(card: ChurnCard, today: date) -> None:
    """Let the card of the policy in force say the chance in the predictions of today."""
    last, basis = 0, sa.literal(ChanceBasis.CARD, TABLE.c.basis.type)
    statement = sa.update(TABLE).where(TABLE.c.id == sa.bindparam("row_id"))
    statement = statement.values(chance=sa.bindparam("to_chance"), basis=basis)
    query = sa.select(P.id, *(getattr(P, name) for name in rules.NAMES)).where(*_new(today))
    while True:
        rows = db.session.execute(query.where(P.id > last).order_by(P.id).limit(BATCH)).all()
        if not rows:
            return
        given = [
            {
                "row_id": row.id,
                "to_chance": rules.chance(card, {name: getattr(row, name) for name in rules.NAMES}),
            }
            for row in rows
        ]
        db.session.connection().execute(statement, given)
        last = rows[-1].id


def _by_bands(today: date) -> None:
    """Let what became of earlier predictions of each band say the chance in those of today, where
    there are enough of them.
    """
    for band, (count, several, lost) in queries.bands(today - REMEMBERED, until=today).items():
        chance = rules.band_chance(lost=lost, accounts=several, predictions=count)
        if chance is not None:
            said = sa.update(P).where(*_new(today), P.band == band)
            db.session.execute(
                said.values(chance=chance, basis=ChanceBasis.BANDS),
                execution_options={"synchronize_session": False},
            )


def settle(*, by: Actor, now: datetime) -> int:
    """Write down what became of predictions: of accounts lost by the day foreseen, and of those
    whose day has come; gives how many. A customer who is won back by that day was kept; a loss that
    is entered late, with a last contract that ended in time, still counts.
    """
    today = queries.today(now)
    ended = (
        sa.select(sa.func.max(Contract.ends_on))
        .where(Contract.account_id == P.account_id, Contract.ends_on <= today)
        .scalar_subquery()
    )
    gone, there = (
        _account(Account.lifecycle == Lifecycle.LOST),
        _account(Account.lifecycle != Lifecycle.LOST),
    )
    later = sa.exists().where(
        Contract.account_id == P.account_id,
        sa.or_(Contract.ends_on.is_(None), Contract.ends_on > P.due_on),
    )
    in_time = sa.and_(ended >= P.made_on, ended <= P.due_on, sa.not_(later))
    open_one = P.settled_on.is_(None)
    back = sa.update(P).where(P.lost.is_(True), P.due_on >= today, there)
    _write(back.values(settled_on=None, lost=None, work=None))
    lost = _write(
        _settled(today, lost=True).where(gone, open_one, sa.or_(in_time, P.due_on >= today))
    )
    lost += _write(_settled(today, lost=True).where(gone, P.lost.is_(False), in_time))
    kept = _write(_settled(today, lost=False).where(open_one, P.due_on < today, _account()))
    if lost or kept:
        events.record("risk.settled", by=by, now=now, data={"lost": lost, "kept": kept})
    db.session.expire_all()
    return lost + kept


def _write(statement: Any) -> int:
    found: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(found.rowcount)


def _account(*which: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(Account.id == P.account_id, visible(), *which)


def _settled(today: date, *, lost: bool) -> Any:
    return sa.update(P).values(settled_on=today, lost=lost, work=_work(today))


def _day(moment: Any) -> Any:
    """Give the days since 1970, of a day or a moment."""
    return sa.cast(sa.extract("epoch", moment), sa.BigInteger) // DAY


def _work(today: date) -> Any:
    """Give the gravest thing that was done to keep an account while a prediction ran. Cases that
    only named people may see, and what was given for them, are left out.
    """
    begun = _day(P.made_on)
    end = sa.func.coalesce(P.settled_on, sa.literal(today, sa.Date))
    until = sa.case((P.due_on < end, _day(P.due_on)), else_=_day(end))
    restricted = sa.exists().where(Escalation.id == Concession.escalation_id, Escalation.restricted)
    sponsored = sa.exists().where(
        Sponsorship.account_id == P.account_id,
        _day(Sponsorship.starts_on) <= until,
        _day(sa.func.coalesce(Sponsorship.ended_on, Sponsorship.ends_on)) >= begun,
    )
    compensated = sa.exists().where(
        Concession.account_id == P.account_id,
        _day(Concession.approved_at).between(begun, until),
        sa.not_(restricted),
    )
    planned = sa.exists().where(
        RiskEntry.account_id == P.account_id,
        RiskMove.entry_id == RiskEntry.id,
        RiskMove.to_stage.in_(AT_WORK),
        _day(RiskMove.at) <= until,
        sa.or_(RiskEntry.stage.in_(AT_WORK), _day(RiskEntry.stage_since) >= begun),
    )
    escalated = sa.exists().where(
        Escalation.account_id == P.account_id,
        Escalation.severity.in_(GRAVE),
        sa.not_(Escalation.restricted),
        _day(Escalation.opened_at) <= until,
        sa.or_(Escalation.closed_at.is_(None), _day(Escalation.closed_at) >= begun),
    )
    found = (
        (sponsored, WorkKind.SPONSORED),
        (compensated, WorkKind.COMPENSATED),
        (planned, WorkKind.PLANNED),
        (escalated, WorkKind.ESCALATED),
    )
    kind = TABLE.c.work.type
    cases = [(condition, sa.literal(one, kind)) for condition, one in found]
    return sa.case(*cases, else_=sa.null())
