"""Who is named on a case, one by one."""

from datetime import datetime

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.core.access import Relation
from portal.core.db import db

from .. import rules
from ..models import Escalation


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
