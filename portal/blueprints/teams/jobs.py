"""What is left to do once a team is retired."""

from datetime import datetime, timedelta
from typing import Any

from portal.blueprints.auth import queries as auth
from portal.core import clock
from portal.core.db import db

from . import actions, queries


def settle(team_id: int, asked_by: int | None = None) -> None:
    """Give what hangs on a retired team to its successor, lot by lot; begun again it goes on where
    it was.
    """
    while actions.pass_on(team_id, asked_by=asked_by, now=clock.now()):
        db.session.commit()
    db.session.commit()


def look_again(now: str) -> None:
    """Find what came to a retired team after it was settled: a case that was opened again, or one
    that was being declared just then.
    """
    for team_id in queries.unsettled():
        actions.settle_later(auth.get_team(team_id), key=f"again:{datetime.fromisoformat(now)}")


def follow(event: dict[str, Any]) -> None:
    """Let a case that is open again go to the team that came after its own."""
    team = queries.retired_team_of(event["record_ref"] or "")
    if team is not None and team.successor_id is not None:
        actions.settle_later(team, key=event["uid"])


JOBS: dict[Any, str] = {settle: "heavy"}
EVERY = {look_again: timedelta(hours=1)}
FOLLOWS = {"escalations.reopened": follow, "escalations.unmerged": follow}
