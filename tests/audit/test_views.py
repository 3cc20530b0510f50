"""The log on the page: one's own, everything for the auditor, and values only up to a class."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.audit import actions, jobs, rules
from portal.core import clock, events
from portal.core.access import K
from portal.core.events import Event, EventValue
from tests.core.test_events import unguarded

MARKER = "MARKER-quokka"


def happen(cast, now, name="tests.done", by=None, klass=K.INTERNAL, record=None, account=None):
    events.record(
        name,
        by=by or cast.carl,
        now=now,
        record=record,
        account_id=account,
        klass=klass,
        data={"n": 1},
        changes={"words": (None, MARKER)},
    )


def seq_of(db, name="tests.done"):
    db.session.commit()
    return db.session.scalar(sa.select(sa.func.max(Event.seq)).where(Event.name == name))


def auditor(browse, cast, db):
    """The auditor's browser, in English."""
    cast.user("aldo").language = "en"
    db.session.commit()
    return browse("aldo")


def test_one_sees_ones_own_actions_and_not_those_of_others(browse, cast, db, now):
    happen(cast, now)
    seq = seq_of(db)
    assert "tests.done" in browse("carl").text("/audit/")
    assert "tests.done" not in browse("otto").text("/audit/")
    assert browse("otto").get(f"/audit/{seq}").status_code == 404


def test_the_auditor_sees_all(browse, cast, db, now):
    happen(cast, now, klass=K.RESTRICTED, record=cast.acme.reference, account=cast.acme_id)
    seq = seq_of(db)
    aldo = auditor(browse, cast, db)
    assert "tests.done" in aldo.text("/audit/")
    assert MARKER in aldo.text(f"/audit/{seq}")


def test_counsels_words_are_shown_to_nobody_here(browse, cast, db, now):
    happen(cast, now, klass=K.COUNSEL, record=cast.acme.reference, account=cast.acme_id)
    seq = seq_of(db)
    for browser in (auditor(browse, cast, db), browse("carl")):
        text = browser.text(f"/audit/{seq}")
        assert MARKER not in text
        assert "may not read" in text


def test_administrators_see_technical_entries_about_no_customer(browse, cast, db, now):
    happen(cast, now, name="auth.thing")
    happen(cast, now, name="jobs.thing", record=cast.acme.reference, account=cast.acme_id)
    happen(cast, now, name="escalations.thing")
    db.session.commit()
    text = browse("adam").text("/audit/")
    assert "auth.thing" in text
    assert "jobs.thing" not in text
    assert "escalations.thing" not in text


def test_who_lost_the_account_reads_no_values_of_it(browse, cast, db, now):
    happen(cast, now, by=cast.otto, record=cast.acme.reference, account=cast.acme_id)
    seq = seq_of(db)
    assert MARKER not in browse("otto").text(f"/audit/{seq}")


def test_erased_values_are_shown_as_erased(browse, cast, db, now):
    happen(cast, now)
    seq = seq_of(db)
    value = db.session.scalars(sa.select(EventValue).order_by(EventValue.id.desc()).limit(1)).one()
    value.before = value.after = None
    value.redacted_at, value.redacted_because = now, "asked by the person"
    db.session.commit()
    assert "asked by the person" in browse("carl").text(f"/audit/{seq}")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("record=acc-00001", True),
        ("record=ACC-00002", False),
        ("name=tests.", True),
        ("name=test%25", False),
        ("since=2026-06-17&until=2026-06-17", True),
        ("since=2026-06-18", False),
        ("until=2026-06-16", False),
        ("since=nonsense", True),
        ("person=nonsense", True),
        ("after=nonsense", True),
    ],
)
def test_filters(browse, cast, db, now, query, found):
    happen(cast, now, record=cast.acme.reference, account=cast.acme_id)
    db.session.commit()
    text = auditor(browse, cast, db).text("/audit/?" + query)
    assert ("tests.done</code>" in text) is found


def test_a_period_is_of_the_organisations_zone(browse, cast, db, now):
    """23:30 in UTC on the 17th is the 18th in Paris."""
    happen(cast, now + timedelta(hours=15, minutes=30))
    db.session.commit()
    aldo = auditor(browse, cast, db)
    assert "tests.done" in aldo.text("/audit/?since=2026-06-18&name=tests")
    assert "tests.done" not in aldo.text("/audit/?until=2026-06-17&name=tests").split("<table")[-1]


def test_paging_costs_the_same_at_one_and_many_rows(browse, cast, db, now, queries_at_most):
    aldo = auditor(browse, cast, db)
    for _ in range(70):
        happen(cast, now)
    db.session.commit()
    with queries_at_most(9):
        text = aldo.text("/audit/")
    assert "after=" in text


def test_export_is_neutralised_and_noted(browse, cast, db, now):
    events.record("=cmd|calc", by=cast.carl, now=now, data={})
    db.session.commit()
    answer = browse("carl").get("/audit/export.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.text.startswith("\ufeff"), "spreadsheets take it for UTF-8"
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:3] == ["Number", "When", "What"]
    assert "'=cmd|calc" in [row[2] for row in rows]
    noted = db.session.scalars(sa.select(Event).where(Event.name == rules.EXPORTED)).one()
    assert noted.data["lines"] == len(rows) - 1


def test_the_auditor_checks_the_log(browse, cast, db, now):
    happen(cast, now)
    db.session.commit()
    aldo = auditor(browse, cast, db)
    assert aldo.post("/audit/verify").status_code == 303
    assert "whole" in aldo.text("/audit/")
    unguarded(db)
    db.session.execute(sa.text("update event set name = 'x' where seq = 2"))
    db.session.commit()
    aldo.post("/audit/verify")
    assert "broken at entry 2" in aldo.text("/audit/")
    assert browse("adam").post("/audit/verify").status_code == 403


def test_a_large_log_is_checked_by_a_job(browse, cast, db, monkeypatch, run_jobs):
    monkeypatch.setattr(rules, "AT_ONCE", 0)
    aldo = auditor(browse, cast, db)
    aldo.post("/audit/verify")
    assert "Checked on" not in aldo.text("/audit/")
    run_jobs()
    assert "Checked on" in aldo.text("/audit/")


def test_checkpoints_are_appended_and_checked(app, cast, db, now, tmp_path):
    jobs.checkpoint(now=now.isoformat())
    happen(cast, now)
    db.session.commit()
    jobs.checkpoint(now=now.isoformat())
    path = jobs._checkpoints()
    assert len(events.read_checkpoints(path)) >= 2
    assert actions.check(checkpoints=path).whole
    path.unlink()


def test_what_is_over_is_forgotten(browse, cast, db, now):
    browse("carl").get("/")
    later = now + timedelta(days=30)
    with clock.moved(later):
        jobs.purge(now=later.isoformat())
    db.session.commit()
    assert db.session.scalar(sa.text("select count(*) from session")) == 0


def test_days_of_a_zone():
    day = date(2026, 3, 29)  # 23 hours long in Paris
    begin, end = rules.beginning(day, zone="Europe/Paris"), rules.end(day, zone="Europe/Paris")
    assert begin == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert end - begin == timedelta(hours=23)
