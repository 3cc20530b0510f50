"""What a threat brings: gestures beside a threat held against those without one for like harm."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

YEAR = timedelta(days=365)
FEWEST = 5
"""Fewer matched compensations with a threat tell nothing."""
SIZES = 4
"""Customers of a quarter to four times the yearly revenue are of the same size."""


@dataclass(frozen=True, slots=True)
class Given:
    """A compensation as approved: the harm (kind of problem, severity), the customer's yearly
    revenue (0 where it is not known), and the gesture, what was neither owed nor lost; both in
    minor units of one currency.
    """

    at: datetime
    threat: bool
    harm: tuple[str, str]
    revenue: int
    gesture: int


@dataclass(frozen=True, slots=True)
class Matched:
    """The medians of gestures beside a threat and of those they were matched with, and how many
    were matched.
    """

    with_threat: int
    without: int
    count: int


def matched(given: Iterable[Given], *, until: datetime) -> Matched | None:
    """Hold each gesture beside a threat in the year up to an instant against the median of those
    without one in it: the same kind of problem, the same severity, a customer of the same size.
    None where too few have their like.
    """
    year = [one for one in given if until - YEAR <= one.at < until]
    calm: dict[tuple[str, str], list[Given]] = defaultdict(list)
    for one in year:
        if not one.threat:
            calm[one.harm].append(one)
    pairs = [
        (one.gesture, _middle([other.gesture for other in like]))
        for one in year
        if one.threat and (like := [two for two in calm[one.harm] if same_size(one, two)])
    ]
    if len(pairs) < FEWEST:
        return None
    return Matched(_middle([p[0] for p in pairs]), _middle([p[1] for p in pairs]), len(pairs))


def same_size(one: Given, other: Given) -> bool:
    """Say whether two customers are of the same size; of unknown size they are like each other."""
    if one.revenue <= 0 or other.revenue <= 0:
        return one.revenue <= 0 and other.revenue <= 0
    return one.revenue <= SIZES * other.revenue and other.revenue <= SIZES * one.revenue


def _middle(values: Sequence[int]) -> int:
    return round(median(values))
