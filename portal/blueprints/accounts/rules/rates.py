"""Conversion through a dated table of exchange rates, saying which rate was used."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.core.money import Money


@dataclass(frozen=True, slots=True)
class Rate:
    """On a day one unit of `base` was worth `value` units of `quote`."""

    base: str
    quote: str
    on: date
    value: Decimal
    source: str

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value <= 0:
            raise ValueError("a rate must be above zero")

    def turned(self) -> "Rate":
        """Give the same rate the other way round."""
        return Rate(self.quote, self.base, self.on, 1 / self.value, self.source)


COARSE = Decimal("0.001")
"""Rates are kept to 1e-8: below this one has fewer than six digits that count."""


def _coarse(there: Rate, back: Rate) -> bool:
    """Say whether the opposite rate of the same day and source says the same with more digits: a
    rupiah is 0.00005661 euro, but a euro 17663.52 rupiah.
    """
    same = (there.on, there.source) == (back.on, back.source)
    return same and there.value < COARSE < back.value


@dataclass(frozen=True, slots=True)
class Conversion:
    """An amount (not rounded), what it was, and the rates used: none in its own currency."""

    amount: Money
    original: Money
    rates: tuple[Rate, ...] = ()

    @property
    def factor(self) -> Decimal:
        """Give the product of the rates used; 1 for the same currency."""
        product = Decimal(1)
        for rate in self.rates:
            product *= rate.value
        return product


class RateTable:
    """Dated rates; a day without one uses the last before it, up to `max_age_days` old."""

    def __init__(self, rates: Iterable[Rate], *, max_age_days: int) -> None:
        self._max_age_days = max_age_days
        self._by_pair: dict[tuple[str, str], list[Rate]] = defaultdict(list)
        self._neighbours: dict[str, set[str]] = defaultdict(set)
        for rate in sorted(rates, key=lambda rate: rate.on):
            self._by_pair[rate.base, rate.quote].append(rate)
            self._neighbours[rate.base].add(rate.quote)
            self._neighbours[rate.quote].add(rate.base)

    def _published(self, base: str, quote: str, *, on: date) -> Rate | None:
        """Give the last rate of exactly this pair on or before the day, unless it is too old."""
        rates = self._by_pair.get((base, quote), [])
        place = bisect_right(rates, on, key=lambda rate: rate.on)
        if place == 0 or (on - rates[place - 1].on).days > self._max_age_days:
            return None
        return rates[place - 1]

    def _direct(self, base: str, quote: str, *, on: date) -> Rate | None:
        """Give the newer of the pair's rate and the turned rate of the opposite pair."""
        there = self._published(base, quote, on=on)
        back = self._published(quote, base, on=on)
        if back is not None and (there is None or back.on > there.on or _coarse(there, back)):
            return back.turned()
        return there

    def path(self, base: str, quote: str, *, on: date) -> tuple[Rate, ...] | None:
        """Give the rates that lead from one currency to another: direct, or through one third."""
        if base == quote:
            return ()
        direct = self._direct(base, quote, on=on)
        if direct is not None:
            return (direct,)
        common = self._neighbours.get(base, set()) & self._neighbours.get(quote, set())
        for third in sorted(common):
            first = self._direct(base, third, on=on)
            second = self._direct(third, quote, on=on)
            if first is not None and second is not None:
                return (first, second)
        return None

    def convert(self, money: Money, *, to: str, on: date) -> Conversion | None:
        """Give the amount in currency `to` at the day's rate, unrounded; None without one."""
        path = self.path(money.currency.code, to, on=on)
        if path is None:
            return None
        amount = money.amount
        for rate in path:
            amount *= rate.value
        return Conversion(Money(amount, to), money, path)


def rate_moved(frozen: Decimal, current: Decimal, *, tolerance: Decimal) -> bool:
    """Say whether a rate left the band of ±tolerance around the one frozen at submission."""
    return abs(current - frozen) > tolerance * frozen
