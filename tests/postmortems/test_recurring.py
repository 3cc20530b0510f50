"""A cause came again: a person links a case, and those who may know see who did, and when."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.notifications.models import Notification
from portal.blueprints.postmortems import actions, queries
from portal.blueprints.postmortems.models import Recurrence
from portal.core.errors import Refused

from .cases import begun, case_of
from .test_actions import approved, complete, events_of, plan


def linked(db, cast, now, **more):
    """Publish a post-mortem with an action against its cause, and link a later case to it."""
    row = approved(cast, now)
    cause, action = queries.causes_of(row)[0], queries.actions_of(row)[0]
    action.cause_id = cause.id
    actions.publish(row, version=None, by=cast.erik, now=now)
    later = now + timedelta(days=40)
    case = case_of(cast, later, **more)
    found = actions.link(row, cause, case, by=more.get("by", cast.erik), now=later)
    db.session.commit()
    return row, case, found


def test_case_is_linked_once_by_who_may_and_taken_back(cast, db, now):
    row, case, found = linked(db, cast, now)
    cause = queries.causes_of(row)[0]
    told = sa.select(Notification.person_id).filter_by(template="postmortems/again")
    assert list(db.session.scalars(told)) == [cast.ids["kim"]]
    with pytest.raises(Refused):
        actions.link(row, cause, case, by=cast.erik, now=now)
    own = queries.cases_of(row)[0]
    with pytest.raises(Refused):
        actions.link(row, cause, own, by=cast.erik, now=now)
    with pytest.raises(Refused):
        actions.link(row, cause, case_of(cast, now), by=cast.prisca, now=now)
    with pytest.raises(Refused):
        actions.unlink(row, found, by=cast.kim, now=now)
    actions.unlink(row, found, by=cast.erik, now=now)
    assert db.session.scalar(sa.select(Recurrence)) is None
    assert events_of(db, row)[-2:] == ["case_linked", "case_unlinked"]


def test_what_came_again_is_shown_at_the_late_action_to_those_of_k3_alone(cast, db, now):
    row, case, _found = linked(db, cast, now)
    at = now + timedelta(days=41)

    def again(viewer):
        sheet = queries.sheet(row, viewer=viewer, now=at)
        lines = [line.case_ref for line in sheet.actions[0].again]
        assert lines == [line.case_ref for line in sheet.causes[0].again]
        return lines

    for viewer in (cast.erik, cast.lena):
        assert again(viewer) == [case.reference], viewer.name
    for viewer in (cast.carl, cast.sam, cast.kim, cast.ava, cast.aldo):
        assert again(viewer) == [], viewer.name
    line = queries.sheet(row, viewer=cast.lena, now=at).actions[0].again[0]
    assert (line.who, line.linked_at) == ("Erik Lund", now + timedelta(days=40))


def test_restricted_case_that_came_again_is_shown_to_nobody_else(cast, db, now):
    row, case, _found = linked(db, cast, now, restricted=True, owner="erik")
    at = now + timedelta(days=41)
    assert queries.sheet(row, viewer=cast.lena, now=at).actions[0].again == []
    assert queries.sheet(row, viewer=cast.erik, now=at).actions[0].again[0].case_ref == (
        case.reference
    )


def test_pages_of_an_action_and_of_what_came_again(cast, db, now, browse):
    row = begun(cast, now)
    complete(row, cast, now)
    cause = queries.causes_of(row)[0]
    db.session.commit()
    given = {
        "what": "Rehearse",
        "outcome": "no lock",
        "owner_id": str(cast.ids["kim"]),
        "priority": "normal",
        "kind": "detect",
        "verification": "seen",
        "ticket": "OPS-7",
        "ticket_url": "javascript:alert(1)",
    }
    erik, new = browse("erik"), f"/postmortems/{row.reference}/actions/new"
    assert erik.post(new, data=given).status_code == 422
    assert erik.post(new, data=given | {"ticket_url": "https://t.example/7"}).status_code == 303
    text = erik.text(f"/postmortems/{row.reference}")
    assert "Detect sooner" in text
    assert '<a href="https://t.example/7" rel="noopener noreferrer external">OPS-7</a>' in text
    case = case_of(cast, now)
    db.session.commit()
    again = f"/postmortems/{row.reference}/causes/{cause.id}/again"
    assert erik.post(again, data={"case": "ESC-2026-9999"}).status_code == 422
    assert erik.post(again, data={"case": case.reference.lower()}).status_code == 303
    assert case.reference in erik.text(f"/postmortems/{row.reference}")
    found = db.session.scalar(sa.select(Recurrence))
    back = f"/postmortems/{row.reference}/again/{found.id}/remove"
    assert erik.post(back).status_code == 303
    db.session.rollback()
    assert db.session.scalar(sa.select(Recurrence)) is None


def test_removing_a_cause_takes_its_links_along(cast, db, now):
    row = begun(cast, now)
    plan(row, cast, now)
    complete(row, cast, now)
    cause = queries.causes_of(row)[0]
    actions.link(row, cause, case_of(cast, now), by=cast.erik, now=now)
    actions.remove_cause(row, cause, by=cast.erik, now=now)
    db.session.commit()
    assert db.session.scalar(sa.select(Recurrence)) is None
