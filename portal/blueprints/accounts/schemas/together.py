"""Shapes of families and of the lines of revenue in the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from portal.core.api import Amount, Day, Shape, Words

from ..models import Basis


class RateUsed(Shape):
    """A rate that an amount was converted with."""

    base: str
    quote: str
    on: date
    value: Decimal
    source: str


class RevenueOut(Shape):
    """A line of revenue without tax; `reporting` is null on a day without a rate."""

    month: date
    product: str
    basis: Basis
    amount: Amount | None
    reporting: Amount | None
    rates: list[RateUsed]
    source: str
    recorded_at: datetime
    corrects_month: date | None
    corrects_amount: Amount | None


class RevenueAsked(Shape):
    """Which lines are asked for: 36 months up to `until`, on one basis."""

    basis: Basis | None = None
    product: Annotated[str, Words(120, least=0)] = ""
    until: Day | None = None


class RevenueList(Shape):
    """The lines of a stretch of months, the newest first; `older` is the month to ask for next."""

    items: list[RevenueOut]
    currency: str
    basis: Basis | None
    since: date
    until: date
    older: date | None


class FamilySum(Shape):
    """A sum over members; `unknown` of them have no figure, the sum is then a lower bound."""

    amount: Amount | None
    unknown: int


class FamilyMember(Shape):
    """An account of a family; what the caller may not see, or nobody knows, is null."""

    reference: str
    name: str
    parent: str | None
    basis: Basis | None
    last_12_months: Amount | None
    revenue_to_date: Amount | None
    at_stake: Amount | None
    contracted_firm: Amount | None
    contracted_may_leave: Amount | None
    open_cases: int | None
    compensation: dict[str, Amount] | None
    sponsored: bool | None


class FamilyOut(Shape):
    """The family of an account with its sums, in the reporting currency. Revenue is apart by basis;
    `hidden` members are not the caller's to read and in no sum.
    """

    members: list[FamilyMember]
    hidden: int
    last_12_months: dict[str, FamilySum]
    revenue_to_date: dict[str, FamilySum]
    at_stake: FamilySum
    contracted_firm: FamilySum
    contracted_may_leave: FamilySum
    open_cases: int | None
    compensation: dict[str, Amount] | None
    sponsored: int | None
