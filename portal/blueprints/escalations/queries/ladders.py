"""What a pass over the ladders of notice reads, set by set: cases, clock events, notices given,
people and who stands in for them.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.blueprints.auth.rules import is_away
from portal.blueprints.notifications import queries as notification_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core.access import Relation, RelationKind
from portal.core.calendar import Calendar
from portal.core.db import db

from .. import rules
from ..models import ClockEvent, Escalation, NextNotice, Notice, Severity, State, Trigger
from ..rules.standing import standing
from .clocks import calendar_of

E, A, C = Escalation, Account, ClockEvent


@dataclass(frozen=True)
class Person:
    """Somebody who may be told, and when they work."""

    id: int
    email: str
    language: str
    zone: str
    calendar: str
    manager_id: int | None
    substitute_id: int | None
    absent_from: datetime | None
    absent_until: datetime | None

    def is_away(self, now: datetime) -> bool:
        """Say whether they are absent now."""
        return is_away(self.absent_from, self.absent_until, now=now)


class DueCase(NamedTuple):
    """A case whose ladder has a step to take, as far as the ladder needs it."""

    id: int
    reference: str
    account_id: int
    state: State
    severity: Severity
    trigger: Trigger
    legal_mode: bool
    policy_number: int
    owner_id: int | None
    executive_owner_id: int | None
    team_id: int | None
    automatic_stopped: bool
    restricted: bool
    long_track_until: datetime | None
    account: str
    country: str
    zone: str
    opening: Any

    @property
    def is_urgent(self) -> bool:
        """Say whether its notices do not wait for anybody's working hours."""
        return rules.is_urgent(self.severity, self.trigger, legal_mode=self.legal_mode)


COLUMNS = (
    E.id,
    E.reference,
    E.account_id,
    E.state,
    E.severity,
    E.trigger,
    E.legal_mode,
    E.policy_number,
    E.owner_id,
    E.executive_owner_id,
    E.team_id,
    E.automatic_stopped,
    E.restricted,
    E.long_track_until,
    A.name.label("account"),
    A.country,
    A.zone,
    A.opening,
)


def with_due_step(*, now: datetime, limit: int, lock: bool = True) -> list[DueCase]:
    """Give cases whose next step of the ladder is due, the longest waiting first; nobody else takes
    these meanwhile, unless they are only looked at (`lock`).
    """
    query = (
        sa.select(*COLUMNS)
        .join_from(E, A, A.id == E.account_id)
        .join(NextNotice, NextNotice.id == E.id)
        .where(NextNotice.at <= now)
        .order_by(NextNotice.at, NextNotice.id)
        .limit(limit)
    )
    if lock:
        query = query.with_for_update(of=E, skip_locked=True)
    return [DueCase(*row) for row in db.session.execute(query)]


def as_due(case_id: int) -> DueCase:
    """Give one case as the ladder reads it."""
    query = sa.select(*COLUMNS).join_from(E, A, A.id == E.account_id).where(E.id == case_id)
    return DueCase(*db.session.execute(query).one())


def longest_waiting(*, now: datetime) -> datetime | None:
    """Give since when the longest waiting step of any ladder is due, None where none is."""
    query = sa.select(sa.func.min(NextNotice.at)).where(NextNotice.at <= now)
    found: datetime | None = db.session.scalar(query)
    return found


class Pass:
    """What one pass over the ladders knows: people once, policies and calendars as they come."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        columns = (
            User.id,
            User.email,
            User.language,
            User.zone,
            User.calendar,
            User.manager_id,
            User.substitute_id,
            User.absent_from,
            User.absent_until,
        )
        rows = db.session.execute(sa.select(*columns).where(User.active.is_(True)))
        self.people = {row.id: Person(*row) for row in rows}
        self._on_duty = notification_queries.on_duty(now=now)
        self._named: set[tuple[str, int]] = set()
        self._policies: dict[int, SeverityPolicy] = {}
        self._calendars: dict[tuple[Any, ...], Calendar] = {}
        self._opens: dict[tuple[int, str, str], datetime] = {}

    def policy(self, number: int) -> SeverityPolicy:
        """Give a version of the severity policy."""
        if number not in self._policies:
            self._policies[number] = policy_queries.numbered(SeverityPolicy, number)
        return self._policies[number]

    def calendar(self, case: DueCase) -> Calendar:
        """Give the calendar of a case's account."""
        own = json.dumps(case.opening, sort_keys=True) if case.opening else None
        key = (case.policy_number, case.country, case.zone, own)
        if key not in self._calendars:
            policy = self.policy(case.policy_number)
            self._calendars[key] = calendar_of(
                country=case.country, zone=case.zone, opening=case.opening, policy=policy
            )
        return self._calendars[key]

    def hours(self, person: Person, policy_number: int) -> Calendar:
        """Give the working hours of a person: the policy's hours in their zone, less the holidays
        of their country.
        """
        key = (policy_number, person.calendar, person.zone, "person")
        if key not in self._calendars:
            self._calendars[key] = calendar_of(
                country=person.calendar,
                zone=person.zone,
                opening=None,
                policy=self.policy(policy_number),
            )
        return self._calendars[key]

    def read_names(self, cases: Sequence[DueCase]) -> None:
        """Read who is named on those of some cases that are open to named people alone."""
        shut = [case.reference for case in cases if case.restricted]
        if shut:
            self._named |= named_people(shut, kinds=tuple(RelationKind))

    def is_open_to(self, case: DueCase, person_id: int) -> bool:
        """Say whether a person may hear of a case: a restricted one opens to nobody by itself."""
        return not case.restricted or (case.reference, person_id) in self._named

    def on_duty(self, case: DueCase) -> list[tuple[Person, str]]:
        """Give who has a shift for the team of a case now and may hear of it, whoever stands in for
        them if they are away; nobody where nobody has.
        """
        shifts = self._on_duty.get(case.team_id or 0, ())
        there = (person for shift in shifts for person, _why in self.standing_in(shift, "duty"))
        return [(person, "duty") for person in there if self.is_open_to(case, person.id)]

    def is_at_work(self, person: Person, policy_number: int) -> bool:
        """Say whether a person's office is open now."""
        return self.opens(person, policy_number) <= self.now

    def opens(self, person: Person, policy_number: int) -> datetime:
        """Give the first open instant of a person's office from now on."""
        key = (policy_number, person.calendar, person.zone)
        if key not in self._opens:
            self._opens[key] = rules.next_open(self.hours(person, policy_number), self.now)
        return self._opens[key]

    def standing_in(self, person_id: int | None, why: str) -> list[tuple[Person, str]]:
        """Give who is to be told instead of a person: they themselves, or whoever stands in while
        they are away; nobody where there is nobody.
        """
        seen: set[int] = set()
        while person_id is not None and person_id in self.people and person_id not in seen:
            seen.add(person_id)
            person = self.people[person_id]
            if not person.is_away(self.now) or person.substitute_id is None:
                return [(person, why if len(seen) == 1 else "substitute")]
            person_id = person.substitute_id
        return []


class Ladders:
    """What the ladders of some cases need besides: clock events and notices given."""

    def __init__(self, cases: Sequence[DueCase], known: Pass) -> None:
        self._known = known
        known.read_names(cases)
        ids = [case.id for case in cases]
        self._events: dict[int, list[rules.ClockEvent]] = {i: [] for i in ids}
        self.given: dict[int, set[rules.Key]] = {i: set() for i in ids}
        for case_id, event in _events(ids):
            self._events[case_id].append(event)
        columns = (Notice.escalation_id, Notice.clock, Notice.step, Notice.occurrence)
        given = sa.select(*columns).where(Notice.escalation_id.in_(ids))
        for case_id, clock, step, occurrence in db.session.execute(given):
            self.given[case_id].add((clock, step, occurrence))

    def waiting(self, case: DueCase) -> list[rules.Waiting]:
        """Give the clocks of a case that run, to be worked out; none before it is declared."""
        events, opened = tuple(self._events[case.id]), rules.ClockEventKind.OPENED
        if not any(event.kind is opened for event in events):
            return []
        return rules.waiting(
            rules.ClockFacts(case.severity, events, case.long_track_until),
            policy=self._known.policy(case.policy_number),
            calendar=self._known.calendar(case),
            zone=case.zone,
        )


def _events(ids: Sequence[int]) -> Iterator[tuple[int, rules.ClockEvent]]:
    columns = (C.escalation_id, C.kind, C.at, C.severity, C.clock, C.due_at)
    query = (
        sa.select(*columns).where(C.escalation_id.in_(ids)).order_by(C.escalation_id, C.at, C.id)
    )
    kinds = {kind.value: kind for kind in rules.ClockEventKind}
    found = db.session.connection().execute(query).all()  # nothing here is an entity
    for case_id, rows in groupby(found, key=attrgetter("escalation_id")):
        for _case_id, kind, at, severity, clock, due_at in standing(list(rows)):
            yield case_id, rules.ClockEvent(kinds[kind], at, severity, clock, due_at)


def named_people(
    references: Sequence[str], *, kinds: Sequence[RelationKind] = (RelationKind.NAMED,)
) -> set[tuple[str, int]]:
    """Give who stands to which of some cases by their own name: (reference, person)."""
    rows = db.session.execute(
        sa.select(Relation.record_ref, Relation.person_id).where(
            Relation.record_ref.in_(references),
            Relation.kind.in_(kinds),
            Relation.person_id.is_not(None),
            Relation.until.is_(None),
        )
    )
    return {(row.record_ref or "", row.person_id or 0) for row in rows}
