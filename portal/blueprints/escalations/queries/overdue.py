"""Steps of playbooks that nobody did in time: whose they are, and who is told next."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.core.access import Actor
from portal.core.db import db

from ..models import OPEN_STATES, CaseResponse, CaseStep, Escalation, StepNotice
from .finding import seen_by
from .ladders import COLUMNS, DueCase

E, S, R = Escalation, CaseStep, CaseResponse


class DueStep(NamedTuple):
    """A step whose ladder has a rung to take; `counts` says whether it is still asked."""

    id: int
    name: str
    label: str
    who: str
    due_at: datetime
    counts: bool
    case: DueCase


@dataclass(frozen=True)
class StepLine:
    """An overdue step as a list of a person's work shows it."""

    label: str
    due_at: datetime
    case_ref: str
    account: str
    severity: str


ASKED = sa.and_(
    S.trigger == sa.cast(E.trigger, sa.String), sa.cast(E.severity, sa.String) <= S.severity
)
"""That an open step is asked of its case as it is now: E1 is graver than E4."""


def due_steps(*, now: datetime, limit: int) -> list[DueStep]:
    """Give steps whose next rung is due, the longest waiting first; nobody else takes them."""
    query = (
        sa.select(S.id, S.name, S.label, S.who, S.due_at, ASKED, S.done_at, *COLUMNS)
        .join_from(S, E, E.id == S.escalation_id)
        .join(Account, Account.id == E.account_id)
        .where(S.next_notice_at <= now)
        .order_by(S.next_notice_at, S.id)
        .limit(limit)
        .with_for_update(of=S, skip_locked=True)
    )
    found = []
    for step_id, name, label, who, due_at, asked, done_at, *columns in db.session.execute(query):
        case = DueCase(*columns)
        is_open = case.state in OPEN_STATES and not case.automatic_stopped
        counts = bool(asked) and done_at is None and is_open
        found.append(DueStep(step_id, name, label, who, due_at, counts, case))
    return found


def rungs_taken(steps: Collection[int]) -> set[tuple[int, str, str]]:
    """Give which rungs were taken for some steps: (step, rung, occurrence)."""
    columns = (StepNotice.step_id, StepNotice.rung, StepNotice.occurrence)
    query = sa.select(*columns).where(StepNotice.step_id.in_(steps))
    return {(step_id, rung, round_) for step_id, rung, round_ in db.session.execute(query)}


def players(cases: Collection[int]) -> dict[tuple[int, str], list[int]]:
    """Give who takes which part in some cases: (case, part) → people who are still here."""
    query = (
        sa.select(R.escalation_id, R.part, R.person_id)
        .join(User, User.id == R.person_id)
        .where(R.escalation_id.in_(cases), User.active.is_(True))
        .order_by(R.id)
    )
    found: dict[tuple[int, str], list[int]] = {}
    for case_id, part, person_id in db.session.execute(query):
        found.setdefault((case_id, part), []).append(person_id)
    return found


def overdue_steps_of(
    viewer: Actor, people: Sequence[int], *, now: datetime, limit: int = 20
) -> list[StepLine]:
    """Give the overdue steps that some people hold in open cases the viewer may see, the longest
    overdue first. A step that nobody took the part for is its owner's, and so is every step of a
    restricted case, which nobody joins by a role.
    """
    plays = sa.exists().where(
        R.escalation_id == E.id, R.part == S.who, User.id == R.person_id, User.active.is_(True)
    )
    mine = plays.where(R.person_id.in_(people))
    leads = sa.and_(S.who == "executive_owner", E.executive_owner_id.is_not(None))
    holds = sa.case(
        (leads, E.executive_owner_id.in_(people)),
        (sa.and_(plays, E.restricted.is_(False)), mine),
        else_=E.owner_id.in_(people),
    )
    query: Any = (
        sa.select(S.label, S.due_at, E.reference, Account.name, sa.cast(E.severity, sa.String))
        .join_from(S, E, E.id == S.escalation_id)
        .join(Account, Account.id == E.account_id)
        .where(
            S.done_at.is_(None),
            S.due_at < now,
            E.state.in_(OPEN_STATES),
            ASKED,
            holds,
            seen_by(viewer, now=now),
        )
        .order_by(S.due_at, S.id)
        .limit(limit)
    )
    return [
        StepLine(label, due_at, *rest)
        for label, due_at, *rest in db.session.execute(query)
        if due_at is not None
    ]
