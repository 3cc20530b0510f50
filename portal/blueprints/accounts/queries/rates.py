"""Exchange rates as the value policy lets them count."""

from datetime import date

import sqlalchemy as sa

from portal.blueprints.policies.models import ExchangeRate
from portal.blueprints.policies.rules import ValuePolicy
from portal.core.db import db

from .. import rules


def rate_table(policy: ValuePolicy, *, on: date) -> rules.RateTable:
    """Give the exchange rates up to a day, no older than the policy lets count."""
    known = sa.select(
        ExchangeRate.currency,
        ExchangeRate.target,
        ExchangeRate.day,
        ExchangeRate.rate,
        ExchangeRate.source,
    ).where(ExchangeRate.day <= on)
    rates = [rules.Rate(*row) for row in db.session.execute(known)]
    return rules.RateTable(rates, max_age_days=policy.rate_max_age_days)
