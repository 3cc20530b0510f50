"""Duty: shifts from a weekly pattern, and the hours that nobody covers."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from portal.core.calendar import Segment, from_local
from portal.core.errors import Refused
from portal.core.i18n import _

DAY = timedelta(days=1)
LONGEST_PLAN = 366
YEARS = (2000, 2200)
AHEAD = 14 * DAY
"""How far ahead the roster is held against the hours it should cover."""


def turns(
    first: date, last: date, *, weekdays: Collection[int], begin: time, end: time, zone: str
) -> list[Segment]:
    """Give the shifts (UTC) of a weekly pattern, from `first` to `last`, both included: on each of
    the weekdays (0 = Monday) from `begin` to `end` on the wall of `zone`; an end at or before the
    beginning is that of the next morning.

    Refused if the days run backwards, are more than a year, or no day is among them.
    """
    if not all(YEARS[0] <= day.year <= YEARS[1] for day in (first, last)):
        raise Refused(_("This day lies outside of every roster."), field="first")
    if last < first:
        raise Refused(_("The last day lies before the first."), field="last")
    if (last - first).days >= LONGEST_PLAN:
        raise Refused(_("Plan at most a year at a time."), field="last")
    days = (first + n * DAY for n in range((last - first).days + 1))
    overnight = DAY if end <= begin else timedelta(0)
    found = [
        Segment(
            from_local(datetime.combine(day, begin), zone),
            from_local(datetime.combine(day + overnight, end), zone),
        )
        for day in days
        if day.weekday() in weekdays
    ]
    if not found:
        raise Refused(_("None of the weekdays lies between the two days."), field="weekdays")
    return found


def uncovered(shifts: Iterable[Segment], *, start: datetime, end: datetime) -> list[Segment]:
    """Give the stretches between two instants that no shift covers, in order; shifts may overlap
    and come in any order.
    """
    found, reached = [], start
    for shift in sorted(shifts, key=lambda one: one.start):
        if shift.start >= end:
            break
        if shift.start > reached:
            found.append(Segment(reached, shift.start))
        reached = max(reached, shift.end)
    if reached < end:
        found.append(Segment(reached, end))
    return found
