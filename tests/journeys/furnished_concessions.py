"""What the pages of compensation show: an offer with its letter, books that moved, a precedent."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.concessions import actions, queries
from portal.blueprints.concessions.models import CreditLot, Form, Ground, Movement, SentOffer
from tests.cast import Cast


def offer_and_move(cast: Cast, now: datetime) -> None:
    """Offer one compensation and deliver another, so that letter, books and outcomes are there."""
    for amount in (Decimal(300), Decimal(200)):
        wish = actions.Wish(why="They waited.", currency="EUR", fee=Decimal(5000))
        row = actions.propose(cast.acme, wish, by=cast.carl, now=now)
        day = actions.PartWish(
            ground=Ground.GOODWILL, form=Form.TRAINING, what="A day of training", amount=amount
        )
        actions.add_part(row, day, by=cast.carl, now=now)
        actions.request(row, by=cast.carl, now=now)
        actions.approve(row, by=cast.lena, now=now)
        if amount == Decimal(300):
            contact = queries.addressees(cast.acme)[0]
            actions.send_offer(row, contact, base_url="http://x", by=cast.carl, now=now)
        else:
            actions.offer(row, by=cast.carl, now=now)
    _incident(cast, now)
    actions.accept(row, who="H. Vasseur, COO", by=cast.carl, now=now)
    proofs = {part.id: "T-1" for part in queries.parts(row)}
    actions.deliver(row, proofs, by=cast.fina, now=now)


def _incident(cast: Cast, now: datetime) -> None:
    """One incident that hit an account, with a lot that waits for its signature."""
    contract = account_queries.contracts([cast.acme_id])[0].id
    terms = actions.TermsWish(
        contract_id=contract, service="Flow", currency="EUR", fee=Decimal(4000), tiers="99.9 10"
    )
    actions.set_terms(cast.acme, terms, by=cast.fina, now=now)
    incident = actions.LotWish(
        title="Flow stood still",
        service="Flow",
        day=now.date() - timedelta(days=40),
        availability=Decimal(99),
    )
    actions.make_lot(incident, by=cast.fina, now=now)


def known(db: Any) -> dict[tuple[str, str], list[str]]:
    """What the addresses of this room name."""
    return {
        ("concessions", "period"): sorted(db.session.scalars(sa.select(Movement.period))),
        ("concessions", "token"): [
            queries.offer_token(one) for one in db.session.scalars(sa.select(SentOffer))
        ],
    }


def lots(db: Any) -> list[str]:
    """The references of this room that are no compensation."""
    return list(db.session.scalars(sa.select(CreditLot.reference)))
