"""What follows the log in this room, an executive escalation drafts a recovery nomination; and the
daily look at exits, touchpoints and trainings.
"""

from datetime import datetime, timedelta
from typing import Any

from portal.core import access

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


JOBS = {watch: "default"}
EVERY = {watch: timedelta(days=1)}
FOLLOWS = {
    "escalations.declared": draft_recovery,
    "escalations.restricted": follow_case,
    "escalations.opened_up": follow_case,
}
