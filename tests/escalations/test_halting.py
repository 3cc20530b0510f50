"""What is automatic in a case can be stopped, and goes on again; what people do goes on anyway."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.accounts.models import TimelineEntry
from portal.blueprints.escalations import actions, queries, rules
from portal.blueprints.escalations.models import Escalation, Notice, StepNotice
from portal.core.access import Role
from portal.core.db import db as database
from portal.core.errors import Refused
from portal.core.events import Event
from tests.escalations.test_actions import declared, next_notice
from tests.escalations.test_ladder import messages, tick

LATER = timedelta(days=3)


def stopped(case, cast, now):
    actions.stop_automatic(case, reason="Counsel speaks to them.", by=cast.erik, now=now)
    database.session.commit()


@pytest.mark.parametrize(
    ("who", "roles", "may"),
    [
        ({rules.Who.ESCALATION_MANAGER}, {Role.ESCALATION_MANAGER}, True),
        ({rules.Who.LEADERSHIP}, {Role.LEADERSHIP}, True),
        (set(), {Role.LEGAL}, True),
        ({rules.Who.OWNER}, {Role.CSM}, False),
        (set(), {Role.FINANCE}, False),
    ],
)
def test_who_stops_what_is_automatic(who, roles, may):
    assert rules.may_stop_automatic(who, roles) is may
    assert (rules.stopping_objections(who, roles, reason="Because") == []) is may
    assert rules.stopping_objections(who, roles, reason=" ")


def test_nobody_is_told_while_it_is_stopped_and_once_when_it_goes_on(cast, db, now):
    case = declared(cast, now)
    stopped(case, cast, now)
    assert next_notice(case) is None
    tick(now + LATER)
    assert messages(db) == []
    assert db.session.scalars(sa.select(Notice)).all() == []
    assert db.session.scalars(sa.select(StepNotice)).all() == []
    actions.resume_automatic(case, reason="It is settled.", by=cast.lisa, now=now + LATER)
    db.session.commit()
    tick(now + LATER)
    told = len(messages(db))
    assert told > 0
    tick(now + LATER)
    assert len(messages(db)) == told


def test_what_waits_to_be_sent_never_leaves(cast, db, now):
    case = declared(cast, now)
    tick(now + LATER)
    assert {one.state for one in messages(db)} == {"waiting"}
    stopped(case, cast, now + LATER)
    db.session.expire_all()
    assert {one.state for one in messages(db)} == {"withdrawn"}


def test_clocks_and_people_go_on(cast, db, now):
    case = declared(cast, now)
    before = [(one.kind, one.due_at) for one in queries.clocks_of(case)]
    stopped(case, cast, now)
    assert [(one.kind, one.due_at) for one in queries.clocks_of(case)] == before
    actions.accept(case, by=cast.erik, now=now)
    actions.note(case, "We speak tomorrow.", by=cast.erik, now=now)
    assert case.next_due_at is not None


def test_it_is_recorded_told_and_never_done_twice(cast, db, now):
    case = declared(cast, now)
    stopped(case, cast, now)
    with pytest.raises(Refused, match="already"):
        stopped(case, cast, now)
    assert db.session.scalar(
        sa.select(Event.name)
        .order_by(Event.seq)
        .where(Event.name == "escalations.automatic_stopped")
    )
    texts = db.session.scalars(
        sa.select(TimelineEntry.text).where(TimelineEntry.case_ref == case.reference)
    ).all()
    assert any("Counsel speaks to them." in text for text in texts)
    with pytest.raises(Refused, match="legal decides"):
        actions.resume_automatic(case, reason="I want it.", by=cast.carl, now=now)
    actions.resume_automatic(case, reason="Settled.", by=cast.erik, now=now)
    with pytest.raises(Refused, match="goes on"):
        actions.resume_automatic(case, reason="Settled.", by=cast.erik, now=now)


def test_its_page_and_its_door_for_programs(cast, db, now, browse):
    case = declared(cast, now)
    db.session.commit()
    erik, address = browse("erik"), f"/escalations/{case.reference}"
    assert f"{address}/automatic/stop" in erik.text(address)
    assert erik.post(f"{address}/automatic/stop", {"reason": ""}).status_code == 422
    assert erik.post(f"{address}/automatic/stop", {"reason": "Counsel."}).status_code == 303
    page = erik.text(address)
    assert "Nothing goes on by itself here" in page
    assert f"{address}/automatic/resume" in page
    assert f"{address}/automatic/resume" not in browse("carl").text(address)
    assert browse("carl").post(f"{address}/automatic/resume", {"reason": "x"}).status_code == 422
    assert erik.post(f"{address}/automatic/resume", {"reason": "Over."}).status_code == 303
    db.session.expire_all()
    assert not db.session.get(Escalation, case.id).automatic_stopped
