"""Incidents that hit many: what the demo company paid before anybody asked, and what waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.concessions import actions, queries
from portal.blueprints.concessions.models import (
    Concession,
    CreditLine,
    CreditLot,
    Insurer,
    LotState,
)
from portal.core import clock
from portal.core.db import db

from .customers import Customer
from .diary import Story, working
from .people import Staff

SERVICE = "Halden Gateway"
HIT = 9
KINDS = ("99.9 5\n99 15", "99.5 10\n98 25")
"""Tiers of the service, as two generations of contracts have them."""
SIGNERS = ("escalation_manager", "executive", "leadership")


def story(everyone: Sequence[Customer], staff: Staff, *, now: datetime) -> Story:
    """Write terms down, pay one incident of two months ago, and ask for the signature of another."""
    yield working(now - timedelta(days=70))
    _terms([one for one in everyone if not one.private], staff)
    yield working(now - timedelta(days=33))
    first = _lot(
        "The gateway did not answer for three hours on a Tuesday",
        staff,
        Decimal("99.41"),
        day=clock.now() - timedelta(days=clock.now().day + 1),
    )
    yield clock.now() + timedelta(hours=5)
    for key in SIGNERS:
        if first.state is LotState.REQUESTED:
            _sign(first, key, staff)
    yield working(clock.now() + timedelta(days=3))
    _deliver(first, staff)
    yield working(now - timedelta(days=4))
    _lot(
        "Slow answers of the gateway in the last days of the month",
        staff,
        Decimal("99.74"),
        day=clock.now() - timedelta(days=clock.now().day + 1),
    )


def _terms(customers: Sequence[Customer], staff: Staff) -> None:
    by, now, found = staff.actor("finance"), clock.now(), 0
    for customer in customers:
        contracts = account_queries.contracts([customer.id]) if customer.id else []
        running = [one for one in contracts if one.ends_on is None or one.ends_on >= now.date()]
        if not running or found == HIT:
            continue
        fee = Decimal(customer.arr_on(now.date())) / 12 / 4
        wish = actions.TermsWish(
            contract_id=running[0].id,
            service=SERVICE,
            currency=customer.currency,
            fee=fee.quantize(Decimal(1)),
            tiers=KINDS[found % 2],
            automatic=found % 3 > 0,
            claim_days=None if found % 3 else 60,
        )
        actions.set_terms(customer.row, wish, by=by, now=now)
        found += 1


def _lot(title: str, staff: Staff, availability: Decimal, *, day: datetime) -> CreditLot:
    wish = actions.LotWish(
        title=title,
        service=SERVICE,
        day=day.date(),
        availability=availability,
        apology="We are sorry: you could not reach what you pay us for.",
        fix="A second gateway has carried half of the traffic since the next morning.",
    )
    return actions.make_lot(wish, by=staff.actor("escalation_manager"), now=clock.now())


def _sign(row: CreditLot, key: str, staff: Staff) -> None:
    if queries.asks_insurer(row) and not row.insurer:
        actions.note_lot_insurer(
            row, Insurer.NOT_NEEDED, by=staff.actor("finance"), now=clock.now()
        )
    if queries.may_sign_lot(row, by=staff.actor(key), now=clock.now()):
        actions.sign_lot(row, by=staff.actor(key), now=clock.now())


def _deliver(row: CreditLot, staff: Staff) -> None:
    """Let finance deliver all but the last two."""
    query = sa.select(Concession).join(CreditLine, CreditLine.concession_id == Concession.id)
    rows = db.session.scalars(query.where(CreditLine.lot_id == row.id).order_by(Concession.id))
    for one in list(rows)[:-2]:
        notes = {part.id: f"CN-{clock.now():%Y}-{5000 + part.id}" for part in queries.parts(one)}
        actions.deliver(one, notes, by=staff.actor("finance"), now=clock.now())
