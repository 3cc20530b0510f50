"""The maximum of a log-likelihood of positive parameters, or the finding that there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from portal.core.fitting.errors import NotFitted

Array = np.ndarray[Any, np.dtype[np.float64]]
Likelihood = Callable[[Array], float]
"""Takes the parameters themselves, gives the sum of their observations' log-likelihoods."""

FARTHEST = np.log(1e5)
"""Beyond this a parameter is as good as zero or infinite: the data do not hold it back."""
STEP = 1e-3
FLATTEST = 1e-7
"""Least curvature an observation: a direction flatter than this is a ridge, not a summit."""


@dataclass(frozen=True)
class Maximum:
    """Where the likelihood is greatest: the parameters, its value there, and the covariance of the
    parameters' logarithms (the inverse of the observed information).
    """

    at: Array
    log_likelihood: float
    covariance: Array


def maximum(likelihood: Likelihood, starts: Sequence[Sequence[float]], *, weight: float) -> Maximum:
    """Give the greatest maximum reached from several starts; `weight` is the number of
    observations, by which the likelihood is scaled.

    Raises NotFitted where it grows towards a boundary ("no_interior") or is flat in a direction
    ("ridge"): there the data do not determine the parameters.
    """

    def loss(logs: Array) -> float:
        value = -likelihood(np.exp(logs)) / weight
        return value if np.isfinite(value) else 1e10

    bounds = [(-FARTHEST, FARTHEST)] * len(starts[0])
    found = [
        minimize(
            loss,
            np.log(start),
            jac=lambda logs: _slope(loss, logs),
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 200, "ftol": 1e-12, "gtol": 1e-8},
        )
        for start in starts
    ]
    best = min(found, key=lambda one: one.fun).x
    top, bend = _summit(loss, best)
    at: Array = np.exp(top)
    covariance = np.linalg.inv(bend * weight).astype(np.float64)
    return Maximum(at, likelihood(at), covariance)


def _summit(loss: Likelihood, logs: Array) -> tuple[Array, Array]:
    """Climb the last of the way by Newton's method; give the top and the curvature there."""
    for _round in range(30):
        if np.any(np.abs(logs) > FARTHEST - 0.05):
            raise NotFitted("no_interior")
        slope, bend = _slope(loss, logs), _bend(loss, logs)
        if np.linalg.eigvalsh(bend)[0] < FLATTEST:
            raise NotFitted("no_interior" if np.max(np.abs(logs)) > np.log(500) else "ridge")
        step = np.linalg.solve(bend, slope)
        # Far from the top Newton's step may lead anywhere: at most a factor of e at once.
        logs = logs - step / max(1.0, float(np.max(np.abs(step))))
        if np.max(np.abs(step)) < 1e-9:
            break
    return logs, bend


def _slope(loss: Likelihood, logs: Array) -> Array:
    """Give the gradient by differences of the fourth order."""
    answer = np.empty_like(logs)
    for place in range(len(logs)):
        way = np.zeros_like(logs)
        way[place] = STEP
        near = loss(logs + way) - loss(logs - way)
        far = loss(logs + 2 * way) - loss(logs - 2 * way)
        answer[place] = (8 * near - far) / (12 * STEP)
    return answer


def _bend(loss: Likelihood, logs: Array) -> Array:
    """Give the second derivatives, symmetric: differences of the gradient."""
    rows = []
    for place in range(len(logs)):
        way = np.zeros_like(logs)
        way[place] = STEP
        rows.append((_slope(loss, logs + way) - _slope(loss, logs - way)) / (2 * STEP))
    bend = np.array(rows)
    answer: Array = (bend + bend.T) / 2
    return answer


def draws(found: Maximum, *, count: int, seed: int = 1) -> list[list[float]]:
    """Give parameters drawn from their sampling distribution: normal in the logarithms, which is
    what maximum likelihood tends to; the same seed gives the same draws.
    """
    source = np.random.default_rng(seed)
    logs = source.multivariate_normal(np.log(found.at), found.covariance, size=count)
    kept: Array = np.exp(np.clip(logs, -FARTHEST, FARTHEST))
    return [[float(value) for value in row] for row in kept]
