"""A cause came again: a person links a case, and those who may know see who did, and when."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.escalations.models import State as CaseState
from portal.blueprints.notifications.models import Notification
from portal.blueprints.postmortems import actions, queries, rules
from portal.blueprints.postmortems.models import Factor, Recurrence, State
from portal.blueprints.postmortems.rules import Face
from portal.core.errors import Refused

from .cases import LESSONS, begun, case_of
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


CASE = Face(7, "outage", "deadline", "large", "steel", frozenset({"Core"}), frozenset({"plants"}))


@pytest.mark.parametrize(
    ("other", "points", "why"),
    [
        (Face(8), 0, []),
        (Face(7), 4, ["account"]),
        (Face(8, "outage"), 2, ["problem"]),
        (Face(8, "other"), 0, []),
        (Face(8, words=frozenset({"plants", "index"})), 2, ["words"]),
        (
            Face(8, "outage", "deadline", "large", "steel", frozenset({"Core", "Old"})),
            7,
            [
                "problem",
                "trigger",
                "segment",
                "industry",
                "product",
            ],
        ),
    ],
)
def test_likeness_says_in_what(other, points, why):
    found = rules.likeness(CASE, other)
    assert (found.points, [name for name, _value in found.why]) == (points, why)


def test_likeness_of_causes_and_of_common_words():
    one = Face(1, factors=frozenset({"handover"}), words=frozenset({"order", "index"}))
    found = rules.likeness(one, replace(one, account_id=2), common=frozenset({"order"}))
    assert found.why == (("factor", "handover"), ("words", "index"))
    assert rules.best({1: found, 2: rules.likeness(one, Face(9))}) == [(1, found)]
    assert rules.telling_words("L'été à l'ARRÊT, 42 plants; plants!") == ["plants", "arret"]


def test_declared_case_is_offered_earlier_causes_with_why_and_a_person_links_it(
    cast, db, now, browse
):
    row = begun(cast, now)
    complete(row, cast, now)
    later = now + timedelta(days=30)
    case = case_of(cast, later, state=CaseState.STABILISING, closed_at=None, owner="erik")
    db.session.commit()
    offer = queries.alike(case, viewer=cast.erik, now=later)[0]
    assert (offer.reference, offer.factor) == (row.reference, Factor.CHANGE_OR_RELEASE)
    why = dict(offer.why)
    assert "account" in why
    assert "stopped" in why["words"]
    assert queries.alike(case, viewer=cast.otto, now=later) == []
    erik, htmx = browse("erik"), {"headers": {"HX-Request": "true"}}
    part = f"/postmortems/?case={case.reference}&part=1"
    text = erik.get(part, **htmx).get_data(as_text=True)
    assert "Has this happened before?" in text
    assert row.reference in text
    path = f"/postmortems/{row.reference}/causes/{offer.cause_id}/again"
    assert erik.post(path, data={"case": case.reference}).status_code == 303
    assert "Has this happened before?" not in erik.get(part, **htmx).get_data(as_text=True)
    db.session.rollback()
    kept = db.session.scalar(sa.select(Recurrence))
    assert dict(kept.alike)["account"] == ""
    # The link makes both one cluster, also seen from the later case's own post-mortem.
    case.state, case.closed_at = CaseState.CLOSED, later
    other = actions.consider(case.reference, by=LESSONS, now=later)
    db.session.commit()
    found = queries.cluster(other, viewer=cast.lena, now=later)
    assert found.postmortems == [row.reference]
    assert len(found.cases) == 2
    assert queries.cluster(other, viewer=cast.carl, now=later).cases == ()
    # A cause that is chosen is compared too, with its factor.
    actions.begin(other, by=cast.erik, now=later)
    cause = actions.add_cause(
        other, factor=Factor.HANDOVER, text="The night shift", by=cast.erik, now=later, whys=[]
    )
    db.session.commit()
    alike = erik.text(f"/postmortems/{other.reference}/causes/{cause.id}/alike")
    assert case.reference in alike


def test_restricted_and_hushed_causes_are_never_offered(cast, db, now):
    hidden = begun(cast, now, restricted=True)
    complete(hidden, cast, now)
    waived = begun(cast, now)
    complete(waived, cast, now)
    waived.state = State.WAIVED
    case = case_of(cast, now)
    db.session.commit()
    assert queries.alike(case, viewer=cast.lena, now=now) == []
