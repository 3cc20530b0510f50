"""Does the programme work: what happened to admitted accounts against those nominated and not
admitted, with what such numbers can show at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

LEAST_ACCOUNTS, LEAST_EVENTS = 20, 5
"""On each side; with fewer nothing is said about a difference."""
Z95, Z80 = 1.959964, 0.841621
"""Of the normal distribution: 95 % both sides, and 80 % power."""
NEAR = 15
"""Points beyond the scores that both sides have: further off, accounts are of another kind."""
HORIZON_DAYS = {"strategic": 365, "recovery": 180}
"""Fixed beforehand, from the day of the decision."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One side: how many accounts, and for how many of them it happened."""

    accounts: int
    events: int

    @property
    def share(self) -> float | None:
        """Give the share for which it happened; None without accounts."""
        return self.events / self.accounts if self.accounts else None


@dataclass(frozen=True, slots=True)
class Effect:
    """Admitted against not admitted: the difference of their shares in points (negative: it
    happened less often to the admitted) with its 95 % interval, or None where there are too few;
    `visible` is the least difference that these numbers would have shown four times out of five.
    """

    admitted: Arm
    others: Arm
    points: float | None
    low: float | None
    high: float | None
    visible: float | None

    @property
    def is_blind(self) -> bool:
        """Say whether both sides have accounts, and yet no effect could have been seen."""
        return _is_blind(self.admitted.accounts, self.others.accounts, self.visible)


def common(admitted: Sequence[Decimal], others: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """Give the lowest and the highest score (of 100) that both sides have, give or take NEAR;
    everything where a side has none.
    """
    if not (admitted and others):
        return Decimal(0), Decimal(100)
    low = max(min(admitted), min(others)) - NEAR
    return low, max(low, min(max(admitted), max(others)) + NEAR)


def _is_blind(one: int, other: int, visible: float | None) -> bool:
    """Say whether only a difference of more than all could be seen: of one account on a side no
    spread is known.
    """
    return bool(one and other) and (visible is None or visible >= 100)


def _wilson(arm: Arm) -> tuple[float, float]:
    """Give the 95 % interval of a share (Wilson 1927)."""
    n, p = arm.accounts, arm.events / arm.accounts
    middle = p + Z95**2 / (2 * n)
    reach = Z95 * sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n))
    whole = 1 + Z95**2 / n
    return (middle - reach) / whole, (middle + reach) / whole


def is_enough(arm: Arm) -> bool:
    """Say whether a side has the accounts and the events that a comparison needs."""
    return arm.accounts >= LEAST_ACCOUNTS and arm.events >= LEAST_EVENTS


def visible(one: Arm, other: Arm) -> float | None:
    """Give the least difference, in points, that these numbers show with 80 % power; None where a
    side is empty.
    """
    if not (one.accounts and other.accounts):
        return None
    both = one.accounts + other.accounts
    # A share of nothing would promise to see anything: half an event more on each side.
    pooled = (one.events + other.events + 1) / (both + 2)
    error = sqrt(pooled * (1 - pooled) * (1 / one.accounts + 1 / other.accounts))
    return 100 * (Z95 + Z80) * error


def effect(admitted: Arm, others: Arm) -> Effect:
    """Compare two sides (Newcombe's interval for the difference of two shares)."""
    least = visible(admitted, others)
    if not (is_enough(admitted) and is_enough(others)):
        return Effect(admitted, others, None, None, None, least)
    first, second = admitted.events / admitted.accounts, others.events / others.accounts
    (low1, high1), (low2, high2) = _wilson(admitted), _wilson(others)
    gap = first - second
    low = gap - sqrt((first - low1) ** 2 + (high2 - second) ** 2)
    high = gap + sqrt((high1 - first) ** 2 + (second - low2) ** 2)
    return Effect(admitted, others, 100 * gap, 100 * low, 100 * high, least)


@dataclass(frozen=True, slots=True)
class Kept:
    """One side's yearly revenue: how much it was at the decision, how much of it was there at the
    end (of each account at most what it was, for the gross figure), and for how many accounts it
    moved.
    """

    accounts: int
    moved: int
    before: float
    after: float
    variance: float | None

    @property
    def rate(self) -> float | None:
        """Give the share that was kept; None where there was nothing."""
        return self.after / self.before if self.before else None


@dataclass(frozen=True, slots=True)
class Retention:
    """Revenue kept by the admitted against the others: the difference in points with its 95 %
    interval, or None where there is too little; `visible` as for an effect.
    """

    admitted: Kept
    others: Kept
    points: float | None
    low: float | None
    high: float | None
    visible: float | None

    @property
    def is_blind(self) -> bool:
        """Say whether both sides have accounts, and yet no effect could have been seen."""
        return _is_blind(self.admitted.accounts, self.others.accounts, self.visible)


def kept(pairs: Sequence[tuple[float, float]], *, gross: bool) -> Kept:
    """Add up revenue (at the decision, at the end) of accounts: gross counts no growth.

    The variance is that of a ratio of sums (Cochran, Sampling Techniques, 3rd ed., 6.4), with one
    account more of middling size that lost half: where nothing moved it would promise too much.
    """
    rows = [(was, min(was, now) if gross else now) for was, now in pairs if was > 0]
    before, after = sum(was for was, _now in rows), sum(now for _was, now in rows)
    moved, count = sum(was != now for was, now in rows), len(rows)
    if count < 2:
        return Kept(count, moved, before, after, None)
    rate = after / before
    spread = sum((now - rate * was) ** 2 for was, now in rows) + (before / count / 2) ** 2
    return Kept(count, moved, before, after, count / (count - 1) * spread / before**2)


def retention(
    admitted: Sequence[tuple[float, float]], others: Sequence[tuple[float, float]], *, gross: bool
) -> Retention:
    """Compare the revenue that two sides kept, by the normal interval of the difference."""
    one, other = kept(admitted, gross=gross), kept(others, gross=gross)
    if one.variance is None or other.variance is None:
        return Retention(one, other, None, None, None, None)
    error = 100 * sqrt(one.variance + other.variance)
    least = (Z95 + Z80) * error
    enough = all(s.accounts >= LEAST_ACCOUNTS and s.moved >= LEAST_EVENTS for s in (one, other))
    if not enough or one.rate is None or other.rate is None:
        return Retention(one, other, None, None, None, least)
    gap = 100 * (one.rate - other.rate)
    return Retention(one, other, gap, gap - Z95 * error, gap + Z95 * error, least)
