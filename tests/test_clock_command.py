"""`portal clock`: what outsiders check it by, held against an oracle that looks at every minute."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.cli import portal

MINUTE = timedelta(minutes=1)
OFFICE = {str(day): [["09:00", "17:00"]] for day in range(5)}
LONG = {str(day): [["08:00", "18:00"]] for day in range(5)}
LUNCH = {str(day): [["09:00", "13:00"], ["14:00", "18:00"]] for day in range(5)}
NIGHTS = {str(day): [["22:00", "06:00"]] for day in range(5)}
ALWAYS = {str(day): [["00:00", "24:00"]] for day in range(7)}


def paris(week, *off):
    return {"tz": "Europe/Paris", "week": week, "holidays": list(off)}


def run(*words, calendar):
    """Run a command; gives its exit code and what it said on each channel."""
    text = calendar if isinstance(calendar, str | bytes) else json.dumps(calendar)
    done = CliRunner().invoke(portal, ["clock", *words, "--calendar", "-"], input=text)
    return done.exit_code, done.stdout, done.stderr


def due(calendar, start, minutes, *pauses):
    words = [word for pause in pauses for word in ("--pause", *pause)]
    code, out, err = run(
        "due", "--start", start, "--target-minutes", str(minutes), *words, "--json",
        calendar=calendar,
    )  # fmt: skip
    assert (code, err) == (0, "")
    return json.loads(out)


def elapsed(calendar, start, end):
    code, out, err = run("elapsed", "--from", start, "--to", end, "--json", calendar=calendar)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert list(found) == ["working_minutes"]
    return found["working_minutes"]


CASES = {
    "A1 within the day": (LONG, (), "2026-01-12 10:00", 240, "2026-01-12T13:00:00Z"),
    "A1 over the night": (LONG, (), "2026-01-12 17:00", 240, "2026-01-13T10:00:00Z"),
    "A1 one hour before": (LONG, (), "2026-01-12 17:00", 180, "2026-01-13T09:00:00Z"),
    "A2 over midnight": (ALWAYS, (), "2026-01-12 23:30", 60, "2026-01-12T23:30:00Z"),
    "A3 over the weekend": (LONG, (), "2026-01-16 17:00", 240, "2026-01-19T10:00:00Z"),
    "A4 lunch": (LUNCH, (), "2026-01-12 12:30", 120, "2026-01-12T14:30:00Z"),
    "A5 Tuesdays only": (
        {"1": [["08:00", "17:00"]]}, (), "2026-01-14 10:00", 240, "2026-01-20T11:00:00Z",
    ),
    "A8 holiday": (OFFICE, ("2026-07-14",), "2026-07-13 15:00", 240, "2026-07-15T09:00:00Z"),
    "A10 just before closing": (OFFICE, (), "2026-01-12 16:45", 30, "2026-01-13T08:15:00Z"),
    "a full day is due at closing time": (
        OFFICE, (), "2026-01-12 09:00", 480, "2026-01-12T16:00:00Z",
    ),
    "opened at closing time": (OFFICE, (), "2026-01-12 17:00", 1, "2026-01-13T08:01:00Z"),
    "a night shift": (NIGHTS, (), "2026-01-16 23:00", 420, "2026-01-17T05:00:00Z"),
    "a night shift into a holiday runs to its end": (
        NIGHTS, ("2026-07-14",), "2026-07-13 23:00", 420, "2026-07-14T04:00:00Z",
    ),
    "no night shift begins on a holiday": (
        NIGHTS, ("2026-07-14",), "2026-07-14 07:00", 60, "2026-07-15T21:00:00Z",
    ),
    "a segment that ends where it starts is a whole day": (
        {"0": [["08:00", "08:00"]]}, (), "2026-01-12 08:00", 1440, "2026-01-13T07:00:00Z",
    ),
    "the night the clocks go forward": (
        {"5": [["22:00", "06:00"]]}, (), "2026-03-28 22:00", 420, "2026-03-29T04:00:00Z",
    ),
    "the night the clocks go back": (
        {"5": [["22:00", "06:00"]]}, (), "2026-10-24 22:00", 540, "2026-10-25T05:00:00Z",
    ),
    "the first of two equal times": (ALWAYS, (), "2026-10-25 02:30", 1, "2026-10-25T00:31:00Z"),
    "a time that does not exist": (ALWAYS, (), "2026-03-29 02:30", 1, "2026-03-29T01:31:00Z"),
    "nothing to wait for": (OFFICE, (), "2026-01-11 03:00", 0, "2026-01-11T02:00:00Z"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_due(case):
    week, off, start, minutes, expected = CASES[case]
    found = due(paris(week, *off), start, minutes)
    assert list(found) == ["due_utc", "segments"]
    assert found["due_utc"] == expected
    assert sum(one["minutes"] for one in found["segments"]) == minutes


def test_segments_are_those_used_a6():
    assert due(paris(LUNCH), "2026-01-12 12:30", 120)["segments"] == [
        {
            "start_utc": "2026-01-12T11:30:00Z",
            "end_utc": "2026-01-12T12:00:00Z",
            "start_local": "2026-01-12 12:30",
            "end_local": "2026-01-12 13:00",
            "minutes": 30,
        },
        {
            "start_utc": "2026-01-12T13:00:00Z",
            "end_utc": "2026-01-12T14:30:00Z",
            "start_local": "2026-01-12 14:00",
            "end_local": "2026-01-12 15:30",
            "minutes": 90,
        },
    ]


def test_each_segment_lies_in_one_of_the_calendar():
    found = due(paris(ALWAYS), "2026-01-12 23:30", 60)["segments"]
    assert [(one["start_local"][11:], one["end_local"][11:]) for one in found] == [
        ("23:30", "00:00"),
        ("00:00", "00:30"),
    ]


def test_pauses_a12():
    cal, start = paris(OFFICE), "2026-01-12 09:00"
    hold = ("2026-01-12 11:00", "2026-01-13 10:00")
    assert due(cal, start, 480, hold)["due_utc"] == "2026-01-13T15:00:00Z"
    outside = ("2026-01-12 17:00", "2026-01-13 09:00")
    assert due(cal, start, 600, outside) == due(cal, start, 600)
    twice = [hold, ("2026-01-12 12:00", "2026-01-12 13:00"), ("2026-01-12 10:30", *hold[:1])]
    assert due(cal, start, 480, *twice)["due_utc"] == "2026-01-13T15:30:00Z"
    assert due(cal, start, 480, (start, start)) == due(cal, start, 480)


def test_a_pause_ends_just_before_its_end():
    cal = paris(OFFICE)
    found = due(cal, "2026-01-12 10:00", 1, ("2026-01-12 10:00", "2026-01-12 10:30"))
    assert found["due_utc"] == "2026-01-12T09:31:00Z"
    found = due(cal, "2026-01-12 10:00", 30, ("2026-01-12 10:30", "2026-01-12 11:30"))
    assert found["due_utc"] == "2026-01-12T09:30:00Z"


def test_elapsed_a26():
    assert elapsed(paris(OFFICE), "2026-01-12 16:00", "2026-01-13 09:40") == 100
    assert elapsed(paris(OFFICE), "2026-01-12 16:00", "2026-01-12 16:00") == 0
    assert elapsed(paris(NIGHTS, "2026-07-14"), "2026-07-13 21:00", "2026-07-15 21:00") == 480


@pytest.mark.parametrize("hour", range(0, 168, 7))
def test_opened_at_any_hour_of_the_week_a29(hour):
    opened = datetime.fromisoformat("2026-01-12") + timedelta(hours=hour)
    found = due(paris(OFFICE), opened.strftime("%Y-%m-%d %H:%M"), 1)
    started = opened.replace(tzinfo=ZoneInfo("Europe/Paris"))
    assert datetime.fromisoformat(found["due_utc"]) > started


GOOD = paris(OFFICE)
DUE = ("due", "--start", "2026-01-12 10:00", "--target-minutes", "60", "--json")
BAD_CALENDARS = {
    "no week": ({"tz": "Europe/Paris"}, "week"),
    "no open hours": (paris({}), "no open hours"),
    "days without hours": (paris({"0": [], "3": []}), "no open hours"),
    "overlap": (paris({"0": [["09:00", "13:00"], ["12:00", "17:00"]]}), "overlap"),
    "a segment twice": (paris({"0": [["09:00", "13:00"], ["09:00", "13:00"]]}), "overlap"),
    "a night into the morning": (
        paris({"0": [["22:00", "06:00"]], "1": [["05:00", "12:00"]]}),
        "overlap",
    ),
    "Sunday night into Monday": (
        paris({"6": [["22:00", "06:00"]], "0": [["05:00", "12:00"]]}),
        "overlap",
    ),
    "unknown zone": (GOOD | {"tz": "Mars/Olympus"}, "time zone"),
    "no zone": ({"week": OFFICE, "holidays": []}, "time zone"),
    "a zone that is a number": (GOOD | {"tz": 1}, "tz"),
    "a zone out of the folder": (GOOD | {"tz": "../../etc/passwd"}, "time zone"),
    "an eighth day": (paris({"7": [["09:00", "17:00"]]}), "Monday"),
    "hours as numbers": (paris({"0": [[9, 17]]}), "HH:MM"),
    "one-digit hours": (paris({"0": [["9:00", "17:00"]]}), "HH:MM"),
    "past the end of the day": (paris({"0": [["09:00", "24:01"]]}), "HH:MM"),
    "foreign digits": (paris({"0": [["0९:00", "17:00"]]}), "HH:MM"),
    "three ends": (paris({"0": [["09:00", "12:00", "17:00"]]}), "from, to"),
    "a day as words": (paris({"0": "09:00-17:00"}), "pairs"),
    "a week as a list": (GOOD | {"week": [["09:00", "17:00"]]}, "week"),
    "a day that is none": (GOOD | {"holidays": ["2026-02-30"]}, "2026-02-30"),
    "a day without dashes": (GOOD | {"holidays": ["20260714"]}, "YYYY-MM-DD"),
    "a day as a number": (GOOD | {"holidays": [20260714]}, "YYYY-MM-DD"),
    "holidays as words": (GOOD | {"holidays": "2026-07-14"}, "list"),
    "holidays that are nothing": (GOOD | {"holidays": None}, "list"),
    "an unknown key": (GOOD | {"holiday": []}, "holiday"),
    "a list": ([GOOD], "object"),
    "nothing": ("", "JSON"),
    "half a file": (json.dumps(GOOD)[:40], "JSON"),
    "not text": (b"\xff\xfe\x00", "JSON"),
    "deep": ("[" * 100_000, "JSON"),
    "a key twice": ('{"tz": "UTC", "tz": "Europe/Paris", "week": {}}', "twice"),
    "too large": (" " * (1 << 20) + "{}", "1 MiB"),
}


@pytest.mark.parametrize("case", BAD_CALENDARS)
def test_bad_calendars_are_refused_in_words(case):
    calendar, words = BAD_CALENDARS[case]
    code, out, err = run(*DUE, calendar=calendar)
    assert (code, out) == (1, "")
    assert words in err
    assert "Traceback" not in err


BAD_QUESTIONS = {
    "negative": (["due", "--start", "2026-01-12 10:00", "--target-minutes", "-1"], "negative"),
    "no number": (["due", "--start", "2026-01-12 10:00", "--target-minutes", "1h"], "integer"),
    "half a minute": (["due", "--start", "2026-01-12 10:00", "--target-minutes", "1.5"], "integer"),
    "for ever": (["due", "--start", "2026-01-12 10:00", "--target-minutes", "9" * 30], "century"),
    "no target": (["due", "--start", "2026-01-12 10:00"], "--target-minutes"),
    "no start": (["due", "--target-minutes", "5"], "--start"),
    "a T": (["due", "--start", "2026-01-12T10:00", "--target-minutes", "5"], "YYYY-MM-DD HH:MM"),
    "a zone": (["due", "--start", "2026-01-12 10:00Z", "--target-minutes", "5"], "YYYY-MM-DD"),
    "no such day": (["due", "--start", "2026-02-30 10:00", "--target-minutes", "5"], "2026-02-30"),
    "24:00": (["due", "--start", "2026-01-12 24:00", "--target-minutes", "5"], "24:00"),
    "year 1": (["due", "--start", "0001-01-01 00:00", "--target-minutes", "5"], "0001"),
    "year 9999": (["due", "--start", "9999-12-31 23:59", "--target-minutes", "5"], "9999"),
    "half a pause": ([*DUE[:5], "--pause", "2026-01-12 10:00"], "--pause"),
    "a pause backwards": (
        [*DUE[:5], "--pause", "2026-01-12 11:00", "2026-01-12 10:00"],
        "before",
    ),
    "a pause in words": ([*DUE[:5], "--pause", "now", "2026-01-12 10:00"], "YYYY-MM-DD"),
    "elapsed backwards": (
        ["elapsed", "--from", "2026-01-13 10:00", "--to", "2026-01-12 10:00"],
        "before",
    ),
    "elapsed without an end": (["elapsed", "--from", "2026-01-13 10:00"], "--to"),
}


@pytest.mark.parametrize("case", BAD_QUESTIONS)
def test_bad_questions_are_refused_in_words(case):
    given_words, words = BAD_QUESTIONS[case]
    code, out, err = run(*given_words, "--json", calendar=GOOD)
    assert code in (1, 2)
    assert out == ""
    assert words in err


def test_a_file_that_is_not_there():
    done = CliRunner().invoke(portal, ["clock", *DUE, "--calendar", "/nowhere/cal.json"])
    assert done.exit_code != 0
    assert done.stdout == ""
    assert "cal.json" in done.stderr


def test_words_for_people():
    code, out, _err = run(*DUE[:-1], calendar=GOOD)
    assert code == 0
    assert out == (
        "Due 2026-01-12 11:00 Europe/Paris, 2026-01-12T10:00:00Z.\n"
        "  2026-01-12 10:00 to 2026-01-12 11:00: 60 minutes\n"
    )
    code, out, _err = run(
        "elapsed", "--from", "2026-01-12 10:00", "--to", "2026-01-12 11:00", calendar=GOOD
    )
    assert out == "60 working minutes\n"


def test_the_command_needs_neither_secret_nor_database_nor_the_application(tmp_path):
    file = tmp_path / "cal.json"
    file.write_text(json.dumps(GOOD), encoding="utf-8")
    script = (
        "import sys\nfrom portal.app import main\ntry:\n    main()\nfinally:\n"
        "    print(*sorted({'alembic', 'sqlalchemy', 'weasyprint'} & set(sys.modules)), "
        "file=sys.stderr, end='')"
    )
    command = [sys.executable, "-c", script, "clock", *DUE, "--calendar", str(file)]
    bare = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    bare["PYTHONPATH"] = str(Path(__file__).parents[1])
    done = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, check=True)
    assert json.loads(done.stdout)["due_utc"] == "2026-01-12T10:00:00Z"
    assert done.stderr == b""
    assert [path.name for path in tmp_path.iterdir()] == ["cal.json"]


# --- the oracle: no code of ours but the command itself -------------------------------------------

ZONES = [
    "Europe/Paris",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Cairo",
]
SHIFTS = [
    [["09:00", "17:00"]],
    [["09:00", "13:00"], ["14:00", "18:00"]],
    [["22:00", "06:00"]],
    [["00:00", "24:00"]],
    [["00:00", "00:00"]],
    [["01:30", "02:30"], ["02:30", "03:15"]],
    [["02:15", "02:45"], ["23:30", "24:00"]],
    [["06:00", "14:00"], ["22:00", "02:00"]],
]
DAYS = [date(2026, 3, 5) + timedelta(days=n) for n in range(33)]
DAYS += [date(2026, 9, 28) + timedelta(days=n) for n in range(38)]
DAYS += [date(2026, 12, 28) + timedelta(days=n) for n in range(7)]

moments = st.builds(
    lambda day, minute: datetime.combine(day, time()) + minute * MINUTE,
    st.sampled_from(DAYS),
    st.integers(0, 1439),
)
documents = st.builds(
    lambda zone, shifts, off: {
        "tz": zone,
        "week": {str(day): shift for day, shift in shifts.items()},
        "holidays": sorted(day.isoformat() for day in off),
    },
    st.sampled_from(ZONES),
    st.sampled_from(SHIFTS).flatmap(
        lambda shift: st.sets(st.integers(0, 6), min_size=1).map(
            lambda days: dict.fromkeys(sorted(days), shift)
        )
    ),
    st.sets(st.sampled_from(DAYS), max_size=5),
)
spans = st.builds(lambda at, length: (at, at + length * MINUTE), moments, st.integers(0, 3000))


def instant(wall, zone):
    """First of two equal times; one that does not exist moves by the gap: PEP 495 with fold 0."""
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def open_minutes(document, first, last):
    """Give every open minute of some local days, each once, from the document alone."""
    found = set()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day.isoformat() in document["holidays"]:
            continue
        for start, end in document["week"].get(str(day.weekday()), []):
            edges = []
            for text in (start, end):
                whole = text == "24:00"
                wall = datetime.combine(day, time.fromisoformat("00:00" if whole else text))
                edges.append(wall + timedelta(days=whole))
            if edges[1] <= edges[0]:
                edges[1] += timedelta(days=1)
            begin, stop = (instant(edge, document["tz"]) for edge in edges)
            while begin < stop:
                found.add(begin)
                begin += MINUTE
    return found


def spelled(wall):
    return wall.strftime("%Y-%m-%d %H:%M")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    document=documents,
    start=moments,
    minutes=st.integers(1, 2500),
    pauses=st.lists(spans, max_size=3),
)
def test_due_equals_the_oracle(document, start, minutes, pauses):
    zone, words = document["tz"], [tuple(map(spelled, pause)) for pause in pauses]
    found = due(document, spelled(start), minutes, *words)
    at = datetime.fromisoformat(found["due_utc"])
    first = instant(start, zone)
    stops = [(instant(a, zone), instant(b, zone)) for a, b in pauses]
    last = at.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    every = sorted(open_minutes(document, start.date() - timedelta(days=2), last))
    counted = [m for m in every if m >= first and not any(a <= m < b for a, b in stops)]
    assert at == counted[minutes - 1] + MINUTE
    used = set()
    for one in found["segments"]:
        begin, stop = (datetime.fromisoformat(one[key]) for key in ("start_utc", "end_utc"))
        assert (stop - begin) // MINUTE == one["minutes"] > 0
        used |= {begin + n * MINUTE for n in range(one["minutes"])}
    assert used == set(counted[:minutes])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=documents, start=moments, length=st.integers(0, 6000))
def test_elapsed_equals_the_oracle(document, start, length):
    end, zone = start + length * MINUTE, document["tz"]
    first, last = instant(start, zone), instant(end, zone)
    every = open_minutes(document, start.date() - timedelta(days=2), end.date())
    expected = sum(first <= minute < last for minute in every)
    assert elapsed(document, spelled(start), spelled(end)) == expected
