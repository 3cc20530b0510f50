"""What the pages of compensation show: an offer with its letter, books that moved, a precedent."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.concessions import actions, queries
from portal.blueprints.concessions.models import Form, Ground, Movement, SentOffer
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
    actions.accept(row, who="H. Vasseur, COO", by=cast.carl, now=now)
    proofs = {part.id: "T-1" for part in queries.parts(row)}
    actions.deliver(row, proofs, by=cast.fina, now=now)


def known(db: Any) -> dict[tuple[str, str], list[str]]:
    """What the addresses of this room name."""
    return {
        ("concessions", "period"): sorted(db.session.scalars(sa.select(Movement.period))),
        ("concessions", "token"): [
            queries.offer_token(one) for one in db.session.scalars(sa.select(SentOffer))
        ],
    }
