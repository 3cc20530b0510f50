"""Times and stretches of time, as business time counts them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portal.core.i18n import _

DAY = timedelta(days=1)
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
YEARS = range(1900, 2500)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)


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


def micros(moment: datetime) -> int:
    """Give an instant in microseconds since 1970."""
    return (moment - EPOCH) // MICRO


def from_local(wall: datetime, zone: str) -> datetime:
    """Give the instant (UTC) of a wall time: the first of two; a missing one moves by the gap."""
    if wall.tzinfo is not None:
        raise ValueError(_("Give the time of the wall, without a zone."))
    return wall.replace(tzinfo=zone_of(zone), fold=0).astimezone(UTC)


def utc(moment: datetime) -> datetime:
    """Give an instant in UTC; ValueError without its zone, or out of reach."""
    if moment.tzinfo is None:
        raise ValueError(_("A time without zone is ambiguous."))
    if moment.year not in YEARS:
        raise ValueError(_("The year %(year)s is out of reach.", year=str(moment.year)))
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo:
    """Give a zone by its IANA name; ValueError where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(_("Unknown time zone: %(name)s.", name=repr(name))) from error


def instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Give the UTC instant of a wall time: the first of two; a missing one moves by the gap."""
    days, rest = divmod(minute, DAY_MINUTES)
    wall = datetime.combine(day + days * DAY, time(rest // 60, rest % 60), tzinfo=zone)
    return wall.astimezone(UTC)
