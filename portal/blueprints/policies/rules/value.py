"""Customer value: horizons, discount, tiers, and where value must not speak."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from portal.core.i18n import _

from .base import Count, Document, Part, Rate, Share

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class TierShares(Part):
    """Shares of the accounts under contract, by value from the top; tier D is the rest."""

    a: Share
    b: Share
    c: Share

    @model_validator(mode="after")
    def _within_one(self) -> Self:
        if self.a + self.b + self.c > 1:
            raise ValueError(_("The tiers take more than all accounts."))
        return self


class PriorSurvival(Part):
    """The yearly survival assumed of a segment, and how many customers that belief weighs."""

    segment: Annotated[str, Field(min_length=1, max_length=60)]
    yearly: Share
    weight: Count


class ValuePolicy(Document):
    """How CLV = sum of margin x S(t) / (1 + d)^t is computed, and what it may be used for."""

    discount_rate: Rate
    decision_years: Annotated[int, Field(ge=1, le=10)]
    display_years: Annotated[int, Field(ge=1, le=10)]
    low_quantile: Share
    high_quantile: Share
    default_margin: Share
    tiers: TierShares
    thin_history_below: Count
    priors: Annotated[tuple[PriorSurvival, ...], Field(min_length=1)]
    value_based_offers_off_in: tuple[Country, ...]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low_quantile < self.high_quantile:
            raise ValueError(_("The low value must lie below the high one."))
        if self.decision_years > self.display_years:
            raise ValueError(_("The horizon for decisions is the shorter one."))
        if self.priors[-1].segment != "*":
            raise ValueError(_("The last prior is for every other segment: name it *."))
        return self

    def prior(self, segment: str | None) -> PriorSurvival:
        """Give the prior of a segment, or the one for all others."""
        return next(row for row in self.priors if row.segment in (segment, "*"))
