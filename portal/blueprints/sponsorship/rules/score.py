"""The weighted score of an account: what is proved, and what is still open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.blueprints.accounts.rules import Explained, unknown
from portal.blueprints.policies.rules.sponsorship import FactorKey, SponsorshipPolicy, Weight


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


def _hundredths(value: Any) -> Decimal:
    """Turn 0-100 into a share."""
    return min(Decimal(1), max(Decimal(0), Decimal(value) / 100))


def _flag(value: Any) -> Decimal:
    """Turn yes or no into a share."""
    return Decimal(int(bool(value)))


def _nearness(months: Any) -> Decimal:
    """Turn months to the renewal into a share: nothing a year away, all at the renewal."""
    return 1 - min(Decimal(12), max(Decimal(0), Decimal(months))) / 12


SHARE_OF: dict[FactorKey, Callable[[Any], Decimal]] = {
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
    """Weigh one factor."""
    fact = profile.get(weight.factor, unknown(weight.factor))
    if fact.value is None:
        return ScorePart(weight.factor, None, weight.points, fact)
    points = weight.points * SHARE_OF[weight.factor](fact.value)
    return ScorePart(weight.factor, points.quantize(Decimal("0.01")), weight.points, fact)
