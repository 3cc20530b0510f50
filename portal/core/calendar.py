"""Business time: when an office is open, and when minutes of open time have passed.

The library `workclock` cuts a holiday from midnight to midnight, and so would end a night shift
that began the evening before; here a segment belongs to the local day it starts on. Hence this
arithmetic of our own, held against a minute-by-minute oracle and, where the two agree on meaning,
against `workclock` in the tests.
"""

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays as public_holidays
from babel.dates import get_day_names
from holidays.registry import COUNTRIES

from portal.core.i18n import _, language

__all__ = [
    "Calendar",
    "Due",
    "Hours",
    "Segment",
    "calendar_days",
    "due",
    "due_at",
    "elapsed",
    "end_of_business_day",
    "from_local",
    "joined",
    "knows_holidays",
    "round_the_clock",
]

DAY = timedelta(days=1)
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
HORIZON = 36_525  # days: a due date that lies a century ahead is a mistake, not a date
FARTHEST = HORIZON * DAY_MINUTES
YEARS = range(1900, 2500)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
FAR = datetime(2700, 1, 1, tzinfo=UTC)
KEPT = 4_000  # days and years of one calendar
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Pause = tuple[datetime, datetime]


@dataclass(frozen=True, order=True)
class Hours:
    """Opening hours of a weekday, in minutes after local midnight; a night shift ends past 1440."""

    start: int
    end: int


@dataclass(frozen=True)
class Segment:
    """A stretch of time that counted, from `start` (inclusive) to `end` (exclusive), in UTC."""

    start: datetime
    end: datetime

    @property
    def duration(self) -> timedelta:
        """Give its length."""
        return self.end - self.start

    @property
    def minutes(self) -> Decimal:
        """Give its length in minutes."""
        return Decimal(self.duration // timedelta(microseconds=1)) / 60_000_000


@dataclass(frozen=True)
class Due:
    """The first instant (UTC) at which the minutes have passed, and the segments used: each lies in
    one segment of the calendar.
    """

    at: datetime
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class _Year:
    """The open segments that start in a local year, in microseconds since 1970, never overlapping;
    `total` is the open time up to the end of each, so that a due time is found by halving.
    """

    starts: list[int]
    ends: list[int]
    total: list[int]

    def open_between(self, start: int, end: int) -> int:
        """Give the open time of this year between two instants."""
        first, last = bisect_right(self.ends, start), bisect_left(self.starts, end) - 1
        if first > last:
            return 0
        whole = self.total[last] - (self.total[first - 1] if first else 0)
        return whole - max(0, start - self.starts[first]) - max(0, self.ends[last] - end)

    def reached(self, start: int, left: int) -> tuple[int | None, int]:
        """Give the instant at which `left` of open time has passed since `start`; None and what is
        left then if that lies in a later year.
        """
        first = bisect_right(self.ends, start)
        if first == len(self.ends):
            return None, left
        gone = (self.total[first - 1] if first else 0) + max(0, start - self.starts[first])
        goal = gone + left
        last = bisect_left(self.total, goal, first)
        if last == len(self.total):
            return None, goal - self.total[-1]
        return self.ends[last] - (self.total[last] - goal), 0


@dataclass(frozen=True)
class Calendar:
    """Opening hours by weekday (0 = Monday) in an IANA zone, less holidays; it opens sometimes."""

    zone: str
    week: tuple[tuple[Hours, ...], ...]
    holidays: frozenset[date] = frozenset()
    country: str | None = None
    subdivision: str | None = None

    def __post_init__(self) -> None:
        _zone(self.zone)
        if len(self.week) != 7:
            raise ValueError(_("A calendar has seven days."))
        if not any(self.week):
            raise ValueError(_("The calendar has no open hours: nothing would ever be due."))
        _refuse_overlap(self.week)
        if self.country is not None:
            _country_holidays(self.country, self.subdivision, 2026)

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "Calendar":
        """Read `{"tz": …, "week": {"0": [["09:00", "17:00"]]}, "holidays": […]}`."""
        unknown = set(document) - {"tz", "week", "holidays", "country", "subdivision"}
        if unknown:
            raise ValueError(_("Unknown in a calendar: %(names)s.", names=", ".join(unknown)))
        return cls(
            zone=_text(document.get("tz"), "tz") or "",
            week=_week(document.get("week")),
            holidays=_dates(document.get("holidays", [])),
            country=_text(document.get("country"), "country"),
            subdivision=_text(document.get("subdivision"), "subdivision"),
        )

    @classmethod
    def for_country(
        cls,
        country: str,
        *,
        zone: str,
        week: Mapping[str, Sequence[Sequence[str]]],
        subdivision: str | None = None,
        closures: Iterable[date] = (),
    ) -> "Calendar":
        """Give the hours of `week` less a country's holidays and the account's own closures."""
        return cls(zone, _week(week), frozenset(closures), country.upper(), subdivision)

    def as_json(self) -> dict[str, object]:
        """Give the document that `from_json` reads, always spelled the same way."""
        week = {
            str(day): [[_spelled(h.start), _spelled(h.end)] for h in hours]
            for day, hours in enumerate(self.week)
            if hours
        }
        document: dict[str, object] = {
            "tz": self.zone,
            "week": week,
            "holidays": [day.isoformat() for day in sorted(self.holidays)],
        }
        place = {"country": self.country, "subdivision": self.subdivision}
        return document | {key: value for key, value in place.items() if value}

    def is_holiday(self, day: date) -> bool:
        """Say whether nothing opens on that local day whatever its weekday."""
        if day in self.holidays:
            return True
        return self.country is not None and day in _country_holidays(
            self.country, self.subdivision, day.year
        )

    @cached_property
    def _kept(self) -> dict[date | int | tuple[date, int], Any]:
        """Keep days and years that were worked out: many cases ask for the same ones."""
        return {}

    def opening(self, day: date) -> Sequence[Segment]:
        """Give the open segments (UTC) that start on a local day, in order; none on a holiday."""
        found: tuple[Segment, ...] | None = self._kept.get(day)
        if found is None:
            if len(self._kept) > KEPT:
                self._kept.clear()
            found = self._kept[day] = tuple(self._opening(day))
        return found

    def year(self, number: int) -> _Year:
        """Give the open time of a local year, ready to be asked often."""
        found: _Year | None = self._kept.get(number)
        if found is None:
            found = self._kept[number] = self._year(number)
        return found

    def _year(self, number: int) -> _Year:
        starts, ends, total = [], [], []
        first, open_time = date(number, 1, 1), 0
        before = (self.opening(first - back * DAY) for back in (1, 2))
        reached = max((_micros(s.end) for segments in before for s in segments), default=0)
        for ordinal in range(first.toordinal(), date(number + 1, 1, 1).toordinal()):
            for segment in self._opening(date.fromordinal(ordinal)):
                start, end = max(_micros(segment.start), reached), _micros(segment.end)
                if end > start:
                    open_time += end - start
                    reached = end
                    starts.append(start)
                    ends.append(end)
                    total.append(open_time)
        return _Year(starts, ends, total)

    def closing(self, day: date, days: int) -> datetime:
        """Give the closing time (UTC) of the `days`-th business day after a local day."""
        found: datetime | None = self._kept.get((day, days))
        if found is None:
            found = self._kept[day, days] = self._closing(day, days)
        return found

    def _closing(self, day: date, days: int) -> datetime:
        left = days
        for _number in range(HORIZON):
            day += DAY
            opening = self.opening(day)
            left -= bool(opening)
            if not left:
                return max(segment.end for segment in opening)
        raise ValueError(_("This target would not be reached within a century."))

    def _opening(self, day: date) -> list[Segment]:
        if self.is_holiday(day):
            return []
        zone = _zone(self.zone)
        found = (
            Segment(_instant(day, hours.start, zone), _instant(day, hours.end, zone))
            for hours in self.week[day.weekday()]
        )
        return sorted((s for s in found if s.end > s.start), key=lambda s: s.start)

    def segments(self, start: datetime) -> Iterator[Segment]:
        """Give the open segments from `start` on, never overlapping, for a century."""
        reached = start
        day = start.astimezone(_zone(self.zone)).date() - 2 * DAY
        for _number in range(HORIZON):
            for segment in self.opening(day):
                if segment.end > reached:
                    yield Segment(max(segment.start, reached), segment.end)
                    reached = segment.end
            day += DAY


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
    begin = _utc(start)
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
    left, reached = _target(minutes), _micros(_utc(start))
    if not left:
        return EPOCH + reached * MICRO
    for pause_start, pause_end in _pauses(pauses):
        first, last = _micros(pause_start), _micros(pause_end)
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
    reached, stop = _micros(_utc(start)), _micros(_utc(end))
    total = 0
    for pause_start, pause_end in _pauses(pauses):
        first, last = min(_micros(pause_start), stop), _micros(pause_end)
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
    years = range(_first_year(start), (EPOCH + end * MICRO + DAY).year + 1)
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
    return (EPOCH + start * MICRO - 3 * DAY).year


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICRO


def _target(minutes: int | Decimal) -> int:
    """Give a target in microseconds; a fraction of one is cut off."""
    if minutes < 0:
        raise ValueError(_("A target cannot be negative."))
    if minutes > FARTHEST:
        raise ValueError(_("This target would not be reached within a century."))
    return int(minutes * 60_000_000)


def end_of_business_day(calendar: Calendar, start: datetime, days: int) -> datetime:
    """Give the closing time (UTC) of the `days`-th business day after the local day of `start`."""
    if days < 1:
        raise ValueError(_("Count at least one business day."))
    day = _utc(start).astimezone(_zone(calendar.zone)).date()
    return calendar.closing(day, days)


def calendar_days(start: datetime, days: int, zone: str) -> datetime:
    """Give the same local time `days` later, as UTC; a missing time moves by the gap."""
    local = _utc(start).astimezone(_zone(zone))
    return (
        (local.replace(tzinfo=None) + days * DAY)
        .replace(tzinfo=_zone(zone), fold=local.fold)
        .astimezone(UTC)
    )


def from_local(wall: datetime, zone: str) -> datetime:
    """Give the instant (UTC) of a wall time: the first of two; a missing one moves by the gap."""
    if wall.tzinfo is not None:
        raise ValueError(_("Give the time of the wall, without a zone."))
    return wall.replace(tzinfo=_zone(zone), fold=0).astimezone(UTC)


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
    spans = ((_utc(a), _utc(b)) for a, b in pauses)
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


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(_("A time without zone is ambiguous."))
    if moment.year not in YEARS:
        raise ValueError(_("The year %(year)s is out of reach.", year=str(moment.year)))
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(_("Unknown time zone: %(name)s.", name=repr(name))) from error


CODES = frozenset(names[1] for names in COUNTRIES.values())


def _load_countries_singly() -> None:
    """Let the library load the countries that are asked for: else the first one brings all 250
    with it, 16 MB and a third of a second, because their package imports every one of them.
    """
    if "holidays.countries" not in sys.modules:
        package = ModuleType("holidays.countries")
        package.__path__ = [str(Path(public_holidays.__file__).parent / "countries")]
        sys.modules[package.__name__] = package


_load_countries_singly()


def knows_holidays(country: str) -> bool:
    """Say whether the public holidays of a country are known, by its ISO 3166 code in capitals."""
    return country in CODES


@lru_cache(maxsize=2048)
def _country_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    try:
        found = public_holidays.country_holidays(country, subdiv=subdivision, years=year)
    except NotImplementedError as error:
        raise ValueError(
            _("No public holidays are known for %(country)s.", country=repr(country))
        ) from error
    return frozenset(day for day in found if day.year == year)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Give the UTC instant of a wall time: the first of two; a missing one moves by the gap."""
    days, rest = divmod(minute, DAY_MINUTES)
    wall = datetime.combine(day + days * DAY, time(rest // 60, rest % 60), tzinfo=zone)
    return wall.astimezone(UTC)


def _refuse_overlap(week: Sequence[Sequence[Hours]]) -> None:
    """Refuse hours that run backwards or into the next ones; the week is a ring."""
    for hours in (hours for segments in week for hours in segments):
        if not (0 <= hours.start < DAY_MINUTES and 0 < hours.end - hours.start <= DAY_MINUTES):
            raise ValueError(_("Opening hours must end after they start, within a day."))
    spans = sorted(
        (day * DAY_MINUTES + hours.start, day * DAY_MINUTES + hours.end)
        for day, segments in enumerate(week)
        for hours in segments
    )
    ring = [*spans, (spans[0][0] + WEEK_MINUTES, spans[0][1] + WEEK_MINUTES)]
    for (start, end), (following, _end) in pairwise(ring):
        if end > following:
            raise ValueError(
                _(
                    "Opening hours overlap: %(first)s runs into %(second)s.",
                    first=_moment(start),
                    second=_moment(following),
                )
            )


def _moment(minute: int) -> str:
    """Spell a minute of the week as the reader's name of the day, and time."""
    day, rest = divmod(minute % WEEK_MINUTES, DAY_MINUTES)
    return f"{get_day_names('wide', locale=language())[day]} {_spelled(rest)}"


def _spelled(minute: int) -> str:
    """Spell a minute of a day: midnight at its end is 24:00, and later the next day's time."""
    if minute == DAY_MINUTES:
        return "24:00"
    return f"{minute % DAY_MINUTES // 60:02d}:{minute % 60:02d}"


def _week(document: object) -> tuple[tuple[Hours, ...], ...]:
    """Read `{"0": [["09:00", "13:00"], …]}`; an end at or before its start lies on the next day."""
    if not isinstance(document, Mapping):
        raise ValueError(_("Give the week as opening hours by day, 0 for Monday."))  # noqa: TRY004
    unknown = set(document) - {str(day) for day in range(7)}
    if unknown:
        raise ValueError(
            _(
                "Days run from 0 (Monday) to 6 (Sunday), not %(days)s.",
                days=", ".join(map(repr, unknown)),
            )
        )
    return tuple(_day(document.get(str(day), [])) for day in range(7))


def _day(segments: object) -> tuple[Hours, ...]:
    if not isinstance(segments, Sequence) or isinstance(segments, str):
        raise ValueError(_("Give a day's hours as [from, to] pairs."))  # noqa: TRY004
    return tuple(sorted(_hours(segment) for segment in segments))


def _hours(segment: object) -> Hours:
    if not isinstance(segment, Sequence) or isinstance(segment, str) or len(segment) != 2:
        raise ValueError(_("Give opening hours as [from, to]."))
    start, end = _minute(segment[0]), _minute(segment[1])
    if start == DAY_MINUTES:
        raise ValueError(_("Hours cannot start at 24:00: write 00:00 of the next day."))
    return Hours(start, end if end > start else end + DAY_MINUTES)


def _minute(text: object) -> int:
    if not isinstance(text, str) or not CLOCK.fullmatch(text):
        raise ValueError(_("A time is written HH:MM, not %(text)s.", text=repr(text)))
    return int(text[:2]) * 60 + int(text[3:])


def _dates(days: object) -> frozenset[date]:
    if not isinstance(days, Sequence) or isinstance(days, str):
        raise ValueError(_("Give the holidays as a list of dates."))  # noqa: TRY004
    return frozenset(_date(day) for day in days)


def _date(text: object) -> date:
    if not isinstance(text, str) or not ISO_DAY.fullmatch(text):
        raise ValueError(_("A date is written YYYY-MM-DD, not %(text)s.", text=repr(text)))
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(_("There is no day %(text)s.", text=text)) from error


def _text(value: object, name: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError(_("%(name)s must be words.", name=name))
    return value
