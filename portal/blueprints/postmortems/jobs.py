"""Doors for the log and the clock: what becomes due, and what is late."""

from datetime import datetime, timedelta
from typing import Any

from portal.core import access, clock

from . import actions, queries

LESSONS = access.job("postmortems")


def open_due(event: dict[str, Any]) -> None:
    """Open what the closing or the return of a case makes due."""
    if event["record_ref"]:
        actions.consider(event["record_ref"], by=LESSONS, now=clock.now())


def open_for_compensation(event: dict[str, Any]) -> None:
    """Open what a compensation above a director's limit makes due for its case."""
    case = event["data"].get("case")
    if case and event["data"].get("above_director"):
        at = datetime.fromisoformat(event["at"])
        actions.consider(case, by=LESSONS, now=clock.now(), compensated_at=at)


def look_at_loss(event: dict[str, Any]) -> None:
    """Open what policy asks for where a customer is lost."""
    if event["account_id"]:
        actions.consider_loss(event["account_id"], by=LESSONS, now=clock.now())


def chase(now: str) -> None:
    """Find what was missed, stop the clocks that counsel holds, and say what is late."""
    moment = datetime.fromisoformat(now)
    for reference in queries.to_consider(now=moment):
        actions.consider(reference, by=LESSONS, now=moment)
    for account_id in queries.losses_missed(since=moment - queries.SWEPT):
        actions.consider_loss(account_id, by=LESSONS, now=moment)
    for note in queries.notes_due():
        actions.chase_loss(note, by=LESSONS, now=moment)
    for row in queries.drafts_to_forget(now=moment):
        actions.forget_versions(row, by=LESSONS, now=moment)
    actions.forget_old_unsaved(now=moment)
    for row in queries.under_way():
        actions.hand_to_counsel(row, by=LESSONS, now=moment)
        actions.chase(row, by=LESSONS, now=moment)
    for row, action in queries.actions_to_chase(today=queries.today_of(moment)):
        actions.chase_action(row, action, by=LESSONS, now=moment)


def follow_case(event: dict[str, Any]) -> None:
    """Close the post-mortem of a case with the case, and open it with it."""
    for row in queries.covering(event["record_ref"]):
        actions.follow_case(row, event["record_ref"])


FOLLOWS = {
    "accounts.edited": look_at_loss,
    "escalations.restricted": follow_case,
    "escalations.opened_up": follow_case,
    "escalations.closed": open_due,
    "escalations.reopened": open_due,
    "concessions.approved": open_for_compensation,
}
EVERY = {chase: timedelta(days=1)}
