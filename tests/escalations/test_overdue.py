"""Steps of a playbook that nobody did in time: on the day of who holds them, and told of once."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.auth.models import User
from portal.blueprints.escalations import actions, jobs, queries
from portal.blueprints.escalations.actions.chasing import arm
from portal.blueprints.escalations.models import CaseResponse, Severity, State, StepNotice
from portal.blueprints.escalations.rules import overdue
from portal.blueprints.notifications import remote
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as Sent
from portal.blueprints.policies.rules import SeverityPolicy, shipped
from portal.core.events import Event
from tests.escalations.test_actions import declared

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def case(cast, db, now):
    """A case of the gravest severity; its owner must call back within the hour."""
    row = declared(cast, now)
    row.owner_id = cast.ids["carl"]
    db.session.get_one(User, row.owner_id).manager_id = None
    db.session.commit()
    return row


def chase(at):
    jobs.chase_steps(at.isoformat())


def of(db, step):
    """Give the messages about one step, in their order."""
    query = sa.select(Notification).where(Notification.template == overdue.OVERDUE)
    mails = db.session.scalars(query.order_by(Notification.id))
    return [mail for mail in mails if f":step:{step.id}:" in mail.key]


def told(db, step):
    return [mail.person_id for mail in of(db, step)]


def test_the_rungs_are_what_the_ladder_says_after_a_clock_ran_out(now):
    steps = overdue.rungs(shipped(SeverityPolicy), now)
    assert [(one.step.tell, one.at - now) for one in steps] == [
        (("owner", "substitute"), 0 * MINUTE),
        (("manager",), 30 * MINUTE),
    ]


def test_who_holds_a_step_hears_of_it_even_where_the_ladder_begins_later(now):
    policy = shipped(SeverityPolicy)
    late = [step for step in policy.ladder if step.minutes_after]
    first = overdue.rungs(policy.model_copy(update={"ladder": tuple(late)}), now)[0]
    assert (first.step.tell, first.at) == (("owner",), now)


def test_an_overdue_step_is_told_to_its_owner_then_to_the_manager_each_once(case, cast, db, now):
    step = queries.known_steps(case)["call_back"]
    owner = db.session.get_one(User, case.owner_id)
    owner.substitute_id, owner.manager_id = cast.ids["lena"], cast.ids["erik"]
    db.session.commit()
    chase(now + 59 * MINUTE)
    assert told(db, step) == []
    for late in (61, 62, 89):
        chase(now + late * MINUTE)
    assert told(db, step) == [owner.id, cast.ids["lena"]]
    chase(now + 91 * MINUTE)
    chase(now + 95 * MINUTE)
    chase(now + 30 * HOUR)
    assert told(db, step) == [owner.id, cast.ids["lena"], cast.ids["erik"]]
    assert queries.sees_case(case, cast.lena, now=now)
    rows = db.session.scalars(sa.select(StepNotice).filter_by(step_id=step.id))
    assert len({(row.rung, row.occurrence) for row in rows}) == 2
    said = remote.compose(of(db, step)[0])
    assert case.reference in said.subject
    assert "nobody has ticked it" in said.text
    event = db.session.scalars(
        sa.select(Event).order_by(Event.seq).filter_by(name="escalations.steps_chased")
    ).first()
    assert event.data["steps"] >= 1


def test_a_ticked_step_is_not_chased_and_what_waits_is_taken_back(case, cast, db, now):
    step = queries.known_steps(case)["call_back"]
    chase(now + 61 * MINUTE)
    assert told(db, step)
    actions.tick_step(case, step, done=True, by=cast.carl, now=now + 62 * MINUTE)
    db.session.commit()
    assert {mail.state for mail in of(db, step)} <= {Sent.WITHDRAWN, Sent.SENT}
    chase(now + 3 * HOUR)
    assert told(db, step) == [case.owner_id]
    actions.tick_step(case, step, done=False, by=cast.carl, now=now + 4 * HOUR)
    before = len(told(db, step))
    chase(now + 4 * HOUR + MINUTE)
    assert told(db, step).count(case.owner_id) == 1, "the same occurrence is told of once"
    assert len(told(db, step)) >= before


def test_a_closed_case_is_left_alone_and_chased_again_when_it_is_open(case, cast, db, now):
    step = queries.known_steps(case)["call_back"]
    actions.void(case, reason="A test", by=cast.erik, now=now)
    db.session.commit()
    chase(now + 2 * HOUR)
    assert told(db, step) == []
    db.session.refresh(step)
    assert step.next_notice_at is None
    case.state = State.STABILISING
    arm(case)
    db.session.commit()
    chase(now + 3 * HOUR)
    assert case.owner_id in told(db, step)


def test_who_took_the_part_holds_the_step_else_the_owner(case, cast, db, now, browse):
    row = queries.known_steps(case)["call_back"]
    row.who = "legal"
    db.session.execute(sa.delete(CaseResponse).filter_by(escalation_id=case.id))
    db.session.commit()
    late = now + 2 * HOUR
    owner = queries.overdue_steps_of(cast.carl, [case.owner_id], now=late)
    assert [line.label for line in owner if line.label == row.label]
    part = CaseResponse(
        escalation_id=case.id, person_id=cast.ids["lena"], part="legal", does="x", joined_at=now
    )
    db.session.add(part)
    db.session.commit()
    lines = queries.overdue_steps_of(cast.carl, [case.owner_id], now=late)
    assert row.label not in [line.label for line in lines]
    chase(late)
    assert told(db, row)[0] == cast.ids["lena"]
    assert of(db, row)[0].why == "response"


def test_less_grave_a_case_asks_less_and_nobody_is_told_of_the_rest(case, cast, db, now):
    row = queries.known_steps(case)["call_back"]
    row.severity = "E1"
    case.severity = Severity.E2
    db.session.commit()
    chase(now + 2 * HOUR)
    assert told(db, row) == []


def test_a_restricted_case_opens_to_nobody_by_an_overdue_step(case, cast, db, now):
    owner = db.session.get_one(User, case.owner_id)
    owner.substitute_id = cast.ids["otto"]
    case.restricted = True
    db.session.commit()
    step = queries.known_steps(case)["call_back"]
    chase(now + 2 * HOUR)
    assert set(told(db, step)) <= {case.owner_id, case.executive_owner_id}


def test_my_day_shows_overdue_steps_with_a_way_to_them(case, db, browse, now):
    row = queries.known_steps(case)["call_back"]
    row.due_at = now - MINUTE
    db.session.commit()
    text = browse("carl").text("/")
    assert "Step of the playbook:" in text
    assert f"/escalations/{case.reference}/playbook" in text
    assert "Step of the playbook:" not in browse("otto").text("/")
