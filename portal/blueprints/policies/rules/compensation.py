"""Compensation: who may sign how much, what caps apply, how long an offer stands."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from portal.core.i18n import _
from portal.core.money import Money

from .base import Amount, Count, Document, Exact, GradeName, Part, Rate, RoleName, Share, Words

FormName = Literal[
    "service_credit",
    "refund",
    "discount",
    "free_months",
    "training",
    "service_hours",
    "roadmap_commitment",
    "apology_only",
]


class Authority(Part):
    """One step of authority; without an amount it has no limit and must stand last."""

    name: Words
    role: RoleName
    grade: GradeName | None = None
    amount: Amount | None = None
    share_of_arr: Share | None = None
    floor: Amount | None = None
    also: tuple[RoleName, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        given = [self.amount is not None, self.share_of_arr is not None, self.floor is not None]
        if any(given) and not all(given):
            raise ValueError(_("A limit needs an amount, a share of ARR and a floor."))
        return self

    def limit(self, arr: Money | None) -> Money | None:
        """Give min(amount, max(floor, share x ARR)) in the policy's currency; None is no limit.

        Unknown or zero ARR means the floor.
        """
        if self.amount is None or self.floor is None or self.share_of_arr is None:
            return None
        if arr is None or arr.amount <= 0:
            return min(self.amount.money, self.floor.money)
        return min(self.amount.money, max(self.floor.money, arr * self.share_of_arr))


class Budget(Part):
    """Goodwill that a region may give in a quarter; region * is every other one."""

    region: Annotated[str, Field(min_length=1, max_length=60)]
    amount: Amount


class AvailabilityTier(Part):
    """Below this availability in a month the contract owes this share of the affected fee."""

    below: Share
    owes: Share


class SlaCredits(Part):
    """What the contract owes where it says nothing else."""

    tiers: tuple[AvailabilityTier, ...]
    cap: Share
    claim_within_days: Count
    automatic: bool

    @model_validator(mode="after")
    def _falling(self) -> Self:
        steps = [tier.below for tier in self.tiers]
        if steps != sorted(steps, reverse=True) or len(steps) != len(set(steps)):
            raise ValueError(_("Order the tiers from the highest availability down."))
        return self


class CompensationPolicy(Document):
    """Authority from the lowest to the highest, caps, co-signatures and time limits."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    authority: Annotated[tuple[Authority, ...], Field(min_length=2)]
    rolling_months: Count
    warn_above: Rate
    leadership_above: Rate
    goodwill_cap_months: Annotated[Exact, Field(ge=0, le=12)]
    precedent_tolerance: Share
    precedents_at_least: Count
    offer_days: Count
    rate_move_reruns_above: Share
    finance_always_signs: tuple[FormName, ...]
    legal_signs_on: tuple[Literal["threat", "waiver", "release", "liability_cap"], ...]
    insurer_asked_from: Amount
    sla_credits: SlaCredits
    effort_per_hour: Amount
    quarterly_budgets: Annotated[tuple[Budget, ...], Field(min_length=1)]
    outcome_days: Annotated[tuple[Count, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        amounts = [row.amount for row in self.authority if row.amount]
        amounts += [row.floor for row in self.authority if row.floor]
        amounts += [row.amount for row in self.quarterly_budgets]
        amounts += [self.insurer_asked_from, self.effort_per_hour]
        if any(amount.currency != self.currency for amount in amounts):
            raise ValueError(_("All amounts of this policy are in %(code)s.", code=self.currency))
        return self

    @model_validator(mode="after")
    def _rising(self) -> Self:
        limited = [row.amount.amount for row in self.authority[:-1] if row.amount]
        if len(limited) != len(self.authority) - 1 or self.authority[-1].amount is not None:
            raise ValueError(_("Every authority but the last has a limit; the last has none."))
        if limited != sorted(set(limited)):
            raise ValueError(_("Each authority must reach further than the one before."))
        if self.quarterly_budgets[-1].region != "*":
            raise ValueError(_("The last budget is for every other region: name it *."))
        return self

    def needed(self, amount: Money, *, arr: Money | None) -> Authority:
        """Give the lowest authority whose limit reaches `amount` (in the policy's currency)."""
        for row in self.authority:
            limit = row.limit(arr)
            if limit is None or amount <= limit:
                return row
        raise AssertionError("the last authority has no limit")

    def budget(self, region: str | None) -> Money:
        """Give a region's goodwill for a quarter."""
        rows = self.quarterly_budgets
        return next(row.amount.money for row in rows if row.region in (region, "*"))

    def owed_share(self, availability: Decimal) -> Decimal:
        """Give the share of the affected fee that a month's availability (0 to 1) makes us owe."""
        owed = [tier.owes for tier in self.sla_credits.tiers if availability < tier.below]
        return min(self.sla_credits.cap, max(owed, default=Decimal(0)))
