"""Where a customer stands among the accounts under contract."""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from portal.blueprints.accounts.models import Tier
from portal.blueprints.policies.rules.value import ValuePolicy
from portal.core.money import Money

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Standing:
    """Percentile (100 best, ties in the middle of their places), tier, and among how many."""

    percentile: Decimal
    tier: Tier
    among: int


def standings(values: Mapping[Key, Money | None], *, policy: ValuePolicy) -> dict[Key, Standing]:
    """Rank the accounts under contract by value, all in one currency; unknown values have no place.

    Equals share the middle of the places they fill, so that they are never told apart by chance.
    """
    known = {key: value.amount for key, value in values.items() if value is not None}
    if len({value.currency.code for value in values.values() if value is not None}) > 1:
        raise ValueError("values of different currencies cannot be ranked")
    ordered = sorted(known.values())
    answer = {}
    for key, amount in known.items():
        less, up_to = bisect_left(ordered, amount), bisect_right(ordered, amount)
        answer[key] = _standing(less, up_to - less, len(ordered), policy=policy)
    return answer


def _standing(less: int, equal: int, among: int, *, policy: ValuePolicy) -> Standing:
    """Place one value by how many lie below it and how many are the same."""
    above = Decimal(among - less - equal) + Decimal(equal) / 2
    shares = policy.tiers
    limits = ((Tier.A, shares.a), (Tier.B, shares.a + shares.b))
    tier = Tier.D
    for candidate, share in (*limits, (Tier.C, shares.a + shares.b + shares.c)):
        if above <= share * among:
            tier = candidate
            break
    percentile = 100 * (1 - above / among)
    return Standing(percentile.quantize(Decimal("0.01")), tier, among)
