"""What came again: the cases that people linked to causes, for those who may know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import Escalation
from portal.core.access import Actor, K, Subject, sees
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import Action, Cause, Postmortem, Recurrence, State

R = Recurrence


@dataclass(frozen=True)
class RecurrenceLine:
    """A case that somebody linked to a cause: which, who said so, when."""

    id: int
    cause_id: int
    case_ref: str
    title: str
    who: str
    linked_by_id: int
    linked_at: datetime
    alike: Sequence[Sequence[str]]


def recurrence(cause: Cause, case_ref: str) -> Recurrence | None:
    """Give the link of a case to a cause, None where nobody made one."""
    found: Recurrence | None = db.session.scalar(
        sa.select(Recurrence).filter_by(cause_id=cause.id, case_ref=case_ref)
    )
    return found


def get_recurrence(row: Postmortem, recurrence_id: int) -> Recurrence:
    """Give one link of a post-mortem; `NotFound` where it is another's."""
    found: Recurrence | None = db.session.scalar(
        sa.select(Recurrence).filter_by(id=recurrence_id, postmortem_id=row.id)
    )
    if found is None:
        raise NotFound
    return found


def recurrences_of(row: Postmortem, *, viewer: Actor, now: datetime) -> list[RecurrenceLine]:
    """Give what came again, the newest first: to those who read what is restricted (K3) of a
    post-mortem, and of cases alone that they see.
    """
    subject = Subject.POSTMORTEM if row.state is State.PUBLISHED else Subject.POSTMORTEM_DRAFT
    if not sees(viewer, subject, klass=K.RESTRICTED, related=True):
        return []
    query = (
        sa.select(
            R.id,
            R.cause_id,
            R.case_ref,
            Escalation.title,
            User.name,
            R.linked_by_id,
            R.linked_at,
            R.alike,
        )
        .join(Escalation, Escalation.reference == R.case_ref)
        .join(User, User.id == R.linked_by_id)
        .where(R.postmortem_id == row.id, case_queries.seen_by(viewer, now=now))
        .order_by(R.linked_at.desc(), R.id.desc())
    )
    return [RecurrenceLine(*found) for found in db.session.execute(query)]


def since_due(
    action: Action, found: Sequence[RecurrenceLine], *, zone: str
) -> list[RecurrenceLine]:
    """Give what came again of the cause of an action since it fell due."""
    settled: date | None = action.settled_at and rules.local_day(action.settled_at, zone=zone)
    return [
        line
        for line in found
        if line.cause_id == action.cause_id
        and rules.counts_since_due(
            rules.local_day(line.linked_at, zone=zone),
            due_on=action.due_on,
            state=action.state,
            settled_on=settled,
        )
    ]
