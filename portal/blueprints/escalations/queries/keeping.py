"""Reading what keeps the clocks going: calendars, policy versions, and the engine itself."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Promise, PromiseState
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import Policy, PolicyKind, PolicyState
from portal.blueprints.policies.rules import LadderStep, SeverityPolicy
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.jobs import JobDone

from .. import rules
from ..models import OPEN_STATES, BusinessCalendar, CalendarUse, ClockEvent, Escalation
from .finding import seen_by
from .ladders import longest_waiting

LATE = timedelta(minutes=3)
"""How long a step of a ladder may wait before we call the engine late: it runs each minute."""


@dataclass(frozen=True)
class Engine:
    """How the engine of notices fares: what waits longest, and when it last passed (UTC)."""

    waiting_since: datetime | None
    last_pass: datetime | None
    now: datetime

    @property
    def late_by(self) -> timedelta | None:
        """Give by how much it is late; None while it is not."""
        if self.waiting_since is None or self.now - self.waiting_since <= LATE:
            return None
        return self.now - self.waiting_since

    @property
    def late_minutes(self) -> int:
        """Give by how many minutes it is late, 0 while it is not."""
        return (self.late_by or timedelta(0)) // timedelta(minutes=1)


@dataclass(frozen=True)
class Kept:
    """A calendar in the list, with the number of accounts that keep to it."""

    row: BusinessCalendar
    accounts: int


@dataclass(frozen=True)
class Version:
    """A version of the severity policy, with its open and overdue cases."""

    number: int
    state: PolicyState
    published_at: datetime | None
    open_cases: int
    overdue: int


def engine(*, now: datetime) -> Engine:
    """Say how the engine of notices fares."""
    passed = (
        sa.select(JobDone.done_at)
        .where(JobDone.name == "escalations.take_steps")
        .order_by(JobDone.done_at.desc())
        .limit(1)
    )
    return Engine(longest_waiting(now=now), db.session.scalar(passed), now)


def calendars() -> list[Kept]:
    """Give the calendars by name."""
    count = (
        sa.select(sa.func.count())
        .where(CalendarUse.calendar_id == BusinessCalendar.id)
        .scalar_subquery()
    )
    query = sa.select(BusinessCalendar, count).order_by(BusinessCalendar.name)
    return [Kept(row, number) for row, number in db.session.execute(query)]


def get_calendar(calendar_id: int) -> BusinessCalendar:
    """Give a calendar; `NotFound` where there is none."""
    found = db.session.get(BusinessCalendar, calendar_id)
    if found is None:
        raise NotFound
    return found


def calendar_named(name: str) -> BusinessCalendar | None:
    """Give the calendar of this name, whatever its capitals."""
    query = sa.select(BusinessCalendar).where(sa.func.lower(BusinessCalendar.name) == name.lower())
    return db.session.scalars(query).first()


def accounts_using(calendar_id: int) -> list[int]:
    """Give the ids of the accounts that keep to a calendar."""
    query = sa.select(CalendarUse.account_id).where(CalendarUse.calendar_id == calendar_id)
    return list(db.session.scalars(query))


def account_refs_using(calendar_id: int) -> list[str]:
    """Give the references of the accounts that keep to a calendar."""
    query = (
        sa.select(Account.reference)
        .join(CalendarUse, CalendarUse.account_id == Account.id)
        .where(CalendarUse.calendar_id == calendar_id)
    )
    return list(db.session.scalars(query.order_by(Account.reference)))


def calendar_mark(row: BusinessCalendar) -> str:
    """Give what changes whenever a calendar does, or who keeps to it."""
    held = f"{row.version}:{','.join(account_refs_using(row.id))}"
    return hashlib.sha256(held.encode()).hexdigest()


def open_cases_of(account_ids: Sequence[int] | None, *, after: int, limit: int) -> list[Escalation]:
    """Give the next open cases of some accounts, or of all, to be changed."""
    query = sa.select(Escalation).where(Escalation.state.in_(OPEN_STATES), Escalation.id > after)
    if account_ids is not None:
        query = query.where(Escalation.account_id.in_(account_ids))
    return list(db.session.scalars(query.order_by(Escalation.id).limit(limit).with_for_update()))


def under_policy(number: int, *, limit: int) -> list[Escalation]:
    """Give open cases under one version of the severity policy, to be changed."""
    query = sa.select(Escalation).where(
        Escalation.policy_number == number, Escalation.state.in_(OPEN_STATES)
    )
    return list(db.session.scalars(query.order_by(Escalation.id).limit(limit).with_for_update()))


def with_hand_dates(number: int) -> list[Escalation]:
    """Give open cases under one version of the severity policy that have dates which people set:
    of a clock, or of a promise, be it of a case that went into them.
    """
    by_hand = sa.exists().where(
        ClockEvent.escalation_id == Escalation.id,
        ClockEvent.kind == rules.ClockEventKind.DATE_SET.value,
        ClockEvent.due_at.is_not(None),
    )
    owed = sa.select(Promise.case_ref).where(Promise.state == PromiseState.OPEN)
    into = sa.select(Escalation.merged_into_id).where(Escalation.merged_into_id.is_not(None))
    promised = sa.or_(Escalation.reference.in_(owed), Escalation.id.in_(into))
    query = sa.select(Escalation).where(
        Escalation.policy_number == number,
        Escalation.state.in_(OPEN_STATES),
        sa.or_(by_hand, promised),
    )
    return list(db.session.scalars(query))


def is_withdrawn(number: int) -> bool:
    """Say whether a version of the severity policy was withdrawn."""
    return policy_queries.get(PolicyKind.SEVERITY, number).state is PolicyState.WITHDRAWN


def policy_versions(viewer: Actor, *, now: datetime) -> list[Version]:
    """Give the published and withdrawn versions of the severity policy, newest first, with what
    hangs on each of all that the viewer may see.
    """
    is_open = sa.and_(Escalation.state.in_(OPEN_STATES), seen_by(viewer, now=now))
    counted = (
        sa.select(
            Escalation.policy_number,
            sa.func.count().label("open"),
            sa.func.count(sa.case((Escalation.next_due_at < now, 1))).label("overdue"),
        )
        .where(is_open)
        .group_by(Escalation.policy_number)
        .subquery()
    )
    query = (
        sa.select(
            Policy.number,
            Policy.state,
            Policy.published_at,
            sa.func.coalesce(counted.c.open, 0),
            sa.func.coalesce(counted.c.overdue, 0),
        )
        .outerjoin(counted, counted.c.policy_number == Policy.number)
        .where(Policy.kind == PolicyKind.SEVERITY, Policy.published_at.is_not(None))
        .order_by(Policy.number.desc())
    )
    return [Version(*row) for row in db.session.execute(query)]


def deaf_steps(policy: SeverityPolicy) -> tuple[list[tuple[LadderStep, int]], int]:
    """Give the steps of a ladder that would reach nobody for some of the people who may own a case,
    with how many these are; and how many may own one.
    """
    company = policy_queries.company()
    return rules.reaches_nobody(policy, company.heard, owners=company.owners), company.owners
