"""What the withdrawal of a severity policy does to the cases under it, and how they get another."""

from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.notifications import actions as notification_actions
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core import events, jobs
from portal.core.access import Actor, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import OPEN_STATES, ClockEvent, Escalation, NextNotice
from ..rules import ClockEventKind
from .recording import log, seats, settle, tick

BATCH = 100


def withdraw_policy(number: int, *, reason: str, by: Actor, now: datetime) -> int:
    """Withdraw a version of the severity policy: in the same transaction the cases under it leave
    the list of what is overdue, and nothing more is sent. Dates set by hand stay. Gives how many.
    """
    if Role.LEADERSHIP not in by.roles:
        raise Refused(_("Leadership withdraws a policy."))
    policy_actions.withdraw(PolicyKind.SEVERITY, number, reason=reason, by=by, now=now)
    under = sa.and_(Escalation.policy_number == number, Escalation.state.in_(OPEN_STATES))
    # First, for it waits for a scheduler that has these cases in hand: what that one wrote is here
    # before the messages are taken back, and the next one no longer finds them.
    db.session.execute(
        sa.update(Escalation)
        .where(under)
        .values(next_due_at=None, next_due_kind=None, version=Escalation.version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        sa.update(NextNotice)
        .where(NextNotice.id.in_(sa.select(Escalation.id).where(under)))
        .values(at=None)
        .execution_options(synchronize_session=False)
    )
    count = _mark(under, reason=reason.strip(), by=by, now=now)
    notification_actions.withdraw_all_waiting(
        sa.select(Escalation.reference).where(under), template=rules.LADDER, now=now
    )
    db.session.expire_all()
    for case in queries.with_hand_dates(number):
        settle(case, now=now)
    events.record(
        "escalations.policy_withdrawn", by=by, now=now, data={"number": number, "cases": count}
    )
    return count


def _mark(under: sa.ColumnElement[bool], *, reason: str, by: Actor, now: datetime) -> int:
    """Write into the clocks of every case under a policy that it was withdrawn; gives how many."""
    names = ("escalation_id", "kind", "at", "recorded_at", "person_id", "reason")
    kind = sa.literal(ClockEventKind.POLICY_WITHDRAWN.value)
    moment = sa.literal(now, ClockEvent.at.type)
    rows = sa.select(
        Escalation.id, kind, moment, moment, sa.literal(by.id, sa.Integer), sa.literal(reason[:400])
    ).where(under)
    db.session.execute(sa.insert(ClockEvent).from_select(names, rows))
    query = sa.select(sa.func.count()).select_from(Escalation).where(under)
    return int(db.session.scalar(query) or 0)


def adopt_policy(case: Escalation, *, by: Actor, now: datetime) -> None:
    """Put a case whose policy was withdrawn under the one in force: its clocks count from the
    opening again.
    """
    if not seats(case, by=by, now=now) & {rules.Who.OWNER, rules.Who.ESCALATION_MANAGER}:
        raise Refused(_("The owner or an escalation manager moves clocks."))
    _adopt(case, by=by, now=now)


def adopt_all(number: int, *, by: Actor, now: datetime) -> None:
    """Put every open case of a withdrawn version under the policy in force, in the background."""
    if Role.ESCALATION_MANAGER not in by.roles and Role.LEADERSHIP not in by.roles:
        raise Refused(_("An escalation manager or leadership puts cases under another policy."))
    if not queries.is_withdrawn(number):
        raise Refused(_("This version is in force: its cases stay with it."))
    events.record("escalations.policy_replaced", by=by, now=now, data={"number": number})
    payload = {"number": number, "person": by.id}
    jobs.enqueue("escalations.adopt", key=f"adopt:{number}:{now.isoformat()}", payload=payload)


def adopt_some(number: int, *, by: Actor, now: datetime) -> int:
    """Put the next cases of a withdrawn version under the policy in force; gives how many."""
    cases = queries.under_policy(number, limit=BATCH)
    for case in cases:
        _adopt(case, by=by, now=now)
    return len(cases)


def _adopt(case: Escalation, *, by: Actor, now: datetime) -> None:
    _document, number = policy_queries.in_force(SeverityPolicy)
    if not queries.is_withdrawn(case.policy_number):
        raise Refused(_("The policy of this case is in force."))
    before, case.policy_number = case.policy_number, number
    tick(case, ClockEventKind.POLICY_ADOPTED, at=now, by=by, now=now)
    log(case, "policy_adopted", by=by, now=now, data={"before": before, "after": number})
    settle(case, now=now)
