"""What the clock and the log ask of this room."""

from datetime import datetime, timedelta
from typing import Any

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import queries as mail_queries
from portal.core import access, clock
from portal.core.db import db
from portal.core.errors import NotFound

from . import actions, queries

BATCH = 2_500
PREFIX = "ESC-"


def take_steps(now: str) -> None:
    """Take the due steps of the ladders of notice, batch by batch, each step once."""
    known, by = queries.Pass(now=datetime.fromisoformat(now)), access.job("ladder of notice")
    more = True
    while more:
        more = actions.climb(known, limit=BATCH, by=by) == BATCH
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


def watch_ladders(now: str) -> None:
    """Tell administrators, once an hour at most, that notices have not gone out in time."""
    moment = datetime.fromisoformat(now)
    actions.warn_late(queries.engine(now=moment), by=access.job("watchdog"), now=moment)


def adopt(number: int, person: int) -> None:
    """Put the open cases of a withdrawn policy under the one in force, batch by batch."""
    by = auth_queries.actor(person)
    while actions.adopt_some(number, by=by, now=clock.now()):
        db.session.commit()


def recount(accounts: list[int]) -> None:
    """Work out anew when something is due in the open cases of some accounts, batch by batch."""
    after: int | None = 0
    while after is not None:
        after = actions.recount_some(accounts, after=after, now=clock.now())
        db.session.commit()


JOBS: dict[Any, str] = {adopt: "heavy", recount: "heavy"}
EVERY = {take_steps: timedelta(minutes=1), watch_ladders: timedelta(minutes=5)}
FOLLOWS = {"notifications.sent": note_sent, "accounts.promise_broken": weigh_broken}
