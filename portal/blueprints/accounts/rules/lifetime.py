"""The lifetime value of one customer: which model it rests on, and the sum over the years."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal.blueprints.policies.rules.value import Curve, ValuePolicy
from portal.core.money import Money, rounded

from .explained import Explained, Why, unknown
from .fitted import (
    Bought,
    Buying,
    Contracts,
    Fitted,
    Purchases,
    Staying,
    expected_amount,
    expected_purchases,
    ranked,
    segment_key,
)

FORMULA = "Σ m · S(t) / (1 + d)^t, t = 1 … H"


BUYING = "Σ m · n(t) · a / (1 + d)^t, t = 1 … H"
LOW, HIGH = 0.1, 0.9
"""Low and high are these shares of the fitted parameters' sampling distribution."""


@dataclass(frozen=True, slots=True)
class Customer:
    """What the account's own record says; the margin is a share (0.62), not a percentage."""

    reference: str
    segment: str | None = None
    since: date | None = None
    gross_margin: Decimal | None = None
    margin_on: date | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Expected lifetime value over a horizon in years: low, base, high."""

    horizon_years: int
    low: Explained[Money]
    base: Explained[Money]
    high: Explained[Money]


def survival(curve: Curve | Staying, *, renewals: int, years: int) -> tuple[Decimal, ...]:
    """Give S(n + t) / S(n) for t = 1 … years of a customer who already renewed n times.

    Shifted-beta-geometric: the retention of period k is (beta + k - 1) / (alpha + beta + k - 1)
    (Fader and Hardie 2007, equation 7), so no beta function is needed.
    """
    curve_to, answer = Decimal(1), []
    for period in range(renewals + 1, renewals + years + 1):
        rest = curve.beta + period - 1
        curve_to *= rest / (curve.alpha + rest)
        answer.append(curve_to)
    return tuple(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the lifetime value of one customer is reckoned with; `signed` where they ever had a
    contract, `buys` where they had none and a model of purchases is in force.
    """

    customer: Customer
    policy: ValuePolicy
    policy_source: str
    tenure: Explained[int]
    on: date
    fitted: Fitted | None
    signed: bool
    buys: Bought | None
    margin: Explained[Decimal]

    def lifetime(self, yearly: Explained[Money], *, years: int) -> Lifetime:
        """Give low, base and high of the lifetime value over a horizon."""
        name = f"lifetime_{years}_years"
        if not self.customer.lost and self.buys and self.margin.value is not None:
            expected = self._purchases(name, years)
            if expected is not None:
                return expected
        if yearly.value is None or self.customer.lost:
            why = Why.LOST if self.customer.lost else yearly.why or Why.NOT_RECORDED
            none = unknown(name, why, source=FORMULA, on=self.on, inputs=[yearly])
            return Lifetime(years, none, none, none)
        curves, method, inputs = self._curves(years)
        figures = [
            self._sum(f"{name}_{label}", yearly, curve, method, given)
            for label, curve, given in zip(("low", "base", "high"), curves, inputs, strict=True)
        ]
        if yearly.value.amount < 0:
            # Who costs us money costs more the longer they stay.
            figures[0], figures[2] = figures[2], figures[0]
        return Lifetime(years, *figures)

    def _curves(
        self, years: int
    ) -> tuple[list[tuple[Decimal, ...]], Why, list[tuple[Explained[Any], ...]]]:
        """Give the three survival curves, where they come from, and their inputs."""
        prior = self.policy.prior_of(self.customer.segment)
        renewals = (self.tenure.value or 0) // 12 if self.policy.condition_on_tenure else 0
        survived = Explained("renewals", renewals, self.tenure.source, self.on, (self.tenure,))
        models = self.fitted if self.signed else None
        fit = fit_for(models, self.customer.segment, has_prior=prior is not None)
        if fit is not None:
            return self._fitted_curves(fit, survived, years)
        source = self.policy_source
        if prior is None:
            plain = self.policy.plain_retention
            rates = (plain.low, plain.base, plain.high)
            return (
                [tuple(rate**year for year in range(1, years + 1)) for rate in rates],
                Why.PLAIN_FORMULA,
                [(Explained("retention", rate, source),) for rate in rates],
            )
        named = Explained("segment", prior.segment, source)
        curves = (prior.low, prior.base, prior.high)
        return (
            [survival(curve, renewals=renewals, years=years) for curve in curves],
            Why.SEGMENT_PRIOR if models is None else Why.THIN_SEGMENT,
            [(named, *_parameters(curve, source), survived) for curve in curves],
        )

    def _fitted_curves(
        self, fit: Contracts, survived: Explained[int], years: int
    ) -> tuple[list[tuple[Decimal, ...]], Why, list[tuple[Explained[Any], ...]]]:
        """Give the fitted curve, and those of the draws a tenth from either end."""
        assert self.fitted is not None
        renewals, growth = survived.value or 0, 1 + self.policy.discount_rate
        curves = [survival(one, renewals=renewals, years=years) for one in fit.draws]
        sums = [
            float(sum(alive / growth**year for year, alive in enumerate(curve, start=1)))
            for curve in curves
        ]
        low, high = ranked(sums, LOW), ranked(sums, HIGH)
        chosen = (fit.draws[low], fit.fitted, fit.draws[high])
        source, on = self.fitted.source, self.fitted.on
        about = (
            Explained("model", self.fitted.number, source, on),
            Explained("customers", fit.customers, source, on),
            Explained("lost", fit.lost, source, on),
        )
        middle = survival(fit.fitted, renewals=renewals, years=years)
        return (
            [curves[low], middle, curves[high]],
            Why.FITTED_CONTRACTS,
            [(*about, *_parameters(one, source), survived) for one in chosen],
        )

    def _purchases(self, name: str, years: int) -> Lifetime | None:
        """Give the value of a customer without contract; None where the fit gives no mean."""
        assert self.fitted is not None
        assert self.fitted.purchases is not None
        fit = self.fitted.purchases
        middle = self._steps(fit.fitted, years)
        drawn = [steps for one in fit.draws if (steps := self._steps(one, years)) is not None]
        if middle is None or not drawn:
            return None
        sums = [float(sum(worth for _count, worth in steps)) for steps in drawn]
        chosen = (drawn[ranked(sums, LOW)], middle, drawn[ranked(sums, HIGH)])
        figures = [
            self._bought(f"{name}_{label}", steps, fit.currency)
            for label, steps in zip(("low", "base", "high"), chosen, strict=True)
        ]
        return Lifetime(years, *figures)

    def _steps(self, model: Buying, years: int) -> list[tuple[float, Decimal]] | None:
        """Give by year the purchases expected and their discounted margin."""
        assert self.buys is not None
        assert self.margin.value is not None
        amount = expected_amount(model, self.buys)
        if amount is None:
            return None
        steps, before = [], 0.0
        for year in range(1, years + 1):
            until = expected_purchases(model, self.buys, months=12 * year)
            worth = Decimal(f"{(until - before) * amount:.10g}") * self.margin.value
            steps.append((until - before, worth / (1 + self.policy.discount_rate) ** year))
            before = until
        return steps

    def _bought(
        self, name: str, steps: Sequence[tuple[float, Decimal]], currency: str
    ) -> Explained[Money]:
        """Add up the years of a customer without contract, rounded once."""
        assert self.fitted is not None
        assert self.fitted.purchases is not None
        assert self.buys is not None
        source, on, fit = self.fitted.source, self.fitted.on, self.fitted.purchases
        parts: list[Explained[Any]] = []
        for year, (count, worth) in enumerate(steps, start=1):
            count_of = Explained(f"purchases_{year}", Decimal(f"{count:.4g}"), "n(t)")
            formula = "m · n(t) · a / (1 + d)^t"
            parts.append(
                Explained(f"year_{year}", Money(worth, currency), formula, None, (count_of,))
            )
        total = sum((worth for _count, worth in steps), Decimal(0))
        inputs = (
            self.margin,
            Explained("discount_rate", self.policy.discount_rate, self.policy_source),
            Explained("model", self.fitted.number, source, on),
            Explained("customers", fit.customers, source, on),
            Explained("bought_again", self.buys.times, self.customer.reference, self.on),
            Explained("amount_expected", self._amount(fit), source, on),
            *parts,
        )
        amount = rounded(Money(total, currency))
        return Explained(name, amount, BUYING, self.on, inputs, Why.FITTED_PURCHASES)

    def _amount(self, fit: Purchases) -> Money | None:
        """Give the average amount of the purchases to come, by the fit itself."""
        assert self.buys is not None
        amount = expected_amount(fit.fitted, self.buys)
        return None if amount is None else rounded(Money(f"{amount:.10g}", fit.currency))

    def _sum(
        self,
        name: str,
        yearly: Explained[Money],
        curve: tuple[Decimal, ...],
        method: Why,
        given: tuple[Explained[Any], ...],
    ) -> Explained[Money]:
        """Add up the discounted yearly steps of one curve, rounded once."""
        assert yearly.value is not None
        discount, total = self.policy.discount_rate, yearly.value * 0
        steps: list[Explained[Any]] = []
        for year, alive in enumerate(curve, start=1):
            worth = yearly.value * alive / (1 + discount) ** year
            total += worth
            staying = Explained(f"survival_{year}", alive, "S(t)")
            steps.append(Explained(f"year_{year}", worth, "m · S(t) / (1 + d)^t", None, (staying,)))
        rate = Explained("discount_rate", discount, self.policy_source)
        return Explained(
            name, rounded(total), FORMULA, self.on, (yearly, rate, *given, *steps), method
        )


def fit_for(fitted: Fitted | None, segment: str | None, *, has_prior: bool) -> Contracts | None:
    """Give the fit that a customer under contract is reckoned with: their segment's own; that of
    all segments only where nothing is believed of theirs; None: by the prior or the plain formula.
    """
    if fitted is None:
        return None
    own = fitted.segments.get(segment_key(segment))
    return own or (None if has_prior else fitted.everyone)


def _parameters(curve: Curve | Staying, source: str) -> tuple[Explained[Any], Explained[Any]]:
    return Explained("alpha", curve.alpha, source), Explained("beta", curve.beta, source)
