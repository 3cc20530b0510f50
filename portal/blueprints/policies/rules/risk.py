"""Account risk: what counts how much, and where green, amber and red begin."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from portal.core.i18n import _

from .base import Count, Document, Exact, Part, Words, distinct
from .churn import ChurnCard, FactorName


class RiskFactor(Part):
    """A factor gives its whole weight (points of 100) from `full_at` on, and nothing at zero."""

    name: FactorName
    label: Words
    weight: Annotated[int, Field(ge=0, le=100)]
    full_at: Annotated[Exact, Field(gt=0)]
    measure: Words


class SeverityPoints(Part):
    """How much an open case of each severity counts towards `open_cases`."""

    E1: Exact
    E2: Exact
    E3: Exact
    E4: Exact


class RiskPolicy(Document):
    """Weights that sum to 100, bands, how far predictions look ahead, and the scorecard that gives
    them a chance, once one was learned.
    """

    factors: tuple[RiskFactor, ...]
    open_case_points: SeverityPoints
    amber_from: Annotated[int, Field(ge=1, le=99)]
    red_from: Annotated[int, Field(ge=2, le=100)]
    never_green_with: tuple[Literal["open_e1", "open_e2", "churn_notice"], ...]
    look_back_days: Count
    renewal_near_days: Count
    horizon_days: Count = 180
    churn: ChurnCard | None = None

    @model_validator(mode="after")
    def _sums_up(self) -> Self:
        distinct([factor.name for factor in self.factors], _("Factors"))
        total = sum(factor.weight for factor in self.factors)
        if total != 100:
            raise ValueError(_("The weights must sum to 100, not %(total)s.", total=str(total)))
        if self.amber_from >= self.red_from:
            raise ValueError(_("Amber must begin below red."))
        return self

    def band(self, score: int) -> Literal["green", "amber", "red"]:
        """Give the band of a score from 0 (calm) to 100 (worst)."""
        if score >= self.red_from:
            return "red"
        return "amber" if score >= self.amber_from else "green"
