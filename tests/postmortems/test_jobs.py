"""What the log and the clock do: open, sweep, chase; doing it twice does it once."""

from datetime import date, timedelta

import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.notifications.models import Notification
from portal.blueprints.postmortems import actions, jobs, queries
from portal.blueprints.postmortems.models import ActionPriority, Postmortem, State
from portal.core.db import db as cases_db
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


def open_action(row, cast, now, owner="kim"):
    found = actions.add_action(
        row,
        what="Rehearse",
        outcome="no lock",
        owner_id=cast.ids[owner],
        priority=ActionPriority.PRIORITY,
        verification="a record",
        by=cast.erik,
        now=now,
    )
    row.state = State.PUBLISHED
    cases_db.session.flush()
    return found


def test_action_is_brought_up_step_by_step_once_each_long_after_its_case(cast, db, now):
    row = begun(cast, now)
    case = queries.cases_of(row)[0]
    db.session.get(Escalation, case.id).executive_owner_id = cast.ids["ava"]
    kim = db.session.get(User, cast.ids["kim"])
    kim.manager_id = cast.ids["mario"]
    action = open_action(row, cast, now)
    for days, told in (
        (20, {}),
        (21, {"action_soon": ["kim"]}),
        (28, {"action_soon": ["kim"]}),
        (29, {"action_soon": ["kim"], "action_late": ["kim", "erik"]}),
        (33, {"action_late": ["kim", "erik"], "action_escalated": ["mario"]}),
        (38, {"action_late": ["kim", "erik"], "action_escalated": ["mario", "ava"]}),
        (39, {"action_late": ["kim", "erik"], "action_escalated": ["mario", "ava"]}),
    ):
        jobs.chase((now + timedelta(days=days)).isoformat())
        for template, names in told.items():
            assert said(db, template) == sorted(cast.ids[name] for name in names), days
    steps = (
        sa.select(Event.data)
        .order_by(Event.seq)
        .where(Event.name == "postmortems.action_escalated")
    )
    db.session.commit()
    assert {data["step"] for data in db.session.scalars(steps)} == {"manager", "executive"}
    assert queries.get(cast.mario, row.reference, now=now + timedelta(days=39)) is row
    actions.finish(row, action, version=None, by=cast.kim, now=now)
    db.session.flush()
    assert queries.actions_to_chase(today=date(2027, 1, 1)) == []


def test_action_of_somebody_who_left_goes_to_their_manager_at_once(cast, db, now):
    row = begun(cast, now)
    open_action(row, cast, now)
    db.session.get(User, cast.ids["kim"]).active = False
    db.session.flush()
    jobs.chase((now + timedelta(days=1)).isoformat())
    assert said(db, "action_escalated") == [cast.ids["erik"]]
    assert said(db, "action_soon") == []


def test_nobody_who_may_not_see_it_hears_of_an_action_of_a_restricted_case(cast, db, now):
    row = begun(cast, now, restricted=True)
    open_action(row, cast, now)
    db.session.get(User, cast.ids["kim"]).manager_id = cast.ids["mario"]
    db.session.flush()
    jobs.chase((now + timedelta(days=40)).isoformat())
    assert said(db, "action_late") == sorted([cast.ids["kim"], cast.ids["erik"]])
    assert said(db, "action_escalated") == []


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
