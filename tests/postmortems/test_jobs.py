"""What the log and the clock do: open, sweep, chase; doing it twice does it once."""

from datetime import date, timedelta

import sqlalchemy as sa

from portal.blueprints.notifications.models import Notification
from portal.blueprints.postmortems import actions, jobs, queries
from portal.blueprints.postmortems.models import ActionPriority, Postmortem, State
from portal.core.events import Event

from .cases import begun, case_of, closing, due


def said(db, template):
    query = sa.select(Notification.person_id).filter_by(template=f"postmortems/{template}")
    return sorted(db.session.scalars(query))


def test_late_steps_are_said_once_per_deadline(cast, db, now):
    row = due(cast, now)
    jobs.chase((now + timedelta(days=7)).isoformat())  # 24 June, the last day of the draft
    assert said(db, "late") == []
    for days in (8, 9, 10):
        jobs.chase((now + timedelta(days=days)).isoformat())
    assert said(db, "late") == [cast.ids["erik"]]
    jobs.chase((now + timedelta(days=15)).isoformat())
    assert said(db, "late") == [cast.ids["erik"]] * 2  # the draft and the meeting
    db.session.commit()
    late = sa.select(Event.data).where(Event.name == "postmortems.step_late").order_by(Event.seq)
    assert [data["step"] for data in db.session.scalars(late)] == ["draft", "meeting"]
    assert row.state is State.DUE


def test_leadership_hears_of_a_late_approval_and_of_what_nobody_leads(cast, db, now):
    row = begun(cast, now)
    row.state, row.written_at = State.IN_REVIEW, now
    actions.note_meeting(row, on=date(2026, 6, 17), by=cast.erik, now=now)
    jobs.chase((now + timedelta(days=22)).isoformat())
    assert said(db, "late") == [cast.ids["lena"]]
    other = due(cast, now)
    other.facilitator_id = None
    jobs.chase((now + timedelta(days=8)).isoformat())
    assert said(db, "late") == [cast.ids["lena"]] * 2


def test_late_action_is_said_once_to_its_owner_and_to_who_leads(cast, db, now):
    row = begun(cast, now)
    action = actions.add_action(
        row,
        what="Rehearse",
        outcome="no lock",
        owner_id=cast.ids["kim"],
        priority=ActionPriority.PRIORITY,
        verification="a record",
        by=cast.erik,
        now=now,
    )
    row.state = State.PUBLISHED
    db.session.flush()
    jobs.chase((now + timedelta(days=28)).isoformat())
    assert said(db, "action_late") == []
    for days in (29, 30):
        jobs.chase((now + timedelta(days=days)).isoformat())
    assert said(db, "action_late") == sorted([cast.ids["kim"], cast.ids["erik"]])
    actions.finish(row, action, version=None, by=cast.kim, now=now)
    db.session.flush()
    assert queries.late_actions(today=date(2027, 1, 1)) == []


def test_sweep_finds_what_was_missed(cast, db, now):
    case_of(cast, now)
    for _again in range(2):
        jobs.chase((now + timedelta(days=1)).isoformat())
    assert len(db.session.scalars(sa.select(Postmortem)).all()) == 1


def test_follower_that_runs_twice_does_the_work_once(cast, db, now, run_jobs):
    case = case_of(cast, now)
    closing(case, by=cast.erik, now=now)
    closing(case, by=cast.erik, now=now)
    run_jobs()
    assert len(db.session.scalars(sa.select(Postmortem)).all()) == 1


def test_event_of_no_case_opens_nothing(cast, db, now):
    jobs.open_due({"record_ref": "ESC-2026-9999"})
    jobs.open_due({"record_ref": None})
    assert db.session.scalar(sa.select(Postmortem)) is None


def test_mail_says_what_is_due_and_nothing_of_the_case(cast, db, now, run_jobs, app):
    due(cast, now)
    rows = db.session.scalars(sa.select(Notification)).all()
    assert rows
    for row in rows:
        assert "plants" not in str(row.context)
