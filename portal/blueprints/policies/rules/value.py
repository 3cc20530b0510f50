"""The value policy: how customer value is reckoned, and what it may decide."""

from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from portal.core.i18n import _

from .base import Document, Exact, Part


class Curve(Part):
    """A shifted-beta-geometric curve: S(t) = B(alpha, beta + t) / B(alpha, beta), t in years."""

    alpha: Exact = Field(gt=0, le=1000)
    beta: Exact = Field(gt=0, le=1000)

    @property
    def first_year_loss(self) -> Decimal:
        """Give the expected share lost at the first renewal, alpha / (alpha + beta)."""
        return self.alpha / (self.alpha + self.beta)


class Prior(Part):
    """What is believed of a segment's survival before its own history can be fitted."""

    segment: str = Field(min_length=1, max_length=80)
    low: Curve
    base: Curve
    high: Curve
    note: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse a low curve that keeps more than the base, or a base more than the high."""
        losses = [curve.first_year_loss for curve in (self.high, self.base, self.low)]
        if losses != sorted(losses):
            raise ValueError(
                _("The curves of a segment must run from low (most lost) to high (least lost).")
            )
        return self


class PlainRetention(Part):
    """Yearly retention of the plain formula, S(t) = retention ** t, used where no prior fits."""

    low: Exact = Field(ge=0, le=1)
    base: Exact = Field(ge=0, le=1)
    high: Exact = Field(ge=0, le=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse retention that does not rise from low to high."""
        if not self.low <= self.base <= self.high:
            raise ValueError(_("Retention must rise from low over base to high."))
        return self


class TierShares(Part):
    """Shares of the accounts under contract in tiers A, B and C, best first; the rest is D."""

    a: Exact = Field(gt=0, lt=1)
    b: Exact = Field(gt=0, lt=1)
    c: Exact = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _leave_some(self) -> Self:
        """Refuse tiers that hold more than everybody."""
        if self.a + self.b + self.c > 1:
            raise ValueError(_("Tiers A, B and C hold more than all accounts."))
        return self


class Limits(Part):
    """Where a figure stops being believable; in the reporting currency."""

    largest_revenue_line: Exact = Field(gt=0)
    largest_arr: Exact = Field(gt=0)
    earliest_year: int = Field(ge=1900, le=2100)


class ValuePolicy(Document):
    """How customer value is reckoned; money is without tax, rates are yearly shares."""

    discount_rate: Exact = Field(ge=0, lt=1)
    decision_horizon_years: int = Field(ge=1, le=10)
    display_horizon_years: int = Field(ge=1, le=10)
    condition_on_tenure: bool
    basis_order: tuple[Literal["recognised", "invoiced", "booked", "collected"], ...] = Field(
        min_length=1
    )
    rate_max_age_days: int = Field(ge=1, le=400)
    no_value_in_jurisdictions: tuple[str, ...]
    tiers: TierShares
    limits: Limits
    plain_retention: PlainRetention
    priors: tuple[Prior, ...]

    @model_validator(mode="after")
    def _hang_together(self) -> Self:
        """Refuse a segment or basis named twice, and a display horizon under the decision's."""
        segments = [prior.segment.casefold() for prior in self.priors]
        if len(set(segments)) != len(segments):
            raise ValueError(_("A segment stands twice among the assumptions."))
        if len(set(self.basis_order)) != len(self.basis_order):
            raise ValueError(_("A basis of revenue is named twice."))
        if self.display_horizon_years < self.decision_horizon_years:
            raise ValueError(_("The horizon shown is shorter than the horizon for decisions."))
        return self

    def prior_of(self, segment: str | None) -> Prior | None:
        """Give the prior of a segment, whatever its capitals and spaces, or None."""
        wanted = " ".join((segment or "").replace("_", " ").replace("-", " ").split()).casefold()
        for prior in self.priors:
            if prior.segment.replace("_", " ").replace("-", " ").casefold() == wanted:
                return prior
        return None
