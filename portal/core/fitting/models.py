"""The models by name, each from JSON to JSON: what the process answers."""

from collections.abc import Callable
from typing import Any

from portal.core.fitting import purchases, retention, scorecard, spending
from portal.core.fitting.maximum import Maximum, draws


def _told(found: Maximum, names: tuple[str, ...], count: int) -> dict[str, Any]:
    """Give the parameters by name, the log-likelihood, and `count` draws of the parameters."""
    at = {name: float(value) for name, value in zip(names, found.at, strict=True)}
    answer: dict[str, Any] = {**at, "log_likelihood": found.log_likelihood}
    if count:
        answer["draws"] = draws(found, count=count)
    return answer


def _retention(
    *, numbers: dict[str, list[float]], cohorts: list[str], draws: int = 0
) -> dict[str, Any]:
    found = retention.fit(numbers["year"], numbers["survivors"], cohorts)
    return _told(found, retention.NAMES, draws)


def _purchases(
    *, numbers: dict[str, list[float]], cohorts: list[str], draws: int = 0
) -> dict[str, Any]:
    found = purchases.fit(numbers["frequency"], numbers["recency"], numbers["T"])
    return _told(found, purchases.NAMES, draws)


def _spending(
    *, numbers: dict[str, list[float]], cohorts: list[str], draws: int = 0
) -> dict[str, Any]:
    found = spending.fit(numbers["frequency"], numbers["monetary_value"])
    return _told(found, spending.NAMES, draws)


FITS: dict[str, Callable[..., dict[str, Any]]] = {
    "sbg": _retention,
    "bgnbd": _purchases,
    "gammagamma": _spending,
    "scorecard": scorecard.fit,
}
