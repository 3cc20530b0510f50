"""The part of lifetime value that many customers share, so that all of them can be ranked."""

from decimal import Decimal
from functools import lru_cache

from portal.blueprints.policies.rules.value import ValuePolicy

from .fitted import Fitted, Staying
from .lifetime import fit_for, survival


def lifetime_factor(
    policy: ValuePolicy, *, segment: str, renewals: int, fitted: Fitted | None = None
) -> Decimal:
    """Give Σ S(t) / (1 + d)^t over the decision horizon for a segment and renewals so far: what a
    yearly margin of 1 is worth, by the base curve of the model it rests on.
    """
    fit = fit_for(fitted, segment, has_prior=policy.prior_of(segment) is not None)
    own = fit.fitted if fit else None
    return _factor(policy, segment, renewals if policy.condition_on_tenure else 0, own)


@lru_cache(maxsize=4096)
def _factor(policy: ValuePolicy, segment: str, renewals: int, own: Staying | None) -> Decimal:
    prior, years = policy.prior_of(segment), policy.decision_horizon_years
    if own is not None:
        alive = survival(own, renewals=renewals, years=years)
    elif prior is None:
        alive = tuple(policy.plain_retention.base**year for year in range(1, years + 1))
    else:
        alive = survival(prior.base, renewals=renewals, years=years)
    growth = 1 + policy.discount_rate
    return sum((s / growth**t for t, s in enumerate(alive, start=1)), Decimal(0))
