"""Shifted-beta-geometric model of customers under contract who renew or leave once a period.

P. S. Fader and B. G. S. Hardie, "How to Project Customer Retention", Journal of Interactive
Marketing 21 (2007), 76-90: each customer leaves at any renewal with a probability of their own, and
these are beta-distributed: S(t) = B(alpha, beta + t) / B(alpha, beta), equation 6.
"""

import numpy as np
from scipy.special import betaln

from portal.core.fitting.errors import NotFitted
from portal.core.fitting.maximum import Array, Maximum, maximum

NAMES = ("alpha", "beta")
STARTS = ((1.0, 1.0), (0.5, 4.0), (0.1, 0.1))


def log_likelihood(
    parameters: Array, *, since: Array, until: Array, lost: Array, last: Array, kept: Array
) -> float:
    """Give the sum over all customers: those `lost` between the observations at `since` and `until`
    (equation 7 where these lie one period apart), and those still `kept` at the `last` one.
    """
    alpha, beta = parameters
    whole = betaln(alpha, beta)
    before, after = betaln(alpha, beta + since) - whole, betaln(alpha, beta + until) - whole
    # ln(S(since) - S(until)); one period apart it is B(alpha + 1, beta + since), without a loss
    # of digits.
    apart = np.where(
        until - since == 1,
        betaln(alpha + 1, beta + since) - whole,
        before + np.log(-np.expm1(after - before)),
    )
    stayed = betaln(alpha, beta + last) - whole
    return float(lost @ apart + kept @ stayed)


def fit(years: list[float], survivors: list[float], cohorts: list[str]) -> Maximum:
    """Fit alpha and beta to cohorts, each observed at year 0 (its size) and at later years.

    The three lists are columns of one table, sorted by cohort and year. Raises NotFitted: nobody
    lost, all lost at once, one renewal only, one customer, or no maximum inside.
    """
    since, until, lost, last, kept = _steps(years, survivors, cohorts)
    size = float(sum(s for y, s in zip(years, survivors, strict=True) if y == 0))
    if size <= 1:
        raise NotFitted("one_customer")
    if not lost.sum():
        raise NotFitted("all_stay")
    if not kept.sum() and not lost[since > 0].sum():
        raise NotFitted("all_leave")
    if len(set(years)) < 3:
        raise NotFitted("one_renewal")
    gone = lost > 0
    given = {"since": since[gone], "until": until[gone], "lost": lost[gone]}
    given |= {"last": last, "kept": kept}
    return maximum(lambda at: log_likelihood(at, **given), STARTS, weight=size)


def _steps(years: list[float], survivors: list[float], cohorts: list[str]) -> tuple[Array, ...]:
    """Turn survivors into losses between observations, and those who are left after the last."""
    rows = list(zip(years, survivors, cohorts, strict=True))
    lost, left = [], []
    for (year, count, cohort), (later, fewer, same) in zip(
        rows, [*rows[1:], (0.0, 0.0, "")], strict=True
    ):
        if cohort == same and later > year:
            lost.append((year, later, count - fewer))
        else:
            left.append((year, count))
    losses, ends = np.array(lost or [(0, 1, 0)], float), np.array(left, float)
    return losses[:, 0], losses[:, 1], losses[:, 2], ends[:, 0], ends[:, 1]
