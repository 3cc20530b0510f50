"""Reading opening hours and holidays as a document gives them, and saying what is wrong."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from babel.dates import get_day_names

from portal.core.i18n import _, language

from .times import DAY_MINUTES, WEEK_MINUTES, Hours

CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def refuse_overlap(week: Sequence[Sequence[Hours]]) -> None:
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
    return f"{get_day_names('wide', locale=language())[day]} {spelled(rest)}"


def spelled(minute: int) -> str:
    """Spell a minute of a day: midnight at its end is 24:00, and later the next day's time."""
    if minute == DAY_MINUTES:
        return "24:00"
    return f"{minute % DAY_MINUTES // 60:02d}:{minute % 60:02d}"


def week_of(document: object) -> tuple[tuple[Hours, ...], ...]:
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


def dates_of(days: object) -> frozenset[date]:
    """Read a list of days; ValueError says which is none."""
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


def text_of(value: object, name: str) -> str | None:
    """Read a word, or nothing; ValueError where `name` is something else."""
    if value is not None and not isinstance(value, str):
        raise ValueError(_("%(name)s must be words.", name=name))
    return value
