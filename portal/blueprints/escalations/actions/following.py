"""Watching a case: hearing of its turns without a part in it."""

from datetime import datetime

import sqlalchemy as sa

from portal.core.access import Actor
from portal.core.db import db, insert_once
from portal.core.errors import Refused
from portal.core.i18n import _

from ..models import Escalation, State, Watcher
from .recording import log


def watch(case: Escalation, *, by: Actor, now: datetime) -> None:
    """Let somebody who sees a case hear of its turns; a second time changes nothing."""
    if by.id is None:
        raise Refused(_("Only a person watches a case."))
    if case.state in (State.DRAFT, State.REQUESTED):
        raise Refused(_("The case is not declared yet."))
    if insert_once(Watcher, escalation_id=case.id, person_id=by.id, since=now):
        log(case, "watched", by=by, now=now, data={"person": by.id})


def unwatch(case: Escalation, *, by: Actor, now: datetime) -> None:
    """Let somebody hear no more of the turns of a case; where they did not watch, nothing is."""
    gone = (
        sa.delete(Watcher)
        .where(Watcher.escalation_id == case.id, Watcher.person_id == by.id)
        .returning(Watcher.id)
    )
    if db.session.scalars(gone).all():
        log(case, "unwatched", by=by, now=now, data={"person": by.id})
