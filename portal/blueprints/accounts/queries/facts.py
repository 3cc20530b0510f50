"""Facts about accounts that other rooms, policies and briefings read: one select each, as it was at
a moment.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.models import ExchangeRate
from portal.blueprints.policies.rules import ValuePolicy
from portal.core.access import K
from portal.core.db import RATE_SCALE
from portal.core.facts import Fact
from portal.core.money import exponent

from ..models import (
    Account,
    Contact,
    ContactRole,
    Contract,
    Promise,
    PromiseState,
    RevenueLine,
)
from ..rules.mapping import shifted
from .accounts import visible

ZERO_DECIMALS = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX",
                 "VND", "VUV", "XAF", "XOF", "XPF")  # fmt: skip
THREE_DECIMALS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")


class Minor(sa.TypeDecorator[Decimal]):
    """An amount that SQL reckoned in minor units of the reporting currency, read as a Decimal."""

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, digits: int = 2) -> None:
        super().__init__()
        self.digits = digits

    def process_result_value(self, value: Any, dialect: Any) -> Decimal | None:
        """Round to the minor unit once, half away from zero as payable amounts are."""
        if value is None:
            return None
        return Decimal(str(value)).quantize(Decimal(1)).scaleb(-self.digits)


def _today(at: datetime) -> date:
    return at.astimezone(ZoneInfo(auth_queries.organisation().zone)).date()


def _fact(
    account_id: Any, value: Any, *, source: Any = None, observed: Any = None
) -> sa.Select[Any]:
    return sa.select(
        account_id.label("account_id"),
        value.label("value"),
        (Account.reference if source is None else source).label("source_ref"),
        (sa.null() if observed is None else observed).label("observed_at"),
    )


def _column(column: Any) -> Callable[[datetime], sa.Select[Any]]:
    """Make a fact of what the account's own row says today; the row keeps no past."""
    return lambda at: _fact(Account.id, column, observed=Account.updated_at).where(
        visible(), column.is_not(None), Account.created_at <= at
    )


def _converted(minor: Any, currency: Any, *, to: str, on: date) -> Any:
    """Give minor units of `currency` in minor units of `to` at the newest rate up to a day; NULL
    where there is none.
    """
    newest = (
        sa.select(sa.type_coerce(ExchangeRate.rate, sa.BigInteger))
        .where(ExchangeRate.currency == currency, ExchangeRate.target == to, ExchangeRate.day <= on)
        .order_by(ExchangeRate.day.desc())
        .limit(1)
        .scalar_subquery()
    )
    digits = sa.case(
        (currency.in_(ZERO_DECIMALS), 1), (currency.in_(THREE_DECIMALS), 1000), else_=100
    )
    scale = sa.literal(10**RATE_SCALE, sa.BigInteger) * digits
    foreign = sa.cast(minor, sa.Numeric) * newest * 10 ** exponent(to) / scale
    return sa.case((currency == to, sa.cast(minor, sa.Numeric)), else_=foreign)


def _arr(at: datetime) -> sa.Select[Any]:
    on, to = _today(at), auth_queries.organisation().currency
    amount = sa.func.sum(_converted(Contract.arr_minor, Contract.currency, to=to, on=on))
    return (
        _fact(
            Contract.account_id,
            sa.type_coerce(amount, Minor(exponent(to))),
            source=sa.func.min(Account.reference),
            observed=sa.func.max(Contract.updated_at),
        )
        .join(Account, Account.id == Contract.account_id)
        .where(visible(), Contract.arr_minor.is_not(None), Contract.starts_on <= on)
        .where(sa.or_(Contract.ends_on.is_(None), Contract.ends_on > on))
        .group_by(Contract.account_id)
    )


def _revenue(at: datetime, *, months: int | None) -> sa.Select[Any]:
    """Sum revenue on each account's own basis: the first of the policy's order that has lines."""
    on, to = _today(at), auth_queries.organisation().currency
    policy, _number = policy_queries.in_force(ValuePolicy)
    order = {name: place for place, name in enumerate(policy.basis_order)}
    place = sa.case(order, value=sa.type_coerce(RevenueLine.basis, sa.String), else_=99)
    first = (
        sa.select(RevenueLine.account_id, sa.func.min(place).label("place"))
        .where(RevenueLine.month <= on)
        .group_by(RevenueLine.account_id)
        .subquery()
    )
    amount = sa.func.sum(_converted(RevenueLine.amount_minor, RevenueLine.currency, to=to, on=on))
    query = (
        _fact(
            RevenueLine.account_id,
            sa.type_coerce(amount, Minor(exponent(to))),
            source=sa.func.min(Account.reference),
            observed=sa.func.max(RevenueLine.recorded_at),
        )
        .join(Account, Account.id == RevenueLine.account_id)
        .join(first, first.c.account_id == RevenueLine.account_id)
        .where(visible(), place == first.c.place, first.c.place < 99, RevenueLine.month <= on)
        .group_by(RevenueLine.account_id)
    )
    if months is None:
        return query
    end = on.replace(day=1)
    return query.where(RevenueLine.month >= shifted(end, -months), RevenueLine.month < end)


def _count_promises(at: datetime, *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Count promises for every account, so that none is known to be zero."""
    there = sa.and_(Promise.account_id == Account.id, Promise.made_at <= at, *conditions)
    return (
        _fact(Account.id, sa.func.count(Promise.id), observed=sa.func.max(Promise.updated_at))
        .outerjoin(Promise, there)
        .where(visible())
        .group_by(Account.id, Account.reference)
    )


def _open_promises(at: datetime) -> sa.Select[Any]:
    return _count_promises(at, sa.or_(Promise.settled_at.is_(None), Promise.settled_at > at))


def _broken_promises(at: datetime) -> sa.Select[Any]:
    return _count_promises(
        at,
        Promise.state == PromiseState.BROKEN,
        Promise.settled_at <= at,
        Promise.settled_at > at - timedelta(days=90),
    )


def _contracted(at: datetime) -> sa.Select[Any]:
    """Give the days that are still contracted: until the last end of the contracts in force."""
    on = _today(at)
    return (
        _fact(
            Contract.account_id,
            sa.func.max(Contract.ends_on),
            source=sa.func.min(Account.reference),
            observed=sa.func.max(Contract.updated_at),
        )
        .join(Account, Account.id == Contract.account_id)
        .where(visible(), Contract.starts_on <= on, Contract.ends_on > on)
        .group_by(Contract.account_id)
    )


def _since(at: datetime) -> sa.Select[Any]:
    since = sa.func.coalesce(Account.customer_since, Account.contract_start)
    return _fact(Account.id, since, observed=Account.updated_at).where(
        visible(), since.is_not(None), since <= _today(at)
    )


def _tenure(at: datetime) -> sa.Select[Any]:
    """Give the whole months since the relation began, as `rules.whole_months` counts them."""
    on = _today(at)
    since = sa.func.coalesce(Account.customer_since, Account.contract_start)
    year, month, day = (sa.extract(part, since) for part in ("year", "month", "day"))
    months = (on.year - year) * 12 + on.month - month
    last_day = (on + timedelta(days=1)).month != on.month
    short = sa.case((sa.and_(day > on.day, sa.literal(not last_day)), 1), else_=0)
    whole = sa.cast(months - short, sa.Integer)
    return _fact(Account.id, whole, observed=Account.updated_at).where(
        visible(), since.is_not(None), since <= on
    )


def _counterpart(at: datetime) -> sa.Select[Any]:
    """Say for every account whether an executive of the customer is known and still there."""
    there = sa.and_(
        Contact.account_id == Account.id,
        Contact.role == ContactRole.EXECUTIVE_COUNTERPART,
        Contact.created_at <= at,
        sa.or_(Contact.left_at.is_(None), Contact.left_at > at),
    )
    return (
        _fact(Account.id, sa.func.count(Contact.id) > 0, observed=sa.func.max(Contact.updated_at))
        .outerjoin(Contact, there)
        .where(visible())
        .group_by(Account.id, Account.reference)
    )


def _growth(at: datetime) -> sa.Select[Any]:
    """Give how much revenue could still grow, where it was judged by then."""
    return _column(Account.growth_potential)(at).where(Account.growth_potential_on <= _today(at))


MONEY, SHARE, MONTHS, COUNT, DATE, WORD = "money", "share", "months", "count", "date", "word"

FACTS = (
    Fact("arr", Decimal, MONEY, K.CONFIDENTIAL, _arr),
    Fact("revenue_12m", Decimal, MONEY, K.CONFIDENTIAL, lambda at: _revenue(at, months=12)),
    Fact("revenue_to_date", Decimal, MONEY, K.CONFIDENTIAL, lambda at: _revenue(at, months=None)),
    Fact("gross_margin", Decimal, SHARE, K.CONFIDENTIAL, _column(Account.gross_margin)),
    Fact("growth_potential", int, "percent", K.CONFIDENTIAL, _growth),
    Fact("contracted_until", date, DATE, K.CONFIDENTIAL, _contracted),
    Fact("risk_score", int, "points", K.CONFIDENTIAL, _column(Account.risk_score)),
    Fact("risk_band", str, WORD, K.CONFIDENTIAL, _column(Account.risk_band)),
    Fact("customer_executive", bool, "yes_no", K.CONFIDENTIAL, _counterpart),
    Fact("value_tier", str, WORD, K.INTERNAL, _column(Account.value_tier)),
    Fact("tenure_months", int, MONTHS, K.INTERNAL, _tenure),
    Fact("customer_since", date, DATE, K.INTERNAL, _since),
    Fact("renewal_on", date, DATE, K.INTERNAL, _column(Account.renewal_on)),
    Fact("notice_days", int, "days", K.INTERNAL, _column(Account.notice_days)),
    Fact("segment", str, WORD, K.INTERNAL, _column(Account.segment)),
    Fact("industry", str, WORD, K.INTERNAL, _column(Account.industry)),
    Fact("country", str, WORD, K.INTERNAL, _column(Account.country)),
    Fact("region", str, WORD, K.INTERNAL, _column(Account.region)),
    Fact("language", str, WORD, K.INTERNAL, _column(Account.language)),
    Fact("lifecycle", str, WORD, K.INTERNAL, _column(Account.lifecycle)),
    Fact("natural_person", bool, "yes_no", K.INTERNAL, _column(Account.natural_person)),
    Fact("regulator_exposed", bool, "yes_no", K.INTERNAL, _column(Account.regulator_exposed)),
    Fact("reference_customer", bool, "yes_no", K.INTERNAL, _column(Account.reference_customer)),
    Fact("success_plan_on", date, DATE, K.INTERNAL, _column(Account.success_plan_on)),
    Fact("open_promises", int, COUNT, K.INTERNAL, _open_promises),
    Fact("broken_promises_90d", int, COUNT, K.INTERNAL, _broken_promises),
)
"""Money is in the reporting currency at the newest rate of the moment; `value` converts each month
at its own rate and says so.
"""
