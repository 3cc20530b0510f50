"""What somebody typed into the texts of a post-mortem and did not keep yet."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.core.access import Actor
from portal.core.db import db

from ..models import Postmortem, UnsavedText

UNSAVED_KEPT = timedelta(days=30)
U = UnsavedText


def unsaved_of(row: Postmortem, field: str, *, viewer: Actor) -> UnsavedText | None:
    """Give what the viewer typed into a text and did not keep yet, None where there is nothing."""
    return db.session.get(U, (row.id, viewer.id, field)) if viewer.id is not None else None


def unsaved_in(row: Postmortem, *, viewer: Actor) -> list[UnsavedText]:
    """Give all that the viewer typed into a post-mortem and did not keep yet, the newest first."""
    query = sa.select(U).where(U.postmortem_id == row.id, U.person_id == viewer.id)
    return list(db.session.scalars(query.order_by(U.saved_at.desc(), U.field)))


def unsaved_to_forget(*, now: datetime) -> sa.ColumnElement[bool]:
    """Give the predicate for what nobody comes back to: a month old, or of somebody who left."""
    gone = sa.select(User.id).where(sa.not_(User.active))
    return sa.or_(U.saved_at < now - UNSAVED_KEPT, U.person_id.in_(gone))
