"""The clocks of cases: their events, policy and calendar read, the arithmetic left to the rules."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core.calendar import Calendar
from portal.core.db import db

from .. import rules
from ..models import ClockEvent, Escalation

FAR = datetime.max.replace(tzinfo=UTC)


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
