"""What the clock and the log do."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import EntryKind, Lane, TimelineEntry
from portal.blueprints.auth.models import User
from portal.blueprints.escalations import actions, jobs, queries
from portal.blueprints.escalations.models import Notice
from portal.blueprints.notifications.models import Notification
from portal.core import access, clock
from tests.escalations.test_actions import declared


def told(db):
    query = (
        sa.select(Notification.person_id, Notification.context)
        .where(Notification.template == "escalations/clock")
        .order_by(Notification.id)
    )
    return [(i, c["clock"], c["share"]) for i, c in db.session.execute(query)]


def tick(now, **after):
    moment = now + timedelta(**after)
    with clock.moved(moment):
        jobs.take_steps(moment.isoformat())


def test_the_ladder_climbs_until_somebody_accepts(cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    erik, carl = cast.ids["erik"], cast.ids["carl"]
    tick(now, minutes=29)
    assert told(db) == []
    tick(now, minutes=30)
    tick(now, minutes=31)
    assert told(db) == [(erik, "acknowledge", 50)]
    tick(now, minutes=46)
    tick(now, minutes=60)
    assert [(i, s) for i, _clock, s in told(db)] == [(erik, 50), (erik, 75), (erik, 100)]
    actions.accept(case, by=cast.erik, now=now + timedelta(minutes=89))
    db.session.commit()
    tick(now, minutes=119)
    assert [c for _i, c, _s in told(db)] == ["acknowledge"] * 3
    late = db.session.scalars(sa.select(Notice.clock).where(Notice.step == "due")).all()
    assert late == ["acknowledge"]
    assert carl not in {i for i, _c, _s in told(db)}


def test_without_acknowledgement_the_executive_owner_is_told(cast, db, now):
    case = declared(cast, now)
    db.session.commit()
    tick(now, minutes=121)
    people = {i for i, _clock, _share in told(db)}
    assert case.executive_owner_id in people


def test_the_substitute_hears_while_the_owner_is_away(cast, db, now):
    case = declared(cast, now)
    erik = db.session.get_one(User, cast.ids["erik"])
    erik.substitute_id, erik.absent_from = cast.ids["otto"], now
    db.session.commit()
    tick(now, minutes=30)
    assert told(db) == [(cast.ids["otto"], "acknowledge", 50)]
    assert queries.sees_case(case, cast.otto, now=now)
    actions.accept(case, by=cast.otto, now=now)


def test_a_step_missed_while_nothing_ran_fires_once_and_says_so(cast, db, now):
    declared(cast, now)
    db.session.commit()
    tick(now, minutes=35)
    tick(now, minutes=36)
    rows = db.session.scalars(
        sa.select(Notification.context).where(Notification.template == "escalations/clock")
    ).all()
    assert [row["late_minutes"] for row in rows] == [5]


def test_many_cases_cost_few_statements(cast, db, now, queries_at_most):
    for _number in range(30):
        declared(cast, now)
    db.session.commit()
    late = now + timedelta(minutes=30)
    cases = queries.with_due_step(now=late, limit=200)
    assert len(cases) == 30
    with queries_at_most(16):
        tick(now, minutes=30)
    assert len(told(db)) == 30


def test_a_message_that_left_is_in_the_story_and_resets_the_silence(cast, db, now, run_jobs):
    case = declared(cast, now)
    ref = case.reference
    contact = queries.contacts(case)[0]
    with clock.moved(now + timedelta(hours=1)):
        actions.write(
            case,
            contact,
            subject="Où nous en sommes",
            text="Le correctif est prêt.",
            key="k",
            by=cast.erik,
            now=clock.now(),
        )
        db.session.commit()
        assert case.last_contact_at is None
    with clock.moved(now + timedelta(hours=1, seconds=61)):
        run_jobs()
    db.session.expire_all()
    found = db.session.scalars(
        sa.select(TimelineEntry).filter_by(case_ref=ref, kind="email_out")
    ).all()
    assert [(e.author_name, e.language) for e in found] == [("Erik Lund", "fr")]
    assert "Le correctif est prêt." in found[0].text
    case = queries.by_reference(ref)
    assert case.last_contact_at == now + timedelta(hours=1, seconds=61)


def test_a_message_taken_back_never_reaches_the_story(cast, db, now, run_jobs):
    case = declared(cast, now)
    ref = case.reference
    sent = actions.write(
        case, queries.contacts(case)[0], subject="x", text="y", key="k", by=cast.erik, now=now
    )
    actions.take_back(case, sent, by=cast.erik, now=now)
    db.session.commit()
    with clock.moved(now + timedelta(seconds=120)):
        run_jobs()
    assert not db.session.scalars(
        sa.select(TimelineEntry).filter_by(case_ref=ref, kind="email_out")
    ).all()


@pytest.mark.parametrize("ref", ["ACC-00001", None])
def test_other_rooms_messages_are_left_alone(cast, db, now, ref):
    jobs.note_sent({"record_ref": ref, "data": {"notification": 1}})
    assert not db.session.scalars(sa.select(TimelineEntry)).all()


def test_every_mail_of_the_room_has_words(cast, db, now, run_jobs):
    case = declared(cast, now)
    actions.accept(case, by=cast.erik, now=now)
    actions.hand_over(case, to_id=cast.ids["carl"], why="a", summary="b", by=cast.erik, now=now)
    db.session.commit()
    tick(now, hours=20)
    with clock.moved(now + timedelta(hours=20)):
        run_jobs()
    rows = db.session.scalars(sa.select(Notification)).all()
    assert {row.state.value for row in rows} == {"sent"}
    assert {row.template for row in rows} >= {
        "escalations/declared",
        "escalations/accepted",
        "escalations/handed_over",
        "escalations/clock",
    }


def test_our_own_work_signs_nothing_in_the_story(cast, db, now):
    case = declared(cast, now)
    entry = account_actions.add_entry(
        case.account_id,
        lane=Lane.INTERNAL,
        kind=EntryKind.STATUS,
        text="A post-mortem is due.",
        by=access.job("postmortems"),
        now=now,
        case_ref=case.reference,
    )
    assert entry.author_name == ""
