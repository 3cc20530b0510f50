"""Sponsors, nominations and sponsorships for the tests of this room."""

from datetime import date, datetime, timedelta
from typing import Any

from portal.blueprints.accounts.models import Account
from portal.blueprints.sponsorship import actions, rules
from portal.blueprints.sponsorship.models import Charter, LaneKind, Nomination, Sponsor
from portal.core.access import Actor


def sponsor(person: Actor, *, by: Actor, now: datetime, **more: Any) -> Sponsor:
    known: dict[str, Any] = {
        "languages": ("en", "fr"),
        "zone": "Europe/Paris",
        "hours_month": 20,
        "trained_on": now.date() - timedelta(days=30),
    } | more
    assert person.id is not None
    return actions.add_sponsor(person.id, actions.Profile(**known), by=by, now=now)


def sent(
    account: Account,
    *,
    by: Actor,
    now: datetime,
    lane: LaneKind = LaneKind.STRATEGIC,
    outcome: str = "Renewed in three countries",
    **more: Any,
) -> Nomination:
    row = actions.draft(account, lane, by=by, now=now)
    known: dict[str, Any] = {
        "why": "They count.",
        "customer_executive_id": None,
        "proposed_sponsor_id": None,
    } | more
    actions.edit(row, outcome=outcome, by=by, now=now, **known)
    actions.send(row, by=by, now=now)
    return row


CHARTER = {
    "purpose": "Executives know the customers who decide about us.",
    "metrics": "Touchpoints held: 90 % of those planned\nLeft within a year: fewer than 2 in 40",
    "duties": "Meet within 30 days\nKeep what was promised",
    "donts": "Negotiate prices",
    "customer": "An executive who answers",
    "training": "The first meeting\nWhat not to promise",
}


def charter(*, by: Actor, now: datetime, base: int = 0, **changes: str) -> Charter:
    page = rules.charter.Charter(**(CHARTER | changes))
    return actions.publish_charter(page, base=base, reason="A first one", by=by, now=now)


def plan(account: Account, *, on: date) -> None:
    account.success_plan_on = on
