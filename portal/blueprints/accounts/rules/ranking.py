"""The part of lifetime value that many customers share, so that all of them can be ranked."""

from decimal import Decimal
from functools import lru_cache

from portal.blueprints.policies.rules.value import ValuePolicy

from .value import survival


def lifetime_factor(policy: ValuePolicy, *, segment: str, renewals: int) -> Decimal:
    """Give Σ S(t) / (1 + d)^t over the decision horizon for a segment and renewals so far: what a
    yearly margin of 1 is worth, by the base curve.
    """
    return _factor(policy, segment, renewals if policy.condition_on_tenure else 0)


@lru_cache(maxsize=4096)
def _factor(policy: ValuePolicy, segment: str, renewals: int) -> Decimal:
    prior, years = policy.prior_of(segment), policy.decision_horizon_years
    if prior is None:
        alive = tuple(policy.plain_retention.base**year for year in range(1, years + 1))
    else:
        alive = survival(prior.base, renewals=renewals, years=years)
    growth = 1 + policy.discount_rate
    return sum((s / growth**t for t, s in enumerate(alive, start=1)), Decimal(0))
