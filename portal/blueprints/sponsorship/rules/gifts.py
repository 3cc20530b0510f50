"""Gifts and hospitality between a sponsor and a customer, held against the policy's limit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.blueprints.policies.rules.sponsorship import SponsorshipPolicy
from portal.core.money import Money

from .course import add_months

NEAR = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Against:
    """What passed one way within twelve months, and how much may."""

    sum: Money
    most: Money

    @property
    def over(self) -> bool:
        """Say whether it is more than may pass."""
        return bool(self.sum > self.most)

    @property
    def near(self) -> bool:
        """Say whether it is close to what may pass."""
        return not self.over and self.sum.amount >= self.most.amount * NEAR


def against(
    passed: Iterable[tuple[date, Money]], *, on: date, policy: SponsorshipPolicy, currency: str
) -> Against:
    """Add up what passed one way (day, value in the reporting currency) in the twelve months until
    a day.
    """
    since = add_months(on, -12)
    whole = sum((value.amount for day, value in passed if since < day <= on), Decimal(0))
    return Against(Money(whole, currency), Money(policy.gifts.most_a_year, currency))
