"""What somebody types into a text stays theirs on the server until they keep or discard it."""

from datetime import datetime

import sqlalchemy as sa

from portal.core.access import Actor
from portal.core.db import db, insert_or_change

from .. import queries, rules
from ..models import Postmortem, UnsavedText
from .recording import insist, tidy


def save_unsaved(
    row: Postmortem, field: str, text: str, *, was: str, by: Actor, now: datetime
) -> bool:
    """Save what somebody types into a text, made on the text whose digest is `was`; say whether
    anything is saved: what stands there anyway is not. It is nobody else's: the log says nothing.
    """
    insist(row, rules.Right.WRITE, by=by)
    if field not in rules.TEXTS:
        raise ValueError(field)
    if tidy(text) == tidy(getattr(row, field)):
        forget_unsaved(row, field, by=by)
        return False
    key = {"postmortem_id": row.id, "person_id": by.id, "field": field}
    insert_or_change(UnsavedText, **key, was=was[:64], text=text, saved_at=now)
    return True


def forget_unsaved(row: Postmortem, field: str, *, by: Actor) -> None:
    """Forget what somebody typed into a text: it is kept now, or they discard it."""
    mine = sa.and_(UnsavedText.postmortem_id == row.id, UnsavedText.person_id == by.id)
    db.session.execute(sa.delete(UnsavedText).where(mine, UnsavedText.field == field))


def forget_all_unsaved(row: Postmortem) -> None:
    """Forget what anybody typed into a post-mortem that is written no more."""
    db.session.execute(sa.delete(UnsavedText).where(UnsavedText.postmortem_id == row.id))


def forget_old_unsaved(*, now: datetime) -> None:
    """Forget what nobody comes back to."""
    db.session.execute(sa.delete(UnsavedText).where(queries.unsaved_to_forget(now=now)))
