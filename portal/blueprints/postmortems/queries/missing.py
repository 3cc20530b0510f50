"""What is missing, by whose it is: late and coming steps, actions, verifications, loss notes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Account
from portal.blueprints.auth.models import User
from portal.core.access import Actor, K, Permission, Subject, sees
from portal.core.db import db

from ..models import Action, ActionState, LossState, Postmortem, State
from .finding import OPEN, Line, _lines, seen_by
from .losses import LossLine, losses
from .reading import steps_late

P = Postmortem
MOST = 1_000
"""So many of each kind are listed: whoever has more of them has another trouble than a list."""


@dataclass(frozen=True)
class Missing:
    """One thing that is missing: what it is (a step, an action, a verification, a note), of which
    record, by when.
    """

    kind: str
    reference: str
    title: str
    customer: str
    due_on: date
    late: bool
    owner_id: int | None
    anchor: str = ""


@dataclass(frozen=True)
class Owner:
    """What is missing of one person; nobody has a number or a rank of their own."""

    person_id: int | None
    name: str | None
    items: Sequence[Missing]


def missing(viewer: Actor, *, today: date, now: datetime) -> list[Owner]:
    """Give what is missing by owner, by name, what nobody owns first; to those who do not read who
    is named (K3) their own alone. What leadership is to approve stands under nobody's name.
    """
    found = [
        *_steps(viewer, today=today, now=now),
        *_actions(viewer, today=today, now=now),
        *_notes(viewer, today=today, now=now),
    ]
    if not sees(viewer, Subject.POSTMORTEM_DRAFT, klass=K.RESTRICTED, related=True):
        found = [one for one in found if one.owner_id == viewer.id]
    by_owner: dict[int | None, list[Missing]] = defaultdict(list)
    for one in found:
        by_owner[one.owner_id].append(one)
    names = _names(owner for owner in by_owner if owner is not None)
    owners = [
        Owner(
            owner, names.get(owner or 0), sorted(items, key=lambda one: (one.due_on, one.reference))
        )
        for owner, items in by_owner.items()
    ]
    return sorted(
        owners, key=lambda one: (one.name is not None, one.name or "", one.person_id or 0)
    )


def _names(ids: Iterator[int]) -> dict[int, str]:
    rows = db.session.execute(sa.select(User.id, User.name).where(User.id.in_(sorted(ids))))
    return {row.id: row.name for row in rows}


def _steps(viewer: Actor, *, today: date, now: datetime) -> Iterator[Missing]:
    query = _lines(viewer, now=now).where(P.state.in_(OPEN)).order_by(P.draft_due_on, P.id)
    for row in db.session.execute(query.limit(MOST)):
        line = Line(*row)
        step = _next(line)
        due = {
            "draft": line.draft_due_on,
            "meeting": line.meeting_due_on,
            "approval": line.approval_due_on,
            "publication": line.approval_due_on,
        }[step]
        waits = step == "approval" and line.state is State.IN_REVIEW
        late = bool(steps_late(line, met=line.met, today=today)) and due < today
        owner = None if waits else line.facilitator_id
        yield Missing(step, line.reference, line.title, line.account_name, due, late, owner)


def _next(line: Line) -> str:
    """Name the step that a post-mortem waits for."""
    if line.state is State.APPROVED:
        return "publication"
    if line.written_at is None:
        return "draft"
    return "approval" if line.met else "meeting"


def _actions(viewer: Actor, *, today: date, now: datetime) -> Iterator[Missing]:
    resting = [State.WITH_COUNSEL, State.WAIVED]
    query = (
        sa.select(
            P.reference,
            Action.what,
            Account.name,
            Action.due_on,
            Action.state,
            Action.owner_id,
            P.facilitator_id,
        )
        .join(P, P.id == Action.postmortem_id)
        .join(Account, Account.id == P.account_id)
        .where(
            Action.state.in_([ActionState.OPEN, ActionState.DONE]),
            P.state.not_in(resting),
            seen_by(viewer, now=now),
        )
        .order_by(Action.due_on, Action.id)
        .limit(MOST)
    )
    for row in db.session.execute(query):
        reference, what, customer, due_on, state, owner, lead = row
        done = state is ActionState.DONE
        kind, whose = ("verification", lead) if done else ("action", owner)
        late = due_on < today and not done
        yield Missing(kind, reference, what, customer, due_on, late, whose, "actions")


def _notes(viewer: Actor, *, today: date, now: datetime) -> Iterator[Missing]:
    query = losses(viewer, now=now, state=LossState.DUE)
    for row in db.session.execute(query.limit(MOST)):
        line = LossLine(*row)
        late = line.due_on < today
        yield Missing(
            "loss",
            line.reference,
            line.account_name,
            line.account_name,
            line.due_on,
            late,
            line.owner_id,
        )


def waivers_to_decide(viewer: Actor, *, now: datetime) -> list[Any]:
    """Give the post-mortems that somebody else asks the viewer to leave out, the oldest first."""
    if not viewer.may(Permission.POSTMORTEMS_APPROVE):
        return []
    query = (
        sa.select(P.reference, P.title, P.waiver_asked_at, P.approval_due_on)
        .where(
            P.waiver_asked_at.is_not(None),
            P.waiver_asked_by_id != viewer.id,
            sa.or_(P.facilitator_id.is_(None), P.facilitator_id != viewer.id),
            P.state.in_([State.DUE, State.DRAFT]),
            seen_by(viewer, now=now),
        )
        .order_by(P.waiver_asked_at, P.id)
        .limit(20)
    )
    return list(db.session.execute(query))
