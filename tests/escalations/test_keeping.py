"""Calendars of customers, the page they are kept on, and what programs read of the clocks."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.escalations import actions, queries
from portal.blueprints.escalations.models import BusinessCalendar, ClockKind, Severity
from portal.cli import portal
from portal.core import clock
from portal.core.errors import Refused
from portal.core.events import Event
from portal.core.jobs.tables import JobDone
from tests.conftest import SECRET
from tests.escalations.test_actions import declared
from tests.escalations.test_api import call
from tests.escalations.test_ladder import clock_of, publish

__all__ = ["call"]  # a fixture
MINUTE = timedelta(minutes=1)
NEW = "/escalations/clocks/calendars/new"
WEEK = {str(day): [["09:00", "13:00"], ["14:00", "18:00"]] for day in range(4)}


def form(**more):
    days = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday"), "9:00-13:00, 14:00-18:00")
    blank = dict.fromkeys(("friday", "saturday", "sunday", "subdivision", "closures"), "")
    return {"name": "Four days", "country": "FR", "accounts": "", **blank, **days, **more}


def hours(**more):
    return actions.Hours(**{"name": "Four days", "week": WEEK, **more})


@pytest.mark.parametrize("language", ["fr", "it", "en"])
def test_a_calendar_is_the_same_rows_in_every_language_a11(cast, db, now, browse, language):
    cast.user("erik").language = language
    case = declared(cast, now, severity=Severity.E3)
    db.session.commit()
    with clock.moved(now):
        given = form(accounts=cast.acme.reference, saturday="22:00 – 24:00", closures="2026-08-14")
        answer = browse("erik").post(NEW, data=given)
    assert answer.status_code == 303
    (row,) = db.session.scalars(sa.select(BusinessCalendar)).all()
    assert row.week == {**WEEK, "5": [["22:00", "24:00"]]}
    assert (row.country, row.subdivision, row.closures) == ("FR", "", ["2026-08-14"])
    db.session.expire_all()
    found = clock_of(queries.by_reference(case.reference), ClockKind.ACKNOWLEDGE)
    assert found.due_at == datetime(2026, 6, 18, 8, 0, tzinfo=UTC)  # 8 h: 3 + 4, and an hour


def test_a_changed_calendar_moves_its_cases_in_the_lists_too(cast, db, now, run_jobs):
    case = declared(cast, now, severity=Severity.E3)
    other = actions.declare(cast.borealis, _wish(now), by=cast.clara, now=now)
    before = other.next_due_at
    row = actions.keep_calendar(None, hours(accounts=[cast.acme.reference]), by=cast.erik, now=now)
    with clock.moved(now):
        run_jobs()
    db.session.expire_all()
    assert case.next_due_at == clock_of(case, ClockKind.ACKNOWLEDGE).due_at
    assert case.next_due_at == datetime(2026, 6, 18, 8, 0, tzinfo=UTC)
    assert other.next_due_at == before
    away = hours(accounts=[cast.acme.reference], closures=["2026-06-18"])
    actions.keep_calendar(row, away, by=cast.erik, now=now)
    with clock.moved(now):
        run_jobs()
    db.session.expire_all()
    assert case.next_due_at == datetime(2026, 6, 22, 8, 0, tzinfo=UTC)
    actions.keep_calendar(row, hours(), by=cast.erik, now=now)  # nobody keeps to it any more
    with clock.moved(now):
        run_jobs()
    db.session.expire_all()
    assert cast.acme.opening is None
    assert case.next_due_at == datetime(2026, 6, 17, 16, 0, tzinfo=UTC)


def _wish(now):
    return queries.Wish(words="It is slow", demand="Make it fast", severity=Severity.E3)


def test_a_customer_keeps_to_one_calendar(cast, db, now):
    ref = cast.acme.reference
    first = actions.keep_calendar(None, hours(accounts=[ref]), by=cast.erik, now=now)
    second = actions.keep_calendar(
        None, hours(name="Other", accounts=[ref.lower()]), by=cast.erik, now=now
    )
    assert queries.accounts_using(first.id) == []
    assert queries.accounts_using(second.id) == [cast.acme_id]


def test_regional_holidays_count(cast, db, now):
    actions.keep_calendar(
        None,
        hours(country="FR", subdivision="57", accounts=[cast.acme.reference]),
        by=cast.erik,
        now=now,
    )
    calendar = queries.calendar_for(cast.acme, queries.policy_of(declared(cast, now)))
    assert calendar.is_holiday(datetime(2026, 12, 26).date())  # noqa: DTZ001 - a day
    assert (calendar.country, calendar.subdivision) == ("FR", "57")


REFUSED = {
    "no hours": ({"week": {}}, "week", "no open hours"),
    "overlap": (
        {"week": {"0": [["09:00", "13:00"], ["12:00", "15:00"]]}},
        "week",
        "Monday 09:00 runs into Monday 12:00",
    ),
    "a night into the morning": (
        {"week": {"6": [["22:00", "06:00"]], "0": [["05:00", "12:00"]]}},
        "week",
        "overlap",
    ),
    "no such day": ({"closures": ["2026-02-30"]}, "closures", "2026-02-30"),
    "no such country": ({"country": "ZZ"}, "country", "ZZ"),
    "no such region": ({"country": "FR", "subdivision": "XX"}, "country", "FR"),
    "a region alone": ({"subdivision": "57"}, "country", "country"),
    "no such customer": ({"accounts": ["ACC-99999"]}, "accounts", "ACC-99999"),
    "no name": ({"name": "  "}, "name", "name"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_calendar_that_cannot_be_is_refused_beside_its_field(cast, db, now, case):
    more, field, text = REFUSED[case]
    with pytest.raises(Refused, match=text) as refusal:
        actions.keep_calendar(None, hours(**more), by=cast.erik, now=now)
    assert refusal.value.field == field


def test_two_calendars_have_two_names(cast, db, now):
    row = actions.keep_calendar(None, hours(), by=cast.erik, now=now)
    actions.keep_calendar(row, hours(country="IT"), by=cast.erik, now=now)
    with pytest.raises(Refused, match="this name"):
        actions.keep_calendar(None, hours(name="four DAYS"), by=cast.erik, now=now)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"monday": "nine to five"}, "09:00-13:00"),
        ({"monday": "09:00-13:00, 12:00-15:00"}, "overlap"),
        ({"monday": "25:00-26:00"}, "HH:MM"),
        (dict.fromkeys(("monday", "tuesday", "wednesday", "thursday"), ""), "no open hours"),
        ({"closures": "14/08/2026"}, "YYYY-MM-DD"),
        ({"accounts": "ACC-99999"}, "ACC-99999"),
    ],
)
def test_the_form_says_what_to_change_and_keeps_what_was_typed(cast, db, now, browse, more, words):
    text = browse("erik").post(NEW, data=form(**more)).get_data(as_text=True)
    assert words in text
    assert 'value="Four days"' in text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BusinessCalendar)) == 0


def test_who_keeps_calendars_and_who_reads_them(cast, db, now, browse):
    row = actions.keep_calendar(None, hours(), by=cast.erik, now=now)
    db.session.commit()
    page = f"/escalations/clocks/calendars/{row.id}"
    assert "14:00–18:00" in browse("carl").text(page)
    assert browse("carl").post(page, data=form()).status_code == 404
    assert browse("carl").get(NEW).status_code == 403
    assert 'name="monday"' in browse("erik").text(page)
    assert "Four days" in browse("carl").text("/escalations/clocks/")
    answer = browse("erik").post(page, data=form(name="Five days", friday="09:00-12:00"))
    assert answer.status_code == 303
    db.session.expire_all()
    assert (row.name, row.week["4"]) == ("Five days", [["09:00", "12:00"]])
    kept = sa.select(Event).where(Event.name == "escalations.calendar_kept").order_by(Event.seq)
    assert [event.data["version"] for event in db.session.scalars(kept)] == [1, 2]


def test_leadership_withdraws_a_version_on_the_page(cast, db, now, browse):
    declared(cast, now)
    publish(db)
    page = "/escalations/clocks/policy/1/withdraw"
    assert browse("erik").get(page).status_code == 404
    cast.read_english("lena")
    with clock.moved(now + timedelta(hours=2)):
        text = browse("lena").text(page)
        assert "Open cases under it: 1; overdue: 1" in text
        assert browse("lena").post(page, data={"reason": "Wrong"}).status_code == 303
        text = browse("erik").text("/escalations/clocks/")
    assert "Withdrawn" in text
    assert "Put its cases under v2" in text
    with clock.moved(now + timedelta(hours=2)):
        answer = browse("erik").post("/escalations/clocks/policy/1/replace", data={})
    assert answer.status_code == 303


def test_the_case_page_explains_a_due_time(cast, db, now, browse):
    case = declared(cast, now, severity=Severity.E3)
    db.session.commit()
    with clock.moved(now):
        text = browse("erik").text(f"/escalations/{case.reference}")
    assert "These stretches add up to the target" in text
    assert "8 open hours" in text
    with clock.moved(now):
        answer = browse("erik").post(f"/escalations/{case.reference}/clocks/take-up", data={})
    assert answer.status_code == 303
    assert db.session.scalar(
        sa.select(Event.name).order_by(Event.seq).where(Event.name == "escalations.taken_up")
    )


def test_one_clock_is_held_and_let_run_again_on_the_page(cast, db, now, browse):
    case = declared(cast, now, severity=Severity.E3)
    ref = case.reference
    db.session.commit()
    with clock.moved(now + MINUTE):
        held = {"clock": "silence", "reason": "Their office is closed"}
        browse("erik").post(f"/escalations/{ref}/clocks/pause", data=held)
        text = browse("erik").text(f"/escalations/{ref}")
        assert "Stands still" in text
        assert "Their office is closed" in text
        answer = browse("erik").post(f"/escalations/{ref}/clocks/resume", data={"clock": "silence"})
        assert answer.status_code == 303
        assert "Stands still" not in browse("erik").text(f"/escalations/{ref}")


def test_programs_read_the_explanation(cast, db, now, call):
    case = declared(cast, now, severity=Severity.E3)
    db.session.commit()
    with clock.moved(now + MINUTE):
        found = call("erik")("GET", f"{case.reference}/clocks").get_json()
    first = found["items"][0]
    assert (first["kind"], first["state"], first["zone"]) == (
        "acknowledge",
        "running",
        "Europe/Paris",
    )
    lengths = [
        datetime.fromisoformat(one["end"]) - datetime.fromisoformat(one["start"])
        for one in first["segments"]
    ]
    assert sum(lengths, timedelta()) == timedelta(hours=8)
    with clock.moved(now + MINUTE):
        assert call("otto")("GET", f"{case.reference}/clocks").status_code == 404


def test_the_command_tells_what_would_be_sent_and_sends_nothing_b9(app, cast, db, now, database):
    declared(cast, now)
    db.session.commit()
    with clock.moved(now + 31 * MINUTE):
        done = CliRunner().invoke(
            portal,
            ["escalations", "notices", "--json"],
            obj=lambda *_given, **_more: app,
            env={"DATABASE_URL": database.url, "PORTAL_SECRET_KEY": SECRET},
        )
    found = json.loads(done.stdout)
    assert found["cases"] == 1
    assert [(one["clock"], one["share"]) for one in found["notices"]] == [("acknowledge", 50)]


def test_who_was_slower_loses_no_customer_of_who_was_faster(cast, db, now):
    row = actions.keep_calendar(None, hours(), by=cast.erik, now=now)
    db.session.commit()
    was = queries.calendar_mark(row)
    given = {"by": cast.erik, "now": now, "was": was}
    actions.keep_calendar(row, hours(accounts=[cast.acme.reference]), **given)
    with pytest.raises(Refused, match="meanwhile"):
        actions.keep_calendar(row, hours(accounts=[cast.borealis.reference]), **given)


def test_cases_follow_the_zone_of_their_customer(cast, db, now, run_jobs):
    case = declared(cast, now, severity=Severity.E3)
    run_jobs()
    before = case.next_due_at
    account = cast.acme
    values = {"zone": "America/Los_Angeles"}
    account_actions.edit(account, version=account.version, values=values, by=cast.carl, now=now)
    run_jobs()
    db.session.expire_all()
    assert case.next_due_at != before


def test_a_calendar_given_back_is_counted_again(cast, db, now, run_jobs):
    row = actions.keep_calendar(None, hours(), by=cast.erik, now=now)
    for _turn in range(2):
        actions.keep_calendar(row, hours(accounts=[cast.acme.reference]), by=cast.erik, now=now)
    run_jobs()
    done = sa.select(sa.func.count()).select_from(JobDone).filter_by(name="escalations.recount")
    assert db.session.scalar(done) == 3
