"""Gamma-Gamma model of what customers without contract spend at a purchase.

P. S. Fader and B. G. S. Hardie, "The Gamma-Gamma Model of Monetary Value" (2013),
brucehardie.com/notes/025, equation 1a: a customer's average over x purchases.
"""

import numpy as np
from scipy.special import gammaln

from portal.core.fitting.errors import NotFitted
from portal.core.fitting.maximum import Array, Maximum, maximum

NAMES = ("p", "q", "v")
STARTS = ((1.0, 1.0, 1.0), (6.0, 4.0, 0.5), (2.0, 8.0, 4.0))


def log_likelihood(parameters: Array, *, x: Array, mean: Array) -> float:
    """Give the sum over customers whose x repeat purchases averaged `mean`."""
    p, q, v = parameters
    return float(
        np.sum(
            gammaln(p * x + q)
            - gammaln(p * x)
            - gammaln(q)
            + q * np.log(v)
            + (p * x - 1) * np.log(mean)
            + p * x * np.log(x)
            - (p * x + q) * np.log(v + mean * x)
        )
    )


def fit(frequency: list[float], value: list[float]) -> Maximum:
    """Fit p, q and v to repeat purchases and their average amount; who never bought again is left
    out, for the model speaks of repeat purchases.

    Raises NotFitted: nobody who bought again, one customer who did, all spend the same, or no
    maximum inside.
    """
    table = np.array([frequency, value], float).T
    table = table[table[:, 0] > 0]
    if not len(table):
        raise NotFitted("nobody_again")
    if len(table) < 2:
        raise NotFitted("one_customer")
    if np.ptp(table[:, 1]) == 0:
        raise NotFitted("all_the_same")
    unit = float(table[:, 1].mean())
    x, mean = table[:, 0], table[:, 1] / unit
    found = maximum(lambda at: log_likelihood(at, x=x, mean=mean), STARTS, weight=float(len(x)))
    at = found.at * np.array([1, 1, unit])
    return Maximum(at, found.log_likelihood - len(x) * np.log(unit), found.covariance)
