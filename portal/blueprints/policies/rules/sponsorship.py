"""Executive sponsorship: who comes in, how many a sponsor carries, how it goes on and ends."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from portal.core.i18n import _

from .base import Amount, Count, Document, LaneName, Part, Rate, SeverityName, Span, Words, distinct

CriterionName = Literal[
    "top_by_arr_or_score",
    "willing_executive",
    "fresh_success_plan",
    "outcome_in_words",
    "trained_sponsor_with_capacity",
    "recent_escalation",
    "arr_above_floor",
    "owner_named",
]
ScoreName = Literal["arr", "growth", "strategic_fit", "risk", "reference", "engagement"]


class Criterion(Part):
    """One entry criterion; the code that holds it against the facts goes by its name."""

    name: CriterionName
    label: Words


class ScoreWeight(Part):
    """What a part of the score (0 to 100) weighs, in points of 100."""

    name: ScoreName
    label: Words
    weight: Annotated[int, Field(ge=0, le=100)]


class Lane(Part):
    """A lane with its term, its places and what lets an account in."""

    lane: LaneName
    label: Words
    term: Span
    extensions: Annotated[int, Field(ge=0, le=20)] | None = None
    places_per_sponsor: Count
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]


class Exit(Part):
    """When a sponsorship ends or changes hands."""

    green_quarters: Count
    missed_in_a_row: Count
    score_below: Annotated[int, Field(ge=0, le=100)]
    score_quarters: Count
    executive_gone_days: Count
    displaced_notice_days: Count


class SponsorshipPolicy(Document):
    """The two lanes, the score, capacity, rhythm and exit."""

    lanes: tuple[Lane, Lane]
    top_by_arr_times_places: Rate
    score_at_least: Annotated[int, Field(ge=0, le=100)]
    score: tuple[ScoreWeight, ...]
    success_plan_days: Count
    recovery_severities: tuple[SeverityName, ...]
    recovery_closed_within_days: Count
    recovery_floor: Literal["median_arr"] | Amount
    capacity: Count
    capacity_ceo: Count
    capacity_hard_cap: Count
    hours_per_account_month: Count
    introduction_days: Count
    touch_days: Count
    training_months: Count
    exit: Exit
    effect_accounts_at_least: Count
    effect_events_at_least: Count

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        distinct([lane.lane for lane in self.lanes], _("Lanes"))
        total = sum(row.weight for row in self.score)
        if total != 100:
            raise ValueError(_("The weights must sum to 100, not %(total)s.", total=str(total)))
        if not self.capacity_ceo <= self.capacity <= self.capacity_hard_cap:
            raise ValueError(_("The hard cap is the highest of the capacities."))
        if self.exit.score_below >= self.score_at_least:
            raise ValueError(_("The score to leave must lie below the score to enter."))
        return self

    def lane(self, name: str) -> Lane:
        """Give one lane; KeyError for a name that is none."""
        return {row.lane: row for row in self.lanes}[name]  # type: ignore[index]
