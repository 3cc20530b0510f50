"""What customers write to their sponsors, a gift, and other criteria that are proposed."""

from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from flask import current_app

from portal.blueprints.accounts.models import Contact
from portal.blueprints.policies import actions as policies
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.models import (
    GiftKind,
    LaneKind,
    Sponsorship,
    SponsorshipState,
)
from portal.core import clock
from portal.core.db import db
from portal.core.money import Money

from .diary import Story, working
from .people import Staff

ASKED = "Our board meets on the 12th. Can you join us for the first half hour, by video?"
ANSWERED = "Yes. I shall be there from nine, and bring the answer about the second site."
AGAIN = "Thank you for coming. Who of yours decides about the interface to our warehouse?"
WHY = (
    "Three of the accounts we admitted late had scored between 65 and 70 for a year; "
    "a fresh plan can be asked for within sixty days."
)


def story(staff: Staff, *, now: datetime) -> Story:
    """Open two lines; one customer has their answer, the other waits since yesterday."""
    yield working(now - timedelta(days=16))
    running = _running()
    for row in running:
        sponsor = staff.by_id(queries.sponsor_of(row).person_id)
        contact = _executive(row)
        if contact is not None:
            given = {
                "base_url": current_app.config["PORTAL"].base_url,
                "by": sponsor,
                "now": clock.now(),
            }
            actions.open_line(row, contact, **given)
    yield working(now - timedelta(days=9))
    for row in running[:1]:
        _write(row, ASKED)
    yield working(now - timedelta(days=8))
    for row in running[:1]:
        sponsor = staff.by_id(queries.sponsor_of(row).person_id)
        message = queries.written(row)[0]
        actions.answer_line(row, message, text=ANSWERED, by=sponsor, now=clock.now())
        actions.note_gift(
            row,
            GiftKind.HOSPITALITY,
            given=False,
            value=Money(Decimal(60), "EUR"),
            what="Lunch after the board meeting, two people",
            on=None,
            reason="",
            by=sponsor,
            now=clock.now(),
        )
    yield working(now - timedelta(days=3))
    by = staff.actor("programme_manager")
    draft = policies.start(PolicyKind.SPONSORSHIP, by=by, now=clock.now())
    for path, value in (("strategic.least_score", "65"), ("strategic.plan_max_age_days", 60)):
        policies.change(draft, path, value, by=by, now=clock.now())
    policies.submit(draft, why=WHY, by=by, now=clock.now())
    yield working(now - timedelta(days=1))
    for row in running[1:]:
        _write(row, AGAIN)


def _running() -> list[Sponsorship]:
    """Give the two sponsorships that run longest from here on."""
    query = (
        sa.select(Sponsorship)
        .where(Sponsorship.state == SponsorshipState.ACTIVE, Sponsorship.lane == LaneKind.STRATEGIC)
        .order_by(Sponsorship.ends_on.desc(), Sponsorship.id)
        .limit(2)
    )
    return list(db.session.scalars(query))


def _executive(row: Sponsorship) -> Contact | None:
    chosen = queries.nomination_of(row).customer_executive_id
    contact = db.session.get(Contact, chosen) if chosen else None
    return contact if contact is not None and contact.left_at is None else None


def _write(row: Sponsorship, text: str) -> None:
    for line in queries.lines(row)[:1]:
        who = queries.on_line(queries.line_token(line))
        actions.write_in(who, text, now=clock.now())
