"""When an office is open."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from portal.core.i18n import _

from .public import country_holidays
from .reading import dates_of, refuse_overlap, spelled, text_of, week_of
from .times import DAY, Hours, Segment, instant, micros, zone_of

HORIZON = 36_525  # days: a due date that lies a century ahead is a mistake, not a date
KEPT = 4_000  # days and years of one calendar


@dataclass(frozen=True)
class Year:
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
        zone_of(self.zone)
        if len(self.week) != 7:
            raise ValueError(_("A calendar has seven days."))
        if not any(self.week):
            raise ValueError(_("The calendar has no open hours: nothing would ever be due."))
        refuse_overlap(self.week)
        if self.country is not None:
            country_holidays(self.country, self.subdivision, 2026)

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> "Calendar":
        """Read `{"tz": …, "week": {"0": [["09:00", "17:00"]]}, "holidays": […]}`."""
        unknown = set(document) - {"tz", "week", "holidays", "country", "subdivision"}
        if unknown:
            raise ValueError(_("Unknown in a calendar: %(names)s.", names=", ".join(unknown)))
        return cls(
            zone=text_of(document.get("tz"), "tz") or "",
            week=week_of(document.get("week")),
            holidays=dates_of(document.get("holidays", [])),
            country=text_of(document.get("country"), "country"),
            subdivision=text_of(document.get("subdivision"), "subdivision"),
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
        return cls(zone, week_of(week), frozenset(closures), country.upper(), subdivision)

    def as_json(self) -> dict[str, object]:
        """Give the document that `from_json` reads, always spelled the same way."""
        week = {
            str(day): [[spelled(h.start), spelled(h.end)] for h in hours]
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
        return self.country is not None and day in country_holidays(
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

    def year(self, number: int) -> Year:
        """Give the open time of a local year, ready to be asked often."""
        found: Year | None = self._kept.get(number)
        if found is None:
            found = self._kept[number] = self._year(number)
        return found

    def _year(self, number: int) -> Year:
        starts, ends, total = [], [], []
        first, open_time = date(number, 1, 1), 0
        before = (self.opening(first - back * DAY) for back in (1, 2))
        reached = max((micros(s.end) for segments in before for s in segments), default=0)
        for ordinal in range(first.toordinal(), date(number + 1, 1, 1).toordinal()):
            for segment in self._opening(date.fromordinal(ordinal)):
                start, end = max(micros(segment.start), reached), micros(segment.end)
                if end > start:
                    open_time += end - start
                    reached = end
                    starts.append(start)
                    ends.append(end)
                    total.append(open_time)
        return Year(starts, ends, total)

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
        zone = zone_of(self.zone)
        found = (
            Segment(instant(day, hours.start, zone), instant(day, hours.end, zone))
            for hours in self.week[day.weekday()]
        )
        return sorted((s for s in found if s.end > s.start), key=lambda s: s.start)

    def segments(self, start: datetime) -> Iterator[Segment]:
        """Give the open segments from `start` on, never overlapping, for a century."""
        reached = start
        day = start.astimezone(zone_of(self.zone)).date() - 2 * DAY
        for _number in range(HORIZON):
            for segment in self.opening(day):
                if segment.end > reached:
                    yield Segment(max(segment.start, reached), segment.end)
                    reached = segment.end
            day += DAY
