"""What follows the log in this room, an executive escalation drafts a recovery nomination; and the
daily look at exits, touchpoints and trainings.
"""

from datetime import datetime, timedelta
from typing import Any

from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import DraftState, PolicyKind
from portal.blueprints.policies.rules import SHAPES, digest, read_draft
from portal.core import access, clock, jobs
from portal.core.db import db, looking

from . import actions, queries


def draft_recovery(event: dict[str, Any]) -> None:
    """Draft a recovery nomination for an executive escalation, once; a person sends it."""
    if not event["data"].get("executive"):
        return
    actions.draft_recovery(
        event["record_ref"],
        by=access.job("sponsorship.draft_recovery"),
        now=datetime.fromisoformat(event["at"]),
    )


def follow_case(event: dict[str, Any]) -> None:
    """Close the nomination of a case with the case, and open it with it."""
    row = queries.for_case(event["record_ref"])
    if row is not None:
        actions.follow_case(row)


def watch(now: str) -> None:
    """Hold every running sponsorship against the exit criteria, and remind who is late."""
    at, by = datetime.fromisoformat(now), access.job("sponsorship.watch")
    for number in queries.running_ids():
        actions.watch(queries.running(number), by=by, now=at)
    actions.remind(by=by, now=at)


def chase_lines(now: str) -> None:
    """Tell the substitute, and who runs the programme, of customers whom nobody answered."""
    at = datetime.fromisoformat(now)
    for message in queries.overdue(now=at):
        actions.pass_on(message, by=access.job("sponsorship.chase_lines"), now=at)


def begin_backtest(event: dict[str, Any]) -> None:
    """Let criteria that were submitted, or whose author asks, be held against the last months."""
    if PolicyKind(event["data"]["kind"]) is PolicyKind.SPONSORSHIP:
        given = {"draft_id": event["data"]["draft"]}
        jobs.enqueue("sponsorship.backtest", key=f"backtest:{event['uid']}", payload=given)


def backtest(draft_id: int) -> None:
    """Work out what criteria that are proposed would have made of the last twelve months; it reads
    step by step, and writes how far it is.
    """
    with looking():
        draft = policy_queries.get_draft(draft_id)
        if draft.state not in (DraftState.WRITING, DraftState.SUBMITTED):
            return
        document, _problems = read_draft(SHAPES[draft.kind], draft.body)
        if document is None:
            return  # written on since, and wrong for the moment
        wanted, now = digest(draft.body), clock.now()
        before, _number = queries.policy_in_force()
    steps = queries.backtest(before, document, now=now)  # type: ignore[arg-type]
    while True:
        with looking():
            done, total, found = next(steps)
        draft = policy_queries.get_draft(draft_id, lock=True)
        if done == total:
            policy_actions.keep_load(draft, found, digest=wanted)
            db.session.commit()
            return
        asked = policy_actions.keep_progress(draft, done=done, total=total, digest=wanted)
        db.session.commit()
        if not asked:
            return


JOBS: dict[Any, str] = {watch: "default", backtest: "heavy"}
EVERY = {watch: timedelta(days=1), chase_lines: timedelta(minutes=15)}
FOLLOWS = {
    "escalations.declared": draft_recovery,
    "escalations.restricted": follow_case,
    "escalations.opened_up": follow_case,
    "policies.submitted": begin_backtest,
    "policies.load_asked": begin_backtest,
}
