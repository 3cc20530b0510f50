"""BG/NBD model of customers without contract, who buy at random and leave after a purchase.

P. S. Fader, B. G. S. Hardie and K. L. Lee, "'Counting Your Customers' the Easy Way: An Alternative
to the Pareto/NBD Model", Marketing Science 24 (2005), 275-284, equation 6.
"""

import numpy as np
from scipy.special import gammaln

from portal.core.fitting.errors import NotFitted
from portal.core.fitting.maximum import Array, Maximum, maximum

NAMES = ("r", "alpha", "a", "b")
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.3, 0.2, 0.8, 2.5), (2.0, 0.5, 0.2, 2.0))


def log_likelihood(parameters: Array, *, x: Array, t_x: Array, age: Array, times: Array) -> float:
    """Give the sum over customers with x repeat purchases, the last at t_x, seen until `age`; each
    row counts `times`.

    As in Hardie's note on fitting it in a spreadsheet: ln A1 + ln A2 + ln(A3 + [x > 0] A4).
    """
    r, alpha, a, b = parameters
    bought = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stayed = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    alive = -(r + x) * np.log(alpha + age)
    again = np.maximum(x, 1)
    left = np.log(a) - np.log(b + again - 1) - (r + x) * np.log(alpha + t_x)
    left = np.where(x > 0, left, -np.inf)
    return float(times @ (bought + stayed + np.logaddexp(alive, left)))


def fit(frequency: list[float], recency: list[float], age: list[float]) -> Maximum:
    """Fit r, alpha, a and b to repeat purchases, the time of the last one, and the time since the
    first; times in any one unit.

    Raises NotFitted: one customer, nobody who bought again, or no maximum inside.
    """
    table = np.array([frequency, recency, age], float).T
    if len(table) < 2:
        raise NotFitted("one_customer")
    if not table[:, 0].any():
        raise NotFitted("nobody_again")
    unit = float(table[:, 2].mean())
    rows, times = np.unique(table, axis=0, return_counts=True)
    x, t_x, observed = rows[:, 0], rows[:, 1] / unit, rows[:, 2] / unit
    given = {"x": x, "t_x": t_x, "age": observed, "times": times.astype(float)}
    found = maximum(lambda at: log_likelihood(at, **given), STARTS, weight=float(len(table)))
    # In the time's own unit again: alpha is a time, and the density of each purchase is per unit.
    at = found.at * np.array([1, unit, 1, 1])
    value = found.log_likelihood - float(table[:, 0].sum()) * np.log(unit)
    return Maximum(at, value, found.covariance)
