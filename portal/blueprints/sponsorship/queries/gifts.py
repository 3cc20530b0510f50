"""What passed between sponsors and customers."""

from datetime import date, datetime

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.core.db import db
from portal.core.money import Money, from_minor

from .. import rules
from ..models import Gift, Sponsorship
from .checking import policy_in_force
from .finding import today


def gifts(row: Sponsorship) -> list[tuple[Gift, Money]]:
    """Give what passed in a sponsorship, and what each was worth, the newest first."""
    query = sa.select(Gift).where(Gift.sponsorship_id == row.id)
    found = db.session.scalars(query.order_by(Gift.on.desc(), Gift.id.desc()).limit(100))
    return [(one, from_minor(one.value_minor, one.currency)) for one in found]


def passed(row: Sponsorship, *, given: bool) -> list[tuple[date, Money]]:
    """Give what passed one way between the house and an account, in all its sponsorships."""
    own = sa.select(Sponsorship.id).where(Sponsorship.account_id == row.account_id)
    query = sa.select(Gift.on, Gift.value_minor, Gift.currency).where(
        Gift.sponsorship_id.in_(own), Gift.given.is_(given)
    )
    currency = auth_queries.organisation().currency
    return [
        (day, from_minor(minor, code))
        for day, minor, code in db.session.execute(query)
        if code == currency
    ]


def gift_sums(row: Sponsorship, *, now: datetime) -> dict[bool, rules.gifts.Against]:
    """Give what was given (True) and received within twelve months, against the limit."""
    policy, _number = policy_in_force()
    currency, on = auth_queries.organisation().currency, today(now)
    return {
        given: rules.gifts.against(
            passed(row, given=given), on=on, policy=policy, currency=currency
        )
        for given in (True, False)
    }
