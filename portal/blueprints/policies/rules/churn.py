"""The scorecard of churn that a version of the risk policy may hold: learned from what became of
our own predictions, never typed.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from portal.core.fitting import scoring
from portal.core.i18n import _, show_number

from .base import Count, Exact, Part, Share, distinct

FactorName = Literal[
    "open_cases",
    "silence_breaches",
    "promises_broken",
    "health_trend",
    "usage_trend",
    "sponsor_gone",
    "renewal_near",
    "payment_delay",
    "sentiment",
    "recurrence",
]
Some = Annotated[int, Field(ge=0, le=100_000_000)]
Level = Annotated[str, Field(max_length=30)]


class CardFactor(Part):
    """What each range (or frequent value) of a measured factor adds to the log-odds of a loss; the
    last is for what is unknown (or any other value).
    """

    name: FactorName
    edges: tuple[Exact, ...] = ()
    levels: tuple[Level, ...] = ()
    log_odds: tuple[Exact, ...]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        wanted = len(self.edges) + 2 if self.edges else len(self.levels) + 1
        if len(self.log_odds) != wanted or bool(self.edges) == bool(self.levels):
            raise ValueError(_("A factor of the scorecard has other ranges than numbers."))
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError(_("The ranges of the scorecard must rise."))
        return self

    @property
    def scored(self) -> scoring.Factor:
        """Give the factor as scores are made with it."""
        part: scoring.Part = scoring.Words(self.name, self.levels)
        if self.edges:
            part = scoring.Numbers(self.name, tuple(float(edge) for edge in self.edges))
        return scoring.Factor((part,), tuple(float(one) for one in self.log_odds))

    @property
    def points(self) -> list[int]:
        """Give the points of each range, from 0 for the safest; 20 points double the odds."""
        return scoring.points([float(one) for one in self.log_odds])

    def bin_words(self, place: int) -> str:
        """Name a range, or a value."""
        if place == len(self.log_odds) - 1:
            return _("nothing is known") if self.edges else _("any other value")
        if self.levels:
            return self.levels[place] or _("nothing is known")
        low = show_number(self.edges[place - 1]) if place else ""
        high = show_number(self.edges[place]) if place < len(self.edges) else ""
        if not low:
            return _("under %(high)s", high=high)
        if not high:
            return _("from %(low)s on", low=low)
        return _("%(low)s to under %(high)s", low=low, high=high)


class CalibrationStep(Part):
    """Accounts held back that were given nearly the same chance: what was said, what happened."""

    rows: Some
    predicted: Share
    observed: Share


class ChurnCard(Part):
    """The scorecard with what it was learned from, and its quality on accounts held back."""

    learned_on: date
    horizon_days: Count
    rows: Some
    lost: Some
    base: Exact
    factors: tuple[CardFactor, ...]
    auc: Share
    auc_low: Share
    auc_high: Share
    brier: Share
    brier_of_the_average: Share
    calibration_error: Share
    calibration: tuple[CalibrationStep, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        distinct([factor.name for factor in self.factors], _("Factors of the scorecard"))
        return self

    @property
    def card(self) -> scoring.Card:
        """Give the card as scores are made with it."""
        return scoring.Card(float(self.base), tuple(factor.scored for factor in self.factors))


def card_rows(card: ChurnCard) -> Iterator[tuple[str, str | int | date]]:
    """Give what a card rests on and how good it is: label and value."""
    yield _("Learned on"), card.learned_on
    yield _("Looks ahead, in days"), card.horizon_days
    yield _("Predictions learned from"), card.rows
    yield _("Of these, of accounts that were lost"), card.lost
    yield (
        _("Discrimination (AUC) on accounts held back"),
        _(
            "%(auc)s (95 %%: %(low)s to %(high)s)",
            auc=show_number(card.auc),
            low=show_number(card.auc_low),
            high=show_number(card.auc_high),
        ),
    )
    yield (
        _("Brier score on accounts held back"),
        _(
            "%(brier)s (always the average: %(average)s)",
            brier=show_number(card.brier),
            average=show_number(card.brier_of_the_average),
        ),
    )
    yield _("Calibration error"), show_number(card.calibration_error)


def factor_rows(factor: CardFactor) -> Iterator[str]:
    """Say how many points each range of a factor gives."""
    for place, points in enumerate(factor.points):
        yield _("%(range)s: %(n)s points", range=factor.bin_words(place), n=points)
