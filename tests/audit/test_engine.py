"""How the engine of jobs fares, as administrators and operators see it."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from portal.cli import portal
from portal.core import clock, jobs
from portal.core.db import reading
from portal.core.jobs import JobDone, JobFailure, JobWorker
from tests.conftest import SECRET

MINUTE = timedelta(minutes=1)
SWEEP = "notifications.sweep"
MARKER = "MARKER-okapi"


def ran(db, at, name=SWEEP):
    db.session.add(JobDone(key=f"{name}@{at.isoformat()}", name=name, done_at=at))


def heard(db, at, name="web-1"):
    db.session.add(JobWorker(executor_id=name, seen_at=at))


@pytest.mark.parametrize(("minutes", "late"), [(0, False), (2, False), (3, True), (600, True)])
def test_what_runs_by_the_clock_is_late_after_two_rounds(db, cast, now, minutes, late):
    ran(db, now - timedelta(days=1))
    ran(db, now)
    found = jobs.health(now=now + minutes * MINUTE)
    beat = next(one for one in found.beats if one.name == SWEEP)
    assert (beat.last, beat.late) == (now, late)
    assert [one.name for one in found.late] == ([SWEEP] if late else [])


def test_a_process_counts_while_it_is_heard_of(db, cast, now):
    assert jobs.health(now=now).workers == 0
    heard(db, now)
    heard(db, now - MINUTE, name="gone")
    assert jobs.health(now=now).workers == 1
    found = jobs.health(now=now + MINUTE)
    assert (found.workers, found.heard_at) == (0, now)


def failure(db, now, *, next_try=None, key="k"):
    payload = {"text": MARKER}
    db.session.add(
        JobFailure(
            key=key, name="briefings.render", payload=payload, error="OSError", tries=6,
            failed_at=now, next_try_at=next_try,
        )
    )  # fmt: skip


def test_the_page_shows_health_next_try_and_no_content(browse, cast, db, now):
    heard(db, now - MINUTE)
    ran(db, now - timedelta(hours=1))
    failure(db, now, next_try=now + MINUTE)
    failure(db, now, key="other")
    db.session.commit()
    text = browse("adam").text("/admin/jobs")
    for words in ("No process runs jobs", "1 job by the clock is late", "OSError", "given up"):
        assert words in text
    assert MARKER not in text
    assert text.count("Try again") == 1, "what is tried again by itself needs nobody"
    assert browse("carl").get("/admin/jobs").status_code == 403


def test_the_command_says_the_same(app, cast, db, database, now, monkeypatch):
    # The engine's client has a connection of its own, which SQLite lets write to nobody meanwhile.
    monkeypatch.setattr(jobs, "waiting", lambda *, limit: ["one"] if reading() else [])
    heard(db, now)
    failure(db, now)
    db.session.commit()
    with clock.moved(now):
        done = CliRunner().invoke(
            portal,
            ["jobs", "status", "--json"],
            obj=lambda *_given, **_more: app,
            env={"DATABASE_URL": database.url, "PORTAL_SECRET_KEY": SECRET},
        )
    found = json.loads(done.stdout)
    assert (found["workers"], found["given_up"], found["late"]) == (1, 1, [])
    assert found["waiting"] == 1


def test_the_monitoring_hears_what_nobody_inside_can_say(browse, cast, db, now):
    ran(db, now - timedelta(hours=1))
    failure(db, now)
    db.session.commit()
    text = browse().get("/metrics").text
    for line in (
        "portal_jobs_workers 0.0",
        f'portal_jobs_late{{job="{SWEEP}"}} 1.0',
        "portal_jobs_given_up 1.0",
    ):
        assert line in text
