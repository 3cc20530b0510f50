"""What follows a closing."""

from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from portal.blueprints.escalations import queries as cases
from portal.core import access, clock

from . import actions, queries, rules


def invite(event: dict[str, Any]) -> None:
    """Ask the customer of a case that was closed how it went."""
    case = cases.by_reference(event["record_ref"])
    base_url = current_app.config["PORTAL"].base_url
    actions.invite(case, base_url=base_url, by=access.job("surveys"), now=clock.now())


def hold_back(event: dict[str, Any]) -> None:
    """Ask nobody about a case that is open again."""
    actions.hold_back(cases.by_reference(event["record_ref"]), now=clock.now())


def ask_to_recommend(now: str) -> None:
    """Ask the customers whose turn it is whether they would recommend us, some in an hour."""
    moment, schedule = datetime.fromisoformat(now), queries.schedule()
    if schedule is None or not schedule.every_months:
        return
    base_url, by = current_app.config["PORTAL"].base_url, access.job("surveys")
    turn = queries.due_to_be_asked(
        now=moment, every_months=schedule.every_months, limit=rules.AT_ONCE
    )
    for account in turn:
        actions.ask_to_recommend(account, base_url=base_url, by=by, now=moment)


EVERY = {ask_to_recommend: timedelta(hours=1)}
FOLLOWS = {"escalations.closed": invite, "escalations.reopened": hold_back}
