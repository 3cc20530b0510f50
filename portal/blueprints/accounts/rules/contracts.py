"""What customers have signed: what is at stake, and what is contracted from here on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from portal.core.money import Money, rounded

from .explained import Explained, Why, unknown
from .rates import RateTable


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract; without `end` it runs until notice; the end itself is out of contract."""

    reference: str
    account: str
    start: date
    end: date | None
    arr: Money | None
    notice_days: int | None = None
    may_leave_from: date | None = None

    def in_force(self, on: date) -> bool:
        """Say whether the contract runs on that day; its end is the first day without it."""
        return self.start <= on and (self.end is None or on < self.end)


@dataclass(frozen=True, slots=True)
class AtStake:
    """Yearly revenue of distinct contracts, and the references that could not be counted."""

    total: Explained[Money]
    unknown: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Say whether every contract could be counted."""
        return not self.unknown


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is contracted from a day on: firm, what may leave early, and both together."""

    firm: Explained[Money]
    may_leave: Explained[Money]
    total: Explained[Money]


def distinct(contracts: Iterable[Contract]) -> tuple[Contract, ...]:
    """Give each contract once, by reference; two that differ under one: ValueError."""
    seen: dict[str, Contract] = {}
    for contract in contracts:
        if seen.setdefault(contract.reference, contract) != contract:
            raise ValueError(f"two contracts are called {contract.reference}")
    return tuple(seen[reference] for reference in sorted(seen))


def at_stake(contracts: Iterable[Contract], *, to: str, on: date, rates: RateTable) -> AtStake:
    """Add up the ARR of distinct contracts in force on a day, each once, in currency `to`.

    Cases, families and affected accounts may name the same contract many times. A signed successor
    that has not begun is not added to the contract it replaces.
    """
    parts = [_arr(c, to=to, on=on, rates=rates) for c in distinct(contracts) if c.in_force(on)]
    return AtStake(
        _sum("at_stake", parts, to=to, on=on, none=Why.NO_CONTRACT),
        tuple(part.source for part in parts if not part.known),
    )


def contracted_remaining(
    contracts: Iterable[Contract], *, to: str, on: date, rates: RateTable
) -> Remaining:
    """Split what is contracted from a day on into firm and "may leave early", in currency `to`.

    Firm runs to the first day on which the customer can be gone (notice given today); an automatic
    renewal that has not happened is not counted.
    """
    firm: list[Explained[Money]] = []
    loose: list[Explained[Money]] = []
    for contract in distinct(contracts):
        if contract.end is not None and contract.end <= on:
            continue
        sure, rest = _split(contract, to=to, on=on, rates=rates)
        firm.append(sure)
        loose.append(rest)
    return Remaining(
        _sum("contracted_firm", firm, to=to, on=on, none=Why.NO_CONTRACT),
        _sum("contracted_may_leave", loose, to=to, on=on, none=Why.NO_CONTRACT),
        _sum("contracted_remaining", [*firm, *loose], to=to, on=on, none=Why.NO_CONTRACT),
    )


def years_between(start: date, end: date) -> Decimal:
    """Give the years from one day to another: whole anniversaries, then days by the year's length.

    So a year is one year, whether or not it holds a 29 February.
    """
    if end <= start:
        return Decimal(0)
    whole = end.year - start.year
    if _anniversary(start, whole) > end:
        whole -= 1
    last, following = _anniversary(start, whole), _anniversary(start, whole + 1)
    return whole + Decimal((end - last).days) / Decimal((following - last).days)


@dataclass(frozen=True, slots=True)
class NoticeDay:
    """The last day on which notice can be given: for which renewal, and, where the day for the one
    on file has passed, that day.
    """

    until: date
    renewal: date
    passed: date | None


def notice_day(renewal: date, notice_days: int, *, today: date) -> NoticeDay:
    """Give the next day by which notice can be given for a renewal on file that comes again every
    year; `today` still counts.
    """
    years, notice = 0, timedelta(days=notice_days)
    if renewal - notice < today:
        years = max(0, today.year - renewal.year)
    while _anniversary(renewal, years) - notice < today:
        years += 1
    following = _anniversary(renewal, years)
    return NoticeDay(following - notice, following, renewal - notice if years else None)


def _anniversary(start: date, years: int) -> date:
    """Give the same day some years on; 29 February falls on the 28th where there is no 29th."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)


def _arr(contract: Contract, *, to: str, on: date, rates: RateTable) -> Explained[Money]:
    """Give a contract's ARR in currency `to` with the rate used, or why it is unknown."""
    if contract.arr is None:
        return unknown("arr", Why.NO_ARR, source=contract.reference, on=on)
    conversion = rates.convert(contract.arr, to=to, on=on)
    original = Explained("arr", contract.arr, contract.reference, contract.start)
    if conversion is None:
        return unknown("arr", Why.NO_RATE, source=contract.reference, on=on, inputs=[original])
    used = tuple(
        Explained(f"rate_{rate.base}_{rate.quote}", rate.value, rate.source, rate.on)
        for rate in conversion.rates
    )
    inputs = (original, *used) if used else ()
    return Explained("arr", conversion.amount, contract.reference, on, inputs)


def _leaves(contract: Contract, *, on: date) -> date | None:
    """Give the first day without the contract if notice were given as soon as allowed."""
    notice = timedelta(days=contract.notice_days or 0)
    if contract.may_leave_from is not None:
        exit_day = max(on, contract.may_leave_from) + notice
        return exit_day if contract.end is None else min(exit_day, contract.end)
    return on + notice if contract.end is None else contract.end


def _split(
    contract: Contract, *, to: str, on: date, rates: RateTable
) -> tuple[Explained[Money], Explained[Money]]:
    """Give the firm and the loose part of one contract's remaining money."""
    arr = _arr(contract, to=to, on=on, rates=rates)
    if arr.value is None:
        return arr, arr
    begin = max(on, contract.start)
    leaves = _leaves(contract, on=on)
    sure_until = max(begin, leaves) if leaves is not None else begin
    # A contract without an end promises nothing beyond its notice.
    ends = contract.end if contract.end is not None else sure_until
    firm_years = years_between(begin, sure_until)
    all_years = years_between(begin, ends)
    return (
        _times(arr, firm_years, name="firm", on=on),
        _times(arr, all_years - firm_years, name="may_leave", on=on),
    )


def _times(arr: Explained[Money], years: Decimal, *, name: str, on: date) -> Explained[Money]:
    """Give yearly money × years with both as inputs."""
    assert arr.value is not None
    length = Explained("years", years, arr.source, on)
    return Explained(name, arr.value * years, arr.source, on, (arr, length))


def _sum(
    name: str, parts: "list[Explained[Money]]", *, to: str, on: date, none: Why
) -> Explained[Money]:
    """Add up what is known, rounded once; some part unknown makes it a lower bound."""
    inputs: tuple[Explained[Any], ...] = tuple(parts)
    known = [part.value for part in parts if part.value is not None]
    if not known:
        why = parts[0].why if parts else None
        return unknown(name, why or none, source="Σ ARR", on=on, inputs=inputs)
    total = rounded(sum(known, Money(0, to)))
    why = Why.SOME_MISSING if len(known) < len(parts) else None
    return Explained(name, total, "Σ ARR", on, inputs, why)
