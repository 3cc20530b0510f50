"""What follows a closing."""

from typing import Any

from flask import current_app

from portal.blueprints.escalations import queries as cases
from portal.core import access, clock

from . import actions


def invite(event: dict[str, Any]) -> None:
    """Ask the customer of a case that was closed how it went."""
    case = cases.by_reference(event["record_ref"])
    base_url = current_app.config["PORTAL"].base_url
    actions.invite(case, base_url=base_url, by=access.job("surveys"), now=clock.now())


def hold_back(event: dict[str, Any]) -> None:
    """Ask nobody about a case that is open again."""
    actions.hold_back(cases.by_reference(event["record_ref"]), now=clock.now())


FOLLOWS = {"escalations.closed": invite, "escalations.reopened": hold_back}
