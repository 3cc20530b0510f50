"""The clocks of cases: their events, policy and calendar read, the arithmetic left to the rules."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core.calendar import Calendar
from portal.core.db import db

from .. import rules
from ..models import ClockEvent, ClockKind, Escalation, Notice, State


def policy_of(case: Escalation) -> SeverityPolicy:
    """Give the severity policy that a case was declared under: its clocks stay with it."""
    return policy_queries.numbered(SeverityPolicy, case.policy_number)


@lru_cache
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))


@lru_cache(maxsize=512)
def _calendar(country: str, zone: str, week: tuple[tuple[str, object], ...]) -> Calendar:
    hours = {"week": {day: list(parts) for day, parts in week}, "tz": zone}  # type: ignore[call-overload]
    return Calendar.from_json(hours | ({"country": country} if country in _countries() else {}))


def calendar_for(account: Account, policy: SeverityPolicy) -> Calendar:
    """Give an account's calendar: the policy's opening hours in its zone, less the public holidays
    of its country where they are known.
    """
    week = tuple(
        (day, tuple(tuple(part) for part in parts)) for day, parts in policy.opening_hours.items()
    )
    return _calendar(account.country.upper(), account.zone, week)


def clock_events(case_ids: Sequence[int]) -> dict[int, list[ClockEvent]]:
    """Give the clock events of cases in the order of their times."""
    found: dict[int, list[ClockEvent]] = {case_id: [] for case_id in case_ids}
    query = sa.select(ClockEvent).where(ClockEvent.escalation_id.in_(case_ids))
    for row in db.session.scalars(query.order_by(ClockEvent.at, ClockEvent.id)):
        found[row.escalation_id].append(row)
    return found


def clock_facts(case: Escalation, rows: Iterable[ClockEvent]) -> rules.ClockFacts:
    """Give a case as its clocks see it."""
    return rules.ClockFacts(
        severity=case.severity,
        events=tuple(
            rules.ClockEvent(
                kind=rules.ClockEventKind(row.kind),
                at=row.at,
                severity=row.severity,
                clock=row.clock,
                due_at=row.due_at,
            )
            for row in rows
        ),
        long_track_until=case.long_track_until,
    )


def clocks(
    case: Escalation, account: Account, *, policy: SeverityPolicy, rows: Sequence[ClockEvent]
) -> list[rules.Clock]:
    """Give the clocks of a case; none before it is declared."""
    facts = clock_facts(case, rows)
    if not any(event.kind is rules.ClockEventKind.OPENED for event in facts.events):
        return []
    calendar = calendar_for(account, policy)
    return rules.clocks(facts, policy=policy, calendar=calendar, zone=account.zone)


def today_of(account: Account, now: datetime) -> datetime:
    """Give `now` on the account's own wall clock."""
    return now.astimezone(ZoneInfo(account.zone))


def clocks_of(case: Escalation) -> list[rules.Clock]:
    """Give the clocks of one case, with everything they need read."""
    account = db.session.get_one(Account, case.account_id)
    rows = clock_events([case.id])[case.id]
    return clocks(case, account, policy=policy_of(case), rows=rows)


def count_contacts(case: Escalation) -> int:
    """Count how often we reached the customer in a case."""
    kind = rules.ClockEventKind.OUR_CONTACT.value
    query = sa.select(sa.func.count()).where(
        ClockEvent.escalation_id == case.id, ClockEvent.kind == kind
    )
    return db.session.scalar(query) or 0


def former_state(case: Escalation) -> State | None:
    """Give the state that a merged case had before."""
    kind = rules.ClockEventKind.STOPPED.value
    query = (
        sa.select(ClockEvent.reason)
        .where(ClockEvent.escalation_id == case.id, ClockEvent.kind == kind)
        .order_by(ClockEvent.id.desc())
        .limit(1)
    )
    before = (db.session.scalar(query) or "").removeprefix("merged:")
    return next((state for state in State if state.value == before), None)


def with_due_step(*, now: datetime, limit: int) -> list[tuple[Escalation, Account]]:
    """Give cases whose next step of the ladder is due, the longest waiting first; nobody else takes
    these meanwhile.
    """
    query = (
        sa.select(Escalation, Account)
        .join(Account, Account.id == Escalation.account_id)
        .where(Escalation.next_step_at <= now)
        .order_by(Escalation.next_step_at, Escalation.id)
        .limit(limit)
        .with_for_update(of=Escalation, skip_locked=True)
    )
    return [(case, account) for case, account in db.session.execute(query)]


class Ladders:
    """What the ladders of some cases need, read set by set: policies, clock events, notices given,
    people and who stands in for them.
    """

    def __init__(self, cases: Sequence[tuple[Escalation, Account]], *, now: datetime) -> None:
        ids = [case.id for case, _account in cases]
        self._now = now
        self._policies = {
            number: policy_queries.numbered(SeverityPolicy, number)
            for number in {case.policy_number for case, _account in cases}
        }
        self._events = clock_events(ids)
        self.given: dict[int, set[tuple[ClockKind, str, str]]] = {i: set() for i in ids}
        for row in db.session.scalars(sa.select(Notice).where(Notice.escalation_id.in_(ids))):
            self.given[row.escalation_id].add((row.clock, row.step, row.occurrence))
        people = db.session.scalars(sa.select(User).where(User.active.is_(True)))
        self.people = {person.id: person for person in people.unique()}

    def policy(self, case: Escalation) -> SeverityPolicy:
        """Give the severity policy of a case."""
        return self._policies[case.policy_number]

    def clocks(self, case: Escalation, account: Account) -> list[rules.Clock]:
        """Give the clocks of a case."""
        return clocks(case, account, policy=self.policy(case), rows=self._events[case.id])

    def standing_in(self, person_id: int | None, why: str) -> list[tuple[int, str]]:
        """Give who is to be told instead of a person: they themselves, or whoever stands in while
        they are away; nobody where there is nobody.
        """
        seen: set[int] = set()
        while person_id is not None and person_id in self.people and person_id not in seen:
            seen.add(person_id)
            person = self.people[person_id]
            away = person.absent_from is not None and person.absent_from <= self._now
            back = person.absent_until is not None and person.absent_until <= self._now
            if not away or back or person.substitute_id is None:
                return [(person_id, why if len(seen) == 1 else "substitute")]
            person_id = person.substitute_id
        return []
