"""What the clock and the log ask of this room."""

from datetime import datetime, timedelta
from typing import Any

from portal.blueprints.notifications import queries as mail_queries
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import DraftState, PolicyKind
from portal.blueprints.policies.rules import digest, parse, rehearsed
from portal.core import access, clock, jobs
from portal.core.db import db, looking
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


def begin_rehearsal(event: dict[str, Any]) -> None:
    """Let a policy that was submitted be rehearsed on the cases of the last 12 months."""
    if rehearsed(PolicyKind(event["data"]["kind"])):
        given = {"draft_id": event["data"]["draft"]}
        jobs.enqueue("escalations.rehearse", key=f"rehearse:{event['uid']}", payload=given)


def rehearse(draft_id: int) -> None:
    """Work out what a submitted policy would have meant; it reads for long and writes once."""
    with looking():
        draft = policy_queries.get_draft(draft_id)
        if draft.state is not DraftState.SUBMITTED:
            return
        found = digest(draft.body)
        current = policy_queries.published(draft.kind)
        before, after = (parse(draft.kind, row.body) for row in (current, draft))
        load = queries.rehearse(before, after, now=clock.now())
    draft = policy_queries.get_draft(draft_id, lock=True)
    policy_actions.keep_load(draft, load, digest=found)
    db.session.commit()


JOBS = {rehearse: "heavy"}
EVERY = {take_steps: timedelta(minutes=1)}
FOLLOWS = {"notifications.sent": note_sent, "policies.submitted": begin_rehearsal}
