"""What the engine says about itself when it comes late."""

from datetime import datetime

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import actions as notification_actions
from portal.core import events
from portal.core.access import Actor, K, Role
from portal.core.db import insert_once
from portal.core.jobs import JobDone

from ..queries import Engine


def warn_late(engine: Engine, *, by: Actor, now: datetime) -> None:
    """Tell every administrator that notices wait, once an hour at most; nothing while none does."""
    if engine.late_by is None:
        return
    hour = f"ladder late:{now:%Y-%m-%dT%H}"
    if not insert_once(JobDone, key=hour, name="escalations.engine_late", done_at=now):
        return
    events.record("escalations.engine_late", by=by, now=now, data={"minutes": engine.late_minutes})
    for person in auth_queries.people(role=Role.ADMIN):
        notification_actions.notify(
            person.id,
            template="escalations/engine_late",
            context={
                "since": engine.waiting_since,
                "minutes": engine.late_minutes,
                "path": "/admin/jobs",
            },
            why="admin",
            key=f"{hour}:{person.id}",
            record=None,
            account_id=None,
            klass=K.INTERNAL,
            by=by,
            now=now,
        )
