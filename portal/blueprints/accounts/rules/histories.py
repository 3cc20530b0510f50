"""Our own history as models read it: cohorts of contracts, and purchases without contract."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .fitted import EVERYONE, Bought

FEWEST_CUSTOMERS, FEWEST_LOST, FEWEST_AGAIN = 50, 10, 20
"""Below so many the history is thin: what a fit says then is mostly chance."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """A customer under contract: segment (see `segment_key`), first day, and the last day where
    they are gone.
    """

    segment: str
    start: date
    end: date | None


def years_kept(one: Relationship, *, on: date) -> tuple[int, int | None]:
    """Give the yearly renewals a relationship could have seen by a day, and the one it was lost
    at, None where it goes on.
    """
    seen = _whole_years(one.start, on)
    if one.end is None:
        return seen, None
    # A contract of a year may end some days before or after its anniversary.
    lost_at = max(1, round((one.end - one.start).days / 365.25))
    return seen, lost_at if lost_at <= seen else None


def _whole_years(start: date, end: date) -> int:
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def cohorts(relationships: Iterable[Relationship], *, on: date) -> dict[str, dict[str, Any]]:
    """Give by segment, and over all, the customers, the losses, and the table to fit: survivors by
    year of those whom we could watch for equally long.

    Who began less than a year ago has met no renewal and tells nothing.
    """
    members: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
    for one in relationships:
        seen, lost_at = years_kept(one, on=on)
        if seen >= 1:
            for key in {one.segment, EVERYONE}:
                members[key].append((seen, lost_at))
    return {key: _table(rows) for key, rows in sorted(members.items()) if key}


def _table(rows: list[tuple[int, int | None]]) -> dict[str, Any]:
    years: list[float] = []
    survivors: list[float] = []
    names: list[str] = []
    for seen, size in sorted(Counter(seen for seen, _lost_at in rows).items()):
        losses = Counter(lost_at for other, lost_at in rows if other == seen)
        left = size
        for year in range(seen + 1):
            left -= losses.get(year, 0)
            years.append(float(year))
            survivors.append(float(left))
            names.append(str(seen))
    lost = sum(1 for _seen, lost_at in rows if lost_at is not None)
    given = {"numbers": {"year": years, "survivors": survivors}, "cohorts": names}
    return {"customers": len(rows), "lost": lost, "given": given}


def bought(months: Sequence[tuple[date, Decimal]], *, on: date) -> Bought | None:
    """Give what a customer without contract bought, a month with revenue being a purchase, up to
    the last complete month; None where nothing was.

    Corrections and credit notes are in their month's sum; a month that comes to nothing is none.
    """
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for month, amount in months:
        sums[month.year * 12 + month.month] += amount
    last_complete = on.year * 12 + on.month - 1
    there = sorted(index for index, sum_ in sums.items() if sum_ > 0 and index <= last_complete)
    if not there:
        return None
    first, again = there[0], there[1:]
    mean = sum((sums[index] for index in again), Decimal(0)) / len(again) if again else Decimal(0)
    # The first month itself counts as a month watched: nobody is watched for no time at all.
    return Bought(
        len(again), float(there[-1] - first), float(last_complete - first + 1), float(mean)
    )


def purchases(customers: Iterable[Bought]) -> dict[str, Any]:
    """Give the customers, those who bought again, and the two tables to fit."""
    rows = list(customers)
    times = [float(one.times) for one in rows]
    return {
        "customers": len(rows),
        "again": sum(1 for one in rows if one.times),
        "buying": {
            "numbers": {
                "frequency": times,
                "recency": [one.last for one in rows],
                "T": [one.age for one in rows],
            },
            "cohorts": [],
        },
        "spending": {
            "numbers": {"frequency": times, "monetary_value": [one.mean for one in rows]},
            "cohorts": [],
        },
    }
