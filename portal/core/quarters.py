"""Quarters of the organisation's fiscal year: how they are named, where they begin, how they are
called for readers.
"""

import re
from collections.abc import Sequence
from datetime import date

from portal.core.i18n import _

USUAL = ("Q1", "Q2", "Q3", "Q4")
FIRST, LAST = 1900, 9000
_NAME = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)


def parts(name: str) -> tuple[int, int] | None:
    """Give year and number of a quarter named as 2026-Q3 is; None for a text that names none."""
    found = _NAME.fullmatch(name)
    if found is None or not FIRST <= int(found[1]) <= LAST:
        return None
    return int(found[1]), int(found[2])


def holding(day: date, *, first_month: int) -> tuple[int, int]:
    """Give year and number of the quarter of a day, in the fiscal year that begins in
    `first_month`: the year is the calendar year in which that fiscal year began.
    """
    year, month = divmod(day.year * 12 + day.month - first_month, 12)
    return year, month // 3 + 1


def of(day: date, *, first_month: int) -> str:
    """Name the quarter of a day, such as 2026-Q2; see `holding`."""
    year, number = holding(day, first_month=first_month)
    return f"{year}-Q{number}"


def bounds(year: int, number: int, *, first_month: int) -> tuple[date, date]:
    """Give the first day of a quarter and that of the next one."""
    before = first_month + 3 * number
    return _month(year, before - 4), _month(year, before - 1)


def own_names(kept: str) -> tuple[str, ...]:
    """Give the names that an organisation keeps, with spaces between them; none where they are the
    usual ones, which each language spells in its own way.
    """
    names = tuple(kept.split())
    return () if names == USUAL else names


def spelled(name: str, names: Sequence[str]) -> str:
    """Give a quarter as readers write it, with the organisation's four `names` where it has its
    own; what names no quarter stays as it is.
    """
    found = parts(name)
    if found is None:
        return name
    year, number = found
    if not names or tuple(names) == USUAL:
        return _("Q%(number)s %(year)s", number=number, year=year)
    return f"{names[number - 1]} {year}"


def _month(year: int, months: int) -> date:
    more, month = divmod(months, 12)
    return date(year + more, month + 1, 1)
