"""What the clock and the log ask of this room."""

from datetime import datetime, timedelta
from typing import Any

from portal.blueprints.notifications import queries as mail_queries
from portal.core import access, clock
from portal.core.db import db
from portal.core.errors import NotFound

from . import actions, queries

BATCH = 200
PREFIX = "ESC-"


def take_steps(now: str) -> None:
    """Take the due steps of the ladders of notice, batch by batch, each step once."""
    moment, by = datetime.fromisoformat(now), access.job("ladder of notice")
    while cases := queries.with_due_step(now=moment, limit=BATCH):
        actions.climb(cases, by=by, now=moment)
        db.session.commit()


def note_sent(event: dict[str, Any]) -> None:
    """Put a message of ours that left into the story of its case: the customer heard from us."""
    if not (event["record_ref"] or "").startswith(PREFIX):
        return
    message = mail_queries.get(event["data"]["notification"])
    if message.contact_id is None or not message.key.startswith("written:"):
        return
    try:
        case = queries.by_reference(event["record_ref"])
    except NotFound:
        return
    actions.note_sent(case, message, now=clock.now())


def weigh_broken(event: dict[str, Any]) -> None:
    """Propose a graver severity where a promise of a case was broken, whichever door said so."""
    if not (event["record_ref"] or "").startswith(PREFIX):
        return
    case = queries.by_reference(event["record_ref"])
    by = access.job("broken promises")
    actions.propose_raising(case, event["data"]["promise"], by=by, now=clock.now())


EVERY = {take_steps: timedelta(minutes=1)}
FOLLOWS = {"notifications.sent": note_sent, "accounts.promise_broken": weigh_broken}
