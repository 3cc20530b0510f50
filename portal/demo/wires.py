"""Another system that is told what happens: the ticket system of the house."""

from datetime import datetime, timedelta

from portal.blueprints.webhooks import actions, queries
from portal.core import access, clock
from portal.core.db import db

from .diary import Story, local
from .people import Staff

TOLD = ("escalations.declared", "escalations.severity_raised", "escalations.closed")
ADDRESS = "https://tickets.halden.example/hooks/parley"


def story(staff: Staff, *, now: datetime) -> Story:
    """Set the ticket system up a month ago; it took what it was sent, and rests since yesterday, so
    that a demonstration calls nobody.
    """
    admin = staff.actor("admin")
    yield local((now - timedelta(days=30)).date(), 9)
    row = actions.add(
        name="Ticket system", url=ADDRESS, names=TOLD, hosts=(), by=admin, now=clock.now()
    )
    yield local((now - timedelta(days=1)).date(), 18)
    while actions.collect(queries.get(row.id, lock=True), now=clock.now()):
        db.session.flush()
    for delivery_id, _tries in queries.due(now=clock.now()):
        taken = actions.claim(delivery_id, now=clock.now())
        if taken is not None:
            actions.note_sent(taken, by=access.job("webhooks"), now=clock.now())
    actions.pause(queries.get(row.id, lock=True), by=admin, now=clock.now())
