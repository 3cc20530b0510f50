"""When minutes of open time have passed, and how many have."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from portal.core.i18n import _

from .opening import HORIZON, Calendar
from .times import DAY, DAY_MINUTES, EPOCH, MICRO, Segment, micros, utc, zone_of

FARTHEST = HORIZON * DAY_MINUTES
MINUTE_MICROS = 60_000_000
DAY_MICROS = DAY_MINUTES * MINUTE_MICROS
FAR = datetime(2700, 1, 1, tzinfo=UTC)
Pause = tuple[datetime, datetime]


@dataclass(frozen=True)
class Due:
    """The first instant (UTC) at which the minutes have passed, and the segments used: each lies in
    one segment of the calendar.
    """

    at: datetime
    segments: tuple[Segment, ...]


def round_the_clock(start: datetime) -> Iterator[Segment]:
    """Give the one segment in which every minute from `start` (aware) counts."""
    yield Segment(start.astimezone(UTC), FAR)


def due(
    calendar: Calendar | None, start: datetime, minutes: int | Decimal, pauses: Iterable[Pause] = ()
) -> Due:
    """Give the instant at which `minutes` have passed; no calendar means round the clock.

    Pauses are half-open [from, to). ValueError for a `start` without zone, a negative target, or
    one that is not reached within a century.
    """
    left = timedelta(microseconds=_target(minutes))
    begin = utc(start)
    if not left:
        return Due(begin, ())
    used: list[Segment] = []
    for segment in _counting(calendar, begin, pauses):
        if segment.duration >= left:
            used.append(Segment(segment.start, segment.start + left))
            return Due(used[-1].end, tuple(used))
        used.append(segment)
        left -= segment.duration
    raise ValueError(_("This target would not be reached within a century."))


def due_at(
    calendar: Calendar | None, start: datetime, minutes: int | Decimal, pauses: Iterable[Pause] = ()
) -> datetime:
    """Give the instant of `due` alone, without its segments: for many cases at once."""
    return _passed(calendar, start, _target(minutes), pauses)


def due_after(
    calendar: Calendar | None, start: datetime, length: timedelta, pauses: Iterable[Pause] = ()
) -> datetime:
    """Give the instant of `due` for a target that is known as a length of open time."""
    if calendar is None and not pauses:
        return utc(start) + length
    left = length // MICRO
    if left > FARTHEST * MINUTE_MICROS:
        raise ValueError(_("This target would not be reached within a century."))
    return _passed(calendar, start, left, pauses)


def _passed(
    calendar: Calendar | None, start: datetime, left: int, pauses: Iterable[Pause]
) -> datetime:
    """Give the instant at which `left` microseconds of open time have passed."""
    reached = micros(utc(start))
    if not left:
        return EPOCH + reached * MICRO
    for pause_start, pause_end in _pauses(pauses):
        first, last = micros(pause_start), micros(pause_end)
        if last <= reached:
            continue
        if first > reached:
            passed = _open_between(calendar, reached, first)
            if passed >= left:
                break
            left -= passed
        reached = last
    return EPOCH + _reached(calendar, reached, left) * MICRO


def elapsed(
    calendar: Calendar | None, start: datetime, end: datetime, pauses: Iterable[Pause] = ()
) -> timedelta:
    """Give the open time between two aware instants less pauses; zero if `end` is not later."""
    reached, stop = micros(utc(start)), micros(utc(end))
    total = 0
    for pause_start, pause_end in _pauses(pauses):
        first, last = min(micros(pause_start), stop), micros(pause_end)
        if first > reached:
            total += _open_between(calendar, reached, first)
        reached = max(reached, last)
    if stop > reached:
        total += _open_between(calendar, reached, stop)
    return total * MICRO


def _open_between(calendar: Calendar | None, start: int, end: int) -> int:
    """Give the open time between two instants, all in microseconds."""
    if calendar is None:
        return end - start
    years = range(_first_year(start), _year_of(end // DAY_MICROS + 1) + 1)
    return sum(calendar.year(number).open_between(start, end) for number in years)


def _reached(calendar: Calendar | None, start: int, left: int) -> int:
    """Give the instant at which `left` of open time has passed, all in microseconds."""
    if calendar is None:
        return start + left
    year = _first_year(start)
    for number in range(year, year + HORIZON // 365):
        found, left = calendar.year(number).reached(start, left)
        if found is not None:
            return found
    raise ValueError(_("This target would not be reached within a century."))


def _first_year(start: int) -> int:
    """Give the first local year whose segments may reach into an instant, whatever the zone."""
    return _year_of(start // DAY_MICROS - 3)


@lru_cache(maxsize=1024)
def _year_of(day: int) -> int:
    """Give the year of a day, counted from 1970: many cases ask for the same few days."""
    return (EPOCH + day * DAY).year


def _target(minutes: int | Decimal) -> int:
    """Give a target in microseconds; a fraction of one is cut off."""
    if minutes < 0:
        raise ValueError(_("A target cannot be negative."))
    if minutes > FARTHEST:
        raise ValueError(_("This target would not be reached within a century."))
    return int(minutes * MINUTE_MICROS)


def end_of_business_day(calendar: Calendar, start: datetime, days: int) -> datetime:
    """Give the closing time (UTC) of the `days`-th business day after the local day of `start`."""
    if days < 1:
        raise ValueError(_("Count at least one business day."))
    day = utc(start).astimezone(zone_of(calendar.zone)).date()
    return calendar.closing(day, days)


def calendar_days(start: datetime, days: int, zone: str) -> datetime:
    """Give the same local time `days` later, as UTC; a missing time moves by the gap."""
    local = utc(start).astimezone(zone_of(zone))
    return (
        (local.replace(tzinfo=None) + days * DAY)
        .replace(tzinfo=zone_of(zone), fold=local.fold)
        .astimezone(UTC)
    )


def _counting(
    calendar: Calendar | None, start: datetime, pauses: Iterable[Pause]
) -> Iterator[Segment]:
    """Give the open segments from `start` on with the pauses cut out."""
    source = round_the_clock(start) if calendar is None else calendar.segments(start)
    stops = _pauses(pauses)
    for segment in source:
        reached = segment.start
        for pause_start, pause_end in stops:
            if pause_end <= reached or pause_start >= segment.end:
                continue
            if pause_start > reached:
                yield Segment(reached, pause_start)
            reached = pause_end
        if reached < segment.end:
            yield Segment(reached, segment.end)


def _pauses(pauses: Iterable[Pause]) -> list[tuple[datetime, datetime]]:
    """Sort the pauses and leave the empty ones out."""
    if not pauses:
        return []
    spans = ((utc(a), utc(b)) for a, b in pauses)
    return sorted((a, b) for a, b in spans if b > a)


def joined(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Join segments that touch, so that 24/7 reads as one stretch."""
    found: list[Segment] = []
    for segment in segments:
        if found and found[-1].end == segment.start:
            found[-1] = Segment(found[-1].start, segment.end)
        else:
            found.append(segment)
    return tuple(found)
