"""Exchange rates as the value policy lets them count."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.auth import queries as auth
from portal.blueprints.auth.models import User
from portal.blueprints.policies import queries as policies
from portal.blueprints.policies.models import ExchangeRate
from portal.blueprints.policies.rules import ValuePolicy
from portal.core.db import db
from portal.core.errors import NotFound

from .. import rules
from ..models import Account, Contract, RateLoad


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


@dataclass(frozen=True)
class Board:
    """The rates that count on a day: the newest of each currency to the reporting currency, with
    its age in days; how old one may be; and the currencies of contracts that have none.
    """

    currency: str
    day: date
    oldest: int
    rates: tuple[tuple[ExchangeRate, int], ...]
    missing: tuple[str, ...]


def rate_board(*, now: datetime) -> Board:
    """Give the rates that count today to the reporting currency."""
    house = auth.organisation()
    day = now.astimezone(ZoneInfo(house.zone)).date()
    policy, _number = policies.in_force(ValuePolicy)
    newest = (
        sa.select(ExchangeRate.currency, sa.func.max(ExchangeRate.day).label("day"))
        .where(ExchangeRate.target == house.currency, ExchangeRate.day <= day)
        .group_by(ExchangeRate.currency)
        .subquery()
    )
    same = sa.and_(
        ExchangeRate.currency == newest.c.currency,
        ExchangeRate.day == newest.c.day,
        ExchangeRate.target == house.currency,
    )
    rows = list(
        db.session.scalars(
            sa.select(ExchangeRate).join(newest, same).order_by(ExchangeRate.currency)
        )
    )
    used = sa.union(sa.select(Contract.currency), sa.select(Account.currency))
    counts = {row.currency for row in rows if (day - row.day).days <= policy.rate_max_age_days}
    missing = sorted(set(db.session.scalars(used)) - counts - {house.currency})
    aged = tuple((row, (day - row.day).days) for row in rows)
    return Board(house.currency, day, policy.rate_max_age_days, aged, tuple(missing))


def standing_rates(since: date) -> dict[tuple[str, str, date], Decimal]:
    """Give the rates that stand from a day on, by pair and day."""
    query = sa.select(
        ExchangeRate.currency, ExchangeRate.target, ExchangeRate.day, ExchangeRate.rate
    ).where(ExchangeRate.day >= since)
    return {(a, b, day): rate for a, b, day, rate in db.session.execute(query)}


def rate_loads(*, limit: int = 20) -> list[Any]:
    """Give the last tables of rates that were sent in, with the names of who sent and decided."""
    sender, judge = aliased(User), aliased(User)
    columns = (
        RateLoad.id,
        RateLoad.state,
        RateLoad.source,
        RateLoad.file_name,
        RateLoad.rows_new,
        RateLoad.rows_changed,
        RateLoad.sent_at,
        RateLoad.sent_by_id,
    )
    query = (
        sa.select(*columns, sender.name.label("sender"), judge.name.label("judge"))
        .outerjoin(sender, sender.id == RateLoad.sent_by_id)
        .outerjoin(judge, judge.id == RateLoad.decided_by_id)
        .order_by(RateLoad.id.desc())
        .limit(limit)
    )
    return list(db.session.execute(query))


def rate_load(load_id: int, *, lock: bool = False) -> RateLoad:
    """Give a table of rates; `NotFound` where there is none."""
    found = db.session.get(RateLoad, load_id, with_for_update=lock or None)
    if found is None:
        raise NotFound
    return found
