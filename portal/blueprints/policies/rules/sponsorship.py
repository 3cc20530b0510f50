"""The sponsorship policy: who gets an executive sponsor, for how long, and when it ends."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from portal.core.i18n import _

from .admission import EntryCondition, ExitCondition, apart, together, turned_away
from .base import Document, Exact, Part, SeverityName

FactorKey = Literal[
    "arr_percentile",
    "growth_potential",
    "reference_customer",
    "logo",
    "regulator_exposed",
    "renewal_near",
    "risk",
    "executive_engaged",
]


class Lane(Part):
    """What every lane asks of its sponsors."""

    hours_a_month: Exact = Field(gt=0, le=40)


class Strategic(Lane):
    """Entry and term of the strategic lane."""

    places: int = Field(ge=1, le=10000)
    rank_factor: Exact = Field(ge=1, le=10)
    least_score: Exact = Field(ge=0, le=100)
    plan_max_age_days: int = Field(ge=1, le=366)
    term_months: int = Field(ge=1, le=60)

    @property
    def top(self) -> int:
        """Give how many accounts, the largest first, may come in by their rank alone."""
        return int(self.rank_factor * self.places)


class Recovery(Lane):
    """Entry and term of the recovery lane; no ARR floor of its own: the median ARR."""

    severities: tuple[SeverityName, ...] = Field(min_length=1)
    closed_within_days: int = Field(ge=0, le=366)
    arr_floor: Exact | None = Field(default=None, ge=0)
    term_days: int = Field(ge=1, le=366)
    extensions: int = Field(ge=0, le=5)


class Capacity(Part):
    """How many accounts a sponsor may carry."""

    strategic: int = Field(ge=0, le=20)
    strategic_chief: int = Field(ge=0, le=20)
    recovery: int = Field(ge=0, le=20)
    hard_cap: int = Field(ge=1, le=20)


class Touch(Part):
    """How soon a sponsor meets the customer, and how often after that; in days."""

    introduction_days: int = Field(ge=1, le=366)
    every_days: int = Field(ge=1, le=366)


class Exit(Part):
    """What ends a sponsorship."""

    green_quarters: int = Field(ge=1, le=8)
    missed_in_a_row: int = Field(ge=1, le=10)
    low_score: Exact = Field(ge=0, le=100)
    low_quarters: int = Field(ge=1, le=8)
    executive_gone_days: int = Field(ge=0, le=366)
    displacement_notice_days: int = Field(ge=0, le=366)


class Weight(Part):
    """How many of the hundred points a factor gives at most."""

    factor: FactorKey
    points: Exact = Field(gt=0, le=100)


class Match(Part):
    """Points for each reason why a sponsor fits; zones further apart than this do not."""

    common_language: Exact = Field(ge=0, le=100)
    zone: Exact = Field(ge=0, le=100)
    expertise: Exact = Field(ge=0, le=100)
    industry: Exact = Field(ge=0, le=100)
    hours: Exact = Field(ge=0, le=100)
    zone_hours: int = Field(ge=1, le=24)
    absent: Literal["nobody", "substituted", "everybody"] = "nobody"

    @model_validator(mode="after")
    def _of_a_hundred(self) -> Self:
        """Refuse points that are not a hundred together."""
        if self.common_language + self.zone + self.expertise + self.industry + self.hours != 100:
            raise ValueError(_("The points of a match must add up to 100."))
        return self


class DirectLine(Part):
    """In how many business days the customer's word to their sponsor is answered."""

    answer_days: int = Field(default=2, ge=1, le=10)


class Gifts(Part):
    """What may pass between a sponsor and a customer in twelve months, each way; in the reporting
    currency.
    """

    most_a_year: Exact = Field(default=Decimal(250), ge=0, le=100000)


class SponsorshipPolicy(Document):
    """Entry, capacity, cadence and exit of the sponsorship programme."""

    training_months: int = Field(ge=1, le=60)
    strategic: Strategic
    recovery: Recovery
    capacity: Capacity
    touch: Touch
    exit: Exit
    match: Match
    weights: tuple[Weight, ...] = Field(min_length=1)
    # Versions from before these were written do not name them: they stand for what was done then.
    line: DirectLine = DirectLine()
    gifts: Gifts = Gifts()
    tie_points: Exact = Field(default=Decimal(1), ge=0, le=20)
    conditions: Annotated[tuple[EntryCondition, ...], AfterValidator(together)] = ()
    endings: Annotated[tuple[ExitCondition, ...], AfterValidator(apart)] = ()

    @model_validator(mode="after")
    def _hang_together(self) -> Self:
        """Refuse weights that are not 100 points, a factor twice, an exit score above entry's."""
        factors = [weight.factor for weight in self.weights]
        if len(set(factors)) != len(factors):
            raise ValueError(_("A factor is weighted twice."))
        if sum(weight.points for weight in self.weights) != 100:
            raise ValueError(_("The weights must add up to 100 points."))
        if self.exit.low_score >= self.strategic.least_score:
            raise ValueError(_("The score to leave must lie below the score to enter."))
        number = turned_away(self.conditions, self.endings)
        if number is not None:
            text = _(
                "Condition %(number)s for leaving: whoever may come in meets it at once.",
                number=str(number),
            )
            raise ValueError(text)
        return self
