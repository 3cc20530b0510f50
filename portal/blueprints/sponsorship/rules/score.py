"""The weighted score of an account: what is proved, and what is still open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from portal.blueprints.accounts.rules import Explained, unknown
from portal.blueprints.policies.rules.sponsorship import FactorKey, SponsorshipPolicy, Weight

CENT = Decimal("0.01")
"""Points are kept in hundredths, half a one upwards."""


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What one factor adds: its points so far (None: unknown) out of how many."""

    factor: FactorKey
    points: Decimal | None
    of: Decimal
    fact: Explained[Any]


@dataclass(frozen=True, slots=True)
class Score:
    """Points of 100: what the known facts prove, and what the unknown ones could still add."""

    value: Decimal
    possible: Decimal
    parts: tuple[ScorePart, ...]

    @property
    def missing(self) -> tuple[FactorKey, ...]:
        """Give the factors nobody has recorded."""
        return tuple(part.factor for part in self.parts if part.points is None)

    def reaches(self, least: Decimal) -> bool | None:
        """Say whether the score reaches a mark; None: only the missing facts can tell."""
        if self.value >= least:
            return True
        return None if self.possible >= least else False


def score(profile: Mapping[FactorKey, Explained[Any]], *, policy: SponsorshipPolicy) -> Score:
    """Give the weighted score; an unknown factor adds nothing yet, so evidence never lowers it."""
    parts = tuple(_part(weight, profile) for weight in policy.weights)
    known = sum((part.points for part in parts if part.points is not None), Decimal(0))
    open_points = sum((part.of for part in parts if part.points is None), Decimal(0))
    return Score(known, known + open_points, parts)


def _hundredths(value: Any) -> Fraction:
    """Turn 0-100 into a share."""
    return min(Fraction(1), max(Fraction(0), Fraction(value) / 100))


def _flag(value: Any) -> Fraction:
    """Turn yes or no into a share."""
    return Fraction(int(bool(value)))


def _nearness(months: Any) -> Fraction:
    """Turn months to the renewal into a share: nothing a year away, all at the renewal."""
    return 1 - min(Fraction(12), max(Fraction(0), Fraction(months))) / 12


SHARE_OF: dict[FactorKey, Callable[[Any], Fraction]] = {
    "arr_percentile": _hundredths,
    "growth_potential": _hundredths,
    "reference_customer": _flag,
    "logo": _flag,
    "regulator_exposed": _flag,
    "renewal_near": _nearness,
    "risk": _hundredths,
    "executive_engaged": _flag,
}


def _part(weight: Weight, profile: Mapping[FactorKey, Explained[Any]]) -> ScorePart:
    """Weigh one factor, exactly: the same account scores the same wherever it is reckoned."""
    fact = profile.get(weight.factor, unknown(weight.factor))
    if fact.value is None:
        return ScorePart(weight.factor, None, weight.points, fact)
    share = Fraction(weight.points) * SHARE_OF[weight.factor](fact.value)
    points = Decimal(floor(share * 100 + Fraction(1, 2))) / 100
    return ScorePart(weight.factor, points.quantize(CENT), weight.points, fact)
