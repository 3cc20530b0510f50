"""Hand-overs whose time has come, and what people who were switched off left behind."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from portal.core import access, clock, jobs
from portal.core.db import db

from . import actions, queries


def carry_out(handover_id: int) -> None:
    """Hand over what somebody owns, batch by batch; begun again it goes on where it was."""
    asked_by = queries.get(handover_id).asked_by_id
    by = replace(access.job("handover"), on_behalf_of=asked_by)
    more = True
    while more:
        row = queries.get(handover_id, lock=True)
        more = actions.carry_on(row, by=by, now=clock.now())
        db.session.commit()


def begin_due(now: str) -> None:
    """Begin the hand-overs whose time has come."""
    for handover_id in queries.due(now=datetime.fromisoformat(now)):
        payload = {"handover_id": handover_id}
        jobs.enqueue("handovers.carry_out", key=f"handover:{handover_id}", payload=payload)


def point_out(event: dict[str, Any]) -> None:
    """Say what somebody who was switched off still owns."""
    if not event["data"]["active"]:
        by = access.job("handovers")
        actions.point_out(event["data"]["person"], by=by, now=clock.now())


JOBS: dict[Any, str] = {carry_out: "heavy"}
EVERY = {begin_due: timedelta(minutes=5)}
FOLLOWS = {"auth.person_switched": point_out}
