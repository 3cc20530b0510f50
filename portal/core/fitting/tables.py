"""The tables that models are fitted to: which columns they need, and what is wrong with a cell."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.core.fitting.errors import NotFitted

Lists = dict[str, list[float]]
MOST_ROWS = 1_000_000
# Larger counts, times and amounts are slips; the likelihoods' functions keep their digits below.
LARGEST = 1e12
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as read: its header, and each row's line in the file with its cells."""

    header: Sequence[str]
    rows: Iterable[tuple[int, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class _Read:
    """Columns as numbers, each row's line, and the cohort where the table has one."""

    lines: list[int]
    numbers: Lists
    cohorts: list[str]


def columns(model: str, sheet: Sheet) -> tuple[Lists, list[str]]:
    """Give the columns that a model (sbg, bgnbd, gammagamma) is fitted to, checked, and the cohort
    of each row (sbg: sorted by cohort and year; else "").

    Raises NotFitted with the line of the first bad cell.
    """
    return {"sbg": _retention, "bgnbd": _purchases, "gammagamma": _spending}[model](sheet)


def place_of(header: Sequence[str], name: str) -> int:
    """Give where a column stands: by its exact name, else whatever its capitals."""
    names = [one.strip() for one in header]
    for wanted, there in ((name, names), (name.casefold(), [one.casefold() for one in names])):
        if there.count(wanted) == 1:
            return there.index(wanted)
        if there.count(wanted) > 1:
            raise NotFitted("column_twice", column=name)
    raise NotFitted("no_column", column=name, there=", ".join(names)[:300])


def _retention(sheet: Sheet) -> tuple[Lists, list[str]]:
    read = _read(sheet, ("year", "survivors"), whole=("year",), beside="cohort")
    given = zip(
        read.cohorts, read.numbers["year"], read.lines, read.numbers["survivors"], strict=True
    )
    rows = sorted(given)
    before: tuple[str, float, float] | None = None
    for place, (cohort, year, line, count) in enumerate(rows):
        if before is None or before[0] != cohort:
            if year:
                raise NotFitted("no_year_0")
            if not count:
                raise NotFitted("empty_cohort")
            if place + 1 == len(rows) or rows[place + 1][0] != cohort:
                raise NotFitted("only_year_0")
        elif before[1] == year:
            raise NotFitted("year_twice", line=str(line), year=f"{year:.0f}")
        elif count > before[2]:
            raise NotFitted("more_survivors", line=str(line))
        before = cohort, year, count
    numbers = {"year": [row[1] for row in rows], "survivors": [row[3] for row in rows]}
    return numbers, [row[0] for row in rows]


def _purchases(sheet: Sheet) -> tuple[Lists, list[str]]:
    read = _read(sheet, ("frequency", "recency", "T"), whole=("frequency",))
    for line, recency, age in zip(
        read.lines, read.numbers["recency"], read.numbers["T"], strict=True
    ):
        if age <= 0:
            raise NotFitted("no_time", line=str(line))
        if recency > age:
            raise NotFitted("recency_after_end", line=str(line))
    return read.numbers, read.cohorts


def _spending(sheet: Sheet) -> tuple[Lists, list[str]]:
    read = _read(sheet, ("frequency", "monetary_value"), whole=("frequency",))
    for line, times, value in zip(
        read.lines, read.numbers["frequency"], read.numbers["monetary_value"], strict=True
    ):
        if times and not value:
            raise NotFitted("not_positive", line=str(line))
    return read.numbers, read.cohorts


def _read(
    sheet: Sheet, names: Sequence[str], *, whole: Sequence[str], beside: str | None = None
) -> _Read:
    """Read the wanted columns as numbers from zero on; other columns are passed over."""
    places = {name: place_of(sheet.header, name) for name in names}
    there = [name.strip().casefold() for name in sheet.header]
    cohort = there.index(beside) if beside in there else None
    read = _Read([], {name: [] for name in names}, [])
    for line, cells in sheet.rows:
        if len(cells) != len(sheet.header):
            details = {"there": str(len(cells)), "wanted": str(len(sheet.header))}
            raise NotFitted("short_row", line=str(line), **details)
        if len(read.lines) == MOST_ROWS:
            raise NotFitted("too_many_rows", most=f"{MOST_ROWS:,}")
        for name, place in places.items():
            read.numbers[name].append(_number(cells[place], line, name, whole=name in whole))
        read.lines.append(line)
        read.cohorts.append(cells[cohort].strip() if cohort is not None else "")
    if not read.lines:
        raise NotFitted("no_rows")
    return read


def _number(cell: str, line: int, column: str, *, whole: bool) -> float:
    text = cell.strip()
    told = {"line": str(line), "column": column}
    if not text:
        raise NotFitted("blank", **told)
    if not NUMBER.fullmatch(text):
        raise NotFitted("not_a_number", **told, text=text[:40])
    value, shown = float(text), text[:40]
    if not math.isfinite(value) or value > LARGEST:
        raise NotFitted("too_large", **told, text=shown)
    if value < 0:
        raise NotFitted("negative", **told, text=shown)
    if whole and not value.is_integer():
        raise NotFitted("not_whole", **told, text=shown)
    return value
