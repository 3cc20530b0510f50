"""Commands about time: what a calendar makes of it, and which notices are due."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from .base import Failed, make_app, portal, say

if TYPE_CHECKING:
    from portal.core.calendar import Calendar, Segment

LOCAL = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}", re.ASCII)
LARGEST = 1 << 20
"""Bytes of a calendar file: some thousand holidays are a tenth of it."""


@portal.group()
def clock() -> None:
    """When something is due in a calendar, and how much working time has passed.

    A calendar is a JSON file: {"tz": "Europe/Paris", "week": {"0": [["09:00", "17:00"]]},
    "holidays": ["2026-07-14"]}; 0 is Monday. Times are YYYY-MM-DD HH:MM of its zone's wall clock.
    """


@clock.command("due")
@click.option("--calendar", "file", required=True, metavar="CAL.json", type=click.File("rb"))
@click.option("--start", required=True, metavar="LOCAL", help="Counts as its first minute.")
@click.option("--target-minutes", "minutes", required=True, type=int, metavar="N")
@click.option(
    "--pause",
    "pauses",
    nargs=2,
    multiple=True,
    metavar="FROM TO",
    help="A time that does not count, TO excluded; may be given again.",
)
@click.option("--json", "as_json", is_flag=True)
def clock_due(
    file: Any, start: str, minutes: int, pauses: tuple[tuple[str, str], ...], as_json: bool
) -> None:
    """Say when N minutes of open time have passed, and which open times were used."""
    from portal.core.calendar import due

    calendar = _calendar(file)
    begin = _instant(start, calendar, "--start")
    held = [_span(a, b, calendar, "--pause") for a, b in pauses]
    try:
        found = due(calendar, begin, minutes, held)
    except ValueError as error:
        raise Failed(str(error)) from error
    used = [_segment(one, calendar) for one in found.segments]
    result = {"due_utc": _spelled(found.at), "segments": used}
    words = [f"Due {_wall(found.at, calendar)} {calendar.zone}, {_spelled(found.at)}."]
    words += [
        f"  {one['start_local']} to {one['end_local']}: {one['minutes']} minutes" for one in used
    ]
    say(result, "\n".join(words), as_json=as_json)


@clock.command("elapsed")
@click.option("--calendar", "file", required=True, metavar="CAL.json", type=click.File("rb"))
@click.option("--from", "start", required=True, metavar="LOCAL")
@click.option("--to", "end", required=True, metavar="LOCAL")
@click.option("--json", "as_json", is_flag=True)
def clock_elapsed(file: Any, start: str, end: str, as_json: bool) -> None:
    """Say how many minutes of open time lie between two times."""
    from datetime import timedelta

    from portal.core.calendar import elapsed

    calendar = _calendar(file)
    begin, stop = _span(start, end, calendar, "--from and --to")
    minutes = elapsed(calendar, begin, stop) // timedelta(minutes=1)
    say({"working_minutes": minutes}, f"{minutes} working minutes", as_json=as_json)


@portal.group()
def escalations() -> None:
    """Cases and their notices."""


@escalations.command("notices")
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def escalations_notices(ctx: click.Context, as_json: bool) -> None:
    """Say which notices of the ladder are due now and to whom; nothing is sent or written."""
    from portal.blueprints.escalations import actions, queries
    from portal.core import clock as time_of_day
    from portal.core.db import db

    with make_app(ctx).app_context():
        known = queries.Pass(now=time_of_day.now())
        cases = queries.with_due_step(now=known.now, limit=10_000, lock=False)
        found = actions.plan(cases, known)
        db.session.rollback()
    told = [
        {
            "case": letter.record,
            "clock": letter.context["clock"],
            "share": letter.context["share"],
            "person": letter.address,
            "leaves_utc": _spelled(letter.send_at),
        }
        for letter in found.letters
    ]
    words = "\n".join(
        f"{one['case']}: {one['clock']} {one['share']} % to {one['person']}, {one['leaves_utc']}"
        for one in told
    )
    say({"cases": len(cases), "notices": told}, words or "No notice is due.", as_json=as_json)


def _calendar(file: Any) -> Calendar:
    """Read a calendar file, or say what is wrong with it."""
    from portal.core.calendar import Calendar

    raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Failed("The calendar is larger than 1 MiB: this cannot be one.")
    try:
        document = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise Failed(f"The calendar is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise Failed('A calendar is an object with "tz", "week" and "holidays".')
    try:
        return Calendar.from_json(document)
    except ValueError as error:
        raise Failed(str(error)) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: which of the two was meant?"""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Failed(f"{key!r} stands twice in the calendar.")
        found[key] = value
    return found


def _span(first: str, last: str, calendar: Calendar, option: str) -> tuple[datetime, datetime]:
    """Read two wall times in their order."""
    begin, end = _instant(first, calendar, option), _instant(last, calendar, option)
    if last < first:  # both are written the same way
        raise Failed(f"{option}: {last} lies before {first}.")
    return begin, end


def _instant(text: str, calendar: Calendar, option: str) -> datetime:
    """Read a wall time of the calendar's zone as UTC."""
    from portal.core.calendar import from_local

    if not LOCAL.fullmatch(text):
        raise Failed(f"{option}: write the time as YYYY-MM-DD HH:MM, not {text!r}.")
    try:
        return from_local(datetime.fromisoformat(text), calendar.zone)
    except (ValueError, OverflowError) as error:
        raise Failed(f"{option}: {text} is no time ({error}).") from error


def _segment(one: Segment, calendar: Calendar) -> dict[str, Any]:
    return {
        "start_utc": _spelled(one.start),
        "end_utc": _spelled(one.end),
        "start_local": _wall(one.start, calendar),
        "end_local": _wall(one.end, calendar),
        "minutes": int(one.minutes),
    }


def _spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _wall(moment: datetime, calendar: Calendar) -> str:
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo(calendar.zone)).strftime("%Y-%m-%d %H:%M")
