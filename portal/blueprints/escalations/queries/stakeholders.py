"""The people who must hear something about a case."""

import sqlalchemy as sa

from portal.blueprints.accounts.models import Contact
from portal.blueprints.auth.models import User
from portal.core.db import db
from portal.core.errors import NotFound

from ..models import Escalation, Stakeholder


def stakeholder(case: Escalation, stakeholder_id: int) -> Stakeholder:
    """Give one person on the list of a case."""
    found = db.session.scalar(
        sa.select(Stakeholder).filter_by(id=stakeholder_id, escalation_id=case.id, left_at=None)
    )
    if found is None:
        raise NotFound
    return found


def stands_already(case: Escalation, *, contact_id: int | None, person_id: int | None) -> bool:
    """Say whether somebody is on the list of a case."""
    query = sa.select(Stakeholder.id).filter_by(
        escalation_id=case.id, contact_id=contact_id, person_id=person_id, left_at=None
    )
    return db.session.scalar(query.limit(1)) is not None


def needs_of(case: Escalation) -> dict[int, str]:
    """Give what each person of the customer must hear from us, by the id of the contact."""
    query = sa.select(Stakeholder.contact_id, Stakeholder.needs).where(
        Stakeholder.escalation_id == case.id,
        Stakeholder.contact_id.is_not(None),
        Stakeholder.left_at.is_(None),
        Stakeholder.needs != "",
    )
    return {row.contact_id: row.needs for row in db.session.execute(query)}


def name_of(row: Stakeholder) -> str:
    """Give the name of somebody on a list."""
    column, of = (
        (Contact.name, Contact.id == row.contact_id)
        if row.contact_id is not None
        else (User.name, User.id == row.person_id)
    )
    return str(db.session.scalar(sa.select(column).where(of)))
