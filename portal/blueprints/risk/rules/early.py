"""What became of predictions: right or wrong, how good they were, and past cases alike."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from portal.blueprints.accounts.models import Band
from portal.blueprints.policies.rules import ChurnCard

from ..models import WorkKind
from .scores import WHOLE

ENOUGH, EVENTS = 20, 5
"""So many accounts, and so many of them lost and kept, before a figure is told."""
NEAREST, NAMED = 5, 3
ALIKE = WHOLE
"""What gives less than a point in either case is nothing they share."""


class PredictionVerdict(StrEnum):
    """What a prediction turned out to be; red is a warning."""

    HIT = "hit"
    MISS = "miss"
    FALSE_ALARM = "false_alarm"
    QUIET = "quiet"
    OPEN = "open"


def verdict_of(band: Band, *, lost: bool | None) -> PredictionVerdict:
    """Say what a prediction turned out to be."""
    if lost is None:
        return PredictionVerdict.OPEN
    if band is Band.RED:
        return PredictionVerdict.HIT if lost else PredictionVerdict.FALSE_ALARM
    return PredictionVerdict.MISS if lost else PredictionVerdict.QUIET


@dataclass(frozen=True)
class Quality:
    """How good the predictions of a group were: how many of how many accounts, what they turned
    out to be, and the Brier score of those that gave a chance, with its standard error and what
    always saying the average would have had. Figures are None where there are too few to tell.
    """

    predictions: int
    accounts: int
    lost_accounts: int
    kept_accounts: int
    hits: int
    misses: int
    false_alarms: int
    quiet: int
    with_chance: int
    brier: Decimal | None
    brier_error: Decimal | None
    brier_of_the_average: Decimal | None

    @property
    def tells(self) -> bool:
        """Say whether there are enough accounts, lost and kept, to tell anything."""
        return _tells(self.accounts, self.lost_accounts, self.kept_accounts)

    @property
    def caught(self) -> Decimal | None:
        """Give the share of losses that were warned of."""
        return _share(self.hits, self.hits + self.misses) if self.tells else None

    @property
    def right(self) -> Decimal | None:
        """Give the share of warnings that were followed by the loss."""
        return _share(self.hits, self.hits + self.false_alarms) if self.tells else None


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Counts of a group's settled predictions as the database adds them up. Of those with a chance:
    how many, losses among them, of how many accounts (lost, kept), the sum of squared errors, and
    over accounts of (squared errors)², squared errors × count, count².
    """

    predictions: int = 0
    accounts: int = 0
    lost_accounts: int = 0
    kept_accounts: int = 0
    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    quiet: int = 0
    chances: int = 0
    chances_lost: int = 0
    chance_accounts: int = 0
    chance_lost_accounts: int = 0
    chance_kept_accounts: int = 0
    errors: float = 0.0
    errors_squared: float = 0.0
    errors_counts: float = 0.0
    counts_squared: float = 0.0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of the database, whatever kind of numbers it adds up in."""
        found: dict[str, Any] = {}
        for one in fields(cls):
            value = row[one.name] or 0
            found[one.name] = float(value) if isinstance(one.default, float) else int(value)
        return cls(**found)


def quality_of(sums: Sums) -> Quality:
    """Give the quality of a group. Predictions of one account are not independent of each other:
    the standard error takes each account as one observation (cluster-robust, after Liang and Zeger,
    Biometrika 73 (1986)).
    """
    brier = error = average = None
    if _tells(sums.chance_accounts, sums.chance_lost_accounts, sums.chance_kept_accounts):
        n, mean, share = sums.chances, sums.errors / sums.chances, sums.chances_lost / sums.chances
        within = sums.errors_squared - 2 * mean * sums.errors_counts + mean**2 * sums.counts_squared
        brier, error, average = (
            _exact(one) for one in (mean, math.sqrt(max(0.0, within)) / n, share * (1 - share))
        )
    return Quality(
        predictions=sums.predictions,
        accounts=sums.accounts,
        lost_accounts=sums.lost_accounts,
        kept_accounts=sums.kept_accounts,
        hits=sums.hits,
        misses=sums.misses,
        false_alarms=sums.false_alarms,
        quiet=sums.quiet,
        with_chance=sums.chances,
        brier=brier,
        brier_error=error,
        brier_of_the_average=average,
    )


def _tells(accounts: int, lost: int, kept: int) -> bool:
    return accounts >= ENOUGH and lost >= EVENTS and kept >= EVENTS


def _share(some: int, every: int) -> Decimal | None:
    return Decimal(some) / every if every else None


def _exact(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")


def band_chance(*, lost: int, accounts: int, predictions: int) -> Decimal | None:
    """Give the chance of a loss that a band's own past says: the share of its predictions that were
    followed by one, half a loss and half a stay added (Jeffreys' prior); None of fewer than twenty
    accounts.
    """
    if accounts < ENOUGH:
        return None
    share = (Decimal(lost) + Decimal("0.5")) / (predictions + 1)
    return share.quantize(Decimal("1e-8"))


def cell(measure: Decimal | None) -> str:
    """Give a measure as a scorecard reads it: a plain number, blank where nothing is known."""
    return "" if measure is None else format(measure.normalize(), "f")


def chance(card: ChurnCard, measures: Mapping[str, Decimal | None]) -> Decimal:
    """Give the chance of a loss within the card's horizon."""
    row = {name: cell(value) for name, value in measures.items()}
    return Decimal(f"{card.card.probability(row):.8f}")


def chance_parts(
    card: ChurnCard, measures: Mapping[str, Decimal | None]
) -> list[tuple[str, str, int]]:
    """Give for each factor of a card its name, the range the account is in and its points, most
    first.
    """
    found = []
    for factor in card.factors:
        place = factor.scored.bin_of({factor.name: cell(measures[factor.name])})
        found.append((factor.name, factor.bin_words(place), factor.points[place]))
    return sorted(found, key=lambda part: -part[2])


@dataclass(frozen=True)
class Case:
    """A past case like an account today: how far apart their points are, what became of it, what
    both share and what they do not.
    """

    reference: str
    name: str
    made_on: date
    settled_on: date
    score: int
    lost: bool
    work: WorkKind | None
    worked: bool
    apart: int
    shared: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()


def nearest(mine: Mapping[str, int], found: Iterable[tuple[Case, Mapping[str, int]]]) -> list[Case]:
    """Give the nearest cases, one of each account, with the factors that make them alike and those
    that set them apart; the points of each factor are in hundredths.
    """
    cases: list[Case] = []
    for case, theirs in sorted(found, key=lambda one: (one[0].apart, -one[0].made_on.toordinal())):
        if case.reference in {one.reference for one in cases}:
            continue
        least = {name: min(mine[name], theirs[name]) for name in mine}
        between = {name: abs(mine[name] - theirs[name]) for name in mine}
        told = {"shared": _most(least), "differing": _most(between)}
        cases.append(Case(**{**vars(case), **told}))
        if len(cases) == NEAREST:
            break
    return cases


def _most(points: Mapping[str, int]) -> tuple[str, ...]:
    order = sorted((name for name in points if points[name] >= ALIKE), key=lambda n: -points[n])
    return tuple(order[:NAMED])


def spread(made: Sequence[date], *, horizon_days: int) -> set[date]:
    """Give, of the months in which predictions were made (their first days), those to learn from:
    from the last one back, as far apart as the horizon, so that no stretch of time counts twice.
    """
    chosen: list[date] = []
    for day in sorted(set(made), reverse=True):
        if not chosen or (chosen[-1] - day).days >= horizon_days:
            chosen.append(day)
    return set(chosen)


def month_of(day: date) -> date:
    """Give the first day of a day's month."""
    return day.replace(day=1)
