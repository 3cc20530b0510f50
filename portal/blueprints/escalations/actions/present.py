"""Who has a form of a case open: nobody is kept out, others are told."""

from datetime import datetime

import sqlalchemy as sa

from portal.core.access import Actor
from portal.core.db import db, insert_once

from ..models import Escalation, Presence


def be_present(case: Escalation, *, what: str, by: Actor, now: datetime) -> None:
    """Note that somebody has a form of a case open; it is no deed: the log says nothing of it."""
    mine = sa.update(Presence).where(Presence.escalation_id == case.id, Presence.person_id == by.id)
    values = {"what": what[:20], "seen_at": now}
    if not db.session.scalars(mine.values(**values).returning(Presence.id)).all():
        insert_once(Presence, escalation_id=case.id, person_id=by.id, **values)


def leave(case: Escalation, *, by: Actor) -> None:
    """Note that somebody is done with the form of a case."""
    db.session.execute(
        sa.delete(Presence).where(Presence.escalation_id == case.id, Presence.person_id == by.id)
    )


def forget_presence(*, now: datetime) -> None:
    """Forget forms that were left open and spoke last before `now`."""
    db.session.execute(sa.delete(Presence).where(Presence.seen_at < now))
