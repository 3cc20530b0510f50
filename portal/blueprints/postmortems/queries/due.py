"""What the rules need to know of a case to say whether a post-mortem is due."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.auth.models import Organisation
from portal.blueprints.auth.rules import is_away
from portal.blueprints.escalations.models import (
    ClockEvent,
    Escalation,
    Resolution,
    Severity,
)
from portal.blueprints.escalations.models import State as CaseState
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import SeverityPolicy
from portal.blueprints.policies.rules.postmortem import PostmortemPolicy
from portal.core.access import Role
from portal.core.calendar import Calendar, knows_holidays
from portal.core.db import db
from portal.core.money import from_minor

from .. import rules
from ..models import Postmortem, PostmortemCase
from .finding import OPEN

SWEPT = timedelta(days=3)


def policy_in_force() -> tuple[PostmortemPolicy, int]:
    """Give the post-mortem policy in force and its version."""
    return policy_queries.in_force(PostmortemPolicy)


def calendar(house: Organisation) -> Calendar:
    """Give the organisation's calendar: the policy's opening hours in its zone, less the public
    holidays of its first legal entity's country where they are known.
    """
    policy, _number = policy_queries.in_force(SeverityPolicy)
    week: dict[str, object] = {
        day: [list(part) for part in parts] for day, parts in policy.opening_hours.items()
    }
    country = next((e.country for e in auth_queries.legal_entities()), "").upper()
    more: dict[str, object] = {"country": country} if knows_holidays(country) else {}
    return Calendar.from_json({"tz": house.zone, "week": week, **more})


def case_facts(
    case: Escalation,
    account: Account,
    *,
    zone: str,
    compensated_at: datetime | None = None,
    asked_at: datetime | None = None,
) -> rules.Facts:
    """Give what is known of a case; a case that ended as lost is the loss of its account."""
    closed_before, reopened = _came_back(case)
    return rules.Facts(
        zone=zone,
        severity=_gravest(case),
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        counts=case.state not in (CaseState.VOID, CaseState.MERGED),
        compensated_above_director_at=compensated_at,
        closed_before_at=closed_before,
        reopened_at=reopened,
        loss=_loss(case, account),
        asked_for_at=asked_at,
    )


def _gravest(case: Escalation) -> Severity:
    """Give the gravest severity that the case ever had: E1 comes first."""
    had = db.session.scalars(
        sa.select(ClockEvent.severity).where(
            ClockEvent.escalation_id == case.id, ClockEvent.severity.is_not(None)
        )
    )
    return min([case.severity, *(one for one in had if one is not None)])


def _came_back(case: Escalation) -> tuple[datetime | None, datetime | None]:
    """Give when a case was closed last before it came back, and when it did; a new case that is
    linked to an old one came back when it was opened.
    """
    rows = db.session.execute(
        sa.select(ClockEvent.kind, ClockEvent.at)
        .where(ClockEvent.escalation_id == case.id, ClockEvent.kind.in_(["closed", "reopened"]))
        .order_by(ClockEvent.at, ClockEvent.id)
    )
    closed: datetime | None = None
    found: tuple[datetime | None, datetime | None] = (None, None)
    for kind, at in rows:
        closed, found = (at, found) if kind == "closed" else (closed, (closed, at))
    if found == (None, None) and case.previous_id is not None:
        earlier = db.session.get_one(Escalation, case.previous_id)
        return earlier.closed_at, case.opened_at
    return found


def _loss(case: Escalation, account: Account) -> rules.Loss | None:
    if case.resolution is not Resolution.LOST or case.closed_at is None:
        return None
    known = account.arr_minor is not None
    arr = from_minor(account.arr_minor or 0, account.currency) if known else None
    return rules.Loss(case.closed_at, arr, None, last_escalation_at=case.closed_at)


def covering(case_ref: str) -> list[Postmortem]:
    """Give the post-mortems that cover a case, oldest first."""
    return list(
        db.session.scalars(
            sa.select(Postmortem)
            .join(PostmortemCase, PostmortemCase.postmortem_id == Postmortem.id)
            .where(PostmortemCase.case_ref == case_ref)
            .order_by(Postmortem.id)
        )
    )


def merged_cases(case_ref: str) -> list[str]:
    """Give the references of the cases that were merged into a case."""
    into = sa.select(Escalation.id).where(Escalation.reference == case_ref).scalar_subquery()
    query = sa.select(Escalation.reference).where(Escalation.merged_into_id == into)
    return list(db.session.scalars(query.order_by(Escalation.id)))


def considered(case_ref: str) -> Escalation | None:
    """Give a case to our own work, held until the transaction ends, so that two followers of it
    do not both open a post-mortem; None where there is none.
    """
    found: Escalation | None = db.session.scalar(
        sa.select(Escalation)
        .where(Escalation.reference == case_ref)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


def to_consider(*, now: datetime) -> list[str]:
    """Give the cases closed in the last days, for the sweep that finds what was missed."""
    recent = sa.select(Escalation.reference).where(
        Escalation.state == CaseState.CLOSED, Escalation.closed_at > now - SWEPT
    )
    return list(db.session.scalars(recent.order_by(Escalation.id)))


def leaders(*, now: datetime) -> list[rules.Candidate]:
    """Give the people who could lead a post-mortem, with how many they lead now."""
    counted = sa.select(Postmortem.facilitator_id, sa.func.count()).where(
        Postmortem.state.in_(OPEN), Postmortem.facilitator_id.is_not(None)
    )
    rows = db.session.execute(counted.group_by(Postmortem.facilitator_id))
    load: dict[int | None, int] = {person: leads for person, leads in rows}  # noqa: C416 - typed
    return [
        rules.Candidate(
            id=person.id,
            roles=frozenset(Role(role.name) for role in person.roles),
            away=is_away(person.absent_from, person.absent_until, now=now),
            leads=load.get(person.id, 0),
        )
        for person in auth_queries.people()
    ]
