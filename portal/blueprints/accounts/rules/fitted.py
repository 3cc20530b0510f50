"""What models fitted to our own history say of a customer: staying under contract, or buying on.

The fits are made elsewhere, by a process of their own; here their parameters are used.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Self

LONGEST_SUM = 20_000
"""Terms of a hypergeometric series; it converges long before."""


@dataclass(frozen=True, slots=True)
class Staying:
    """A shifted-beta-geometric curve: S(t) = B(alpha, beta + t) / B(alpha, beta), t in years."""

    alpha: Decimal
    beta: Decimal


@dataclass(frozen=True, slots=True)
class Contracts:
    """A fit to customers under contract: how many there were, how many left, and the sampling
    distribution of the parameters as draws.
    """

    customers: int
    lost: int
    fitted: Staying
    draws: tuple[Staying, ...]


@dataclass(frozen=True, slots=True)
class Buying:
    """Parameters of purchases without contract (BG/NBD, time in months) and of their amounts
    (Gamma-Gamma).
    """

    r: float
    alpha: float
    a: float
    b: float
    p: float
    q: float
    v: float


@dataclass(frozen=True, slots=True)
class Purchases:
    """A fit to customers without contract; amounts in `currency`."""

    customers: int
    again: int
    currency: str
    fitted: Buying
    draws: tuple[Buying, ...]


@dataclass(frozen=True, slots=True)
class Bought:
    """What one customer without contract bought: repeat purchases, months from the first to the
    last and to today, and the average amount of a repeat purchase.
    """

    times: int
    last: float
    age: float
    mean: float


@dataclass(frozen=True)
class Fitted:
    """A published version: fits by segment, over all segments, and of purchases."""

    number: int
    on: date
    segments: Mapping[str, Contracts]
    everyone: Contracts | None
    purchases: Purchases | None

    @property
    def source(self) -> str:
        """Name the version."""
        return f"value model {self.number}"

    @classmethod
    def of(cls, number: int, on: date, document: Mapping[str, Any]) -> Self:
        """Read a version as stored."""
        contracts = {
            key: _contracts(one) for key, one in document["contracts"].items() if "alpha" in one
        }
        bought = document["purchases"]
        return cls(
            number=number,
            on=on,
            segments={key: fit for key, fit in contracts.items() if key != EVERYONE},
            everyone=contracts.get(EVERYONE),
            purchases=_purchases(bought) if "r" in bought else None,
        )


EVERYONE = "*"


def segment_key(segment: str | None) -> str:
    """Give a segment's name whatever its capitals, hyphens and spaces."""
    return " ".join((segment or "").replace("_", " ").replace("-", " ").split()).casefold()


def _contracts(told: Mapping[str, Any]) -> Contracts:
    return Contracts(
        customers=told["customers"],
        lost=told["lost"],
        fitted=Staying(_exact(told["alpha"]), _exact(told["beta"])),
        draws=tuple(Staying(_exact(a), _exact(b)) for a, b in told["draws"]),
    )


def _exact(value: float) -> Decimal:
    return Decimal(f"{value:.10g}")


def _purchases(told: Mapping[str, Any]) -> Purchases:
    names = ("r", "alpha", "a", "b", "p", "q", "v")
    return Purchases(
        customers=told["customers"],
        again=told["again"],
        currency=told["currency"],
        fitted=Buying(*(told[name] for name in names)),
        draws=tuple(Buying(*one) for one in told["draws"]),
    )


@lru_cache(maxsize=8192)  # two horizons share their years, and a page is opened again
def expected_purchases(model: Buying, bought: Bought, *, months: float) -> float:
    """Give the purchases to be expected of a customer in the next `months`.

    Fader, Hardie and Lee, Marketing Science 24 (2005), equation 10.
    """
    x, t_x, age = bought.times, bought.last, bought.age
    # At a = 1 the formula is 0 / 0 and has a limit: beside it the value is the same.
    a = model.a if abs(model.a - 1) > 1e-6 else 1 + 1e-6
    r, alpha, b = model.r, model.alpha, model.b
    z = months / (alpha + age + months)
    series = _hypergeometric(r + x, b + x, a + b + x - 1, z)
    ahead = 1 - ((alpha + age) / (alpha + age + months)) ** (r + x) * series
    left = a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x) if x else 0.0
    return max(0.0, float((a + b + x - 1) / (a - 1) * ahead / (1 + left)))


def expected_amount(model: Buying, bought: Bought) -> float | None:
    """Give the average amount of the purchases to come; None where the fit gives it no mean.

    Fader and Hardie, brucehardie.com/notes/025 (2013), equation 5.
    """
    pieces = model.p * bought.times + model.q - 1
    if pieces <= 0:
        return None
    return model.p * (model.v + bought.times * bought.mean) / pieces


def _hypergeometric(a: float, b: float, c: float, z: float) -> float:
    """Give Gauss's 2F1(a, b; c; z) for 0 <= z < 1 by its series."""
    total = term = 1.0
    for n in range(LONGEST_SUM):
        term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z
        total += term
        if abs(term) < 1e-12 * abs(total):
            break
    return total


def ranked(figures: Sequence[float], share: float) -> int:
    """Give the place of the figure below which a share of all lie."""
    order = sorted(range(len(figures)), key=lambda place: figures[place])
    return order[min(len(order) - 1, math.floor(share * len(order)))]
