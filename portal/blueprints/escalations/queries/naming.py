"""Who is named on a case, one by one."""

from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.core.access import Relation
from portal.core.db import db

from .. import rules
from ..models import AffectedAccount, CaseResponse, Escalation, Task, Transfer


def staying(case: Escalation) -> frozenset[int]:
    """Give whom nobody takes off a restricted case; somebody who is asked to decide is one."""
    asked = case.ask_of_id if case.ask else None
    return rules.staying(case.owner_id, case.executive_owner_id, case.declared_by_id, asked)


def named_on(case: Escalation, *, now: datetime) -> dict[int, str]:
    """Give the people (id → name) who stand to a case by their own name."""
    living = sa.or_(Relation.until.is_(None), Relation.until > now)
    query = (
        sa.select(User.id, User.name)
        .join(Relation, Relation.person_id == User.id)
        .where(Relation.record_ref == case.reference, living)
        .distinct()
        .order_by(User.name, User.id)
    )
    return {row.id: row.name for row in db.session.execute(query)}


def has_ground(case: Escalation, person_id: int) -> bool:
    """Say whether something makes a person's name belong to a case: they own or declared it, are
    asked to decide, gave it away, answer to it, have something to do, or a customer of theirs is
    hit.
    """
    if person_id in staying(case):
        return True
    grounds = (
        sa.select(Task.id).where(
            Task.escalation_id == case.id,
            sa.or_(
                Task.owner_id == person_id,
                sa.and_(Task.substitute_id == person_id, Task.chased_at.is_not(None)),
            ),
            Task.done_at.is_(None),
            Task.dropped_at.is_(None),
        ),
        sa.select(CaseResponse.id).filter_by(escalation_id=case.id, person_id=person_id),
        sa.select(AffectedAccount.id).filter_by(escalation_id=case.id, named_id=person_id),
        sa.select(Transfer.id).filter_by(escalation_id=case.id, from_id=person_id),
    )
    found = sa.union_all(*grounds).limit(1)
    return db.session.execute(found).first() is not None
