"""What a customer is worth: revenue, tenure, contracted remaining and expected lifetime value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from portal.blueprints.accounts.models import Basis
from portal.blueprints.policies.rules.value import ValuePolicy
from portal.core.money import Money, rounded

from .contracts import Contract, Remaining, contracted_remaining
from .explained import Explained, Why, unknown
from .fitted import Bought, Fitted
from .histories import bought
from .lifetime import Customer, Lifetime, Tools
from .rates import Rate, RateTable


@dataclass(frozen=True, slots=True)
class RevenueLine:
    """A month's revenue without tax; `month` is any of its days, credit notes are negative."""

    month: date
    amount: Money
    basis: Basis
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """Every figure of a customer's value in one currency on one day, each with its inputs."""

    reference: str
    currency: str
    on: date
    basis: Explained[Basis]
    revenue_to_date: Explained[Money]
    last_12_months: Explained[Money]
    tenure_months: Explained[int]
    margin: Explained[Decimal]
    margin_12_months: Explained[Money]
    remaining: Remaining
    decision: Lifetime
    display: Lifetime

    @property
    def figures(self) -> tuple[Explained[Any], ...]:
        """Give every figure in the order of the page."""
        return (
            self.revenue_to_date,
            self.last_12_months,
            self.tenure_months,
            self.remaining.firm,
            self.remaining.may_leave,
            self.remaining.total,
            self.margin,
            self.margin_12_months,
            *(self.decision.low, self.decision.base, self.decision.high),
            *(self.display.low, self.display.base, self.display.high),
        )


def customer_value(
    customer: Customer,
    lines: Iterable[RevenueLine],
    contracts: Iterable[Contract],
    *,
    policy: ValuePolicy,
    policy_source: str,
    rates: RateTable,
    currency: str,
    on: date,
    fitted: Fitted | None = None,
) -> CustomerValue:
    """Reckon a customer's value on a day, in `currency`, from revenue lines of one basis.

    Where lines of several bases exist, the first basis of the policy's order is used alone.
    `policy_source` names the policy's version; `fitted` are the models of our own history that are
    in force. Missing data gives a figure without value.
    """
    signed = tuple(contracts)
    basis, chosen, left_out = one_basis(lines, policy=policy)
    to_date = _revenue("revenue_to_date", chosen, None, to=currency, on=on, rates=rates)
    last = last_12_months(chosen, to=currency, on=on, rates=rates)
    tenure = tenure_months(customer, chosen, on=on)
    margin = _margin(customer)
    yearly = _margin_12_months(last, margin, currency=currency, on=on)
    tools = Tools(
        customer=customer,
        policy=policy,
        policy_source=policy_source,
        tenure=tenure,
        on=on,
        fitted=fitted,
        signed=bool(signed),
        buys=None if signed else _bought(chosen, fitted, to=currency, on=on, rates=rates),
        margin=margin,
    )
    return CustomerValue(
        reference=customer.reference,
        currency=currency,
        on=on,
        basis=Explained("basis", basis, policy_source, on, (left_out,))
        if basis
        else unknown("basis", Why.NO_REVENUE, source=policy_source, on=on),
        revenue_to_date=to_date,
        last_12_months=last,
        tenure_months=tenure,
        margin=margin,
        margin_12_months=yearly,
        remaining=contracted_remaining(signed, to=currency, on=on, rates=rates),
        decision=tools.lifetime(yearly, years=policy.decision_horizon_years),
        display=tools.lifetime(yearly, years=policy.display_horizon_years),
    )


def one_basis(
    lines: Iterable[RevenueLine], *, policy: ValuePolicy
) -> tuple[Basis | None, tuple[RevenueLine, ...], Explained[int]]:
    """Give the first basis of the policy's order that has lines, its lines, and how many others."""
    every = tuple(lines)
    for name in policy.basis_order:
        chosen = tuple(line for line in every if line.basis.value == name)
        if chosen:
            rest = len(every) - len(chosen)
            return Basis(name), chosen, Explained("lines_of_other_bases", rest, "")
    return None, (), Explained("lines_of_other_bases", len(every), "")


def last_12_months(
    lines: Sequence[RevenueLine], *, to: str, on: date, rates: RateTable
) -> Explained[Money]:
    """Add up the twelve complete calendar months before the month of `on`, in currency `to`.

    The running month is left out: it is not over. Fewer months of history are not extrapolated.
    """
    window = (_index(on) - 12, _index(on) - 1)
    figure = _revenue("last_12_months", lines, window, to=to, on=on, rates=rates)
    if figure.known and min(_index(line.month) for line in lines) > window[0]:
        return Explained(
            figure.name, figure.value, figure.source, on, figure.inputs, Why.SHORT_HISTORY
        )
    return figure


def tenure_months(customer: Customer, lines: Sequence[RevenueLine], *, on: date) -> Explained[int]:
    """Give the whole months since the start as recorded, else since the first revenue."""
    if customer.since is not None:
        source, since = customer.reference, customer.since
    elif lines:
        first = min(lines, key=lambda line: line.month)
        source, since = first.reference or customer.reference, first.month.replace(day=1)
    else:
        return unknown("tenure_months", Why.NO_START, source=customer.reference, on=on)
    start = Explained("since", since, source, since)
    return Explained("tenure_months", whole_months(since, on), source, on, (start,))


def whole_months(start: date, end: date) -> int:
    """Give the complete calendar months between two days, 0 if the end is not after the start.

    From the 31st a month is complete on the last day of a shorter month.
    """
    months = _index(end) - _index(start)
    following = date.fromordinal(end.toordinal() + 1)
    if end.day < start.day and following.month == end.month:
        months -= 1
    return max(0, months)


def _index(day: date) -> int:
    """Give the running number of a day's month."""
    return day.year * 12 + day.month - 1


def _revenue(
    name: str,
    lines: Sequence[RevenueLine],
    window: tuple[int, int] | None,
    *,
    to: str,
    on: date,
    rates: RateTable,
) -> Explained[Money]:
    """Add up the lines of a window of months (None: all up to today), rounded once.

    Each line is converted at the rate of the last day of its month; one line without a rate makes
    the whole sum unknown, for half a sum misleads.
    """
    lowest, highest = window or (0, _index(on))
    if not lines:
        return unknown(name, Why.NO_REVENUE, on=on)
    counted = [line for line in lines if lowest <= _index(line.month) <= highest]
    if not counted:
        none = Why.NO_REVENUE if window is None else Why.NO_REVENUE_LAST_12_MONTHS
        return unknown(name, none, on=on)
    total = Decimal(0)
    used: set[Rate] = set()
    for line in counted:
        conversion = rates.convert(line.amount, to=to, on=min(on, month_end(line.month)))
        if conversion is None:
            missing = Explained("line", line.amount, line.reference, line.month)
            return unknown(name, Why.NO_RATE, on=line.month, inputs=[missing])
        total += conversion.amount.amount
        used.update(conversion.rates)
    inputs: list[Explained[Any]] = [
        Explained("lines", len(counted), "Σ"),
        Explained("first_month", min(line.month for line in counted), ""),
        Explained("last_month", max(line.month for line in counted), ""),
        *(
            Explained(f"rate_{rate.base}_{rate.quote}", rate.value, rate.source, rate.on)
            for rate in sorted(used, key=lambda rate: (rate.on, rate.base, rate.quote))
        ),
    ]
    source = f"Σ {counted[0].basis.value}"
    return Explained(name, rounded(Money(total, to)), source, on, tuple(inputs))


def month_end(day: date) -> date:
    """Give the last day of a day's month."""
    year, month = divmod(_index(day) + 1, 12)
    return date.fromordinal(date(year, month + 1, 1).toordinal() - 1)


def _bought(
    lines: Sequence[RevenueLine], fitted: Fitted | None, *, to: str, on: date, rates: RateTable
) -> Bought | None:
    """Give what a customer without contract bought, where a model of purchases can read it."""
    if fitted is None or fitted.purchases is None or fitted.purchases.currency != to:
        return None
    months = []
    for line in lines:
        conversion = rates.convert(line.amount, to=to, on=min(on, month_end(line.month)))
        if conversion is None:
            return None
        months.append((line.month, conversion.amount.amount))
    return bought(months, on=on)


def _margin(customer: Customer) -> Explained[Decimal]:
    """Give the gross margin as recorded."""
    if customer.gross_margin is None:
        return unknown("margin", Why.NO_MARGIN, source=customer.reference)
    return Explained("margin", customer.gross_margin, customer.reference, customer.margin_on)


def _margin_12_months(
    last: Explained[Money], margin: Explained[Decimal], *, currency: str, on: date
) -> Explained[Money]:
    """Give m, the last twelve months' revenue × gross margin, not rounded: it is reckoned with."""
    if last.value is None or margin.value is None:
        why = last.why if last.value is None else margin.why
        return unknown(
            "margin_12_months",
            why or Why.NOT_RECORDED,
            source="m",
            on=on,
            inputs=[last, margin],
        )
    amount = Money(last.value.amount * margin.value, currency)
    return Explained("margin_12_months", amount, "m", on, (last, margin), last.why)
