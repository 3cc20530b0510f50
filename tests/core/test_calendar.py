"""Business time: the table of the acceptance list, then an oracle that looks at every minute."""

import csv
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import workclock
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.calendar import (
    Calendar,
    Hours,
    calendar_days,
    due,
    due_at,
    elapsed,
    end_of_business_day,
    from_local,
    joined,
)

PARIS = "Europe/Paris"
DATA = Path(__file__).parents[2] / "../shared/data/policy/holidays_2025_2027.csv"
WORKDAYS = "01234"


def hours(
    *segments: tuple[str, str], days: str = WORKDAYS, zone: str = PARIS, off: tuple[str, ...] = ()
):
    week = {day: [list(segment) for segment in segments] for day in days}
    return Calendar.from_json({"tz": zone, "week": week, "holidays": list(off)})


def at(text: str, zone: str = PARIS) -> datetime:
    return from_local(datetime.fromisoformat(f"2026-{text}"), zone)


OFFICE = hours(("09:00", "17:00"))
LONG = hours(("08:00", "18:00"))
SATURDAY = hours(("22:00", "06:00"), days="5")
ALWAYS = hours(("00:00", "24:00"), days="0123456")
FRENCH = Calendar.for_country(
    "FR", zone=PARIS, week={day: [["09:00", "17:00"]] for day in WORKDAYS}
)

CASES = {
    "A1 within the day": (LONG, "01-12 10:00", 240, "01-12 14:00"),
    "A1 over the night": (LONG, "01-12 17:00", 240, "01-13 11:00"),
    "A1 warning an hour before": (LONG, "01-12 17:00", 180, "01-13 10:00"),
    "A2 over midnight": (ALWAYS, "01-12 23:30", 60, "01-13 00:30"),
    "A3 over the weekend": (LONG, "01-16 17:00", 240, "01-19 11:00"),
    "A4 lunch": (hours(("09:00", "13:00"), ("14:00", "18:00")), "01-12 12:30", 120, "01-12 15:30"),
    "A5 Tuesdays only": (hours(("08:00", "17:00"), days="1"), "01-14 10:00", 240, "01-20 12:00"),
    "A8 Bastille day": (FRENCH, "07-13 15:00", 240, "07-15 11:00"),
    "A10 just before closing": (OFFICE, "01-12 16:45", 30, "01-13 09:15"),
    "a full day is due at closing time": (OFFICE, "01-12 09:00", 480, "01-12 17:00"),
    "opened at closing time": (OFFICE, "01-12 17:00", 1, "01-13 09:01"),
    "night shift": (hours(("22:00", "06:00")), "01-16 23:00", 420, "01-17 06:00"),
    "night shift, next one on Monday": (
        hours(("22:00", "06:00")),
        "01-17 02:00",
        300,
        "01-19 23:00",
    ),
    "night shift on the eve of a holiday runs to its end": (
        hours(("22:00", "06:00"), off=("2026-07-14",)),
        "07-13 23:00",
        480,
        "07-15 23:00",
    ),
    "the night the clocks go forward": (SATURDAY, "03-28 22:00", 420, "03-29 06:00"),
    "the night the clocks go back": (SATURDAY, "10-24 22:00", 540, "10-25 06:00"),
}


@pytest.mark.parametrize("case", CASES)
def test_due(case: str):
    calendar, start, minutes, expected = CASES[case]
    found = due(calendar, at(start), minutes)
    assert found.at == at(expected)
    assert found.at.tzinfo is UTC
    assert sum(segment.minutes for segment in found.segments) == minutes
    assert elapsed(calendar, at(start), found.at) == timedelta(minutes=minutes)


def test_segments_explain_a_due_date():
    found = due(hours(("09:00", "13:00"), ("14:00", "18:00")), at("01-12 12:30"), 120)
    assert [(s.start, s.end, s.minutes) for s in found.segments] == [
        (at("01-12 12:30"), at("01-12 13:00"), 30),
        (at("01-12 14:00"), at("01-12 15:30"), 90),
    ]


def test_round_the_clock_is_explained_as_one_stretch():
    for calendar in (ALWAYS, None):
        found = due(calendar, at("01-12 10:00"), 3 * 24 * 60)
        assert [(s.start, s.end) for s in joined(found.segments)] == [
            (at("01-12 10:00"), at("01-15 10:00"))
        ]
    assert len(due(ALWAYS, at("01-12 23:30"), 60).segments) == 2


def test_hold_moves_due_date_a12():
    hold = [(at("01-12 11:00"), at("01-13 10:00"))]
    assert due(OFFICE, at("01-12 09:00"), 480, hold).at == at("01-13 16:00")


def test_hold_outside_open_hours_changes_nothing_a12():
    hold = [(at("01-12 17:00"), at("01-13 09:00")), (at("01-10 09:00"), at("01-11 09:00"))]
    assert due(OFFICE, at("01-12 16:00"), 120, hold) == due(OFFICE, at("01-12 16:00"), 120)


def test_overlapping_holds_count_once():
    twice = [(at("01-12 11:00"), at("01-12 13:00")), (at("01-12 12:00"), at("01-12 14:00"))]
    once = [(at("01-12 11:00"), at("01-12 14:00"))]
    assert due(OFFICE, at("01-12 09:00"), 400, twice) == due(OFFICE, at("01-12 09:00"), 400, once)


def test_three_days_of_pause_add_nothing_a14():
    start, pause = at("01-12 10:00"), (at("01-12 12:00"), at("01-15 12:00"))
    moment = pause[0]
    while moment <= pause[1]:
        assert elapsed(OFFICE, start, moment, [(pause[0], moment)]) == timedelta(hours=2)
        moment += timedelta(minutes=5)
    assert due(OFFICE, start, 240, [pause]).at == at("01-15 14:00")


def test_worked_minutes_of_a_closed_case_a26():
    assert elapsed(OFFICE, at("01-12 16:00"), at("01-13 09:40")) == timedelta(minutes=100)


def test_elapsed_is_nothing_backwards():
    assert elapsed(OFFICE, at("01-13 10:00"), at("01-12 10:00")) == timedelta(0)


def test_every_hour_of_the_week_is_due_later_a29():
    monday = at("01-12 00:00")
    for hour in range(168):
        opened = monday + timedelta(hours=hour)
        found = due(FRENCH, opened, 1)
        assert found.at > opened
        assert elapsed(FRENCH, opened, opened) == timedelta(0)
        assert end_of_business_day(FRENCH, opened, 1) > opened


@pytest.mark.parametrize(
    ("opened", "days", "expected"),
    [
        ("01-12 10:00", 1, "01-13 17:00"),
        ("01-12 23:00", 1, "01-13 17:00"),
        ("01-16 10:00", 1, "01-19 17:00"),
        ("01-17 10:00", 1, "01-19 17:00"),
        ("07-13 10:00", 1, "07-15 17:00"),
        ("07-10 10:00", 5, "07-20 17:00"),
    ],
)
def test_end_of_business_day(opened: str, days: int, expected: str):
    assert end_of_business_day(FRENCH, at(opened), days) == at(expected)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("03-28 02:30", 1, "03-29 03:30"),
        ("03-01 12:00", 30, "03-31 12:00"),
        ("10-24 12:00", 1, "10-25 12:00"),
        ("01-31 08:00", 30, "03-02 08:00"),
    ],
)
def test_calendar_days_keep_the_local_time(start: str, days: int, expected: str):
    assert calendar_days(at(start), days, PARIS) == at(expected)


def test_local_times_that_are_twice_or_never():
    assert at("10-25 02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert at("03-29 02:30") == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"week": {}}, "no open hours"),
        ({"week": {"0": []}}, "no open hours"),
        ({"tz": "Mars/Olympus"}, "time zone"),
        ({"tz": "../etc/passwd"}, "time zone"),
        ({"tz": None}, "time zone"),
        ({"week": {"7": [["09:00", "17:00"]]}}, "Monday"),
        ({"week": {"0": [["9:00", "17:00"]]}}, "HH:MM"),
        ({"week": {"0": [["09:00", "24:01"]]}}, "HH:MM"),
        ({"week": {"0": [["24:00", "06:00"]]}}, "24:00"),
        ({"week": {"0": [["09:00"]]}}, "from, to"),
        ({"week": {"0": "09:00"}}, "pairs"),
        ({"week": []}, "week"),
        ({"week": {"0": [["09:00", "13:00"], ["12:00", "17:00"]]}}, "overlap"),
        ({"week": {"0": [["22:00", "06:00"]], "1": [["05:00", "12:00"]]}}, "overlap"),
        ({"week": {"6": [["22:00", "06:00"]], "0": [["05:00", "12:00"]]}}, "overlap"),
        ({"holidays": ["14/07/2026"]}, "YYYY-MM-DD"),
        ({"country": "Atlantis"}, "public holidays"),
        ({"zone": PARIS}, "Unknown"),
    ],
)
def test_bad_calendars_are_refused_with_a_sentence(change: dict[str, object], words: str):
    good = {"tz": PARIS, "week": {"0": [["09:00", "17:00"]]}, "holidays": []}
    with pytest.raises(ValueError, match=words):
        Calendar.from_json(good | change)


@pytest.mark.parametrize("bad", [(17 * 60, 9 * 60), (0, 1441), (1440, 1500), (-1, 5)])
def test_hours_that_run_backwards_are_refused(bad: tuple[int, int]):
    with pytest.raises(ValueError, match="end after they start"):
        Calendar(PARIS, ((Hours(*bad),), (), (), (), (), (), ()))


def test_fractions_of_a_minute_are_kept():
    assert due(ALWAYS, at("01-12 10:00"), Decimal("0.5")).segments[0].minutes == Decimal("0.5")


def test_naive_and_absurd_times_are_refused():
    with pytest.raises(ValueError, match="without zone"):
        due(OFFICE, datetime.fromisoformat("2026-01-12 10:00"), 60)
    with pytest.raises(ValueError, match="out of reach"):
        due(OFFICE, datetime(1, 1, 1, 10, tzinfo=UTC), 60)
    with pytest.raises(ValueError, match="negative"):
        due(OFFICE, at("01-12 10:00"), -1)
    with pytest.raises(ValueError, match="century"):
        due_at(hours(("09:00", "09:01"), days="0"), at("01-12 10:00"), 10**7)
    with pytest.raises(ValueError, match="century"):
        due(OFFICE, at("01-12 10:00"), 10**30)
    with pytest.raises(ValueError, match="century"):
        due(hours(("09:00", "09:01"), days="0"), at("01-12 10:00"), 10**7)
    with pytest.raises(ValueError, match="at least one"):
        end_of_business_day(OFFICE, at("01-12 10:00"), 0)


def test_reads_back_what_it_writes():
    document = {
        "tz": PARIS,
        "week": {"0": [["09:00", "13:00"], ["22:00", "06:00"]], "5": [["00:00", "24:00"]]},
        "holidays": ["2026-07-14"],
    }
    calendar = Calendar.from_json(document)
    assert calendar.as_json() == document
    assert Calendar.from_json(FRENCH.as_json()) == FRENCH


def test_holidays_are_those_of_the_country():
    if not DATA.exists():
        pytest.skip("the shared list of holidays is not here")
    with DATA.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    places = {(row["country"], row["subdiv"] or None) for row in rows}
    for country, subdivision in places:
        calendar = Calendar.for_country(
            country, zone=PARIS, week={"0": [["09:00", "17:00"]]}, subdivision=subdivision
        )
        listed = {
            date.fromisoformat(row["date"])
            for row in rows
            if (row["country"], row["subdiv"] or None) == (country, subdivision)
        }
        days = (date(2025, 1, 1) + timedelta(days=n) for n in range(3 * 365))
        assert {day for day in days if calendar.is_holiday(day)} == listed


# --- properties -----------------------------------------------------------------------------------

ZONES = ["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]
SHIFTS = [
    [("09:00", "17:00")],
    [("09:00", "13:00"), ("14:00", "18:00")],
    [("22:00", "06:00")],
    [("00:00", "24:00")],
    [("01:30", "02:30"), ("02:30", "03:15")],
    [("02:15", "02:45")],
]
DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(20)]
DAYS += [date(2026, 3, 25) + timedelta(days=n) for n in range(10)]
DAYS += [date(2026, 10, 20) + timedelta(days=n) for n in range(14)]


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    shift = draw(st.sampled_from(SHIFTS))
    days = draw(st.sets(st.sampled_from("0123456"), min_size=1))
    off = draw(st.sets(st.sampled_from(DAYS), max_size=4))
    return hours(
        *shift,
        days="".join(sorted(days)),
        zone=draw(st.sampled_from(ZONES)),
        off=tuple(day.isoformat() for day in off),
    )


moments = st.builds(
    lambda day, minute: datetime.combine(day, time(), tzinfo=UTC) + timedelta(minutes=minute),
    st.sampled_from(DAYS),
    st.integers(0, 1439),
)


@st.composite
def pauses(draw: st.DrawFn, most: int = 2) -> list[tuple[datetime, datetime]]:
    starts = draw(st.lists(moments, max_size=most))
    return [(s, s + timedelta(minutes=draw(st.integers(0, 3000)))) for s in starts]


targets = st.integers(1, 6000)


def is_open(calendar: Calendar, moment: datetime) -> bool:
    """Look at one minute alone: does a shift of today or of the days before cover it?"""
    zone = ZoneInfo(calendar.zone)
    today = moment.astimezone(zone).date()
    for back in range(3):
        day = today - timedelta(days=back)
        if day in calendar.holidays:
            continue
        for shift in calendar.week[day.weekday()]:
            edges = []
            for minute in (shift.start, shift.end):
                wall = datetime.combine(day, time()) + timedelta(minutes=minute)
                edges.append(wall.replace(tzinfo=zone).astimezone(UTC))
            if edges[0] <= moment < edges[1]:
                return True
    return False


def oracle(calendar: Calendar, start: datetime, end: datetime, held: list) -> int:
    minutes = int((end - start) / timedelta(minutes=1))
    every = (start + timedelta(minutes=n) for n in range(minutes))
    return sum(
        is_open(calendar, moment) and not any(a <= moment < b for a, b in held) for moment in every
    )


@settings(max_examples=60, deadline=None)
@given(calendar=calendars(), start=moments, length=st.integers(0, 4000), held=pauses())
def test_elapsed_equals_the_count_of_minutes(calendar, start, length, held):
    end = start + timedelta(minutes=length)
    expected = timedelta(minutes=oracle(calendar, start, end, held))
    assert elapsed(calendar, start, end, held) == expected


@settings(max_examples=80, deadline=None)
@given(calendar=calendars(), start=moments, target=st.integers(1, 6000), held=pauses())
def test_due_is_the_first_instant_at_which_the_minutes_have_passed(calendar, start, target, held):
    found = due(calendar, start, target, held)
    assert sum(segment.minutes for segment in found.segments) == target
    assert elapsed(calendar, start, found.at, held) == timedelta(minutes=target)
    before = found.at - timedelta(microseconds=1)
    assert elapsed(calendar, start, before, held) < timedelta(minutes=target)
    last = found.at - timedelta(minutes=1)
    assert oracle(calendar, last, found.at, held) == 1
    assert due_at(calendar, start, target, held) == found.at


@settings(max_examples=30, deadline=None)
@given(calendar=calendars(), start=moments, target=st.integers(1, 9_000), held=pauses())
def test_the_fast_way_gives_the_same_instant_over_years(calendar, start, target, held):
    assert due_at(calendar, start, target, held) == due(calendar, start, target, held).at
    assert due_at(None, start, target, held) == due(None, start, target, held).at


@settings(max_examples=80, deadline=None)
@given(
    calendar=calendars(),
    start=moments,
    target=st.integers(1, 6000),
    days=st.integers(1, 6),
    more=st.sets(st.sampled_from(DAYS), min_size=1, max_size=3),
)
def test_a_holiday_more_never_makes_anything_due_earlier_a9(calendar, start, target, days, more):
    fewer = Calendar(calendar.zone, calendar.week, calendar.holidays | more)
    assert due(fewer, start, target).at >= due(calendar, start, target).at
    later = end_of_business_day(fewer, start, days)
    assert later >= end_of_business_day(calendar, start, days)


@settings(max_examples=80, deadline=None)
@given(
    calendar=calendars(), start=moments, target=st.integers(1, 6000), held=pauses(), one=pauses(1)
)
def test_a_pause_more_never_makes_anything_due_earlier(calendar, start, target, held, one):
    assert due(calendar, start, target, held + one).at >= due(calendar, start, target, held).at


@settings(max_examples=80, deadline=None)
@given(calendar=calendars(), start=moments, length=st.integers(0, 40_000))
def test_agrees_with_workclock_where_the_meaning_is_the_same(calendar, start, length):
    """`workclock` ends night shifts at a holiday's midnight, so the two are not mixed here."""
    nights = any(shift.end > 1440 for day in calendar.week for shift in day)
    plain = Calendar(calendar.zone, calendar.week, frozenset() if nights else calendar.holidays)
    rules: list[workclock.Rule] = [workclock.Holidays(plain.holidays)]
    for day, shifts in enumerate(plain.week):
        for shift in shifts:
            edges = [time(m // 60 % 24, m % 60) for m in (shift.start, shift.end)]
            rules.append(workclock.WorkDay(edges[0], edges[1], days=[day]))
    schedule = workclock.Schedule(rules, time_zone=plain.zone)
    end = start + timedelta(minutes=length)
    assert elapsed(plain, start, end) == schedule.between(start, end)


@settings(max_examples=40, deadline=None)
@given(start=moments, seconds=st.integers(0, 59), target=st.integers(1, 3000))
def test_seconds_are_kept(start, seconds, target):
    opened = start + timedelta(seconds=seconds)
    found = due(OFFICE, opened, target)
    total = sum((segment.duration for segment in found.segments), timedelta(0))
    assert total == timedelta(minutes=target)


def test_one_country_does_not_bring_all_others_into_memory():
    asked = (
        "import sys; from portal.core.calendar import _country_holidays as h;"
        "print(len(h('FR', None, 2026)),"
        " sum(name.startswith('holidays.countries.') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["11", "1"]
