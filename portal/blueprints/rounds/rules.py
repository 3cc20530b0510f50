"""When a round asks, how its times are written, and who may answer."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from portal.core.calendar import from_local

MOST_TIMES = 6
LEAST_WITHIN, MOST_WITHIN = 15, 480
"""How many minutes an answer may be given."""
FRIDAY = 4
TIME = re.compile(r"(?P<hour>[01]?[0-9]|2[0-3])[:.h](?P<minute>[0-5][0-9])")


def times(text: str) -> list[int] | None:
    """Read times of a day such as "10:00, 16:30" as minutes after midnight, each once and in order;
    None where one is no time, where there is none, or where there are more than six.
    """
    found = [TIME.fullmatch(one) for one in re.split(r"[\s,;]+", text.strip()) if one]
    if not found or None in found:
        return None
    minutes = {int(one["hour"]) * 60 + int(one["minute"]) for one in found if one}
    return sorted(minutes) if len(minutes) <= MOST_TIMES else None


def written(minutes: Sequence[int]) -> str:
    """Give times of a day as they are typed."""
    return ", ".join(f"{one // 60:02}:{one % 60:02}" for one in minutes)


def next_time(minutes: Sequence[int], *, zone: str, workdays: bool, after: datetime) -> datetime:
    """Give the first of some times of a day (minutes after midnight on the wall of a zone) after an
    instant, as an instant (UTC); `workdays` leaves out Saturdays and Sundays.
    """
    day = after.astimezone(ZoneInfo(zone)).replace(
        hour=0, minute=0, second=0, microsecond=0, tzinfo=None
    )
    while True:
        if not workdays or day.weekday() <= FRIDAY:
            for one in sorted(minutes):
                found = from_local(day + timedelta(minutes=one), zone)
                if found > after:
                    return found
        day += timedelta(days=1)
