"""Money: an exact `Decimal` with an ISO 4217 currency; integers of the minor unit in the
database.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import lru_cache

from moneyed import Currency, Money, get_currency
from moneyed.classes import CurrencyDoesNotExist

__all__ = ["Currency", "Money", "exponent", "from_minor", "is_currency", "minor", "rounded", "zero"]


def is_currency(code: str) -> bool:
    """Say whether `code` is an ISO 4217 currency that we know and that somebody can pay in."""
    if code in {"XTS", "XXX"}:  # codes of ISO 4217 that are no money
        return False
    try:
        get_currency(code)
    except CurrencyDoesNotExist:
        return False
    return True


@lru_cache(256)
def exponent(code: str) -> int:
    """Give the number of decimals of a currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD (ISO
    4217).
    """
    return len(str(get_currency(code).sub_unit)) - 1


ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}
"""How an organisation may round what falls exactly between two of the smallest unit."""
_asked: list[Callable[[], str]] = [lambda: "half_up"]


def round_as(told: Callable[[], str]) -> None:
    """Let `told` say from now on, each time, how the organisation rounds: a key of `ROUNDING`."""
    _asked[:] = [told]


def rounded(money: Money) -> Money:
    """Round to the currency's minor unit, once, where an amount becomes payable: half away from
    zero, or half to even where the organisation has set that.
    """
    step = Decimal(1).scaleb(-exponent(money.currency.code))
    return Money(money.amount.quantize(step, rounding=ROUNDING[_asked[-1]()]), money.currency)


def minor(money: Money) -> int:
    """Give the signed count of minor units of an amount; an amount finer than the minor unit is a
    ValueError.
    """
    scaled = money.amount.scaleb(exponent(money.currency.code))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{money.amount} {money.currency.code} is finer than its minor unit")
    return int(scaled)


def from_minor(count: int, currency: str) -> Money:
    """Give the amount of `count` minor units of `currency`."""
    return Money(Decimal(count).scaleb(-exponent(currency)), currency)


def zero(currency: str) -> Money:
    """Give nothing, in `currency`."""
    return Money(Decimal(0), currency)
