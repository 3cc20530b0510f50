"""What is wrong with figures that a person or a file brings."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.blueprints.policies.rules.value import Limits
from portal.core.i18n import _
from portal.core.money import Money, exponent

ONE = Decimal(1)
MOST_MINOR = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Objection:
    """Something against a value or a wish: a stable code, words for the person, and if it stops."""

    code: str
    message: str
    field: str | None = None
    stops: bool = True


def objections_to_money(
    money: Money, *, field: str, largest: Decimal, factor: Decimal | None = ONE
) -> tuple[Objection, ...]:
    """Say what is wrong with an amount as such: not a number, finer than its unit, unbelievable.

    `factor` turns it into the currency of `largest`; None says that no rate is known: then only an
    amount that cannot be stored is unbelievable, and the missing rate is pointed out.
    """
    amount, code = money.amount, money.currency.code
    if not amount.is_finite():
        return (Objection("not_a_number", _("This is not an amount of money."), field),)
    found = []
    if factor is None:
        message = _("No exchange rate is known for %(currency)s.", currency=code)
        found.append(Objection("no_rate", message, field, stops=False))
    storable = abs(amount) <= Decimal(MOST_MINOR).scaleb(-exponent(code))
    if not storable or (factor is not None and abs(amount * factor) > largest):
        message = _(
            "%(amount)s %(currency)s is not believable: check the decimal point.",
            amount=format(amount, "f"),
            currency=code,
        )
        found.append(Objection("absurd", message, field))
    elif amount != amount.quantize(Decimal(1).scaleb(-exponent(code))):
        message = _("%(currency)s has no amounts as small as this.", currency=code)
        found.append(Objection("too_fine", message, field))
    return tuple(found)


def objections_to_revenue(
    amount: Money, *, month: date, today: date, limits: Limits, factor: Decimal | None = ONE
) -> tuple[Objection, ...]:
    """Say what is wrong with a revenue line; a negative one is a credit note and only noted.

    `factor` as in `objections_to_money`, into the reporting currency.
    """
    largest = limits.largest_revenue_line
    found = [*objections_to_money(amount, field="amount", largest=largest, factor=factor)]
    if not any(one.stops for one in found) and amount.amount < 0:
        message = _("Negative: counted as a credit note.")
        found.append(Objection("credit_note", message, "amount", stops=False))
    if (month.year, month.month) > (today.year, today.month):
        message = _("The month lies in the future; revenue is what has happened.")
        found.append(Objection("future_month", message, "month"))
    if month.year < limits.earliest_year:
        message = _("No revenue before %(year)s is believable.", year=limits.earliest_year)
        found.append(Objection("too_early", message, "month"))
    return tuple(found)


def objections_to_contract(
    *,
    arr: Money | None,
    start: date | None,
    end: date | None,
    notice_days: int | None,
    today: date,
    limits: Limits,
    factor: Decimal | None = ONE,
) -> tuple[Objection, ...]:
    """Say what is wrong with a contract's amount and dates; an end in the past only warns.

    `factor` as in `objections_to_money`, into the reporting currency.
    """
    found: list[Objection] = []
    if arr is not None:
        found += objections_to_money(arr, field="arr", largest=limits.largest_arr, factor=factor)
        if not any(one.stops for one in found) and arr.amount < 0:
            found.append(Objection("negative", _("A yearly amount cannot be below zero."), "arr"))
    if start is not None and start.year < limits.earliest_year:
        message = _("No contract before %(year)s is believable.", year=limits.earliest_year)
        found.append(Objection("too_early", message, "start"))
    if start is not None and end is not None and end <= start:
        message = _("The contract ends before it begins.")
        found.append(Objection("ends_before_start", message, "end"))
    elif end is not None and end < today:
        message = _("The renewal lies in the past: the contract may be over.")
        found.append(Objection("renewal_passed", message, "end", stops=False))
    if notice_days is not None and not 0 <= notice_days <= 1100:
        message = _("A notice period lies between 0 and 1,100 days.")
        found.append(Objection("notice", message, "notice_days"))
    return tuple(found)


def objections_to_margin(margin: Decimal) -> tuple[Objection, ...]:
    """Say what is wrong with a gross margin given as a share; selling at a loss is possible."""
    if not margin.is_finite() or not -1 <= margin <= 1:
        message = _("A gross margin is a share between -1 and 1, such as 0.62.")
        return (Objection("margin", message, "gross_margin"),)
    return ()


def objections_to_growth(percent: int | None) -> tuple[Objection, ...]:
    """Say what is wrong with a growth potential: in % of today's yearly revenue, from 0 to 100
    (it could double, or more). None is unknown.
    """
    if percent is not None and not 0 <= percent <= 100:
        message = _("A growth potential lies between 0 and 100 %.")
        return (Objection("growth", message, "growth_potential"),)
    return ()
