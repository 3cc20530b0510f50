"""What was given: totals by ground, which never mix; budgets; the facts that other rooms read."""

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts.queries.facts import Minor
from portal.blueprints.accounts.queries.kinship import kin
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core import quarters
from portal.core.access import K, Subject
from portal.core.db import db
from portal.core.facts import Fact
from portal.core.money import Money, exponent, from_minor

from .. import rules
from ..models import Budget, Concession, ConcessionPart, Ground
from .finding import GRANTED

GOODWILL = (Ground.GOODWILL, Ground.EFFORT)
COUNTED = (*GOODWILL, Ground.DIRECT_LOSS)
"""What uses authority; effort counts as goodwill does, or a gesture could be split by its name."""


def given_since(
    account_id: int, day: date, *, except_id: int | None = None, until: datetime | None = None
) -> dict[Ground, Money]:
    """Give what an account's family was granted since a day (house zone), by ground, in the
    currency of the policy: approved, offered, accepted or delivered; not what lapsed, was declined
    or withdrawn.
    """
    house = auth_queries.organisation()
    since = datetime.combine(day, time(), tzinfo=ZoneInfo(house.zone)).astimezone(UTC)
    query = (
        sa.select(
            ConcessionPart.ground,
            Concession.reporting_currency,
            sa.func.sum(ConcessionPart.reporting_minor),
        )
        .join(Concession, Concession.id == ConcessionPart.concession_id)
        .where(
            Concession.account_id.in_(kin(account_id)),
            Concession.state.in_(GRANTED),
            Concession.approved_at >= since,
        )
        .group_by(ConcessionPart.ground, Concession.reporting_currency)
    )
    if except_id is not None:
        query = query.where(Concession.id != except_id)
    if until is not None:
        query = query.where(Concession.approved_at <= until)
    found = {ground: Money(0, house.currency) for ground in Ground}
    for ground, currency, minor in db.session.execute(query):
        if currency == house.currency:
            found[ground] += from_minor(int(minor or 0), currency)
    return found


def counted_since(
    account_id: int, *, policy: CompensationPolicy, now: datetime, except_id: int | None = None
) -> Money:
    """Give what counts against authority in the policy's rolling window, in its currency."""
    zone = auth_queries.organisation().zone
    start = rules.months_before(now.astimezone(ZoneInfo(zone)).date(), months=policy.window_months)
    given = given_since(account_id, start, except_id=except_id)
    total = Money(0, policy.currency)
    for ground in COUNTED:
        total += given[ground]
    return total


def quarter(now: datetime) -> str:
    """Give the fiscal quarter of the house at a moment."""
    house = auth_queries.organisation()
    today = now.astimezone(ZoneInfo(house.zone)).date()
    return quarters.of(today, first_month=house.fiscal_month)


def budget(region: str, *, now: datetime, lock: bool = False) -> Budget | None:
    """Give a region's budget of the current quarter; None while nobody has drawn on it."""
    query = sa.select(Budget).filter_by(region=region or "*", quarter=quarter(now))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def budget_left(
    region: str, *, policy: CompensationPolicy, now: datetime, lock: bool = False
) -> tuple[Money, Money]:
    """Give what a region may still give this quarter, and what it had, in the policy's currency."""
    whole = Money(policy.budget_of(region or None), policy.currency)
    row = budget(region, now=now, lock=lock)
    if row is None:
        return whole, whole
    had = from_minor(row.amount_minor, row.currency)
    return had - from_minor(row.drawn_minor, row.currency), had


def _fact(grounds: Collection[Ground]) -> Callable[[datetime], Any]:
    def select(at: datetime) -> Any:
        house = auth_queries.organisation()
        start = rules.months_before(at.astimezone(ZoneInfo(house.zone)).date(), months=12)
        since = datetime.combine(start, time(), tzinfo=ZoneInfo(house.zone)).astimezone(UTC)
        total = sa.cast(sa.func.sum(ConcessionPart.reporting_minor), sa.Numeric)
        return (
            sa.select(
                Concession.account_id.label("account_id"),
                sa.type_coerce(total, Minor(exponent(house.currency))).label("value"),
                sa.func.max(Concession.reference).label("source_ref"),
                sa.func.max(Concession.approved_at).label("observed_at"),
            )
            .join(ConcessionPart, ConcessionPart.concession_id == Concession.id)
            .where(
                ConcessionPart.ground.in_(sorted(grounds)),
                Concession.state.in_(GRANTED),
                Concession.reporting_currency == house.currency,
                Concession.approved_at >= since,
                Concession.approved_at <= at,
            )
            .group_by(Concession.account_id)
        )

    return select


FACTS = tuple(
    Fact(name, Decimal, "money", K.RESTRICTED, _fact(grounds), Subject.CONCESSION)
    for name, grounds in (
        ("compensation_12m_goodwill", GOODWILL),
        ("compensation_12m_direct_loss", (Ground.DIRECT_LOSS,)),
        ("compensation_12m_owed", (Ground.OWED,)),
    )
)
"""Money in the reporting currency at the rate each request was frozen at, of the last 12 months."""
