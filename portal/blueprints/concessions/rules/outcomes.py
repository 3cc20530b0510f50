"""What became of those who were given something: shares with intervals, and when to say nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.blueprints.policies.rules.compensation import CompensationPolicy
from portal.core.money import Money, zero

DAYS = (90, 180, 365)
Z = Decimal("1.959964")
"""The quantile of the normal distribution for 95 %."""
WIDEST = Decimal("0.30")
"""An interval wider than 30 points leaves room for any story: then there are too few to tell."""


@dataclass(frozen=True, slots=True)
class Given:
    """A decision that was granted, in the policy's currency: what it was and cost, what the
    customer pays a year, whether they were there after each of `DAYS` (None: too early, not known);
    what was expected before it: the share of such customers who stay a year, and by how much it
    had to raise that to pay for itself (None: not kept, not known).
    """

    form: str
    face: Money
    cost: Money
    arr: Money
    stayed: tuple[bool | None, bool | None, bool | None]
    stays: Decimal | None = None
    needed: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A share of those of whom it is known, with its 95 % interval (Wilson)."""

    known: int
    stayed: int
    low: Decimal
    high: Decimal

    @property
    def enough(self) -> bool:
        """Say whether it tells something."""
        return self.known > 0 and self.high - self.low <= WIDEST

    @property
    def share(self) -> Decimal | None:
        """Give the share; None of nobody."""
        return Decimal(self.stayed) / self.known if self.known else None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What was expected before the offers of a group, as the mean share, beside what came: of the
    same decisions alone.
    """

    expected: Decimal | None
    came: Share

    @property
    def gained(self) -> Decimal | None:
        """Give observed minus expected, a share; None of nobody."""
        if self.expected is None or self.came.share is None:
            return None
        return self.came.share - self.expected

    @property
    def low(self) -> Decimal:
        """Give the lower end of the 95 % interval of `gained`; what was expected is taken as it
        was said.
        """
        return self.came.low - (self.expected or 0)

    @property
    def high(self) -> Decimal:
        """Give the upper end of the 95 % interval of `gained`."""
        return self.came.high - (self.expected or 0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one group of decisions; `needed` is by how much they had to raise the share
    who stay a year to pay for themselves, in the mean (None: not known of any).
    """

    name: str
    given: int
    cost: Money
    kept: Money
    shares: tuple[Share, ...]
    foreseen: tuple[Foreseen, ...]
    needed: Decimal | None


def share(stayed: int, known: int) -> Share:
    """Give a share with its interval after Wilson (1927), which holds for few and for all."""
    if not 0 <= stayed <= known:
        raise ValueError("more stayed than are known of")
    if known == 0:
        return Share(0, 0, Decimal(0), Decimal(1))
    n, p = Decimal(known), Decimal(stayed) / known
    middle = p + Z * Z / (2 * n)
    reach = Z * (p * (1 - p) / n + Z * Z / (4 * n * n)).sqrt()
    whole = 1 + Z * Z / n
    low, high = (middle - reach) / whole, (middle + reach) / whole
    return Share(known, stayed, max(Decimal(0), low), min(Decimal(1), high))


def stays_for(days: int, *, a_year: Decimal) -> Decimal:
    """Give the share expected to stay so many days where `a_year` stay 365: as if as many left on
    each day.
    """
    if not 0 <= a_year <= 1:
        raise ValueError("a share lies between 0 and 1")
    return a_year ** (Decimal(days) / 365) if a_year else Decimal(0)


def foreseen(group: Sequence[Given], *, place: int) -> Foreseen:
    """Hold what was expected of a group against what came after `DAYS[place]` days."""
    both = [one for one in group if one.stays is not None and one.stayed[place] is not None]
    came = share(sum(1 for one in both if one.stayed[place]), len(both))
    said = [stays_for(DAYS[place], a_year=one.stays) for one in both if one.stays is not None]
    return Foreseen(_mean(said), came)


def _mean(shares: Sequence[Decimal]) -> Decimal | None:
    return sum(shares, Decimal(0)) / len(shares) if shares else None


def paying_on(day: date, contracts: Iterable[tuple[date, date | None]]) -> bool | None:
    """Say whether a customer was under contract on a day; None where no contract is known."""
    every = list(contracts)
    if not every:
        return None
    return any(start <= day and (end is None or day < end) for start, end in every)


def band_of(face: Money, *, policy: CompensationPolicy) -> str:
    """Give the lowest row of authority whose amount reaches, in the policy's currency."""
    for row in policy.authority:
        if row.amount is None or face.amount <= row.amount:
            return row.key
    return policy.authority[-1].key


def outcome(name: str, group: Sequence[Given], *, currency: str) -> Outcome:
    """Give what became of a group: shares after 90, 180 and 365 days; `kept` is the yearly revenue
    of those who were there at the last count, beside what was given cost.
    """
    shares = []
    for place in range(len(DAYS)):
        known = [one.stayed[place] for one in group if one.stayed[place] is not None]
        shares.append(share(sum(1 for one in known if one), len(known)))
    kept = [one.arr for one in group if _last(one.stayed)]
    cost = sum((one.cost for one in group), zero(currency))
    return Outcome(
        name=name,
        given=len(group),
        cost=cost,
        kept=sum(kept, zero(currency)),
        shares=tuple(shares),
        foreseen=tuple(foreseen(group, place=place) for place in range(len(DAYS))),
        needed=_mean([one.needed for one in group if one.needed is not None]),
    )


def _last(stayed: tuple[bool | None, ...]) -> bool:
    """Give the last that is known of whether somebody stayed; nothing known: no."""
    return next((one for one in reversed(stayed) if one is not None), False)
