"""The clocks of cases: their events, policy and calendar read, the arithmetic left to the rules."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account, Promise, PromiseState
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import SeverityPolicy
from portal.core.calendar import Calendar, knows_holidays
from portal.core.db import db

from .. import rules
from ..models import ClockEvent, Escalation, State
from ..rules.standing import standing
from .parts import CASE_ID, with_merged


def policy_of(case: Escalation) -> SeverityPolicy:
    """Give the severity policy that a case was declared under: its clocks stay with it."""
    return policy_queries.numbered(SeverityPolicy, case.policy_number)


@lru_cache(maxsize=4096)
def _calendar(country: str, zone: str, document: str) -> Calendar:
    known = {"country": country} if knows_holidays(country) else {}
    given = {key: value for key, value in json.loads(document).items() if value}
    return Calendar.from_json({"tz": zone} | known | given)


def opening_hours(policy: SeverityPolicy) -> dict[str, Any]:
    """Give the policy's opening hours as a calendar document's week."""
    return {day: [list(part) for part in parts] for day, parts in policy.opening_hours.items()}


def calendar_of(*, country: str, zone: str, opening: Any, policy: SeverityPolicy) -> Calendar:
    """Give the calendar of an account in its zone: its own hours and closures (`opening`), else the
    policy's, less the public holidays of its country where they are known.
    """
    document = opening or {"week": opening_hours(policy)}
    return _calendar(country.upper(), zone, json.dumps(document, sort_keys=True))


def calendar_for(account: Account, policy: SeverityPolicy) -> Calendar:
    """Give an account's calendar; a case keeps the policy it was declared under."""
    return calendar_of(
        country=account.country, zone=account.zone, opening=account.opening, policy=policy
    )


# Asked for every page of a case and most actions: made once.
_EVENTS = (
    sa.select(ClockEvent)
    .where(ClockEvent.escalation_id.in_(sa.bindparam("cases", expanding=True)))
    .order_by(ClockEvent.at, ClockEvent.id)
)


def clock_events(case_ids: Sequence[int]) -> dict[int, list[ClockEvent]]:
    """Give the clock events of cases in the order of their times."""
    found: dict[int, list[ClockEvent]] = {case_id: [] for case_id in case_ids}
    for row in db.session.scalars(_EVENTS, {"cases": list(case_ids)}):
        found[row.escalation_id].append(row)
    return {case_id: standing(rows) for case_id, rows in found.items()}


Promised = tuple[datetime, datetime]
"""When the open promise of a case that is due first was made, and until when."""
_NEXT_PROMISE = (
    sa.select(Promise.made_at, Promise.due_at)
    .join(Escalation, Escalation.reference == Promise.case_ref)
    .where(Escalation.id.in_(with_merged(CASE_ID)), Promise.state == PromiseState.OPEN)
    .order_by(Promise.due_at, Promise.id)
    .limit(1)
)


def next_promise(case: Escalation) -> Promised | None:
    """Give when the open promise that is due first was made, and until when: of a case and of those
    that went into it.
    """
    found = db.session.execute(_NEXT_PROMISE, {"case_id": case.id}).one_or_none()
    return None if found is None else (found.made_at, found.due_at)


def clock_facts(
    case: Escalation, rows: Iterable[ClockEvent], *, promised: Promised | None = None
) -> rules.ClockFacts:
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
        promised=promised,
    )


def clocks(
    case: Escalation,
    account: Account,
    *,
    policy: SeverityPolicy,
    rows: Sequence[ClockEvent],
    promised: Promised | None,
) -> list[rules.Clock]:
    """Give the clocks of a case; none before it is declared."""
    facts = clock_facts(case, rows, promised=promised)
    if not any(event.kind is rules.ClockEventKind.OPENED for event in facts.events):
        return []
    calendar = calendar_for(account, policy)
    return rules.clocks(facts, policy=policy, calendar=calendar, zone=account.zone)


def day_of(case: Escalation, account: Account, *, now: datetime) -> int:
    """Give which day of a case it is where its customer lives; the day it was opened is the
    first.
    """
    there, then = (today_of(account, at).date() for at in (now, case.opened_at))
    return (there - then).days + 1


def today_of(account: Account, now: datetime) -> datetime:
    """Give `now` on the account's own wall clock."""
    return now.astimezone(ZoneInfo(account.zone))


def clocks_of(case: Escalation) -> list[rules.Clock]:
    """Give the clocks of one case, with everything they need read."""
    account = db.session.get_one(Account, case.account_id)
    rows = clock_events([case.id])[case.id]
    promised = next_promise(case)
    return clocks(case, account, policy=policy_of(case), rows=rows, promised=promised)


def count_contacts(case: Escalation) -> int:
    """Count how often we reached the customer in a case."""
    kind = rules.ClockEventKind.OUR_CONTACT.value
    return sum(row.kind == kind for row in clock_events([case.id])[case.id])


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
